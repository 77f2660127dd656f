package api

import (
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// description is what the document says of one route. Its samples are calls
// that work as they stand, once the sample token, UID and ids are replaced by
// real ones; the tests do that with each.
type description struct {
	id, path, tag, summary, about string
	params                        []*huma.Param
	body                          any      // of the request's type
	required                      []string // fields of the body
	data                          any      // of the type of data in a good answer; nil for an image
	samples                       []sample
}

// sample is one call by name, with its answer.
type sample struct {
	name, body, answer string
	params             map[string]any
}

// The samples of names that stand in every example.
const (
	sampleToken  = "AT_0123456789ABCDEFGHIJKLMNOPQRSTUV"
	sampleUID    = "UID_0123456789ABCDEFGHIJKLMNOPQRSTUV"
	sampleSPT    = "SPT_0123456789ABCDEFGHIJKLMNOPQRSTUV"
	sampleRecord = 4503599627370001
	sampleCode   = "0123456789abcdefghijklmnop"
	// The numbers of a record in a list of followers and of a product.
	samplePerson  = 4503599627370003
	sampleProduct = 4503599627370004
)

func inQuery(name, kind, about string, required bool) *huma.Param {
	return &huma.Param{Name: name, In: "query", Description: about, Required: required, Schema: &huma.Schema{Type: kind}}
}

func inPath(name, kind, about string) *huma.Param {
	return &huma.Param{Name: name, In: "path", Description: about, Required: true, Schema: &huma.Schema{Type: kind}}
}

const (
	sampleItem = `{"uid":"` + sampleUID + `","topicId":null,"messageId":4503599627370001,"messageContentId":4503599627370002,` +
		`"sendRecordId":4503599627370001,"code":1000,"status":"创建发送任务成功"}`
	sampleSimple = `{"uid":null,"topicId":null,"messageId":4503599627370001,"messageContentId":4503599627370002,` +
		`"sendRecordId":4503599627370001,"code":1000,"status":"创建发送任务成功"}`
	sampleSent       = `{"code":1000,"msg":"处理成功","data":[` + sampleItem + `],"success":true}`
	sampleSentSimple = `{"code":1000,"msg":"处理成功","data":[` + sampleSimple + `],"success":true}`
	sampleBadToken   = `{"code":1001,"msg":"appToken不正确","data":null,"success":false}`
	sampleWaiting    = `{"code":1000,"msg":"等待发送","data":1,"success":true}`
	sampleNoMessage  = `{"code":1001,"msg":"消息不存在","data":null,"success":false}`
)

// described is the document of every route of the table in New, by method and
// pattern.
var described = map[string]description{
	"POST send/message": {
		id: "send", path: "/api/send/message", tag: tagSend, summary: "发送消息", about: wordsSend,
		body: sendBody{}, required: []string{"appToken", "content"}, data: []item{},
		samples: []sample{
			{name: "发给一个用户", body: `{"appToken":"` + sampleToken + `","content":"服务器 **A** 磁盘将满","contentType":3,"summary":"磁盘告警","uids":["` + sampleUID + `"],"url":"https://example.com/alert"}`, answer: sampleSent},
			{name: "令牌不对", body: `{"appToken":"AT_wrong","content":"你好","uids":["` + sampleUID + `"]}`, answer: sampleBadToken},
		},
	},
	"GET send/message": {
		id: "send-by-query", path: "/api/send/message", tag: tagSend, summary: "用地址栏发送", about: wordsSendByQuery,
		params: []*huma.Param{
			inQuery("appToken", "string", "应用令牌", true), inQuery("content", "string", "纯文本，1–40000 个字符", true),
			inQuery("uid", "string", "接收的用户", false), inQuery("topicId", "integer", "接收的主题", false),
			inQuery("url", "string", "原文链接", false), inQuery("summary", "string", "摘要", false),
			inQuery("verifyPay", "boolean", "旧参数，true 等于 verifyPayType=1", false), inQuery("verifyPayType", "integer", "0 所有人，1 仅付费，2 仅未付费", false),
		},
		data: []item{},
		samples: []sample{
			{name: "发给一个用户", params: map[string]any{"appToken": sampleToken, "content": "构建完成", "uid": sampleUID}, answer: sampleSent},
			{name: "令牌不对", params: map[string]any{"appToken": "AT_wrong", "content": "构建完成", "uid": sampleUID}, answer: sampleBadToken},
		},
	},
	"DELETE send/message": {
		id: "delete-message", path: "/api/send/message", tag: tagSend, summary: "撤回消息的页面", about: wordsDeleteMessage,
		params: []*huma.Param{
			inQuery("messageContentId", "integer", "发送时返回的 messageContentId；messageId 和 sendRecordId 也可以", true),
			inQuery("appToken", "string", "应用令牌", true),
		},
		data: true,
		samples: []sample{
			{name: "撤回", params: map[string]any{"messageContentId": sampleRecord, "appToken": sampleToken}, answer: `{"code":1000,"msg":"处理成功","data":true,"success":true}`},
			{name: "令牌不对", params: map[string]any{"messageContentId": sampleRecord, "appToken": "AT_wrong"}, answer: sampleBadToken},
		},
	},
	"POST send/message/simple-push": {
		id: "simple-push", path: "/api/send/message/simple-push", tag: tagSend, summary: "极简推送", about: wordsSimple,
		body: simpleBody{}, required: []string{"content"}, data: []item{},
		samples: []sample{
			{name: "推给自己", body: `{"content":"备份完成","contentType":1,"spt":"` + sampleSPT + `"}`, answer: sampleSentSimple},
		},
	},
	"GET send/message/{}/{...}": {
		id: "simple-push-by-path", path: "/api/send/message/{spt}/{content}", tag: tagSend, summary: "用一个地址推送",
		about:  wordsSimpleByPath,
		params: []*huma.Param{inPath("spt", "string", "用户的 SPT"), inPath("content", "string", "纯文本，按 URL 编码；其中的 / 可以不编码")},
		data:   []item{},
		samples: []sample{
			{name: "推给自己", params: map[string]any{"spt": sampleSPT, "content": "备份完成"}, answer: sampleSentSimple},
		},
	},
	"GET send/query/status": {
		id: "status", path: "/api/send/query/status", tag: tagSend, summary: "查询发送状态", about: wordsStatus,
		params: []*huma.Param{inQuery("sendRecordId", "integer", "发送时返回的 sendRecordId", true)}, data: 0,
		samples: []sample{
			{name: "等待发送", params: map[string]any{"sendRecordId": sampleRecord}, answer: sampleWaiting},
			{name: "没有这条消息", params: map[string]any{"sendRecordId": 7}, answer: sampleNoMessage},
		},
	},
	"GET send/query/{}": {
		id: "status-by-message", path: "/api/send/query/{messageId}", tag: tagSend, summary: "查询发送状态（旧）", about: wordsStatus,
		params: []*huma.Param{inPath("messageId", "integer", "发送时返回的 messageId")}, data: 0,
		samples: []sample{
			{name: "等待发送", params: map[string]any{"messageId": sampleRecord}, answer: sampleWaiting},
		},
	},
	"POST fun/create/qrcode": {
		id: "create-qrcode", path: "/api/fun/create/qrcode", tag: tagCode, summary: "创建带参数的二维码", about: wordsCode,
		body: codeBody{}, required: []string{"appToken", "extra"}, data: codeAnswer{},
		samples: []sample{
			{name: "半小时有效", body: `{"appToken":"` + sampleToken + `","extra":"渠道 1","validTime":1800}`,
				answer: `{"code":1000,"msg":"处理成功","data":{"expires":1793596200000,"code":"` + sampleCode + `","shortUrl":"https://push.example.com/api/qrcode/` + sampleCode + `.jpg","url":"https://push.example.com/api/qrcode/` + sampleCode + `.jpg","extra":"渠道 1"},"success":true}`},
			{name: "令牌不对", body: `{"appToken":"AT_wrong","extra":"渠道 1"}`, answer: sampleBadToken},
		},
	},
	"GET fun/scan-qrcode-uid": {
		id: "last-scanner", path: "/api/fun/scan-qrcode-uid", tag: tagCode, summary: "查询扫码的用户", about: wordsScanner,
		params: []*huma.Param{inQuery("code", "string", "创建二维码时返回的 code", true)}, data: "",
		samples: []sample{
			{name: "还没有人扫", params: map[string]any{"code": sampleCode}, answer: `{"code":1001,"msg":"暂无用户扫描二维码","data":null,"success":false}`},
		},
	},
	"GET fun/wxuser":    peopleDescription("list-users", "/api/fun/wxuser", "列出订阅者（旧）"),
	"GET fun/wxuser/v2": peopleDescription("list-users-v2", "/api/fun/wxuser/v2", "列出订阅者"),
	"DELETE fun/remove": {
		id: "remove-user", path: "/api/fun/remove", tag: tagPeople, summary: "移除订阅者", about: wordsRemove,
		params: []*huma.Param{inQuery("appToken", "string", "应用令牌", true), inQuery("id", "integer", "订阅者列表里的 id", true)}, data: "",
		samples: []sample{
			{name: "移除", params: map[string]any{"appToken": sampleToken, "id": samplePerson}, answer: `{"code":1000,"msg":"处理成功","data":"删除成功","success":true}`},
			{name: "令牌不对", params: map[string]any{"appToken": "AT_wrong", "id": samplePerson}, answer: sampleBadToken},
		},
	},
	"PUT fun/reject": {
		id: "reject-user", path: "/api/fun/reject", tag: tagPeople, summary: "屏蔽订阅者，或解除屏蔽", about: wordsRejectUser,
		params: []*huma.Param{
			inQuery("appToken", "string", "应用令牌", true), inQuery("id", "integer", "订阅者列表里的 id", true),
			inQuery("reject", "boolean", "true 屏蔽，false 解除", true),
		},
		data: "",
		samples: []sample{
			{name: "屏蔽", params: map[string]any{"appToken": sampleToken, "id": samplePerson, "reject": true}, answer: `{"code":1000,"msg":"处理成功","data":"` + textRejected + `","success":true}`},
		},
	},
	"GET product/query-pay-end-time": {
		id: "pay-end-time", path: "/api/product/query-pay-end-time", tag: tagPay, summary: "查询付费到期时间", about: wordsPayEnd,
		params: []*huma.Param{inQuery("uid", "string", "用户的 UID", true), inQuery("prodId", "integer", "消息商品的编号", true)}, data: []paidUntil{},
		samples: []sample{
			{name: "没有付费过", params: map[string]any{"uid": sampleUID, "prodId": sampleProduct}, answer: `{"code":1000,"msg":"处理成功","data":[{"resourceType":1,"resourceID":97,"payEndTime":0}],"success":true}`},
		},
	},
	"GET qrcode/{}": {
		id: "qrcode-image", path: "/api/qrcode/{image}", tag: tagCode, summary: "二维码图片", about: wordsImage,
		params:  []*huma.Param{inPath("image", "string", "code 加上 .jpg")},
		samples: []sample{{name: "图片", params: map[string]any{"image": sampleCode + ".jpg"}}},
	},
}

// peopleDescription describes both versions of the list of followers.
func peopleDescription(id, path, summary string) description {
	return description{
		id: id, path: path, tag: tagPeople, summary: summary, about: wordsPeople,
		params: []*huma.Param{
			inQuery("appToken", "string", "应用令牌", true), inQuery("page", "integer", "第几页，不填是 1", false),
			inQuery("pageSize", "integer", "每页几条，不填 10，最多 100", false), inQuery("uid", "string", "只查这个 UID", false),
			inQuery("isBlock", "boolean", "true 只看被屏蔽的，false 只看没有屏蔽的", false), inQuery("type", "integer", "0 应用，1 主题", false),
		},
		data: people{},
		samples: []sample{
			{name: "一个用户在应用里", params: map[string]any{"appToken": sampleToken, "page": 1, "pageSize": 10, "uid": sampleUID, "type": 0},
				answer: `{"code":1000,"msg":"处理成功","data":{"total":1,"page":1,"pageSize":10,"records":[{"uid":"` + sampleUID + `","appOrTopicId":97,"headImg":"","createTime":1793592000000,"nickName":"","reject":false,"id":4503599627370003,"type":0,"target":"构建通知","payEndTime":0,"enable":true}]},"success":true}`},
			{name: "令牌不对", params: map[string]any{"appToken": "AT_wrong"}, answer: sampleBadToken},
		},
	}
}

// operation describes the route to OpenAPI.
func (d description) operation(schemas huma.Registry, rt *route) *huma.Operation {
	op := &huma.Operation{
		OperationID: d.id, Method: rt.method, Path: d.path, Tags: []string{d.tag}, Summary: d.summary, Description: d.about,
		Parameters: d.params, Responses: map[string]*huma.Response{},
	}
	for _, p := range d.params {
		p.Examples = map[string]*huma.Example{}
		for _, s := range d.samples {
			if v, given := s.params[p.Name]; given {
				p.Examples[s.name] = &huma.Example{Value: v}
			}
		}
	}
	if d.body != nil {
		m := &huma.MediaType{Schema: d.bodySchema(schemas), Examples: map[string]*huma.Example{}}
		for _, s := range d.samples {
			m.Examples[s.name] = &huma.Example{Value: jsonOf(s.body)}
		}
		op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": m}}
	}
	if rt.image != nil {
		op.Responses["200"] = &huma.Response{Description: wordsJPEG, Content: map[string]*huma.MediaType{"image/jpeg": {}}}
		op.Responses["404"] = &huma.Response{Description: textNoCode, Content: map[string]*huma.MediaType{"text/plain": {Example: textNoCode}}}
		return op
	}
	m := &huma.MediaType{Schema: envelopeSchema(schemas, d.data), Examples: map[string]*huma.Example{}}
	for _, s := range d.samples {
		m.Examples[s.name] = &huma.Example{Value: jsonOf(s.answer)}
	}
	op.Responses["200"] = &huma.Response{Description: wordsEnvelope, Content: map[string]*huma.MediaType{"application/json": m}}
	op.Responses["503"] = &huma.Response{
		Description: textUnstored,
		Headers:     map[string]*huma.Param{"Retry-After": {Description: "秒", Schema: &huma.Schema{Type: "integer"}}},
		Content: map[string]*huma.MediaType{"application/json": {
			Schema: m.Schema, Example: envelope{Code: codeServer, Msg: textUnstored},
		}},
	}
	return op
}

// bodySchema is the schema of a lenient body: fields it does not know are
// ignored.
func (d description) bodySchema(schemas huma.Registry) *huma.Schema {
	s := huma.SchemaFromType(schemas, reflect.TypeOf(d.body))
	s.Required, s.AdditionalProperties = d.required, true
	for name, field := range s.Properties {
		field.Description = wordsFields[name]
	}
	return s
}

// envelopeSchema is the four keys around data of one type.
func envelopeSchema(schemas huma.Registry, data any) *huma.Schema {
	t := reflect.TypeOf(data)
	inside := huma.SchemaFromType(schemas, t)
	if t.Kind() == reflect.Struct {
		inside = schemas.Schema(t, true, t.Name())
	}
	inside.Nullable = false
	return &huma.Schema{
		Type: "object", Required: []string{"code", "msg", "data", "success"},
		Properties: map[string]*huma.Schema{
			"code": {Type: "integer", Description: wordsCodes, Enum: []any{codeOK, codeFailed, codeNoRoute, codeServer, codeWeChat}},
			"msg":  {Type: "string"}, "success": {Type: "boolean"},
			"data": {AnyOf: []*huma.Schema{inside, {Type: "null"}}},
		},
	}
}

// The lenient types are documented as what a client should send.

func (text) Schema(huma.Registry) *huma.Schema   { return &huma.Schema{Type: "string"} }
func (number) Schema(huma.Registry) *huma.Schema { return &huma.Schema{Type: "integer"} }
func (truth) Schema(huma.Registry) *huma.Schema  { return &huma.Schema{Type: "boolean"} }
func (texts) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: "array", Items: &huma.Schema{Type: "string"}}
}
func (numbers) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: "array", Items: &huma.Schema{Type: "integer"}}
}
