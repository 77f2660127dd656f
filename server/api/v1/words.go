package v1

// What the document says of itself.
const (
	wordsTitle  = "鸿雁 API"
	wordsBearer = "应用令牌：Authorization: Bearer AT_…"

	tagApp       = "应用"
	tagSend      = "发送"
	tagScheduled = "定时发送"

	wordsInQuery = "只能填写地址的工具可以把令牌放在参数 appToken 里；能带请求头时请用请求头，地址会留在各处的日志里"
	wordsAlerts  = "把 Alertmanager（版本 4）或 Grafana 的默认通知整理成一条 Markdown 消息。最多显示 20 条告警，请求体最大 1 MiB；" +
		"一分钟内完全相同的通知只发送一次。"
	wordsText = "任意 JSON 缩进后显示在代码块里，其他内容按文本原样发送。请求体最大 1 MiB，内容最多 40000 个字符。"
	wordsSend = "立即发送一条消息。每个接收者各有结果；一个都不能发送时回答 422，不写入任何内容。" +
		"带上 Idempotency-Key 后可以放心重试。"
	wordsCancel    = "先标记整条消息，再结束还在排队的部分；主题的分发随之停止。已经交给微信的卡片收不回来。可以重复调用。"
	wordsScheduled = "同一个编号在等待、已取消或失败时会被替换；原样重发不会重复发送；已经发出的换内容再提交回答 409。" +
		"接收者在发送时刻确定。结束后保留 7 天。"
)

// What followers read of an alert.
const (
	wordsFiring       = "【告警】"
	wordsResolved     = "【恢复】"
	wordsUnnamed      = "未命名告警"
	wordsBoth         = "（%d 条触发，%d 条恢复）"
	wordsSomeFiring   = "（%d 条触发）"
	wordsSomeResolved = "（%d 条恢复）"
	wordsMoreAlerts   = "另有 %d 条没有显示，请到告警系统查看"
	wordsStarted      = "开始"
	wordsEnded        = "结束"
	wordsSource       = "查看来源"
	wordsDashboard    = "仪表盘"
	wordsPanel        = "面板"
	wordsSilence      = "静默"
)

// What callers read when something went wrong.
const (
	textBadToken      = "appToken不正确：请在 Authorization 头里带上 Bearer 和应用令牌，令牌重置后旧的立即失效"
	textNotFound      = "没有这项内容，或它不属于这个应用"
	textNobody        = "没有一个接收者可以接收，消息没有发送，原因见 errors"
	textNotAlert      = "请求体不是 Alertmanager 或 Grafana 的通知：应为 JSON 对象，至少有 alerts、commonLabels、title 或 message 之一；其他内容请发到 /api/v1/webhooks/text"
	textSendAt        = "sendAt 应为毫秒级 Unix 时间，或 RFC 3339 时间，例如 2030-01-01T08:00:00+08:00"
	textScheduledDone = "这条定时消息已经结束，不能再修改或取消；要再发一条请换一个编号"
	textNoKey         = "Idempotency-Key 是空的：请填 1–255 个可见字符，或去掉这个请求头"
	textBusy          = "系统繁忙，没有保存，请 5 秒后重试"
	textServer        = "服务器内部错误，请稍后重试；如果一直出现，请联系管理员"
	textNoRoute       = "没有这个接口，请检查地址和请求方法"
)
