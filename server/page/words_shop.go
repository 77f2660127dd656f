package page

import (
	"fmt"
	"time"

	"hongyan/billing"
	"hongyan/server/ui"
)

// What followers read of products, orders and refunds.

const (
	wordsMoment = "2006年1月2日 15:04"
	wordsClock  = "15:04"

	wordsBackToProduct = "返回产品"
)

// shop is the way out of a page about a product that is not there.
var shop = &ui.Link{Text: "去消息市场", URL: marketPath}

// bought is the way out of a page about an order that is not there.
var bought = &ui.Link{Text: "付费产品", URL: productsPath}

var (
	wordsNoProduct = ui.Notice{Mark: "雁", Title: "没有找到这个产品", Text: "它可能还没有上架，或者链接不完整。请向提供链接的人核对。", Action: shop}
	wordsNoOrder   = ui.Notice{Mark: "雁", Title: "没有找到这个订单", Text: "链接可能不完整，或者订单不是用这个微信下的。请从「付费产品」里打开。", Action: bought}
	wordsNotSold   = ui.Notice{Mark: "雁", Title: "没有下单", Text: "这个套餐刚刚改了价格、停售，或者产品已经下架，没有扣款。请看看现在的套餐。", Action: shop}
	wordsNoTrial   = ui.Notice{Mark: "雁", Title: "这个产品现在没有试用", Text: "发布者没有提供或已经取消试用。请选择套餐购买。"}
	wordsTrialUsed = ui.Notice{Mark: "雁", Title: "试用已经用过了", Text: "每个产品只能试用一次，买过的也不能再试用。请选择套餐购买。"}
	wordsNoCode    = ui.Notice{Mark: "雁", Title: "没有拿到付款码", Text: ""}

	wordsManyCodes     = ui.Notice{Mark: "雁", Title: "试得太多了", Text: "优惠码每小时最多试 20 次。请一小时后再试。"}
	wordsCouponRefused = ui.Notice{Mark: "雁", Title: "优惠码不能用", Text: "它可能写错了、已经用完或过期，或者你已经用过。没有下单，也没有扣款。"}
)

type marketWords struct {
	Title, Text, More, First string
	Empty                    ui.Notice
}

var wordsMarket = marketWords{
	Title: "消息市场", Text: "订阅别人推送的消息，按天付费，到期自动停止，不会自动续费。", More: "看更多", First: "回到第一页",
	Empty: ui.Notice{Mark: "雁", Title: "还没有上架的产品", Text: "有开发者上架产品后会出现在这里。你也可以直接关注应用，免费接收消息。"},
}

func wordsFrom(p billing.Plan, several bool) string {
	if several {
		return fmt.Sprintf("%s 起", billing.Yuan(p.Price))
	}
	return fmt.Sprintf("%s / %d 天", billing.Yuan(p.Price), p.Days)
}

func wordsFree(days int) string   { return fmt.Sprintf("免费试用 %d 天", days) }
func wordsTry(days int) string    { return fmt.Sprintf("免费试用 %d 天", days) }
func wordsDays(days int) string   { return fmt.Sprintf("%d 天", days) }
func wordsRedeem(days int) string { return fmt.Sprintf("兑换 %d 天", days) }

type productWords struct {
	From, Gives, About, Plans, Buy, Renew, Ends, Ended, Mine, Delisted, NoPay, Kept, TrialNote     string
	CouponAsk, Coupon, CouponDo, CouponDays, NoCoupon, Used, Outside, OutsideAlt, OutsideHow, Note string
}

var wordsProduct = productWords{
	From: "由「", Gives: "包含", About: "介绍", Plans: "套餐", Buy: "购买", Renew: "续费",
	Ends: "你已开通，有效期至 ", Ended: "你的订阅已在 %s 到期", Mine: "查看我的记录",
	Delisted: "这个产品已经下架，现在不能购买。", NoPay: "这个站点还没有开通微信支付，现在不能购买。",
	Kept: "已付费的部分不受影响，到期前仍会收到消息。", TrialNote: "到期自动停止，不会扣费。每人一次。",
	CouponAsk: "有优惠码？", Coupon: "优惠码", CouponDo: "使用", CouponDays: "这个优惠码可以直接兑换，不用付款。",
	NoCoupon: "这个优惠码不能用：可能写错了、已经用完或过期，或者你已经用过。", Used: "已使用优惠码 ",
	Outside: "在微信里购买", OutsideAlt: "产品页面的二维码", OutsideHow: "用微信「扫一扫」扫描二维码，打开后就能购买。",
	Note: "付款后自动关注包含的应用和主题。到期自动停止，不会自动续费。",
}

type orderWords struct {
	Title, Amount, Pay, Until, Code, CodeAlt, CodeHow, CodeFresh, ByCode, InWeChat, Cancel, Again, Product, Mine, Refund, Refunds string
	MadeAt, PaidAt, TradeNo, Surplus, PaidUntil, Ended, Late, Closed, Reload                                                      string
	Confirming, Cancelled, Failed, Offline, NoBridge, NoPay, Refused, Later, Answer                                               string
}

var wordsOrder = orderWords{
	Title: "订单", Amount: "应付", Pay: "微信支付", Until: "请在 %s 前付款",
	Code: "显示付款码", CodeAlt: "微信支付的付款码", CodeHow: "用下单的这个微信「扫一扫」付款。付款后这里会自动更新。", CodeFresh: "换一个付款码",
	ByCode: "用另一台手机扫码付款", InWeChat: "在本机付款", Cancel: "取消订单", Again: "重新下单", Product: "查看产品", Mine: "付费产品", Refund: "申请退款", Refunds: "退款",
	MadeAt: "下单时间", PaidAt: "付款时间", TradeNo: "订单号", Surplus: "多付的钱原路退回",
	PaidUntil: "已支付，有效期至 %s", Ended: "有效期已在 %s 结束",
	Late:   "付款时间已过。正在向微信确认你有没有付款，付过的话会自动更新；没有付款可以重新下单。",
	Closed: "这个订单没有付款，已经关闭。需要的话可以重新下单。", Reload: "刷新",
	Confirming: "微信已受理，正在等待确认，请不要重复付款。", Cancelled: "你取消了付款，没有扣款。订单还在，可以再次付款。",
	Failed: "付款没有完成。可以再试一次，或者用另一台手机扫码付款。", Offline: "网络不通，没有付款。请检查网络后再试。",
	NoBridge: "没有找到微信的付款功能。请在微信里打开这个页面，或者用另一台手机扫码付款。",
	NoPay:    "这个站点还没有开通微信支付，不能付款。请联系管理员。",
	Refused:  "微信支付没有接受这笔订单，没有扣款。请联系管理员。", Later: "暂时联系不上微信支付，没有扣款。请稍等一会儿再试。", Answer: "对方答复：",
}

// wordsOrders are the states of an order.
var wordsOrders = map[billing.OrderState]ui.Chip{
	billing.OrderCreated: {Text: "待付款", Tone: "wait"}, billing.OrderPaid: {Text: "已支付", Tone: "good"},
	billing.OrderPartlyRefunded: {Text: "部分退款", Tone: ""}, billing.OrderRefunded: {Text: "已退款", Tone: ""}, billing.OrderClosed: {Text: "已关闭", Tone: ""},
}

var wordsOrderLate = ui.Chip{Text: "已超时", Tone: ""}

// wordsRefunds are the states of a refund. What WeChat Pay accepted is not
// there yet.
var wordsRefunds = map[billing.RefundProgress]ui.Chip{
	billing.RefundAsked: {Text: "等待对方处理", Tone: "wait"}, billing.RefundSending: {Text: "对方已同意，正在退款", Tone: "wait"},
	billing.RefundAccepted: {Text: "微信正在退款", Tone: "wait"}, billing.RefundOver: {Text: "已退款到账", Tone: "good"},
	billing.RefundDeclined: {Text: "对方没有同意", Tone: "bad"}, billing.RefundFailed: {Text: "没有退成", Tone: "bad"},
}

func wordsCancel(name string) confirmView {
	return confirmView{Title: "取消订单", Text: fmt.Sprintf("「%s」的订单会关闭，用掉的优惠码会还给你。没有扣款，以后可以重新下单。", name), Do: "取消订单", Keep: "保留"}
}

type refundWords struct{ Title, Text, Reason, Fate, Do, Keep string }

var wordsRefund = refundWords{
	Title: "申请退款", Text: "申请退回 %s。对方同意后，钱原路退回，这笔订单延长的时间会收回。", Reason: "原因",
	Fate: "对方会看到你写的原因，处理结果会在微信里告诉你。", Do: "提交申请", Keep: "不退了",
}

func wordsRefundReason(n int) string {
	if n == 0 {
		return "还没有写原因。请写一句再提交。"
	}
	return fmt.Sprintf("原因最多 %d 个字，现在是 %d 个。请删减后再提交。", maxRefundReason, n)
}

type mineWords struct {
	Title, Open, Renew, Detail, Orders, Entries, EndsAfter, Gone, Refunds, Answer string
	Empty                                                                         ui.Notice
}

var wordsMine = mineWords{
	Title: "付费产品", Open: "待付款", Renew: "续费", Detail: "明细", Orders: "订单", Entries: "时间与金额", EndsAfter: "有效期至 %s",
	Gone: "这个产品已经下架，不能续费。已付费的部分不受影响。", Refunds: "退款", Answer: "对方答复：",
	Empty: ui.Notice{Mark: "雁", Title: "还没有买过产品", Text: "在消息市场里选一个，付款后会出现在这里。", Action: shop},
}

func wordsUntil(end, now time.Time) string {
	switch {
	case end.IsZero():
		return "没有开通"
	case end.After(now):
		return "有效期至 " + moment(end)
	}
	return "已在 " + moment(end) + " 到期"
}

func wordsHeld(end, now time.Time) ui.Chip {
	if end.After(now) {
		return ui.Chip{Text: "有效", Tone: "good"}
	}
	return ui.Chip{Text: "已到期", Tone: ""}
}

// wordsEntry is what an entry of the ledger did.
func wordsEntry(e billing.Entry) string {
	switch e.Kind {
	case billing.KindPayment:
		return "付款，延长 " + wordsSpan(e.Added)
	case billing.KindRefund:
		if e.Added == 0 {
			return "退款"
		}
		return "退款，收回 " + wordsSpan(-e.Added)
	case billing.KindSurplus:
		return "多付，将原路退回"
	case billing.KindReturn:
		return "多付的钱已退回"
	case billing.KindTrial:
		return "试用，获得 " + wordsSpan(e.Added)
	case billing.KindGift:
		return "对方赠送 " + wordsSpan(e.Added)
	case billing.KindCoupon:
		return "优惠码兑换 " + wordsSpan(e.Added)
	}
	return "调整"
}

// wordsSpan is a time that was given or taken.
func wordsSpan(d time.Duration) string {
	days, hours, minutes := int(d/billing.Day), int(d%billing.Day/time.Hour), int(d%time.Hour/time.Minute)
	switch {
	case hours == 0 && minutes == 0:
		return fmt.Sprintf("%d 天", days)
	case days == 0 && hours == 0:
		return fmt.Sprintf("%d 分钟", max(minutes, 1))
	case days == 0:
		return fmt.Sprintf("%d 小时", hours)
	}
	return fmt.Sprintf("%d 天 %d 小时", days, hours)
}
