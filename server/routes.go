package main

import (
	"net/http"
	"strings"

	"hongyan/server/api"
	"hongyan/server/console"
	"hongyan/server/page"
	"hongyan/server/ui"
)

// routes is every face of the process on one screen. /api is matched on the
// raw path, before http.ServeMux could redirect what clients in the wild send.
func (n *node) routes() (http.Handler, error) {
	developers := api.New(api.Options{
		Push: n.push, WeChat: n.wechat, BaseURL: n.config.BaseURL, Log: n.log, Now: n.db.Now,
		Limit: n.limit,
	})
	apiFace, listenFace := n.metrics.face("api", developers), n.metrics.face("listen", developers) // the latter takes its time
	docs := developers.Docs()
	pages, err := page.New(page.Options{
		Push: n.push, Billing: n.billing, Pay: n.pay, WeChat: n.wechat, BaseURL: n.config.BaseURL, AnyBrowser: n.config.sandboxMode(), Bridge: n.bridge(),
		Cache: n.cache, Limit: n.limit, Log: n.log, Now: n.db.Now,
	})
	if err != nil {
		return nil, err
	}
	pageFace := n.metrics.face("page", pages)
	if n.console, err = console.New(console.Options{
		Push: n.push, Sessions: n.session, Billing: n.billing, WeChat: n.wechat, Callbacks: n.calls, BaseURL: n.config.BaseURL, Phone: n.phone(),
		Limit: n.limit, Log: n.log, Now: n.db.Now, Cards: n.cards, Server: n.consoleServer(),
	}); err != nil {
		return nil, err
	}
	consoleFace := n.metrics.face("console", n.console)
	mux := http.NewServeMux()
	mux.Handle("/wechat/callback", n.metrics.face("wechat", n.events))
	if n.pay != nil {
		mux.Handle(payNotices, n.metrics.face("pay", n.pay.Notices(n.billing)))
	}
	mux.HandleFunc("GET /healthz", n.healthz)
	mux.HandleFunc("GET /readyz", n.readyz)
	mux.Handle("GET /metrics", n.metrics.handler())
	assets := console.Assets()
	if n.demo != nil {
		assets = append(assets, n.demo.Assets()...)
	}
	mux.Handle("GET "+ui.AssetPrefix, ui.Handler(assets...))
	mux.Handle("GET /docs", docs)
	mux.Handle("GET /docs/", docs)
	for _, pattern := range page.Patterns() {
		mux.Handle(pattern, pageFace)
	}
	mux.Handle(console.Prefix, consoleFace)
	mux.Handle("/console", consoleFace)
	mux.Handle("/", pageFace) // which says that there is no such page
	if n.sandbox != nil {
		mux.Handle("/sandbox/", http.StripPrefix("/sandbox", n.sandbox.Browser()))
	}
	if n.demo != nil {
		mux.Handle("/demo/", n.demo)
		mux.Handle(n.clockPath(), n.clockFace())
		if n.at.key == "" {
			mux.Handle("GET /{$}", http.RedirectHandler(n.at.browser+"/", http.StatusFound))
		}
	} else {
		mux.Handle("GET /{$}", http.RedirectHandler(console.Prefix, http.StatusFound))
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch path := strings.TrimLeft(r.URL.Path, "/"); {
		case strings.HasPrefix(path, "api/message/"):
			pageFace.ServeHTTP(w, r)
		case n.config.VerifyFiles != "" && verifyName.MatchString(path):
			n.verifyFile(w, r, path)
		case strings.HasPrefix(path, "api/v1/callbacks/listeners/"):
			listenFace.ServeHTTP(w, r)
		case path == "api" || strings.HasPrefix(path, "api/"):
			apiFace.ServeHTTP(w, r)
		default:
			mux.ServeHTTP(w, r)
		}
	}), nil
}

// bridge is the script by which any browser pays as WeChat's own does; there is
// none with an official account.
func (n *node) bridge() string {
	if n.at.browser == "" {
		return ""
	}
	return n.at.browser + "/pay/bridge.js"
}

// phone is the address of the sandbox's phone page; there is none with an
// official account.
func (n *node) phone() string {
	if n.at.browser == "" {
		return ""
	}
	return n.at.browser + "/"
}
