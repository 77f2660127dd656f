package api

import (
	"encoding/json"

	"github.com/danielgtaylor/huma/v2"
)

// callback is one kind of callback as the document tells of it. The bodies are
// written in push/body.go.
type callback struct{ action, summary, body string }

var callbackExamples = []callback{
	{"app_subscribe", "用户订阅了应用", `{"action":"app_subscribe","data":{"appId":97,"appKey":"AK_0123456789ABCDEFGHIJKLMNOPQRSTUV","appName":"构建通知","source":"scan","userName":"","userHeadImg":"","time":1795225080000,"uid":"` + exampleUID + `","extra":"订单 7"}}`},
	{"send_up_cmd", "用户发送了指令", `{"action":"send_up_cmd","data":{"uid":"` + exampleUID + `","appId":97,"appKey":"AK_0123456789ABCDEFGHIJKLMNOPQRSTUV","appName":"构建通知","time":1795225080000,"content":"重启服务器"}}`},
}

// callbacks are what the app's own address is told.
func callbacks(huma.Registry) map[string]*huma.PathItem {
	all := make(map[string]*huma.PathItem, len(callbackExamples))
	for _, c := range callbackExamples {
		all[c.action] = &huma.PathItem{Post: &huma.Operation{
			OperationID: "callback-" + c.action, Tags: []string{tagCallback}, Summary: c.summary, Description: wordsCallback,
			Parameters: []*huma.Param{
				header("webhook-id", "每个回调一个，重试时不变：按它去重"),
				header("webhook-timestamp", "Unix 秒"),
				header("webhook-signature", "v1,签名；密钥更换期间有两个，用空格隔开"),
			},
			RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
				"application/json": {Schema: shapeOf(c.body), Example: raw(c.body)},
			}},
			Responses: map[string]*huma.Response{"200": {Description: wordsCallbackAnswer, Content: map[string]*huma.MediaType{
				"application/json": {
					Schema:  &huma.Schema{Type: huma.TypeObject, Properties: map[string]*huma.Schema{"reply": {Type: huma.TypeString}}},
					Example: raw(`{"reply":"正在重启"}`),
				},
			}}},
		}}
	}
	return all
}

func header(name, text string) *huma.Param {
	return &huma.Param{Name: name, In: "header", Required: true, Description: text, Schema: &huma.Schema{Type: huma.TypeString}}
}

// shapeOf is the schema of a body in which every key is always there.
func shapeOf(body string) *huma.Schema {
	var v any
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		panic(err) // an example of this file
	}
	return shape(v)
}

func shape(v any) *huma.Schema {
	switch v := v.(type) {
	case map[string]any:
		s := &huma.Schema{Type: huma.TypeObject, Properties: map[string]*huma.Schema{}}
		for name, one := range v {
			s.Properties[name] = shape(one)
			s.Required = append(s.Required, name)
		}
		return s
	case float64:
		return &huma.Schema{Type: huma.TypeInteger}
	}
	return &huma.Schema{Type: huma.TypeString}
}
