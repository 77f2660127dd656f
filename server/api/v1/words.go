package v1

// What the document says of itself.
const (
	wordsTitle  = "鸿雁 API"
	wordsBearer = "应用令牌：Authorization: Bearer AT_…"

	tagApp       = "应用"
	tagTopics    = "主题"
	tagFollowers = "订阅者"

	wordsDeleteTopic = "删除后不能再订阅和发送，还在排队的消息不再发出。编号不会再用。重复删除也没有关系。"
)

// What callers read when something went wrong.
const (
	textBadToken   = "appToken不正确：请在 Authorization 头里带上 Bearer 和应用令牌，令牌重置后旧的立即失效"
	textBadCursor  = "参数 after 不是上一页答案里的 next，请原样带回"
	textNoFollower = "这个用户没有订阅过这个应用或主题"

	textRejected = "这个用户已被屏蔽：请先解除屏蔽"
	textNotFound = "没有这项内容，或它不属于这个应用"
	textNoKey    = "Idempotency-Key 是空的：请填 1–255 个可见字符，或去掉这个请求头"
	textBusy     = "系统繁忙，没有保存，请 5 秒后重试"
	textServer   = "服务器内部错误，请稍后重试；如果一直出现，请联系管理员"
	textNoRoute  = "没有这个接口，请检查地址和请求方法"
)
