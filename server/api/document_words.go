package api

// What the document says. Tags are the chapters.
const (
	tagSend     = "发送"
	tagCodes    = "二维码"
	tagPeople   = "订阅者（兼容）"
	tagPay      = "付费"
	tagCallback = "回调"
)

// tagOrder is the order of the chapters; those of /api/v1 follow the contract.
var tagOrder = []string{tagSend, tagCodes, tagPeople, tagPay, "应用", "主题", "订阅者", "消息", "定时发送", "回调记录", "告警接入"}

const (
	wordsAbout = "两组接口在同一个地址上。/api 下的是 WxPusher 的协议：为它写的程序只要换一个地址就能用。" +
		"每个回答都是 HTTP 200 和 {code, msg, data, success}：1000 成功，1001 请求有问题（msg 说明原因和办法），1002 需要登录，1003 签名不对，" +
		"1004 没有这个接口，1005 服务器内部错误，1006 微信返回错误；只有什么都没能保存时是 503 和 Retry-After。" +
		"输入很宽松：数字可以写成字符串，可选字段可以是 null 或空，未知字段被忽略。一个接收者有问题不会让整个请求失败，看 data 里每一项的 code 和 status。\n\n" +
		"/api/v1 下的是更多的能力：请求头带 Authorization: Bearer AT_…，用通常的 HTTP 状态码回答，错误是 RFC 9457 的 problem+json，detail 是一句可以照着做的话。" +
		"列表一次最多 100 项，把答案里的 next 原样放进 after 就是下一页。时间是东八区的 RFC 3339。\n\n" +
		"用户页面跳到开发者自己的系统时带上 uid；设置了签名密钥就再带 ts（毫秒）、nonce、sv=1 和 sign：" +
		"把其余参数按名字排序，写成 k=v&k=v，用密钥做 HMAC-SHA256，取小写十六进制。请接受前后 10 分钟，每个 nonce 只接受一次。"

	wordsEnvelope = "成功；失败时 code 不是 1000，data 是 null，msg 说明原因"
	wordsCodes    = "1000 成功，1001 请求有问题，1002 需要登录，1003 签名不对，1004 没有这个接口，1005 服务器内部错误，1006 微信返回错误"
	wordsPicture  = "JPEG 图片，可以直接放进 <img src>"

	wordsSend = "contentType：1 文本，2 HTML，3 Markdown，不填是 1。content 最多 40000 个字符，summary 最多 100 个（更长的截断，不填就取内容开头），" +
		"url 最多 1000 个，uids 最多 2000 个，topicIds 最多 5 个。同一个人同时被 uid 和主题指到只收到一条。" +
		"请求头 Idempotency-Key 让重试安全：24 小时内同一个键和同样的内容得到同样的编号。"
	wordsSendByQuery      = "令牌写在地址里会留在浏览器和代理的记录中，程序请用 POST。"
	wordsSimplePush       = "不需要应用，只要对方的 SPT。spt 和 sptList 一共最多 10 个。"
	wordsSimplePushByPath = "内容是路径剩下的全部，可以含斜杠和中文。"
	wordsStatus           = "data：1 等待发送，2 发送成功，3 发送失败；msg 是更细的说明和办法。保留 7 天。不需要令牌，按来源地址限制频率。"
	wordsDeleteMessage    = "所有接收者都看不到这条消息的页面了；微信里已经显示的卡片还在。"
	wordsPeople           = "每个用户在应用和每个主题里各有一条。createTime 和 payEndTime 是毫秒，没有付费过是 0。微信不再提供昵称和头像，这两项总是空的。"
	wordsRemove           = "对方可以再次订阅。"
	wordsReject           = "屏蔽后收不到任何消息，也不能再订阅，直到解除。"
	wordsPayEnd           = "resourceType：1 应用，2 主题。不需要令牌：知道 UID 和商品编号就能查询，按来源地址限制频率。"
	wordsCreateCode       = "别人扫码后订阅应用，extra（1–64 个字符）原样出现在 app_subscribe 回调里。validTime 是有效的秒数，不填 1800，最多 2592000（30 天）。"
	wordsLastScanner      = "还没有人扫时 code 是 1001，msg 是「暂无用户扫描二维码」。最后一个扫码的人。请不要比每 10 秒更频繁地查询。"

	wordsCallback       = "POST 到应用的回调地址，按 Standard Webhooks 规范签名。15 秒内回答 2xx 算成功；其他的在 5 秒、5 分钟、30 分钟、2 小时、5 小时、10 小时、10 小时后重试。410 停用这个地址，Retry-After 会被遵守，不跟随跳转。不保证顺序，同一个 webhook-id 可能来两次。"
	wordsCallbackAnswer = "回答里非空的 reply 会发回给微信用户"
)

// pathWords say what stands in a path, by name.
var pathWords = map[string]string{
	"spt": "对方的 SPT", "content": "消息内容", "messageId": "发送答案里的 messageId", "file": "二维码的 code 加 .jpg",
}
