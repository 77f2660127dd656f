package wechat

// What senders read about a delivery, and what followers read in a customer
// message.
const (
	wordUnknownField  = "不认识这种字段，是不是 %s？"
	wordUnknownPlace  = "没有这个占位符，是不是 %s？"
	wordFieldFits     = "这段固定文字不符合字段的要求，可以写成：%s"
	wordFieldApproved = "这种字段只能填模板审核通过的固定值，不能用占位符"
	wordFieldTime     = "时间和日期字段只能填 {time}，或一个固定的时间"

	wordNoCard = "投递任务没有内容，请联系平台管理员"
	wordReadOn = "查看详情："

	wordSimplePush = "极简推送"

	wordUnreachable     = "暂时连不上微信，稍后自动重试"
	wordUnknown         = "微信没有及时应答，稍后自动重试（同一条消息不会重复显示）"
	wordUnconfirmed     = "微信没有应答，不能确定是否送达；超过 10 分钟再发可能重复，因此不再重试，需要时请重新发送"
	wordCustomerUnknown = "微信没有明确应答客服消息，不能确定是否送达；为避免重复不再重试，需要时请重新发送"
	wordHeldBack        = "微信令牌正被别的系统反复刷新，已暂停发送，稍后自动继续；请让各系统改用 stable_token 或共用一个令牌"

	// What a code means and what to do are package oa's words.
	wordAnswer     = "微信错误 %d："
	wordOther      = "原因不明，稍后自动重试；若反复出现，请管理员查看日志。"
	wordPaused     = "已暂停发送，十分钟后自动再试，修好之前消息不会丢失。"
	wordTenMinutes = "十分钟后自动重试。"
	wordOneMinute  = "一分钟后自动重试。"
)
