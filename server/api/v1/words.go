package v1

// What the document says of itself.
const (
	wordsTitle  = "鸿雁 API"
	wordsBearer = "应用令牌：Authorization: Bearer AT_…"

	tagApp       = "应用"
	tagTopics    = "主题"
	tagFollowers = "订阅者"
	tagMessages  = "消息"
	tagCallbacks = "回调记录"
	tagListen    = "收听回调"

	wordsEditApp     = "没有写的字段不变。重复同一个请求没有坏处。"
	wordsCreateTopic = "每次调用都会新建一个主题，名字可以相同；不确定上次是否成功时，请先列出主题。"
	wordsDeleteTopic = "还没有展开的群发不再发给它，编号也不会再用。重复删除没有坏处。"
	wordsAddFollower = "用户须已订阅应用。已经在主题里的保持原样，离开过的会回来。被应用或主题屏蔽的用户答 409。"
	wordsReject      = "被屏蔽的用户收不到消息，也不能再订阅；解除之后恢复原来的订阅。重复同一个请求没有坏处。"
	wordsListen      = "没有公网地址的程序（例如在笔记本上）自己来取回调：开始收听，反复收取，转交给程序，再送回结果。命令行 hongyan listen 就是这样做的。" +
		"应用已有回调地址时回答 409，除非 takeOver。多个收听者分担回调，每个回调只给其中一个。重复同一个请求没有坏处。"
	wordsClaim = "收取的回调租给这个收听者 30 秒，到期没有送回结果就给下一个。一有回调立即回答；没有时等到 wait 秒后回答空列表，再收取一次即可。" +
		"微信只等五秒：请收到就转交，程序一答就送回。没有人在收听，或回调改发往地址时，回答 409。"
	wordsStopListening = "没有收起来的地址时，应用从此没有回调；还在等待的记为失败，可以重放。重复调用没有坏处。"
	tagSend            = "发送"
	tagScheduled       = "定时发送"
	wordsInQuery       = "只能填写地址的工具可以把令牌放在参数 appToken 里；能带请求头时请用请求头，地址会留在各处的日志里"
	wordsAlerts        = "把 Alertmanager（版本 4）或 Grafana 的默认通知整理成一条 Markdown 消息。最多显示 20 条告警，请求体最大 1 MiB；" +
		"一分钟内完全相同的通知只发送一次。"
	wordsText       = "任意 JSON 缩进后显示在代码块里，其他内容按文本原样发送。请求体最大 1 MiB，内容最多 40000 个字符。"
	wordsSampleText = "备份完成，共 2 GB"
	wordsSend       = "立即发送一条消息。每个接收者各有结果；一个都不能发送时回答 422，不写入任何内容。" +
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
	textNoKey         = "Idempotency-Key 是空的：请填 1–255 个可见字符，或去掉这个请求头"
	textBusy          = "系统繁忙，没有保存，请 5 秒后重试"
	textServer        = "服务器内部错误，请稍后重试；如果一直出现，请联系管理员"
	textNotFollowing  = "没有这个订阅者，或他没有订阅这个应用"
	textRejected      = "该用户已被屏蔽，请先解除屏蔽再加入主题"
	textAfter         = "after 不是上一页给出的值，请从第一页重新开始"
	textOff           = "回调地址已停用，没有重放：%s。请修好接收服务后用 PUT /api/v1/callbacks/endpoint 重新保存回调地址，再重放"
	textNoListen      = "应用没有回调地址，请先用 PUT /api/v1/callbacks/endpoint 保存一个"
	textHasEndpoint   = "应用的回调发往它的回调地址；要改为收听，请加上 takeOver（命令行加 --take-over），结束后地址会恢复"
	textNotListened   = "应用的回调现在不由收听者收取：地址已恢复或重新设置。要继续收听，请重新开始"
	textManyListeners = "一个应用最多有 16 个收听者，请先结束一个，或等离开的那个过期（不到一分钟）"
	textNoRoute       = "没有这个接口，请检查地址和请求方法"
	textNobody        = "没有一个接收者可以接收，消息没有发送，原因见 errors"
	textNotAlert      = "请求体不是 Alertmanager 或 Grafana 的通知：应为 JSON 对象，至少有 alerts、commonLabels、title 或 message 之一；其他内容请发到 /api/v1/webhooks/text"
	textSendAt        = "sendAt 应为毫秒级 Unix 时间，或 RFC 3339 时间，例如 2030-01-01T08:00:00+08:00"
	textScheduledDone = "这条定时消息已经结束，不能再修改或取消；要再发一条请换一个编号"
)

// The sentences that stand for the checks of huma; see readable.
const (
	textInvalid     = "请求有 %d 处不对：%s"
	textNotJSON     = "请求体不是完整的 JSON，请检查引号、逗号和括号"
	textBodyTooBig  = "请求体达到 1 MiB 的上限，请缩短后重试"
	textNoBody      = "缺少请求体，请对照 /docs/ 补上"
	textSlowBody    = "请求体迟迟没有传完，请检查网络后重试"
	textContentType = "请求体应为 JSON，请用 Content-Type: application/json 发送"
)

// checks are what huma says of a value, and what people read instead. What
// (.+) matches is put in.
var checks = []struct{ says, text string }{
	{"unexpected property", "没有这个字段，请检查拼写"},
	{"unknown query parameter", "没有这个参数，请检查拼写"},
	{"expected required property (.+) to be present", "缺少字段 %s"},
	{"required (.+) parameter is missing", "缺少这个参数"},
	{"expected string to be RFC 3339 date-time", "应为 RFC 3339 时间，例如 2026-11-02T12:00:00+08:00"},
	{"invalid date/time for format .+", "应为 RFC 3339 时间，例如 2026-11-02T12:00:00+08:00"},
	{"expected string", "应为字符串"},
	{"expected boolean", "应为 true 或 false"},
	{"invalid boolean", "应为 true 或 false"},
	{"expected integer", "应为整数"},
	{"invalid integer", "应为整数"},
	{"expected number", "应为数字"},
	{"expected array", "应为数组"},
	{"expected object", "应为对象"},
	{"expected number >= (.+)", "不能小于 %s"},
	{"expected number <= (.+)", "不能大于 %s"},
	{"expected length >= (.+)", "至少 %s 个字符"},
	{"expected length <= (.+)", "最多 %s 个字符"},
	{"expected array length >= (.+)", "至少 %s 项"},
	{"expected array length <= (.+)", "最多 %s 项"},
	{"expected value to be one of (.+)", "只能是 %s 之一"},
	{"expected string to match pattern .+", "含有不允许的字符"},
}
