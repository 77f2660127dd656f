package page_test

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"testing"

	"hongyan/billing"
	"hongyan/oa"
	"hongyan/oa/sandbox"
	"hongyan/push"
	"hongyan/push/content"
	"hongyan/server/api"
	"hongyan/server/page"
	"hongyan/store"
	"hongyan/store/limit"
	"hongyan/store/storetest"
)

// site is the followers' pages as browsers meet them: on a socket, with WeChat
// in miniature beside them.
type site struct {
	*testing.T
	push    *push.Service
	billing *billing.Service
	db      *store.DB
	clock   *storetest.Clock
	wechat  *sandbox.Sandbox
	base    string
	app     push.App
	topic   push.Topic
	token   string
	events  int
	sent    int64
}

func eachSite(t *testing.T, f func(s *site)) {
	t.Helper()
	storetest.EachClock(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) { f(newSite(t, db, clock, true)) })
}

func newSite(t *testing.T, db *store.DB, clock *storetest.Clock, anyBrowser bool) *site {
	t.Helper()
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	a := sandbox.DefaultAccount()
	inside := &http.Client{Transport: within{mux}}
	s := &site{T: t, db: db, clock: clock, base: server.URL}
	var err error
	s.wechat, err = sandbox.New(sandbox.Options{
		AppID: a.AppID, Secret: a.Secret, OriginalID: a.OriginalID, Token: a.Token, AESKey: a.AESKey,
		Profile: "fast", BaseURL: s.base + "/sandbox", PageCookies: page.Cookies(s.base), Now: db.Now, HTTP: inside,
	})
	s.must(err)
	client := oa.NewClient(oa.ClientOptions{
		AppID: a.AppID, Secret: a.Secret, Hosts: oa.Hosts{Open: s.base + "/sandbox"},
		HTTP: &http.Client{Transport: s.wechat.Transport()}, Now: db.Now, Refuse: store.InTx,
	})
	s.push, err = push.New(t.Context(), db, push.Options{BaseURL: s.base, Account: "sandbox"})
	s.must(err)
	till := s.till()
	s.billing = billing.New(db, s.push, billing.Options{Gateway: till, Payee: till.Payee()})
	mux.Handle("/pay/notice/", till.Notices(s.billing))
	o := page.Options{Push: s.push, Billing: s.billing, Limit: limit.New(limit.Options{Now: db.Now}), Pay: till, WeChat: client, BaseURL: s.base, AnyBrowser: anyBrowser, Now: db.Now}
	if anyBrowser {
		o.Bridge = "/sandbox/pay/bridge.js"
	}
	pages, err := page.New(o)
	s.must(err)
	mux.Handle("/sandbox/", http.StripPrefix("/sandbox", s.wechat.Browser()))
	mux.Handle(page.Prefix, pages)
	for _, pattern := range page.Patterns() {
		mux.Handle(pattern, pages)
	}
	mux.Handle("/api/", api.New(api.Options{Push: s.push, WeChat: client, BaseURL: s.base, Now: db.Now}))
	s.app, s.token, err = s.push.CreateApp(t.Context(), push.NewApp{ID: 97, Name: "服务器监控", CallbackURL: "https://developer.example/"})
	s.must(err)
	s.topic, err = s.push.CreateTopic(t.Context(), 97, "机房告警")
	s.must(err)
	return s
}

func (s *site) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// setting is the developer's own page for followers of app 97, and what signs
// the way there.
func (s *site) setting(address, key string) {
	s.Helper()
	_, err := s.push.EditApp(s.Context(), 97, push.AppEdit{SettingURL: &address, SettingKey: &key})
	s.must(err)
}

// event is one of WeChat's, of this follower.
func (s *site) event(openid string, fn func(*push.Turn) error) {
	s.Helper()
	s.events++
	_, err := s.push.Once(context.Background(), push.Inbound{Key: string(rune('a' + s.events)), OpenID: push.OpenID(openid), At: s.db.Now()}, fn)
	s.must(err)
}

// follower follows the account, the app and the topic.
func (s *site) follower() (openid string, u push.User) {
	s.Helper()
	openid = s.wechat.Add().OpenID
	s.event(openid, func(t *push.Turn) error {
		u = t.User
		if _, err := s.push.Subscribe(t); err != nil {
			return err
		}
		if _, err := s.push.FollowTopic(t, s.topic.ID, push.ByScan); err != nil {
			return err
		}
		_, err := s.push.FollowApp(t, 97, push.ByScan, "")
		return err
	})
	return openid, u
}

// member follows the account only.
func (s *site) member() (openid string, u push.User) {
	s.Helper()
	openid = s.wechat.Add().OpenID
	s.event(openid, func(t *push.Turn) error {
		u = t.User
		_, err := s.push.Subscribe(t)
		return err
	})
	return openid, u
}

// handle sends a message and returns the handle of its page.
func (s *site) handle(d push.Draft, u push.User) string {
	s.Helper()
	if d.Content == "" {
		d.Content, d.Kind = "磁盘将满", content.Text
	}
	if len(d.Topics) == 0 {
		d.UIDs = []push.UID{u.UID}
	}
	receipts, err := s.push.Send(s.Context(), s.token, d)
	if err != nil || receipts[0].Failed {
		s.Fatal(receipts, err)
	}
	s.sent++
	if len(d.Topics) > 0 {
		ctx, stop := context.WithCancel(s.Context())
		done := make(chan error)
		go func() { done <- s.push.RunFanout(ctx) }()
		for s.count(`SELECT count(*) FROM delivery WHERE message_id = $1 AND user_id = $2`, s.sent, int64(u.ID)) == 0 {
			runtime.Gosched()
		}
		stop()
		s.must(<-done)
	}
	return s.push.Handle(s.sent, u.ID)
}

func (s *site) count(query string, args ...any) (n int) {
	s.Helper()
	s.must(s.db.View(s.Context(), func(tx *store.Tx) error { return tx.QueryRow(query, args...).Scan(&n) }))
	return n
}

func (s *site) exec(query string, args ...any) {
	s.Helper()
	s.must(s.db.Update(s.Context(), func(tx *store.Tx) error { _, err := tx.Exec(query, args...); return err }))
}

// browser remembers cookies.
type browser struct {
	s    *site
	jar  *cookiejar.Jar
	stay bool // follows no redirects
	head http.Header
}

func (s *site) browser() *browser {
	jar, _ := cookiejar.New(nil)
	return &browser{s: s, jar: jar, head: http.Header{}}
}

// as opens a page as that follower, as the sandbox's phone does.
func (b *browser) as(openid, path string) (status int, text, at string) {
	b.s.Helper()
	return b.get("/sandbox/api/followers/" + openid + "/open?url=" + url.QueryEscape(path))
}

func (b *browser) get(path string) (status int, text, at string) {
	b.s.Helper()
	return b.do("GET", path, nil)
}

func (b *browser) post(path string, form url.Values) (status int, text, at string) {
	b.s.Helper()
	return b.do("POST", path, form)
}

// do returns the page, and where the browser ended or would go next.
func (b *browser) do(method, path string, form url.Values) (status int, text, at string) {
	b.s.Helper()
	if !strings.HasPrefix(path, "http") {
		path = b.s.base + path
	}
	r, err := http.NewRequest(method, path, strings.NewReader(form.Encode()))
	b.s.must(err)
	r.Header = b.head.Clone()
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	client := &http.Client{Jar: b.jar, CheckRedirect: func(next *http.Request, _ []*http.Request) error {
		if b.stay || !strings.HasPrefix(next.URL.String(), b.s.base) {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	resp, err := client.Do(r)
	b.s.must(err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	b.s.must(err)
	at = resp.Request.URL.RequestURI()
	if to := resp.Header.Get("Location"); to != "" {
		at = to
	}
	return resp.StatusCode, string(raw), at
}

// cookie reads one of the browser's.
func (b *browser) cookie(name string) string {
	u, _ := url.Parse(b.s.base)
	for _, c := range b.jar.Cookies(u) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

func (b *browser) setCookie(name, value string) {
	u, _ := url.Parse(b.s.base)
	b.jar.SetCookies(u, []*http.Cookie{{Name: name, Value: value, Path: "/"}})
}

func (s *site) want(what string, gotStatus int, gotText string, status int, text ...string) {
	s.Helper()
	if gotStatus != status {
		s.Errorf("%s: status %d, want %d:\n%.600s", what, gotStatus, status, body(gotText))
	}
	for _, part := range text {
		if !strings.Contains(gotText, part) {
			s.Errorf("%s: no %q in\n%.900s", what, part, body(gotText))
		}
	}
}

// body leaves the stylesheets out.
func body(page string) string {
	_, after, _ := strings.Cut(page, "<body")
	return after
}
