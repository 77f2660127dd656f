package sandbox_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/silenceper/wechat/v2/cache"
	"github.com/silenceper/wechat/v2/credential"
	"github.com/silenceper/wechat/v2/officialaccount/basic"
	"github.com/silenceper/wechat/v2/officialaccount/config"
	sdk "github.com/silenceper/wechat/v2/officialaccount/context"
	"github.com/silenceper/wechat/v2/officialaccount/menu"
	"github.com/silenceper/wechat/v2/officialaccount/message"
	"github.com/silenceper/wechat/v2/util"
	"go.uber.org/goleak"

	"hongyan/oa"
	"hongyan/oa/sandbox"
)

func newClient(p *platform) *oa.Client {
	return oa.NewClient(oa.ClientOptions{AppID: appID, Secret: secret, HTTP: p.client, Now: p.Now})
}

// The platform's own client, in a synctest bubble, without a socket: three
// days pass at once, tokens die on the way, and no goroutine is left.
func TestF13_OwnClientInABubble(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t, func(o *sandbox.Options) { o.Profile = "real" })
		c := newClient(p)
		f := p.member()
		running(t, p)
		for day := range 3 {
			msgid, err := c.SendTemplate(t.Context(), oa.TemplateMessage{ToUser: f.OpenID, TemplateID: sandbox.DefaultTemplate,
				ClientMsgID: fmt.Sprint("d", day), Data: map[string]string{"thing1": "鸿雁", "thing2": fmt.Sprint("第", day, "天")}})
			if err != nil || msgid == 0 {
				t.Fatalf("day %d: %d %v", day, msgid, err)
			}
			time.Sleep(24 * time.Hour)
		}
		synctest.Wait()
		if got, _ := finished(t, p); len(got) != 3 {
			t.Errorf("%d reports", len(got))
		}
		_, err := c.SendTemplate(t.Context(), oa.TemplateMessage{ToUser: "oNobody", TemplateID: sandbox.DefaultTemplate, Data: map[string]string{"thing1": "x"}})
		if e, ok := errors.AsType[*oa.Error](err); !ok || e.Code != 40003 || e.RID == "" {
			t.Errorf("error %v", err)
		}
	})
}

// The rest of the client's calls.
func TestOwnClient_EveryCall(t *testing.T) {
	p := newPlatform(t)
	c, ctx := newClient(p), context.Background()
	f := p.member()
	must[sandbox.Answer](t)(f.Say(ctx, "在"))
	if err := c.SendText(ctx, f.OpenID, "你好 <b>&"); err != nil {
		t.Error(err)
	}
	if err := c.SendMenu(ctx, f.OpenID, oa.Menu{Head: "选", Items: []oa.MenuItem{{ID: "1", Content: "甲"}}, Tail: "谢"}); err != nil {
		t.Error(err)
	}
	chat := f.Chat()
	if chat[len(chat)-2].Text != "你好 <b>&" || chat[len(chat)-1].Text != "选\n甲\n谢" {
		t.Errorf("chat %+v", chat)
	}
	code := must[oa.QR](t)(c.CreateQR(ctx, "s1", time.Hour))
	if code.Ticket == "" || code.Expires != time.Hour {
		t.Errorf("code %+v", code)
	}
	if err := c.CreateMenu(ctx, []oa.Button{{Name: "页", Type: "view", URL: "https://h/?a=1&b=2"}}); err != nil {
		t.Error(err)
	}
	grant := must[oa.Grant](t)(c.Exchange(ctx, codeOf(t, must[string](t)(f.Authorize(c.AuthorizeURL("https://h/?keep=1", "abc123"))))))
	if grant.OpenID != f.OpenID {
		t.Errorf("grant %+v", grant)
	}
	if info := must[oa.UserInfo](t)(c.UserInfo(ctx, f.OpenID)); !info.Subscribed {
		t.Errorf("user %+v", info)
	}
	if quota := must[oa.Quota](t)(c.Quota(ctx, sendPath)); quota.DailyLimit != 100_000 {
		t.Errorf("quota %+v", quota)
	}
	if ips := must[[]string](t)(c.CallbackIPs(ctx)); len(ips) == 0 {
		t.Error("no callback addresses")
	}
}

// silenceper/wechat runs against the sandbox unchanged.
func TestSilenceperSDK_Unchanged(t *testing.T) {
	p := newPlatform(t)
	f := p.member()
	old := util.DefaultHTTPClient
	util.DefaultHTTPClient = &http.Client{Transport: p.Transport()}
	defer func() { util.DefaultHTTPClient = old }()
	memory := cache.NewMemory()
	account := &sdk.Context{
		Config:            &config.Config{AppID: appID, AppSecret: secret, Token: token, EncodingAESKey: aesKey, Cache: memory},
		AccessTokenHandle: credential.NewDefaultAccessToken(appID, secret, credential.CacheKeyOfficialAccountPrefix, memory),
	}

	msgid, err := message.NewTemplate(account).Send(&message.TemplateMessage{ToUser: f.OpenID, TemplateID: sandbox.DefaultTemplate, ClientMsgID: "sdk-1",
		Data: map[string]*message.TemplateDataItem{"thing1": {Value: "鸿雁"}, "time3": {Value: "15:01"}}})
	if err != nil || msgid == 0 {
		t.Fatalf("template send: %d %v", msgid, err)
	}
	ticket, err := basic.NewBasic(account).GetQRTicket(basic.NewTmpQrRequest(time.Hour, "sdk-scene"))
	if err != nil || ticket.ExpireSeconds != 3600 {
		t.Fatalf("QR code: %+v %v", ticket, err)
	}
	picture, err := util.HTTPGet(basic.ShowQRCode(ticket))
	if err != nil || len(picture) < 1000 {
		t.Errorf("picture of %d bytes: %v", len(picture), err)
	}
	must[sandbox.Answer](t)(f.Scan(t.Context(), ticket.Ticket))
	var button menu.Button
	button.SetClickButton("我的", "MINE")
	if err := menu.NewMenu(account).SetMenu([]*menu.Button{&button}); err != nil {
		t.Errorf("menu: %v", err)
	}
	got, err := menu.NewMenu(account).GetMenu()
	if err != nil || len(got.Menu.Button) != 1 || got.Menu.Button[0].Key != "MINE" {
		t.Errorf("menu read back: %+v %v", got, err)
	}
}
