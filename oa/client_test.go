package oa

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestClient_AsksAsDocumented pins path, method and body of every call.
func TestClient_AsksAsDocumented(t *testing.T) {
	answers := map[string]string{
		pathQR:          `{"ticket":"gQH47jo","expire_seconds":60,"url":"http://weixin.qq.com/q/kZgf"}`,
		pathExchange:    `{"access_token":"x","expires_in":7200,"openid":"o1","scope":"snsapi_base","is_snapshotuser":1,"unionid":"u1"}`,
		pathQuota:       `{"errcode":0,"errmsg":"ok","quota":{"daily_limit":100000,"used":"3","remain":99997}}`,
		pathUser:        `{"subscribe":1,"openid":"o1","language":"zh_CN","subscribe_time":4102444800,"unionid":"u1","remark":"小明","subscribe_scene":"ADD_SCENE_QR_CODE","qr_scene_str":"s1"}`,
		pathCallbackIPs: `{"ip_list":["101.226.103.0/25","::1"]}`,
	}
	for _, c := range []struct {
		name, method, path, query, body string
		ask                             func(context.Context, *Client) (any, error)
		want                            any
	}{
		{"template", "POST", pathTemplate, "access_token=TOKEN0",
			`{"touser":"o1","template_id":"T1","url":"https://a.example/?b=1&c=2","client_msg_id":"m1","data":{"thing1":{"value":"重启 <成功> & 完成"}}}`,
			func(ctx context.Context, c *Client) (any, error) { return c.SendTemplate(ctx, card("o1")) }, int64(200228332)},
		{"text", "POST", pathCustom, "access_token=TOKEN0", `{"touser":"o1","msgtype":"text","text":{"content":"<a href=\"https://a/?b&c\">好</a>"}}`,
			func(ctx context.Context, c *Client) (any, error) {
				return nil, c.SendText(ctx, "o1", `<a href="https://a/?b&c">好</a>`)
			}, nil},
		{"menu message", "POST", pathCustom, "access_token=TOKEN0",
			`{"touser":"o1","msgtype":"msgmenu","msgmenu":{"head_content":"满意吗?","list":[{"id":"101","content":"满意"},{"id":"102","content":"不满意"}],"tail_content":"再见"}}`,
			func(ctx context.Context, c *Client) (any, error) {
				return nil, c.SendMenu(ctx, "o1", Menu{"满意吗?", []MenuItem{{"101", "满意"}, {"102", "不满意"}}, "再见"})
			}, nil},
		{"temporary code", "POST", pathQR, "access_token=TOKEN0",
			`{"action_info":{"scene":{"scene_str":"测试"}},"action_name":"QR_STR_SCENE","expire_seconds":604800}`,
			func(ctx context.Context, c *Client) (any, error) { return c.CreateQR(ctx, "测试", 7*24*time.Hour) },
			QR{"gQH47jo", "http://weixin.qq.com/q/kZgf", time.Minute}},
		{"permanent code", "POST", pathQR, "access_token=TOKEN0", `{"action_info":{"scene":{"scene_str":"s"}},"action_name":"QR_LIMIT_STR_SCENE"}`,
			func(ctx context.Context, c *Client) (any, error) { return c.CreateQR(ctx, "s", 0) },
			QR{"gQH47jo", "http://weixin.qq.com/q/kZgf", time.Minute}},
		{"menu", "POST", pathMenu, "access_token=TOKEN0",
			`{"button":[{"type":"click","name":"我的","key":"mine"},{"name":"更多","sub_button":[{"type":"view","name":"官网","url":"https://a/?b&c"}]}]}`,
			func(ctx context.Context, c *Client) (any, error) {
				return nil, c.CreateMenu(ctx, []Button{{Name: "我的", Type: "click", Key: "mine"}, {Name: "更多", Sub: []Button{{Name: "官网", Type: "view", URL: "https://a/?b&c"}}}})
			}, nil},
		{"code for follower", "GET", pathExchange, "appid=wx1&code=C1&grant_type=authorization_code&secret=" + testSecret, "",
			func(ctx context.Context, c *Client) (any, error) { return c.Exchange(ctx, "C1") }, Grant{"o1", "u1", true}},
		{"quota", "POST", pathQuota, "access_token=TOKEN0", `{"cgi_path":"/cgi-bin/message/template/send"}`,
			func(ctx context.Context, c *Client) (any, error) { return c.Quota(ctx, pathTemplate) }, Quota{100000, 3, 99997}},
		{"follower", "GET", pathUser, "access_token=TOKEN0&lang=zh_CN&openid=o1", "",
			func(ctx context.Context, c *Client) (any, error) { return c.UserInfo(ctx, "o1") },
			UserInfo{true, "o1", "u1", time.Unix(4102444800, 0), "ADD_SCENE_QR_CODE", "s1", "小明", "zh_CN"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPlatform()
			p.answer = func(c call) string { return answers[c.path] }
			got, err := c.ask(t.Context(), p.client())
			if err != nil {
				t.Fatal(err)
			}
			if got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
			asked := p.last(t)
			if asked.method != c.method || asked.path != c.path || asked.query != c.query || asked.body != c.body {
				t.Errorf("asked %s %s?%s\n%s\nwant %s %s?%s\n%s", asked.method, asked.path, asked.query, asked.body, c.method, c.path, c.query, c.body)
			}
		})
	}
	p := newPlatform()
	p.answer = func(c call) string { return answers[c.path] }
	if got, err := p.client().CallbackIPs(t.Context()); err != nil || !slices.Equal(got, []string{"101.226.103.0/25", "::1"}) {
		t.Errorf("callback addresses %v, %v", got, err)
	}
}

func TestClient_NonFollowersHaveNoTime(t *testing.T) {
	p := newPlatform()
	p.answer = func(call) string { return `{"subscribe":0,"openid":"o1"}` }
	got, err := p.client().UserInfo(t.Context(), "o1")
	if err != nil || got != (UserInfo{OpenID: "o1"}) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestClient_BuildsLinks(t *testing.T) {
	c := NewClient(ClientOptions{AppID: "wx1"})
	const want = "https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx1&redirect_uri=https%3A%2F%2Fa.example%2Fp%3Fq%3D1&response_type=code&scope=snsapi_base&state=S1#wechat_redirect"
	if got := c.AuthorizeURL("https://a.example/p?q=1", "S1"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := c.QRImage("a+b/c="); got != "https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket=a%2Bb%2Fc%3D" {
		t.Errorf("got %s", got)
	}
	c = NewClient(ClientOptions{AppID: "wx1", Hosts: Hosts{Open: "http://127.0.0.1:1/sandbox/"}})
	if got := c.AuthorizeURL("x", "y"); !strings.HasPrefix(got, "http://127.0.0.1:1/sandbox/connect/oauth2/authorize?") {
		t.Errorf("got %s", got)
	}
}

func TestCreateQR_ChecksItsArguments(t *testing.T) {
	p := newPlatform()
	for _, c := range []struct {
		scene string
		valid time.Duration
	}{{"", time.Hour}, {strings.Repeat("场", 65), time.Hour}, {"s", -time.Second}, {"s", 31 * 24 * time.Hour}} {
		if _, err := p.client().CreateQR(t.Context(), c.scene, c.valid); err == nil {
			t.Errorf("scene of %d bytes valid for %s was asked for", len(c.scene), c.valid)
		}
	}
	if len(p.calls) != 0 {
		t.Error("WeChat was asked")
	}
	p.answer = func(call) string { return `{"ticket":"T","expire_seconds":0,"url":"U"}` }
	if qr, err := p.client().CreateQR(t.Context(), strings.Repeat("场", 64), time.Hour); err != nil || qr.Expires != time.Hour {
		t.Errorf("got %+v, %v", qr, err)
	}
}

func TestSendText_IsCutAtWeChatsLimit(t *testing.T) {
	p := newPlatform()
	if err := p.client().SendText(t.Context(), "o1", strings.Repeat("雁", 1000)); err != nil {
		t.Fatal(err)
	}
	var sent struct{ Text struct{ Content string } }
	if err := json.Unmarshal([]byte(p.last(t).body), &sent); err != nil {
		t.Fatal(err)
	}
	if got := sent.Text.Content; len(got) > 2048 || len(got) < 2040 || !strings.HasSuffix(got, "雁…") {
		t.Errorf("sent %d bytes ending in %q", len(got), got[len(got)-6:])
	}
}

// TestClient_RefusesTransactions: no call leaves with such a context, not even
// one for a token.
func TestClient_RefusesTransactions(t *testing.T) {
	p := newPlatform()
	type mark struct{}
	c := p.client(func(o *ClientOptions) {
		o.Refuse = func(ctx context.Context) bool { return ctx.Value(mark{}) != nil }
	})
	inside := context.WithValue(t.Context(), mark{}, true)
	for name, ask := range map[string]func() error{
		"send":     func() error { _, err := c.SendTemplate(inside, card("o1")); return err },
		"token":    func() error { _, err := c.Token(inside); return err },
		"exchange": func() error { _, err := c.Exchange(inside, "C1"); return err },
	} {
		if err := ask(); !errors.Is(err, ErrInTransaction) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if asked, _ := p.counts(); asked+len(p.calls) != 0 {
		t.Errorf("WeChat was asked %d times", asked+len(p.calls))
	}
	if _, err := c.SendTemplate(t.Context(), card("o1")); err != nil {
		t.Errorf("the refusal lasted: %v", err)
	}
}

func TestClient_ReportsEveryCall(t *testing.T) {
	p := newPlatform()
	var seen []string
	c := p.client(func(o *ClientOptions) {
		o.Observe = func(path string, code int, took time.Duration) {
			seen = append(seen, fmt.Sprintf("%s %d %v", path, code, took >= 0))
		}
	})
	c.SendText(t.Context(), "o1", "好")
	p.answer = func(call) string { return `{"errcode":45015,"errmsg":"x"}` }
	c.SendText(t.Context(), "o1", "好")
	p.answer = func(call) string { return `<html>` }
	c.SendText(t.Context(), "o1", "好")
	want := []string{pathToken + " 0 true", pathCustom + " 0 true", pathCustom + " 45015 true", pathCustom + " -1000 true"}
	if !slices.Equal(seen, want) {
		t.Errorf("got %v, want %v", seen, want)
	}
}

// TestClient_KeepsSecretsOutOfAnswers: WeChat could quote what it was sent.
func TestClient_KeepsSecretsOutOfAnswers(t *testing.T) {
	p := newPlatform()
	p.answer = func(c call) string { return `{"errcode":40029,"errmsg":"invalid code ` + c.query + ` rid: 1-2-3"}` }
	c := p.client()
	_, err := c.Exchange(t.Context(), "CODE9")
	if err == nil || strings.Contains(err.Error(), testSecret) || strings.Contains(err.Error(), "CODE9") {
		t.Errorf("got %v", err)
	}
	_, err = c.UserInfo(t.Context(), "oia2TjuE")
	if err == nil || strings.Contains(err.Error(), "TOKEN0") || strings.Contains(err.Error(), "oia2TjuE") {
		t.Errorf("got %v", err)
	}
	if text := fmt.Sprintf("%v %+v %#v", Account{Secret: testSecret}, Account{Secret: testSecret}, Account{Secret: testSecret}); strings.Contains(text, testSecret) {
		t.Errorf("an account prints its secret: %s", text)
	}
}
