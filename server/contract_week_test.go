package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hongyan/oa/sandbox"
	"hongyan/push/wechat"
)

// TestStory_AMessageIsGoneAfterSevenDays: by then its status is unknown and its
// page is a notice, whether or not housekeeping came by; the card stays, and
// with it the link.
func TestStory_AMessageIsGoneAfterSevenDays(t *testing.T) {
	url := filepath.Join(t.TempDir(), "hongyan.db")
	synctest.Test(t, func(t *testing.T) {
		s := newSimulation(t, 7, url)
		s.route = wechat.Template
		s.exist(func(ctx context.Context) { weekStory(ctx, &platform{s, t}) })
		for _, wrong := range s.wrong {
			t.Error(wrong)
		}
	})
}

func weekStory(ctx context.Context, p *platform) {
	p.set(func(*sandbox.Settings) {})
	f, n, token := p.followers[0], p.anyNode(), p.apps[0].token
	w := newWeek(p, n)
	sent := p.clock.Now()
	record := w.send(string(f.uid), token)
	p.quiesce(ctx)
	link := cardLink(p, f, "磁盘将满")
	housekeeping := func() {
		if _, err := n.push.Retain(ctx); err != nil {
			p.Fatal(err)
		}
	}
	there := func(when string) { w.wants(when, record, link, 1000, "发送成功", http.StatusOK, "磁盘将满") }
	gone := func(when string) {
		w.wants(when, record, link, 1001, "消息不存在", http.StatusNotFound, "这条消息看不到了")
	}
	there("at once")
	p.jump(sent.Add(7*24*time.Hour - time.Second).Sub(p.clock.Now()))
	there("a second before seven days")
	housekeeping()
	there("and after housekeeping")
	p.jump(2 * time.Second)
	gone("a second after seven days")
	housekeeping()
	gone("and after housekeeping")
	if got := w.remove(record, token); got != 1001 {
		p.Errorf("to remove what is gone answered %d, want 1001", got)
	}
	p.wantShown(f, sandbox.KindTemplate, "磁盘将满", 1)
}

// week asks a node of the simulation by HTTP.
type week struct {
	*platform
	http.Handler
}

func newWeek(p *platform, n *simNode) week {
	handler, err := n.routes()
	if err != nil {
		p.Fatal(err)
	}
	return week{p, handler}
}

func (w week) ask(method, target, body string) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, httptest.NewRequest(method, target, strings.NewReader(body)))
	return rec
}

// api asks a route of the contract.
func (w week) api(method, target, body string) (a envelope) {
	w.Helper()
	rec := w.ask(method, target, body)
	if err := json.Unmarshal(rec.Body.Bytes(), &a); err != nil || rec.Code != http.StatusOK {
		w.Fatalf("%s %s answered %d %s", method, target, rec.Code, rec.Body)
	}
	return a
}

func (w week) send(uid, token string) (record int64) {
	w.Helper()
	a := w.api("POST", "/api/send/message", fmt.Sprintf(`{"appToken":%q,"content":"磁盘将满","uids":[%q]}`, token, uid))
	var receipts []receipt
	if err := json.Unmarshal(a.Data, &receipts); err != nil || len(receipts) != 1 || receipts[0].Code != 1000 {
		w.Fatalf("send answered %+v", a)
	}
	return receipts[0].RecordID
}

func (w week) remove(record int64, token string) int {
	w.Helper()
	return w.api("DELETE", fmt.Sprintf("/api/send/message?messageContentId=%d&appToken=%s", record, token), "").Code
}

// wants compares the status of the record and the page behind its card.
func (w week) wants(when string, record int64, link string, code int, text string, status int, page string) {
	w.Helper()
	a := w.api("GET", fmt.Sprintf("/api/send/query/status?sendRecordId=%d", record), "")
	if a.Code != code || a.Msg != text {
		w.Errorf("%s: the status is %d %s, want %d %s", when, a.Code, a.Msg, code, text)
	}
	if rec := w.ask("GET", link, ""); rec.Code != status || !strings.Contains(rec.Body.String(), page) {
		w.Errorf("%s: the page answered %d, want %d with %s", when, rec.Code, status, page)
	}
}

// cardLink is where the card with a text leads.
func cardLink(p *platform, f *simFollower, text string) string {
	p.Helper()
	for _, e := range f.Chat() {
		if strings.Contains(e.Text, text) && e.URL != "" {
			return strings.TrimPrefix(e.URL, baseURL)
		}
	}
	p.Fatalf("no card with %s", text)
	return ""
}
