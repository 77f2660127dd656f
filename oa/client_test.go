package oa

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const testSecret = "0123456789secret0123456789secret"

// platform is WeChat as far as this package asks it: it issues stable tokens,
// refuses dead ones, and answers every other call as told. It is a
// RoundTripper, so that it works without a socket and in simulated time.
type platform struct {
	mu      sync.Mutex
	token   string
	life    int64 // expires_in
	issued  int
	asked   int // questions for a token
	forced  int
	stuck   bool // a dead token is confirmed unless forced
	dead    string
	latency time.Duration
	calls   []call
	answer  func(call) string // "" is success
	tokens  func() (int, string)
}

// call is one question that is not for a token.
type call struct{ method, path, query, token, body string }

func newPlatform() *platform { return &platform{token: "TOKEN0", life: 7200} }

// kill makes the current token invalid, as another program's refresh does.
func (p *platform) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dead = p.token
	if !p.stuck {
		p.issued++
		p.token = fmt.Sprintf("TOKEN%d", p.issued)
	}
}

func (p *platform) RoundTrip(r *http.Request) (*http.Response, error) {
	if p.latency > 0 {
		select {
		case <-time.After(p.latency):
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
	rec := httptest.NewRecorder()
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	status, text := p.reply(r, string(body))
	rec.WriteHeader(status)
	rec.WriteString(text)
	return rec.Result(), nil
}

func (p *platform) reply(r *http.Request, body string) (int, string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r.URL.Path == pathToken {
		return p.issue(body)
	}
	q := r.URL.Query()
	c := call{r.Method, r.URL.Path, r.URL.RawQuery, q.Get("access_token"), body}
	p.calls = append(p.calls, c)
	if c.token == p.dead && r.URL.Path != pathExchange {
		return 200, `{"errcode":40001,"errmsg":"invalid credential, access_token is invalid or not latest rid: 63b1e8a4-2a9c0d3b-1f2e3d4c"}`
	}
	if p.answer != nil {
		if text := p.answer(c); text != "" {
			return 200, text
		}
	}
	return 200, `{"errcode":0,"errmsg":"ok","msgid":200228332}`
}

func (p *platform) issue(body string) (int, string) {
	p.asked++
	if p.tokens != nil {
		return p.tokens()
	}
	var q struct {
		Grant, AppID, Secret string
		GrantType            string `json:"grant_type"`
		Force                bool   `json:"force_refresh"`
	}
	if err := json.Unmarshal([]byte(body), &q); err != nil || q.GrantType != "client_credential" || q.Secret != testSecret {
		return 200, `{"errcode":40125,"errmsg":"invalid appsecret rid: 1-2-3"}`
	}
	if q.Force {
		p.forced++
		p.issued++
		p.token = fmt.Sprintf("TOKEN%d", p.issued)
	}
	return 200, fmt.Sprintf(`{"access_token":"%s","expires_in":%d}`, p.token, p.life)
}

// counts are the questions for a token so far, and how many were forced.
func (p *platform) counts() (asked, forced int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked, p.forced
}

func (p *platform) last(t *testing.T) call {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.calls) == 0 {
		t.Fatal("nothing was asked")
	}
	return p.calls[len(p.calls)-1]
}

// client asks p.
func (p *platform) client(change ...func(*ClientOptions)) *Client {
	o := ClientOptions{AppID: "wx1", Secret: testSecret, HTTP: &http.Client{Transport: p}}
	for _, f := range change {
		f(&o)
	}
	return NewClient(o)
}

func card(to string) TemplateMessage {
	return TemplateMessage{ToUser: to, TemplateID: "T1", URL: "https://a.example/?b=1&c=2", ClientMsgID: "m1",
		Data: map[string]string{"thing1": "重启 <成功> & 完成"}}
}

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

// TestF12_UnusableAnswersAreTemporary runs every broken answer over a socket.
func TestF12_UnusableAnswersAreTemporary(t *testing.T) {
	var elsewhere atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	defer other.Close()
	done := make(chan struct{})
	for _, c := range []struct {
		name   string
		status int
		serve  func(w http.ResponseWriter, r *http.Request)
	}{
		{"500 with a page", 500, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(500)
			io.WriteString(w, "<html>Server Error</html>")
		}},
		{"502 without a body", 502, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) }},
		{"503 with a good document", 503, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(503)
			io.WriteString(w, `{"errcode":0,"msgid":1}`)
		}},
		{"404", 404, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) }},
		{"redirect", 302, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL+"/?"+r.URL.RawQuery, 302)
		}},
		{"redirect that keeps the body", 307, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL, 307) }},
		{"page with 200", 200, func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "<html>请登录 access_token=TOKEN0</html>")
		}},
		{"nothing with 200", 200, func(http.ResponseWriter, *http.Request) {}},
		{"cut JSON", 200, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"errcode":0,"errm`) }},
		{"a list", 200, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `[]`) }},
		{"errcode is an object", 200, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"errcode":{}}`) }},
		{"errcode is a word", 200, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"errcode":"busy"}`) }},
		{"errmsg is a number", 200, func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, `{"errcode":1,"errmsg":2}`)
		}},
		{"msgid is an object", 200, func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, `{"errcode":0,"msgid":{}}`)
		}},
		{"2 MiB", 200, func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintf(w, `{"errcode":0,"msgid":1,"x":"%s"}`, strings.Repeat("x", 2<<20))
		}},
		{"connection cut before the answer", 0, func(w http.ResponseWriter, _ *http.Request) { hijack(w) }},
		{"connection cut within the answer", 200, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, `{"errcode":0`)
			w.(http.Flusher).Flush()
			hijack(w)
		}},
		{"one byte and then nothing", 200, func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "{")
			w.(http.Flusher).Flush()
			<-done
		}},
		{"no answer at all", 0, func(_ http.ResponseWriter, r *http.Request) { <-done }},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == pathToken {
					io.WriteString(w, `{"access_token":"TOKEN0","expires_in":7200}`)
					return
				}
				io.Copy(io.Discard, r.Body)
				c.serve(w, r)
			}))
			var log bytes.Buffer
			client := NewClient(ClientOptions{AppID: "wx1", Secret: testSecret, Hosts: Hosts{API: server.URL}, Log: slog.New(slog.NewTextHandler(&log, nil))})
			if _, err := client.Token(t.Context()); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			msgid, err := client.SendTemplate(ctx, card("o1"))
			wantNetworkError(t, err, c.status, true)
			if msgid != 0 {
				t.Errorf("msgid %d of an unusable answer", msgid)
			}
			wantNoSecret(t, err, log.String())
			client.http.CloseIdleConnections()
			server.CloseClientConnections()
		})
	}
	close(done)
	if elsewhere.Load() != 0 {
		t.Error("a redirect was followed with the token")
	}
}

// TestF12_AnEndlessAnswerIsCutAtOneMiB, long before the call's time is over.
func TestF12_AnEndlessAnswerIsCutAtOneMiB(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == pathToken {
			io.WriteString(w, `{"access_token":"TOKEN0","expires_in":7200}`)
			return
		}
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 64<<10)); err != nil {
				return
			}
		}
	}))
	defer server.Close()
	c := NewClient(ClientOptions{AppID: "wx1", Secret: testSecret, Hosts: Hosts{API: server.URL}})
	_, err := c.SendTemplate(t.Context(), card("o1"))
	wantNetworkError(t, err, 200, true)
	if !errors.Is(err, errAnswerSize) {
		t.Errorf("got %v", err)
	}
}

func hijack(w http.ResponseWriter) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		conn.Close()
	}
}

func wantNetworkError(t *testing.T, err error, status int, sent bool) {
	t.Helper()
	var e *NetworkError
	if !errors.As(err, &e) {
		t.Fatalf("got %T %v, want a NetworkError", err, err)
	}
	if e.Status != status || e.Sent != sent || !e.Temporary() || e.Path != pathTemplate {
		t.Errorf("got %+v, want status %d, sent %v", e, status, sent)
	}
}

func wantNoSecret(t *testing.T, err error, log string) {
	t.Helper()
	for _, secret := range []string{testSecret, "TOKEN0", "access_token", "o1"} {
		if strings.Contains(err.Error(), secret) || strings.Contains(log, secret) {
			t.Errorf("%q stands in %v or %s", secret, err, log)
		}
	}
}

// TestF12_WhatNeverLeftIsKnown: such a call may be repeated without thought.
func TestF12_WhatNeverLeftIsKnown(t *testing.T) {
	closed := httptest.NewServer(nil)
	closed.Close()
	for name, host := range map[string]string{
		"refused":      closed.URL,
		"no such host": "http://wechat.invalid",
		"no TLS there": "https://" + strings.TrimPrefix(closed.URL, "http://"),
	} {
		p := newPlatform()
		c := p.client()
		c.tokens.current = accessToken{value: "TOKEN0", obtained: time.Now(), expires: time.Now().Add(time.Hour), renewAt: time.Now().Add(time.Hour)}
		c.hosts.API, c.http = host, withoutRedirects(nil)
		_, err := c.SendTemplate(t.Context(), card("o1"))
		t.Run(name, func(t *testing.T) { wantNetworkError(t, err, 0, false); wantNoSecret(t, err, "") })
	}
}

// TestF12_ATransportThatTellsNothingMayHaveSent: the sandbox's is one.
func TestF12_ATransportThatTellsNothingMayHaveSent(t *testing.T) {
	p := newPlatform()
	c := p.client()
	if _, err := c.Token(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.latency = time.Hour
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	_, err := c.SendTemplate(ctx, card("o1"))
	wantNetworkError(t, err, 0, true)
	var e *NetworkError
	if errors.As(err, &e) && !e.Timeout() {
		t.Errorf("no time-out: %v", err)
	}
}

// TestF12_GoodAnswersInOddForms are taken.
func TestF12_GoodAnswersInOddForms(t *testing.T) {
	for text, want := range map[string]int64{
		`{"msgid":7}`: 7,
		`{"errcode":"0","errmsg":"ok","msgid":7}`:   7,
		`{"errcode":null,"msgid":"7"}`:              7,
		`{"errcode":0,"msgid":3662956322040938501}`: 3662956322040938501,
		"\n {\"errcode\":0,\"msgid\":7} \n":         7,
		`{}`:                                        0,
	} {
		p := newPlatform()
		p.answer = func(call) string { return text }
		if got, err := p.client().SendTemplate(t.Context(), card("o1")); err != nil || got != want {
			t.Errorf("%s: %d, %v", text, got, err)
		}
	}
	p := newPlatform()
	p.answer = func(call) string { return `{"errcode":"45009","errmsg":"reach max api daily quota limit rid: 1-2-3"}` }
	var e *Error
	if _, err := p.client().SendTemplate(t.Context(), card("o1")); !errors.As(err, &e) || e.Code != 45009 || e.RID != "1-2-3" || e.Message != "reach max api daily quota limit" {
		t.Errorf("got %+v", e)
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
