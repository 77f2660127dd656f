package api

import (
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// The callbacks as receivers meet them; push writes them.
type (
	subscribed struct {
		AppID       int64  `json:"appId" example:"97"`
		AppKey      string `json:"appKey" example:"AK_0123456789ABCDEFGHIJKLMNOPQRSTUV"`
		AppName     string `json:"appName" example:"构建通知"`
		Source      string `json:"source" enum:"scan,link,command,order" example:"scan"`
		UserName    string `json:"userName" example:"" doc:"总是空的：微信不再提供"`
		UserHeadImg string `json:"userHeadImg" example:"" doc:"总是空的：微信不再提供"`
		Time        int64  `json:"time" example:"1793592000000" doc:"毫秒"`
		UID         string `json:"uid" example:"UID_0123456789ABCDEFGHIJKLMNOPQRSTUV"`
		Extra       string `json:"extra" example:"渠道 1" doc:"二维码携带的参数；应用默认的二维码没有"`
	}
	commanded struct {
		UID     string `json:"uid" example:"UID_0123456789ABCDEFGHIJKLMNOPQRSTUV"`
		AppID   int64  `json:"appId" example:"97"`
		AppKey  string `json:"appKey" example:"AK_0123456789ABCDEFGHIJKLMNOPQRSTUV"`
		AppName string `json:"appName" example:"构建通知"`
		Time    int64  `json:"time" example:"1793592000000" doc:"毫秒"`
		Content string `json:"content" example:"重启服务器" doc:"#97 之后的内容"`
	}
	paid struct {
		AddTime    int64  `json:"addTime" example:"2592000000" doc:"增加的毫秒数；退款为负"`
		Amount     int64  `json:"amount" example:"50" doc:"金额，单位分；退款为负"`
		AppID      int64  `json:"appId" example:"97"`
		CreateTime int64  `json:"createTime" example:"1793592000000" doc:"毫秒"`
		ProdID     int64  `json:"prodId" example:"12"`
		TradeNo    string `json:"tradeNo" example:"20261102120000001"`
		Type       int    `json:"type" enum:"1,2" example:"1" doc:"1 支付，2 退款"`
		UID        string `json:"uid" example:"UID_0123456789ABCDEFGHIJKLMNOPQRSTUV"`
	}
	// replied is what a receiver may answer a command.
	replied struct {
		Reply string `json:"reply,omitempty" example:"正在重启" doc:"发回给用户的文字"`
	}
)

func addWebhooks(doc *huma.OpenAPI) {
	doc.Webhooks = map[string]*huma.PathItem{}
	for _, hook := range []struct {
		action, summary string
		data            any
	}{
		{"app_subscribe", "有用户订阅了应用", subscribed{}},
		{"send_up_cmd", "用户发来命令", commanded{}},
		{"order_pay", "用户付费或退款", paid{}},
	} {
		doc.Webhooks[hook.action] = webhook(doc.Components.Schemas, hook.action, hook.summary, reflect.TypeOf(hook.data))
	}
}

func webhook(schemas huma.Registry, action, summary string, data reflect.Type) *huma.PathItem {
	body := &huma.Schema{
		Type: "object", Required: []string{"action", "data"},
		Properties: map[string]*huma.Schema{
			"action": {Type: "string", Enum: []any{action}, Examples: []any{action}},
			"data":   schemas.Schema(data, true, data.Name()),
		},
	}
	answer := schemas.Schema(reflect.TypeFor[replied](), true, "replied")
	var headers []*huma.Param
	for _, name := range []string{"webhook-id", "webhook-timestamp", "webhook-signature"} {
		headers = append(headers, &huma.Param{Name: name, In: "header", Required: true, Description: wordsHookHeaders[name], Schema: &huma.Schema{Type: "string"}})
	}
	return &huma.PathItem{Post: &huma.Operation{
		OperationID: action, Summary: summary, Description: wordsHook, Tags: []string{tagHook}, Parameters: headers,
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"application/json": {Schema: body, Example: exampleOf(schemas, body)},
		}},
		Responses: map[string]*huma.Response{"200": {Description: wordsHookAnswer, Content: map[string]*huma.MediaType{
			"application/json": {Schema: answer, Example: exampleOf(schemas, answer)},
		}}},
	}}
}
