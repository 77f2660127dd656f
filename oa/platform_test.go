package oa

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
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
