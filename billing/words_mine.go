package billing

import "fmt"

func trialSummary(p Product) string {
	return fmt.Sprintf("已开始试用「%s」%d 天", p.Name, p.TrialDays)
}

func trialText(p Product, e *Entry) string {
	return fmt.Sprintf("你已开始试用「%s」。\n\n- 时长：%d 天\n- 有效期至：%s\n\n到期后不会自动扣费。想继续使用，可以在公众号菜单「我的订阅」里购买。", plain(p.Name), p.TrialDays, date(e.EndsAt))
}
