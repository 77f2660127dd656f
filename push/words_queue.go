package push

import "strings"

// Why a person did not get a message, as senders read it behind "发送失败：".
const (
	whyCancelled     = "发送方已取消这条消息"
	whyHalted        = "发送方已暂停这条消息"
	whyNoDraft       = "定时消息的内容已损坏，请重新创建"
	whyDeleted       = "消息已被撤回或已过期"
	whyNotFollowing  = "用户未关注公众号，请用户重新关注后再发"
	whyBlocked       = "微信拒绝向该用户发送消息，用户重新关注公众号或给公众号发一条消息后恢复"
	whyMuted         = "用户已关闭消息开关，可由用户在菜单中重新打开"
	whyAppDeleted    = "应用已删除"
	whySuspended     = "应用已被管理员停用"
	whyTopicDeleted  = "主题已删除"
	whyRejected      = "用户已被应用拒收名单拦截，可在应用的用户列表中解除"
	whyAppMuted      = "用户已关闭该应用的消息"
	whyNotSubscribed = "用户未订阅应用"
	whyNotOnTopic    = "用户未订阅主题"
	whyTopicMuted    = "用户已关闭该主题的消息"
	whyPerUser       = "用户收到的消息已达上限（每天最多%d条），请在%s后再发"
	whyUnpaid        = "用户未付费或已过期，这条消息只发给付费用户"
	whyPaid          = "用户已付费，这条消息只发给未付费用户"

	whyUnconfirmed = "微信没有应答，不能确定是否送达；超过 10 分钟再发可能重复，因此不再重试，需要时请重新发送"
	whyNoFinish    = "已交给微信，未收到回执"
	whyGaveUp      = "多次重试仍未成功"
	whyPanic       = "平台内部错误，稍后自动重试"
	whyPaused      = "公众号暂停发送"

	whyUserBlocks   = "用户拒收公众号消息，请用户在微信中打开公众号的消息接收"
	whySystemFailed = "微信系统失败，请稍后重新发送"
	whyFreqLimit    = "微信限制了对该用户的发送频率，请减少发送后重试"
)

// Why a developer was not told.
const (
	whyNoEndpoint       = "应用没有回调地址"
	whyEndpointDisabled = "回调地址已停用，请在控制台重新设置"
	whyEndpointGone     = "对方回答 410，回调地址已停用"
)

// gaveUp is the reason of a row that was tried for the last time.
func gaveUp(last string) string {
	if last == "" {
		return whyGaveUp
	}
	return whyGaveUp + "：" + last
}

// finishReason says what WeChat's finish report means. The platform writes its
// texts with and without a space after the colon.
func finishReason(status string) string {
	switch strings.Join(strings.Fields(strings.ReplaceAll(strings.ToLower(status), ":", " ")), " ") {
	case "failed user block":
		return whyUserBlocks
	case "failed system failed":
		return whySystemFailed
	case "failed freq limit":
		return whyFreqLimit
	}
	return "微信回执：" + cutReason(status)
}

// cutReason bounds a text of the other side that becomes part of a reason.
func cutReason(s string) string {
	const most = 100
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
