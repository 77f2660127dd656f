package push

// The stops of a card on its way, as developers read them.
const (
	textStepAccepted    = "平台已接收"
	textStepQueued      = "排队等待发送"
	textStepRetrying    = "已尝试%d次，等待自动重试"
	textStepSending     = "正在交给微信"
	textStepPaused      = "公众号暂停发送，恢复后自动继续"
	textStepHalted      = "发送方已暂停这条消息，恢复后自动继续"
	textStepStopped     = "发送已停止，轮到时不会再交给微信"
	textStepSent        = "已交给微信（msgid %d）"
	textStepSaid        = "已用客服消息交给微信"
	textStepConfirmed   = "微信确认已送达"
	textStepUnconfirmed = "未能确认是否送达"
	textStepFailed      = "发送失败"
	textStepSkipped     = "没有发给这位用户"
	textStepOpened      = "用户打开了消息页面"
	textStepClicked     = "用户点开了原文链接"
)

// What can be done about a reason.
const (
	doResume           = "请在消息页面点“继续发送”"
	doSendAgainIfMeant = "如果仍要送达，请重新发送"
	doFollowAgain      = "请用户重新关注公众号，之后再发"
	doSpeak            = "请用户给公众号发一条消息或重新关注，之后再发"
	doUnmute           = "请用户在公众号菜单的“我的订阅”里打开消息开关，之后再发"
	doUnmuteApp        = "请用户在“我的订阅”里打开这个应用的消息，之后再发"
	doUnmuteTopic      = "请用户在“我的订阅”里打开这个主题的消息，之后再发"
	doOtherApp         = "请换一个仍在使用的应用发送"
	doOtherTopic       = "请换一个仍在使用的主题发送"
	doLift             = "确认要恢复时，请在应用的用户列表里解除拦截，之后再发"
	doFollowApp        = "请用户扫应用的二维码，或回复 # 加应用编号订阅，之后再发"
	doFollowTopic      = "请用户扫主题的二维码订阅，之后再发"
	doPay              = "请检查 verifyPayType 是否是本意；要发给所有人时填 0 重新发送"
	doAskThem          = "请先向用户确认是否收到，没有收到再重新发送"
	doGaveUp           = "请按原因排除故障后重新发送"
	doAskOperator      = "请把消息编号告诉平台管理员查看日志，之后重新发送"
	doWaitForOperator  = "恢复后自动继续，不用重发；急用时请联系平台管理员"
	doAllow            = "请用户在微信里打开公众号的“接收消息”，之后再发"
	doSendLater        = "请过几分钟重新发送"
	doSendLess         = "请减少给这位用户的消息，过几分钟再发"
	doSetEndpoint      = "请修好接收服务，重新保存回调地址（PUT /api/v1/callbacks/endpoint），再重放失败的回调"
	doAsSaid           = "请按原因里的说明处理后再试；自己处理不了的，请转给平台管理员"
)

// Refusals of what is asked for.
const (
	textCursor        = "参数after不是上一页给出的游标，请从第一页重新取"
	textMessageState  = "参数state只能是open（尚有未确认的）或failed（有失败的）"
	textDeliveryState = "参数state只能是waiting、sent、unconfirmed、confirmed、failed或skipped"
	textCallbackState = "参数state只能是waiting、delivered或failed"
)
