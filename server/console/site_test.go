package console_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"hongyan/billing"
	"hongyan/bot"
	"hongyan/commands"
	"hongyan/oa"
	"hongyan/oa/sandbox"
	"hongyan/push"
	"hongyan/push/session"
	"hongyan/push/wechat"
	"hongyan/server/api"
	"hongyan/server/console"
	"hongyan/server/page"
	"hongyan/server/ui"
	"hongyan/store"
	"hongyan/store/storetest"
)

// site is the console as browsers meet it: on a socket, with WeChat in
// miniature whose events reach the bot.
type site struct {
	*testing.T
	base     string
	db       *store.DB
	clock    *storetest.Clock // nil: the real one
	push     *push.Service
	sessions *session.Service
	billing  *billing.Service
	wechat   *sandbox.Sandbox
	client   *oa.Client
	cards    *wechat.Channel
	process  process
	console  *console.Console
	wrote    int // callbacks
}

// eachSite runs f on both databases, with a clock that is moved by hand.
func eachSite(t *testing.T, f func(s *site)) {
	t.Helper()
	storetest.EachClock(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		s := newSite(t, db)
		s.clock = clock
		f(s)
	})
}

// liveSite is one on SQLite under the real clock, for browsers.
func liveSite(t *testing.T) *site {
	t.Helper()
	return newSite(t, storetest.Open(t, storetest.SQLiteEngine, store.Options{}))
}

func newSite(t *testing.T, db *store.DB) *site {
	t.Helper()
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	s := &site{T: t, db: db, base: server.URL}
	a := sandbox.DefaultAccount()
	var err error
	s.wechat, err = sandbox.New(sandbox.Options{
		AppID: a.AppID, Secret: a.Secret, OriginalID: a.OriginalID, Token: a.Token, AESKey: a.AESKey, Mode: a.Mode,
		Callback: s.base + "/wechat/callback", Profile: "fast", BaseURL: s.base + "/sandbox", PageCookies: page.Cookies(s.base), Now: db.Now,
	})
	s.must(err)
	t.Cleanup(s.wechat.HangUp)
	s.client = oa.NewClient(oa.ClientOptions{
		AppID: a.AppID, Secret: a.Secret, Hosts: oa.Hosts{Open: s.base + "/sandbox"},
		HTTP: &http.Client{Transport: s.wechat.Transport()}, Now: db.Now, Refuse: store.InTx,
	})
	s.push, err = push.New(t.Context(), db, push.Options{
		BaseURL: s.base, Account: "sandbox",
		Limits:       push.Limits{Sends: push.SendsOf(20), PerUser: push.PerUserOf(2000), Lookups: push.LookupsOf(20), Apps: 20},
		CardTemplate: push.CardTemplate{ID: sandbox.DefaultTemplate, Fields: wechat.DefaultFields()},
	})
	s.must(err)
	s.sessions = session.New(db, s.push)
	s.billing = billing.New(db, s.push, billing.Options{})
	s.cards, err = wechat.New(wechat.Options{
		Client: s.client, Push: s.push, TemplateID: sandbox.DefaultTemplate, Now: db.Now, Chosen: s.push.CardTemplate,
		Fields: map[string]string{"thing1": "{source}", "thing2": "{summary}", "time3": "{time}", "character_string4": "{id}"},
	})
	s.must(err)
	b := bot.New(bot.Options{Push: s.push, Commands: commands.New(commands.Options{Push: s.push, Sessions: s.sessions, Billing: s.billing, BaseURL: s.base}), Now: db.Now})
	events, err := oa.NewHandler(a, oa.HandlerOptions{Now: db.Now, Handle: b.Handle})
	s.must(err)
	s.console, err = console.New(console.Options{
		Push: s.push, Sessions: s.sessions, Billing: s.billing, WeChat: s.client, Callbacks: newCallbacks(t, db), BaseURL: s.base, Phone: s.base + "/sandbox/", Now: db.Now,
		Cards: s.cards, Server: s.server(),
	})
	s.must(err)
	t.Cleanup(s.console.HangUp)
	pages, err := page.New(page.Options{Push: s.push, Billing: s.billing, WeChat: s.client, BaseURL: s.base, AnyBrowser: true, Now: db.Now})
	s.must(err)
	mux.Handle("/wechat/callback", events)
	mux.Handle("/sandbox/", http.StripPrefix("/sandbox", s.wechat.Browser()))
	mux.Handle(page.Prefix, pages)
	for _, pattern := range page.Patterns() {
		mux.Handle(pattern, pages)
	}
	mux.Handle("/api/", api.New(api.Options{Push: s.push, WeChat: s.client, BaseURL: s.base, Now: db.Now}))
	mux.Handle(ui.AssetPrefix, ui.Handler(console.Assets()...))
	mux.Handle(console.Prefix, s.console)
	mux.Handle("/console", s.console)
	return s
}

func (s *site) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// count reads one number of the database.
func (s *site) count(query string, args ...any) (n int) {
	s.Helper()
	s.must(s.db.View(s.Context(), func(tx *store.Tx) error { return tx.QueryRow(query, args...).Scan(&n) }))
	return n
}

func (s *site) exec(query string, args ...any) {
	s.Helper()
	s.must(s.db.Update(s.Context(), func(tx *store.Tx) error { _, err := tx.Exec(query, args...); return err }))
}

// A phone is a follower with WeChat in the hand.
type phone struct {
	s *site
	*sandbox.Follower
}

func (s *site) phone() *phone { return &phone{s, s.wechat.Add()} }

// scan scans a code by its handle and returns what the phone shows.
func (p *phone) scan(handle string) string {
	p.s.Helper()
	answer, err := p.Scan(p.s.Context(), handle)
	p.s.must(err)
	return answer.Reply
}

// say says something to the account.
func (p *phone) say(text string) string {
	p.s.Helper()
	answer, err := p.Say(p.s.Context(), text)
	p.s.must(err)
	return answer.Reply
}

// user is who the follower is to the platform.
func (p *phone) user() push.User {
	p.s.Helper()
	u, _, err := p.s.push.UserByOpenID(p.s.Context(), push.OpenID(p.OpenID))
	p.s.must(err)
	return u
}

// tapped finds what a link in a reply says, by its label.
func tapped(reply, label string) string {
	m := regexp.MustCompile(`msgmenucontent=([^&]*)&[^>]*>` + label + `<`).FindStringSubmatch(reply)
	if m == nil {
		return ""
	}
	return m[1]
}

// A browser remembers cookies and reads pages.
type browser struct {
	s    *site
	jar  *cookiejar.Jar
	Last *http.Response
	Page string
}

func (s *site) browser() *browser {
	jar, _ := cookiejar.New(nil)
	return &browser{s: s, jar: jar}
}

var moreLink = regexp.MustCompile(`<p class="more"><a class="button quiet" href="([^"]+)"`)

var handleOf = regexp.MustCompile(`/api/qrcode/([A-Za-z0-9_-]{22})\.jpg`)

// signIn signs the browser in as the follower, as a person would.
func (b *browser) signIn(p *phone) *browser {
	b.s.Helper()
	return b.signInAt("/console/login", p)
}

func (b *browser) signInAt(path string, p *phone) *browser {
	b.s.Helper()
	if b.s.clock != nil { // one address gets a code every three seconds
		b.s.clock.Advance(4 * time.Second)
	}
	b.get(path)
	m := handleOf.FindStringSubmatch(b.Page)
	if m == nil {
		b.s.Fatalf("no code at %s:\n%.600s", path, body(b.Page))
	}
	p.say(tapped(p.scan(m[1]), "允许"))
	b.post("/console/login", nil)
	if b.cookie("hongyan_console") == "" {
		b.s.Fatalf("not signed in: %d\n%.600s", b.Last.StatusCode, body(b.Page))
	}
	return b
}

// get follows redirects and returns the status.
func (b *browser) get(path string) int {
	b.s.Helper()
	return b.do("GET", path, nil, nil)
}

// post sends a form as it is.
func (b *browser) post(path string, form url.Values) int {
	b.s.Helper()
	return b.do("POST", path, form, nil)
}

// send sends a form with a ticket of this session, from the page before.
func (b *browser) send(path string, form url.Values) int {
	b.s.Helper()
	if form == nil {
		form = url.Values{}
	}
	form.Set("once", b.ticket())
	return b.post(path, form)
}

// ticket is a fresh one of the person's own page.
func (b *browser) ticket() string {
	b.s.Helper()
	b.get("/console/me")
	m := regexp.MustCompile(`name="once" value="([^"]+)"`).FindStringSubmatch(b.Page)
	if m == nil {
		b.s.Fatalf("no form:\n%.600s", body(b.Page))
	}
	return m[1]
}

// allow does a step: it sends the form, allows the step on the phone and sends
// the form again as the page does.
func (b *browser) allow(p *phone, path string, form url.Values) int {
	b.s.Helper()
	if got := b.send(path, form); got != http.StatusAccepted {
		b.s.Fatalf("%s answered %d, want a step to allow:\n%.600s", path, got, body(b.Page))
	}
	fields := hiddenFields(b.Page, "step")
	p.say(tapped(p.scan(handleOf.FindStringSubmatch(b.Page)[1]), "允许"))
	return b.post(path, fields)
}

func (b *browser) do(method, path string, form url.Values, head http.Header) int {
	b.s.Helper()
	if !strings.HasPrefix(path, "http") {
		path = b.s.base + path
	}
	r, err := http.NewRequest(method, path, strings.NewReader(form.Encode()))
	b.s.must(err)
	for name, values := range head {
		r.Header[name] = values
	}
	if method == "POST" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return b.round(r)
}

func (b *browser) round(r *http.Request) int {
	b.s.Helper()
	client := &http.Client{Jar: b.jar}
	resp, err := client.Do(r)
	b.s.must(err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	b.s.must(err)
	b.Last, b.Page = resp, string(raw)
	return resp.StatusCode
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

// shows fails the test unless the page has all of these texts.
func (b *browser) shows(texts ...string) {
	b.s.Helper()
	for _, text := range texts {
		if !strings.Contains(b.Page, text) {
			b.s.Errorf("%s: no %q in\n%.1500s", b.Last.Request.URL.Path, text, body(b.Page))
		}
	}
}

// hiddenFields are those of the form with this id.
func hiddenFields(page, id string) url.Values {
	fields := url.Values{}
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		return fields
	}
	attr := func(n *html.Node, name string) string {
		for _, a := range n.Attr {
			if a.Key == name {
				return a.Val
			}
		}
		return ""
	}
	for n := range doc.Descendants() {
		if n.Data != "form" || attr(n, "id") != id {
			continue
		}
		for in := range n.Descendants() {
			if in.Data == "input" && attr(in, "type") == "hidden" {
				fields.Add(attr(in, "name"), attr(in, "value"))
			}
		}
	}
	return fields
}

// body leaves the head out.
func body(page string) string {
	_, after, ok := strings.Cut(page, "<main")
	if !ok {
		return page
	}
	return after
}

// team is an app with one member of each role, a stranger, and the
// administrator, each with a browser that is signed in.
type team struct {
	app                                       push.App
	token                                     string
	owner, developer, reader, stranger, admin *browser
	ownerPhone, developerPhone, readerPhone   *phone
	strangerPhone, adminPhone                 *phone
}

func (s *site) team() *team {
	s.Helper()
	var m team
	in := func(b **browser, p **phone) {
		*p = s.phone()
		*b = s.browser().signIn(*p)
	}
	m.adminPhone = s.phone()
	secret, err := s.push.AdminLink(s.Context(), false)
	s.must(err)
	m.admin = s.browser().signInAt("/console/first/"+secret, m.adminPhone)
	in(&m.owner, &m.ownerPhone)
	in(&m.developer, &m.developerPhone)
	in(&m.reader, &m.readerPhone)
	in(&m.stranger, &m.strangerPhone)
	m.app, m.token, err = s.push.CreateApp(s.Context(), push.NewApp{ID: 97, Name: "服务器监控", Owner: m.ownerPhone.user().ID})
	s.must(err)
	for p, role := range map[*phone]push.Role{m.developerPhone: push.Developer, m.readerPhone: push.Reader} {
		who := p.user().ID
		s.must(s.db.Update(s.Context(), func(tx *store.Tx) error {
			return s.push.JoinTx(s.Context(), tx, 97, who, role)
		}))
	}
	return &m
}
