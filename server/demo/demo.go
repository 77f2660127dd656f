// Package demo is a developer of the platform, small enough to read: the
// receiver behind the demo app's callback URL, and the page at which somebody
// who has just started the sandbox sends a message, watches what becomes of
// it, and sees what the developer is told.
//
// It uses the platform only as any developer could: it sends by the HTTP API
// with the app's token, verifies the signature of each callback with the app's
// secret, and its answer to 重启… carries the reply that the follower reads.
//
// A callback comes in by receive.go and is kept in the diary, in memory; open
// pages are told of it by live.go. A message goes out by send.go and
// platform.go; progress.go asks what became of it. snippet.go has the same in
// five languages, to copy.
package demo

import (
	"embed"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"hongyan/server/ui"
)

// Options configure a Demo.
type Options struct {
	// BaseURL begins the page's address, Inside that of the receiver, which
	// only the platform beside it calls, and of the platform's API.
	BaseURL, Inside string
	// Path is where all of it stands, "/demo" if empty.
	Path string
	// Phone is the address of the sandbox's phone page.
	Phone string
	// Receiver is the host:port at which the receivers to copy listen. The
	// platform calls it by default only if Reached; otherwise the page says
	// what to allow.
	Receiver string
	Reached  bool
	Now      func() time.Time
	Log      *slog.Logger
}

// Values are what the platform has made for the demo.
type Values struct {
	Token string // the app's
	App   int64
	Topic int64
	Name  string // of the app
	// TopicName and Follower name who is sent to.
	TopicName, Follower string
	UID, OpenID         string // the follower's
	// Scene and Link are the QR code that leads to the app, and what it says.
	Scene, Link string
}

//go:embed pages
var pages embed.FS

//go:embed pages/demo.css
var ownStyle []byte

//go:embed pages/demo.js
var ownScript []byte

// Demo is the receiver and its page, an http.Handler for everything under
// Options.Path.
type Demo struct {
	o        Options
	handler  http.Handler
	pages    *ui.Templates
	style    *ui.Asset
	script   *ui.Asset
	platform *platform
	diary    *diary
	trusted  atomic.Pointer[trusted]
	ready    atomic.Pointer[introduced]

	streams chan struct{} // holds one for each open page that is told
	over    chan struct{} // closed by HangUp
	hangUp  sync.Once
}

// introduced is a demo that knows its values, with the code filled in.
type introduced struct {
	Values
	guide
}

// New makes a receiver that refuses everything until Trust is called, and a
// page that asks for patience until Introduce is.
func New(o Options) (*Demo, error) {
	parsed, err := ui.Parse(pages, "pages/*.html")
	if err != nil {
		return nil, fmt.Errorf("open the demo's page: %w", err)
	}
	if o.Path == "" {
		o.Path = "/demo"
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	d := &Demo{
		o: o, pages: parsed, platform: newPlatform(o.Inside), diary: newDiary(),
		style:   ui.NewAsset("demo.css", append([]byte(ui.Style()), ownStyle...)),
		script:  ui.NewAsset("demo.js", ownScript),
		streams: make(chan struct{}, mostStreams), over: make(chan struct{}),
	}
	own := http.NewCrossOriginProtection()
	if err := own.AddTrustedOrigin(o.BaseURL); err != nil {
		return nil, fmt.Errorf("trust the demo's own page: %w", err)
	}
	own.SetDenyHandler(http.HandlerFunc(d.foreign))
	d.handler = own.Handler(d.routes())
	return d, nil
}

func (d *Demo) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+d.o.Path+"/callback", d.receive)
	mux.HandleFunc("GET "+d.o.Path+"/callbacks", d.list)
	mux.HandleFunc("GET "+d.o.Path+"/live", d.live)
	mux.Handle("GET "+d.o.Path, http.RedirectHandler(d.o.Path+"/", http.StatusFound))
	mux.HandleFunc("GET "+d.o.Path+"/{$}", d.known(d.page))
	mux.HandleFunc("POST "+d.o.Path+"/send", d.known(d.send))
	mux.HandleFunc("GET "+d.o.Path+"/sent/{record}", d.known(d.sent))
	mux.HandleFunc("POST "+d.o.Path+"/endpoint", d.known(d.reclaim))
	return mux
}

// known asks for patience until the demo has its values.
func (d *Demo) known(next func(http.ResponseWriter, *http.Request, *introduced)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		in := d.ready.Load()
		if in == nil {
			w.Header().Set("Retry-After", "2")
			d.notice(w, http.StatusServiceUnavailable, wordsStarting)
			return
		}
		next(w, r, in)
	}
}

// Introduce gives the page what it shows and sends with, in place of earlier
// values. Trust comes before it.
func (d *Demo) Introduce(v Values) error {
	code, err := d.fill(v)
	if err != nil {
		return err
	}
	d.ready.Store(&introduced{v, code})
	return nil
}

// HangUp ends the streams of open pages, which otherwise last as long as the
// page. A server that stops calls it, for it waits for its streams.
func (d *Demo) HangUp() { d.hangUp.Do(func() { close(d.over) }) }

// Assets are the files that the page needs below ui.AssetPrefix.
func (d *Demo) Assets() []*ui.Asset { return []*ui.Asset{d.style, d.script} }

// CallbackURL is where the demo app's callbacks go.
func (d *Demo) CallbackURL() string { return d.o.Inside + d.o.Path + "/callback" }

// PageURL is where a browser finds the page.
func (d *Demo) PageURL() string { return d.o.BaseURL + d.o.Path + "/" }

// ServeHTTP answers the platform's callbacks and the page's requests.
func (d *Demo) ServeHTTP(w http.ResponseWriter, r *http.Request) { d.handler.ServeHTTP(w, r) }
