package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"hongyan/oa"
	"hongyan/oa/sandbox"
	"hongyan/server/api"
)

// How long the code of a page's authorisation lives: it is taken at once and
// once, and a dead one is an error of the page, not of the platform.
func TestUnknown_LifeOfAnOAuthCode(t *testing.T) {
	for _, seconds := range []int{1, 60, 300, 600} {
		unknown{name: fmt.Sprintf("codeSeconds=%d", seconds), set: func(r *sandbox.Settings) { r.CodeSeconds = seconds }, story: func(ctx context.Context, p *platform) {
			f, n := p.followers[0], p.anyNode()
			code := func() string {
				back, err := f.Authorize(n.wechat.AuthorizeURL(baseURL+"/me", "state"))
				p.must(err)
				u, err := url.Parse(back)
				p.must(err)
				return u.Query().Get("code")
			}
			fresh := code()
			grant, err := n.wechat.Exchange(ctx, fresh)
			if err != nil || grant.OpenID != f.OpenID {
				p.Errorf("a fresh code gave %+v, %v", grant, err)
			}
			old := code()
			p.jump(time.Duration(seconds)*time.Second + time.Millisecond)
			for name, dead := range map[string]string{"used": fresh, "old": old, "made up": "0123456789"} {
				var refusal *oa.Error
				if grant, err := n.wechat.Exchange(ctx, dead); !errors.As(err, &refusal) || grant.OpenID != "" {
					p.Errorf("a code that is %s gave %+v, %v", name, grant, err)
				}
			}
			p.quiesce(ctx)
		}}.run(t)
	}
}

// What WeChat takes for the life of a code that is not told, and whether it
// answers 0: a code lives as long as the developer asked for.
func TestUnknown_LifeOfAQRCode(t *testing.T) {
	for _, seconds := range []int{30, 60} {
		for _, zero := range []bool{false, true} {
			unknown{name: fmt.Sprintf("qrDefaultSeconds=%d qrAnswersZero=%t", seconds, zero), set: func(r *sandbox.Settings) {
				r.QRDefaultSeconds, r.QRAnswersZero = seconds, zero
			}, story: qrStory}.run(t)
		}
	}
}

func qrStory(ctx context.Context, p *platform) {
	n := p.anyNode()
	handler := api.New(api.Options{Push: n.push, WeChat: n.wechat, BaseURL: baseURL, Log: n.log, Now: n.db.Now})
	for _, valid := range []int{0, 120} { // 0: not told
		body := fmt.Sprintf(`{"appToken":%q,"extra":"订单 7","validTime":%d}`, p.apps[0].token, valid)
		if valid == 0 {
			valid, body = 1800, fmt.Sprintf(`{"appToken":%q,"extra":"订单 7"}`, p.apps[0].token)
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/api/fun/create/qrcode", strings.NewReader(body)))
		var answer struct {
			Success bool
			Data    struct {
				Code    string
				Expires int64
			}
		}
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || !answer.Success {
			p.Fatalf("the code was refused: %s", w.Body)
		}
		life := time.Duration(valid) * time.Second
		if left := time.UnixMilli(answer.Data.Expires).Sub(p.clock.Now()); left < life-time.Second || left > life {
			p.Errorf("expires in %s, want %s", left, life)
		}
		f := p.wechat.Add()
		p.jump(life - 2*time.Second)
		if a, err := f.Scan(ctx, answer.Data.Code); err != nil || !strings.Contains(a.Reply, "运维告警") {
			p.Errorf("scanned in time: %+v, %v", a, err)
		}
		p.jump(3 * time.Second)
		if a, err := p.wechat.Add().Scan(ctx, answer.Data.Code); err == nil && strings.Contains(a.Reply, "运维告警") {
			p.Errorf("scanned too late: %+v, %v", a, err)
		}
	}
	p.quiesce(ctx)
}
