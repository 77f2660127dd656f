package v1

// What the document says of itself.
const (
	wordsTitle  = "鸿雁 API"
	wordsBearer = "应用令牌：Authorization: Bearer AT_…"

	tagApp = "应用"

	tagMessages  = "消息"
	tagCallbacks = "回调"
)

// What callers read when something went wrong.
const (
	textBadToken = "appToken不正确：请在 Authorization 头里带上 Bearer 和应用令牌，令牌重置后旧的立即失效"
	textNotFound = "没有这项内容，或它不属于这个应用"
	textBusy     = "系统繁忙，没有保存，请 5 秒后重试"
	textServer   = "服务器内部错误，请稍后重试；如果一直出现，请联系管理员"
	textOff      = "回调地址已停用，没有重放：%s。请修好接收服务后用 PUT /api/v1/callbacks/endpoint 重新保存回调地址，再重放"
	textNoListen = "应用没有回调地址，请先用 PUT /api/v1/callbacks/endpoint 保存一个"
	textNoRoute  = "没有这个接口，请检查地址和请求方法"
)
