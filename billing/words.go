package billing

import (
	"fmt"
	"strings"
	"time"
)

// What people read of payments. See words_product.go for products.
const (
	textPaidTwice      = "重复支付，原路退回"
	textOtherPayer     = "付款人与下单人不同，原路退回"
	textRefundClosed   = "微信支付关闭了这笔退款（可能是商户余额不足），钱没有退出。请充值后重新退款。"
	textRefundAbnormal = "对方账户收不了退款。请管理员到微信支付商户平台处理这笔退款。"
	textLongReason     = "原因最多 %d 个字符，现在是 %d 个。请缩短后再提交。"
	textRefundAmount   = "退款金额要在 ¥0.01 和 %s 之间。请改正后再提交。"
)

// describe is what the payer reads at WeChat Pay: at most 127 characters.
func describe(product string, days int) string {
	return fmt.Sprintf("%s %d 天", shorten(product, 100), days)
}

func shorten(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

// Yuan writes an amount as people read it.
func Yuan(fen int64) string {
	sign := ""
	if fen < 0 {
		sign, fen = "-", -fen
	}
	return fmt.Sprintf("%s¥%d.%02d", sign, fen/100, fen%100)
}

var china = time.FixedZone("CST", 8*3600)

func date(t time.Time) string { return t.In(china).Format("2006-01-02 15:04") }

// plain keeps a name from being read as Markdown.
func plain(name string) string {
	return strings.NewReplacer("\\", "\\\\", "*", "\\*", "_", "\\_", "`", "\\`", "[", "\\[", "]", "\\]", "<", "&lt;", "#", "\\#").Replace(name)
}

func receiptSummary(p Product, o *Order) string {
	return fmt.Sprintf("已支付 %s，「%s」延长 %d 天", Yuan(o.Amount), p.Name, o.Days)
}

func receiptText(p Product, o *Order, e *Entry) string {
	return fmt.Sprintf("你已购买「%s」。\n\n- 金额：%s\n- 时长：%d 天\n- 有效期至：%s\n- 订单号：%s\n\n在公众号菜单「我的订阅」里可以查看、续费或申请退款。",
		plain(p.Name), Yuan(o.Amount), o.Days, date(e.EndsAt), o.TradeNo)
}

func refundSummary(p Product, f *RefundOrder) string {
	return fmt.Sprintf("已退款 %s（%s）", Yuan(f.Amount), p.Name)
}

func refundText(p Product, f *RefundOrder, e *Entry) string {
	return fmt.Sprintf("「%s」的退款已到账。\n\n- 金额：%s\n- 有效期至：%s\n- 退款单号：%s", plain(p.Name), Yuan(f.Amount), date(e.EndsAt), f.No)
}

func declinedText(p Product, answer string) string {
	if answer == "" {
		answer = "没有说明原因"
	}
	return fmt.Sprintf("「%s」的退款申请没有通过：%s。\n\n有疑问请联系应用的开发者。", plain(p.Name), plain(answer))
}

func failedText(p Product, f *RefundOrder, why string) string {
	return fmt.Sprintf("「%s」的退款 %s 没有成功：%s", plain(p.Name), Yuan(f.Amount), why)
}

func askedText(p Product, o *Order, f *RefundOrder) string {
	reason := f.Reason
	if reason == "" {
		reason = "没有填写"
	}
	return fmt.Sprintf("有人申请退款。\n\n- 产品：%s\n- 金额：%s（订单 %s）\n- 原因：%s\n\n请到控制台的「产品」里同意或拒绝。", plain(p.Name), Yuan(f.Amount), o.TradeNo, plain(reason))
}
