package v1

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// appView is the app that asks.
type appView struct {
	ID         int64  `json:"id" example:"97" doc:"应用编号，用户发送 #97 关注"`
	Name       string `json:"name" example:"构建通知"`
	Key        string `json:"appKey" example:"AK_0123456789ABCDEFGHIJKLMNOPQRSTUV" doc:"公开的应用标识，回调里带它"`
	Greeting   string `json:"greeting" doc:"新订阅者看到的问候语"`
	SettingURL string `json:"settingUrl" doc:"开发者自己的设置页，显示在用户的订阅列表里"`
	Listening  bool   `json:"listening" doc:"是否设置了回调地址"`
}

func (a *API) registerApp() {
	huma.Register(a.huma, operation("get-app", http.MethodGet, "/app", tagApp, "查看令牌所属的应用"),
		func(ctx context.Context, _ *struct{}) (*struct{ Body appView }, error) {
			app := caller(ctx)
			return &struct{ Body appView }{appView{
				ID: int64(app.ID), Name: app.Name, Key: app.Key,
				Greeting: app.Greeting, SettingURL: app.SettingURL, Listening: app.Listening,
			}}, nil
		})
}
