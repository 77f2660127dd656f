package billing

import (
	"fmt"
	"time"
)

func remindSummary(e *ending, due reminder, now time.Time) string {
	switch left := e.end.Sub(now); {
	case due == remindEnded:
		return fmt.Sprintf("「%s」已到期", e.product.Name)
	case left <= Day:
		return fmt.Sprintf("「%s」不到 1 天就到期", e.product.Name)
	default:
		return fmt.Sprintf("「%s」不到 %d 天就到期", e.product.Name, (left+Day-1)/Day)
	}
}

func remindText(e *ending, due reminder, link string) string {
	text := fmt.Sprintf("你订阅的「%s」有效期至 %s，到期后收不到付费消息。", plain(e.product.Name), date(e.end))
	if due == remindEnded {
		text = fmt.Sprintf("你订阅的「%s」已于 %s 到期，不再收到付费消息。", plain(e.product.Name), date(e.end))
	}
	if !e.product.State.OnSale() {
		return text + "\n\n这个产品已下架，暂时不能续费。"
	}
	if due == remindEnded {
		return text + fmt.Sprintf("\n\n想继续接收，可以[重新购买](%s)。", link)
	}
	return text + fmt.Sprintf("\n\n[现在续费](%s)，时间从到期时接着算。不想续费可以不理会，不会自动扣款。", link)
}
