package billing

import (
	"fmt"
	"time"
)

// What people read of what an owner does.
const (
	textCursor        = "翻页的位置不对。请从第一页重新打开。"
	textGiftDays      = "赠送的天数要在 1 到 %d 之间。请改正后再提交。"
	textGiftNothing   = "产品还没有包含任何应用或主题，送不了。请先编辑产品。"
	textCouponCode    = "优惠码要有 %d 到 %d 个字母、数字或连字符。请改正，或留空自动生成。"
	textCouponGives   = "请填写赠送天数或减免金额，只填一项。"
	textCouponOff     = "减免金额要在 ¥0.01 和 %s 之间。请改正后再提交。"
	textCouponUses    = "可用次数要在 1 到 %d 之间。请改正后再提交。"
	textCouponExpires = "到期时间要在现在之后、十年之内。请改正，或留空表示一直有效。"
	textCouponTaken   = "这个产品已经有过这个优惠码。请换一个，或留空自动生成。"
)

func giftSummary(p Product, days int) string {
	return fmt.Sprintf("「%s」送你 %d 天", p.Name, days)
}

func giftText(p Product, days int, reason string, until time.Time) string {
	text := fmt.Sprintf("「%s」送给你 %d 天，不需要付款。\n\n- 有效期至：%s", plain(p.Name), days, date(until))
	if reason != "" {
		text += "\n- 原因：" + plain(reason)
	}
	return text + "\n\n在公众号菜单「我的订阅」里可以查看。"
}

// giftChange is a gift in the audit log.
func giftChange(days int, reason string) string {
	if reason == "" {
		return fmt.Sprintf("%d 天", days)
	}
	return fmt.Sprintf("%d 天：%s", days, reason)
}

func couponSummary(p Product, days int) string {
	return fmt.Sprintf("优惠码已兑换，「%s」延长 %d 天", p.Name, days)
}

func couponText(p Product, days int, until time.Time) string {
	return fmt.Sprintf("你用优惠码兑换了「%s」%d 天，不需要付款。\n\n- 有效期至：%s\n\n在公众号菜单「我的订阅」里可以查看。", plain(p.Name), days, date(until))
}

// gives is what a coupon is good for, in the audit log.
func (c *Coupon) gives() string {
	what := fmt.Sprintf("送 %d 天", c.Days)
	if c.Off > 0 {
		what = "减 " + Yuan(c.Off)
	}
	return fmt.Sprintf("%s，可用 %d 次", what, c.Uses)
}
