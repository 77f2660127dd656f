// Package console is where app owners and the administrator look after the
// platform, in a browser.
//
// A request passes through one door (door.go): it is told whose it is by the
// session, what its sender may do by the role in the app that its path names,
// and, when it changes something, that it comes from a form of ours which was
// not used before. The route table (routes.go) says of every route who may
// come in, and which steps have to be allowed on the phone first. What is
// behind the door decodes, calls one verb of package push or push/session and
// returns a reply (reply.go): a page, a part of one for htmx, another place,
// or a stream of events.
//
// Pages are html/template over the components of server/ui, framed by
// parts/frame.html. No page holds a script or style of its own; the policy
// forbids it. Texts are written in Chinese; english.go has the other language.
package console

import (
	"embed"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"hongyan/billing"
	"hongyan/oa"
	"hongyan/push"
	"hongyan/push/callback"
	"hongyan/push/session"
	"hongyan/push/wechat"
	"hongyan/server/ui"
	"hongyan/store/limit"
)

//go:embed pages parts
var pages embed.FS

// Prefix is the path below which everything of the console is.
const Prefix = "/console/"

// Options say what the console works with.
type Options struct {
	Push     *push.Service
	Sessions *session.Service
	Billing  *billing.Service
	WeChat   *oa.Client // makes the pictures of codes
	// Callbacks tries addresses for callbacks before they are saved.
	Callbacks *callback.Channel
	BaseURL   string // by which browsers reach the platform, without a trailing slash
	Phone     string // the sandbox's phone page; empty with an official account
	Limit     *limit.Limiter
	Cards     *wechat.Channel // shows what a card will look like, and tries templates
	Server    Server          // the process
	Log       *slog.Logger
	Now       func() time.Time // nil is time.Now
}

// Console is an http.Handler for everything below Prefix.
type Console struct {
	o       Options
	pages   map[string]*ui.Templates // by language
	cookies cookies
	forms   push.Sealer
	said    push.Sealer
	proofs  push.Sealer // of trials of callback addresses
	handler http.Handler

	backup  backupRun
	streams streams
	hangUp  chan struct{}
	once    sync.Once
}

// New opens the console.
func New(o Options) (*Console, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Limit == nil {
		o.Limit = limit.New(limit.Options{Now: o.Now})
	}
	c := &Console{o: o, cookies: cookiesOf(o.BaseURL), hangUp: make(chan struct{})}
	var err error
	if c.pages, err = parsePages(c); err != nil {
		return nil, err
	}
	if c.forms, err = o.Push.Sealer("console form"); err != nil {
		return nil, err
	}
	if c.said, err = o.Push.Sealer("console toast"); err != nil {
		return nil, err
	}
	if c.proofs, err = o.Push.Sealer("console proof"); err != nil {
		return nil, err
	}
	guard := http.NewCrossOriginProtection()
	if u, err := url.Parse(o.BaseURL); err == nil && u.Host != "" {
		if err := guard.AddTrustedOrigin(u.Scheme + "://" + u.Host); err != nil {
			return nil, err
		}
	}
	guard.SetDenyHandler(c.door(route{do: func(*request) (reply, error) { return refused(http.StatusForbidden, wordsForeign), nil }}))
	mux := http.NewServeMux()
	for _, r := range c.routes() {
		mux.Handle(r.pattern, c.door(r))
	}
	mux.Handle("/", c.door(route{do: c.nowhere}))
	c.handler = guard.Handler(mux)
	return c, nil
}

// ServeHTTP answers everything below Prefix.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) { c.handler.ServeHTTP(w, r) }

// HangUp ends the streams, so that a server can stop.
func (c *Console) HangUp() { c.once.Do(func() { close(c.hangUp) }) }

// nowhere answers what there is no page for, and sends /console to the front.
func (c *Console) nowhere(r *request) (reply, error) {
	if r.URL.Path == "/console" {
		return sentTo(Prefix), nil
	}
	return refused(http.StatusNotFound, wordsNowhere), nil
}
