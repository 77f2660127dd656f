package push

// Why somebody from another platform is not invited, as their row keeps it.
const (
	whyTopicOnly     = "在原平台只订阅了主题，没有关注应用，那里的接口不能单独发给这个人。请在主题里群发新主题的二维码"
	whyRejectedThere = "在原平台已被应用拉黑"
	whyOffThere      = "在原平台关闭了接收消息"
	whyLongUID       = "原平台的UID不在1到64个字符之间，二维码带不了"
	whyNoAnswer      = "邀请已发出，但没有收到原平台的回答，可能已送达，也可能没有。不会自动再发"
	migrantTopic     = "%s（原主题%d）"
	migrantNoName    = "主题"
)
