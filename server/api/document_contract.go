package api

import (
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"hongyan/push"
)

// Values of the examples. They have the form of real ones and are nobody's.
const (
	exampleToken  = "AT_0123456789ABCDEFGHIJKLMNOPQRSTUV"
	exampleUID    = "UID_0123456789ABCDEFGHIJKLMNOPQRSTUV"
	exampleSPT    = "SPT_0123456789ABCDEFGHIJKLMNOPQRSTUV"
	exampleHandle = "0123456789ABCDEFGHIJKw"
	exampleRecord = 4035225266123964
	exampleTime   = 1795225080000
	// Numbers that the test of the examples finds again.
	exampleRow     = 4812
	exampleProduct = 1207
)

// pathExamples are examples of what stands in a path, by name.
var pathExamples = map[string]any{
	"spt": exampleSPT, "content": "构建完成", "messageId": exampleRecord, "file": exampleHandle + ".jpg",
}

// raw is JSON as it is written.
func raw(text string) any {
	if text == "" {
		return nil
	}
	return json.RawMessage(text)
}

var exampleItems = []item{{
	UID: pointer(push.UID(exampleUID)), MessageID: exampleRecord, ContentID: exampleRecord + 1, RecordID: exampleRecord,
	Code: codeOK, Status: textAccepted,
}}

func pointer[T any](v T) *T { return &v }

// contract describes the routes of api.go, by method and path.
var contract = map[string]*described{
	http.MethodPost + " send/message": {
		id: "send", tag: tagSend, summary: "发送消息", text: wordsSend,
		body: sendBody{}, data: []item{}, got: exampleItems,
		sent: `{"appToken":"` + exampleToken + `","content":"服务器 **A** 磁盘将满","contentType":3,"summary":"磁盘告警","uids":["` + exampleUID + `"],"topicIds":[],"url":"https://example.com/"}`,
	},
	http.MethodGet + " send/message": {
		id: "send-by-query", tag: tagSend, summary: "用地址发送（文本，一个接收者）", text: wordsSendByQuery,
		data: []item{}, got: exampleItems,
		params: []*huma.Param{
			query("appToken", huma.TypeString, "应用令牌", exampleToken), query("content", huma.TypeString, "内容", "构建完成"),
			query("uid", huma.TypeString, "接收者的 UID", exampleUID), query("topicId", huma.TypeInteger, "或者主题编号", nil),
			query("url", huma.TypeString, "阅读原文的地址", nil), query("summary", huma.TypeString, "摘要", nil),
			query("verifyPayType", huma.TypeInteger, "0 所有人，1 只发给付费未到期的，2 只发给没有付费或已到期的", nil),
		},
	},
	http.MethodDelete + " send/message": {
		id: "delete-message", tag: tagSend, summary: "撤回消息页面", text: wordsDeleteMessage, data: true, got: true,
		params: []*huma.Param{
			query("messageContentId", huma.TypeInteger, "发送答案里的 messageContentId；messageId 和 sendRecordId 也可以", exampleRecord),
			query("appToken", huma.TypeString, "应用令牌", exampleToken),
		},
	},
	http.MethodPost + " send/message/simple-push": {
		id: "simple-push", tag: tagSend, summary: "极简推送", text: wordsSimplePush,
		body: simpleBody{}, data: []item{}, got: exampleItemsOfSPT,
		sent: `{"content":"构建完成","summary":"构建","contentType":1,"spt":"` + exampleSPT + `"}`,
	},
	http.MethodGet + " send/message/{}/{...}": {
		path: "send/message/{spt}/{content}",
		id:   "simple-push-by-path", tag: tagSend, summary: "用一个地址极简推送", text: wordsSimplePushByPath,
		data: []item{}, got: exampleItemsOfSPT,
	},
	http.MethodGet + " send/query/status": {
		id: "status", tag: tagSend, summary: "查询发送结果", text: wordsStatus, msg: "发送成功", data: 0, got: 2,
		params: []*huma.Param{query("sendRecordId", huma.TypeInteger, "发送答案里的 sendRecordId", exampleRecord)},
	},
	http.MethodGet + " send/query/{}": {
		path: "send/query/{messageId}", deprecated: true,
		id: "status-by-path", tag: tagSend, summary: "查询发送结果（旧）", text: wordsStatus, msg: "发送成功", data: 0, got: 2,
	},
	http.MethodPost + " fun/create/qrcode": {
		id: "create-qrcode", tag: tagCodes, summary: "带参二维码", text: wordsCreateCode,
		body: codeBody{}, data: codeAnswer{},
		got:  codeAnswer{exampleTime, exampleHandle, "https://push.example.com/api/qrcode/" + exampleHandle + ".jpg", "https://push.example.com/api/qrcode/" + exampleHandle + ".jpg", "订单 7"},
		sent: `{"appToken":"` + exampleToken + `","extra":"订单 7","validTime":1800}`,
	},
	http.MethodGet + " fun/scan-qrcode-uid": {
		id: "scan-qrcode-uid", tag: tagCodes, summary: "查询扫码的用户", text: wordsLastScanner, data: "", got: exampleUID,
		params: []*huma.Param{query("code", huma.TypeString, "二维码答案里的 code", exampleHandle)},
	},
	http.MethodGet + " fun/wxuser": {
		id: "list-users", tag: tagPeople, summary: "列出订阅者（第 1 版）", text: wordsPeople, data: people{}, got: examplePeople,
		deprecated: true, params: peopleParams,
	},
	http.MethodGet + " fun/wxuser/v2": {
		id: "list-users-v2", tag: tagPeople, summary: "列出订阅者", text: wordsPeople, data: people{}, got: examplePeople, params: peopleParams,
	},
	http.MethodDelete + " fun/remove": {
		id: "remove-user", tag: tagPeople, summary: "移除订阅者", text: wordsRemove, data: "", got: textRemoved,
		params: []*huma.Param{
			query("appToken", huma.TypeString, "应用令牌", exampleToken), query("id", huma.TypeInteger, "订阅者列表里的 id", exampleRow),
		},
	},
	http.MethodPut + " fun/reject": {
		id: "reject-user", tag: tagPeople, summary: "屏蔽订阅者", text: wordsReject, data: "", got: textRejected,
		params: []*huma.Param{
			query("appToken", huma.TypeString, "应用令牌", exampleToken), query("id", huma.TypeInteger, "订阅者列表里的 id", exampleRow),
			query("reject", huma.TypeBoolean, "true 屏蔽，false 解除", true),
		},
	},
	http.MethodGet + " product/query-pay-end-time": {
		id: "pay-end-time", tag: tagPay, summary: "查询付费到期时间", text: wordsPayEnd, data: []paid{}, got: []paid{{1, 97, exampleTime}},
		params: []*huma.Param{
			query("uid", huma.TypeString, "用户的 UID", exampleUID), query("prodId", huma.TypeInteger, "消息商品的编号", exampleProduct),
		},
	},
	http.MethodGet + " qrcode/{}": {
		path: "qrcode/{file}", image: true,
		id: "qrcode-image", tag: tagCodes, summary: "二维码图片",
	},
}

var examplePeople = people{Total: 1, Page: 1, PageSize: 10, Records: []person{{
	UID: exampleUID, TargetID: 97, CreateTime: exampleTime, ID: exampleRow, Target: "构建通知", Enable: true,
}}}

var peopleParams = []*huma.Param{
	query("appToken", huma.TypeString, "应用令牌", exampleToken),
	query("page", huma.TypeInteger, "第几页，不填是 1", 1), query("pageSize", huma.TypeInteger, "每页几条，不填 10，最多 100", 10),
	query("uid", huma.TypeString, "只查这个 UID", nil), query("isBlock", huma.TypeBoolean, "true 只看被屏蔽的，false 只看没有屏蔽的", nil),
	query("type", huma.TypeInteger, "0 应用，1 主题", nil),
}

var exampleItemsOfSPT = []item{{
	MessageID: exampleRecord, ContentID: exampleRecord + 1, RecordID: exampleRecord, Code: codeOK, Status: textAccepted,
}}
