package api

import "net/http"

// What the document says.
const (
	tagSend   = "发送"
	tagCode   = "二维码"
	tagPeople = "订阅者（兼容）"
	tagPay    = "付费"
	tagHook   = "回调"

	wordsDocument = "鸿雁的接口有两组。/api 下与 WxPusher 兼容：原来的程序换一个地址就能用，每个答复都是 HTTP 200 加 code、msg、data、success 四个字段。" +
		"/api/v1 是在此之外的功能：用 Authorization: Bearer 带上应用令牌，以 HTTP 状态码说明结果，时间为 RFC 3339（+08:00），列表用 limit 和 after 翻页，直到 next 为空。\n\n" +
		"跳转签名：应用设置了设置页地址后，用户页面会带 uid 跳转过去；设置了密钥时还带 ts（毫秒）、nonce、sv=1 和 sign。" +
		"sign 是其余参数按名字排序、以 k=v 用 & 连接后的 HMAC-SHA256（小写十六进制）。请只接受前后 10 分钟之内的 ts，每个 nonce 只接受一次。"
	wordsNoDocument = "接口文档没能生成，这是程序的问题。接口本身不受影响；请把日志里 document 那一行交给平台管理员。"

	wordsSend          = "一次发给多个用户和主题。不好的接收者不影响别人：请看 data 里每一项的 code 和 status。contentType：1 文本，2 HTML，3 Markdown。content 最多 40000 个字符，summary 超过 100 个会截断，uids 最多 2000 个，topicIds 最多 5 个。"
	wordsSendByQuery   = "只能发文本，只有一个接收者。令牌会留在访问日志里，能用 POST 时请用 POST。"
	wordsSimple        = "不需要创建应用：凭用户自己的 SPT 推送。spt 和 sptList 至少填一个，一共最多 10 个。"
	wordsSimpleByPath  = "把内容写在地址里，适合浏览器和脚本。"
	wordsStatus        = "data 是 1 等待发送、2 发送成功、3 发送失败，原因在 msg 里。消息保留 7 天。"
	wordsDeleteMessage = "所有接收者都看不到这条消息的页面了；微信里已经显示的卡片还在。重复撤回没有坏处。"
	wordsPeople        = "每个用户在应用和每个主题里各有一条。时间是毫秒，没有付费过是 0。微信不再提供昵称和头像，这两项总是空的。"
	wordsRemove        = "对方可以再次订阅。重复移除没有坏处。"
	wordsRejectUser    = "屏蔽后收不到任何消息，也不能再订阅，直到解除。"
	wordsPayEnd        = "resourceType：1 应用，2 主题。不需要令牌，知道 UID 就能查询，按来源地址限制频率。"
	wordsCode          = "用户扫码后订阅应用，回调里带上 extra（1–64 个字符）。validTime 单位秒，默认 1800，最长 2592000。"
	wordsScanner       = "返回最后扫码的用户 UID。请不要比每 10 秒一次更勤；收到回调比轮询更快。"
	wordsImage         = "可以直接作为 <img> 的地址。"
	wordsJPEG          = "二维码图片"
	wordsEnvelope      = "code 为 1000 表示成功"
	wordsCodes         = "1000 成功，1001 请求有误（看 msg），1004 没有这个接口，1005 服务器错误，1006 微信错误"
	wordsHook          = "以 POST 发到应用的回调地址，签名遵循 Standard Webhooks。15 秒内答 2xx 算成功；否则按 5 秒、5 分钟、30 分钟、2 小时、5 小时、10 小时、10 小时重试。同一个 webhook-id 可能到达两次，顺序不作保证。"
	wordsHookAnswer    = "已收到。答复 send_up_cmd 时，JSON 里的 reply 会发回给用户"
)

// wordsFields are the fields of the bodies of the contract.
var wordsFields = map[string]string{
	"appToken":      "应用令牌，AT_ 加 32 个字符",
	"content":       "内容，1–40000 个字符",
	"summary":       "卡片上的摘要，最多 100 个字符，超过会截断；不填取内容的开头",
	"contentType":   "1 文本（默认），2 HTML，3 Markdown",
	"uids":          "接收的用户，最多 2000 个",
	"topicIds":      "接收的主题，最多 5 个，须属于这个应用",
	"url":           "原文链接，http 或 https，最多 1000 个字符",
	"verifyPay":     "旧参数，true 等于 verifyPayType=1；填了 verifyPayType 就不看它",
	"verifyPayType": "0 所有人（默认），1 只发给付费未到期的，2 只发给没有付费或已到期的；没有绑定商品时不起作用",
	"spt":           "一个用户的 SPT",
	"sptList":       "多个用户的 SPT，最多 10 个",
	"extra":         "二维码携带的参数，1–64 个字符，原样带回",
	"validTime":     "有效期，秒；默认 1800，最长 2592000",
}

// wordsRequired marks a parameter or field that must be given.
const wordsRequired = "必填"

// wordsPage are the headings of the page.
var wordsPage = map[string]string{
	"contents": "目录", "parameters": "参数", "body": "请求体", "bodyExample": "请求示例", "answers": "答复", "example": "示例",
}

var wordsHookHeaders = map[string]string{
	"webhook-id":        "每个回调唯一，重试时不变",
	"webhook-timestamp": "发出的时间，秒",
	"webhook-signature": "v1, 加上 HMAC-SHA256 的 base64；更换密钥期间有两个",
}

// wordsAnswers are the statuses of /api/v1.
var wordsAnswers = map[int]string{
	http.StatusOK:                    "成功",
	http.StatusCreated:               "已新建",
	http.StatusNoContent:             "成功，没有内容",
	http.StatusBadRequest:            "缺少请求体，或不是完整的 JSON",
	http.StatusUnauthorized:          "令牌不对，或已重置",
	http.StatusNotFound:              "没有这项内容，或它不属于这个应用",
	http.StatusConflict:              "与现在的状态冲突，detail 说明怎么办",
	http.StatusRequestEntityTooLarge: "请求体达到 1 MiB 的上限",
	http.StatusUnprocessableEntity:   "请求有不对的地方，errors 逐项说明",
	http.StatusTooManyRequests:       "太频繁，请按 Retry-After 再试",
	http.StatusServiceUnavailable:    "系统繁忙，没有保存，请按 Retry-After 再试",
}
