package v1

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"hongyan/push"
)

// appView is the app that asks.
type appView struct {
	ID            int64  `json:"id" example:"97" doc:"应用编号，用户发送 #97 关注"`
	Name          string `json:"name" example:"构建通知"`
	Key           string `json:"appKey" example:"AK_0123456789ABCDEFGHIJKLMNOPQRSTUV" doc:"公开的应用标识，回调里带它"`
	Greeting      string `json:"greeting" example:"欢迎订阅构建通知" doc:"新订阅者看到的问候语"`
	SettingURL    string `json:"settingUrl" example:"https://dev.example.com/setting" doc:"开发者自己的设置页，显示在用户的订阅列表里"`
	SettingSigned bool   `json:"settingSigned" example:"true" doc:"去设置页的链接是否带签名"`
	QuerySend     bool   `json:"querySend" example:"true" doc:"是否接受 GET 发送（令牌写在地址里）"`
	Listening     bool   `json:"listening" example:"false" doc:"是否有回调地址，或有人收听"`
	Description   string `json:"description" example:"主干每次构建的结果" doc:"给关注者看的介绍"`
	Contact       string `json:"contact" example:"wx: build-team" doc:"关注者有问题时找谁"`
	Logo          string `json:"logo" example:"/app-logo/97/0123456789abcdef.png" doc:"图标在平台地址下的路径，没有时为空"`
}

func viewApp(app push.App) appView {
	return appView{
		ID: int64(app.ID), Name: app.Name, Key: app.Key, Greeting: app.Greeting, SettingURL: app.SettingURL,
		SettingSigned: app.SettingSigned, QuerySend: app.QuerySend, Listening: app.Listening,
		Description: app.Description, Contact: app.Contact, Logo: app.Logo,
	}
}

// appEdit is what to change of the app; what is absent or null stays.
type appEdit struct {
	Name       *string `json:"name,omitempty" minLength:"1" maxLength:"64" example:"构建通知"`
	Greeting   *string `json:"greeting,omitempty" maxLength:"600" example:"欢迎订阅构建通知"`
	SettingURL *string `json:"settingUrl,omitempty" maxLength:"1000" example:"https://dev.example.com/setting" doc:"空字符串表示不要"`
	SettingKey *string `json:"settingKey,omitempty" maxLength:"128" example:"0123456789abcdef0123456789abcdef" doc:"给设置页链接签名的密钥，16–128 个字符，保存后不再显示；空字符串表示不签名"`
	QuerySend  *bool   `json:"querySend,omitempty" example:"true" doc:"是否接受 GET 发送"`

	Description *string `json:"description,omitempty" maxLength:"500" example:"主干每次构建的结果"`
	Contact     *string `json:"contact,omitempty" maxLength:"100" example:"wx: build-team" doc:"关注者有问题时找谁"`
}

func (a *API) registerApp() {
	huma.Register(a.huma, operation("get-app", http.MethodGet, "/app", tagApp, "查看令牌所属的应用"),
		func(ctx context.Context, _ *struct{}) (*answer[appView], error) {
			return &answer[appView]{viewApp(caller(ctx))}, nil
		})
	edit := operation("edit-app", http.MethodPatch, "/app", tagApp, "修改应用")
	edit.Description = wordsEditApp
	huma.Register(a.huma, edit, func(ctx context.Context, in *struct{ Body appEdit }) (*answer[appView], error) {
		app, err := a.o.Push.EditApp(ctx, caller(ctx).ID, push.AppEdit(in.Body))
		if err != nil {
			return nil, a.problem(err)
		}
		return &answer[appView]{viewApp(app)}, nil
	})
}
