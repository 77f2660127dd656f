// Package api is the face that developers' programs meet: the WxPusher
// contract under /api.
//
// A request is split on its raw line (split.go), because clients in the wild
// send paths and queries that http.ServeMux would redirect or refuse. A
// handler decodes leniently (decode.go), calls one verb of push and returns a
// value or an error; envelope.go alone writes answers, always with HTTP 200
// and the four keys code, msg, data and success.
//
// What goes beyond the contract, /api/v1, is the package below this one. The
// message page and everything else a person reads stand in server/page.
package api

import (
	"log/slog"
	"net/http"
	"strings"
	"time"

	"hongyan/oa"
	"hongyan/push"
	"hongyan/server/api/v1"
	"hongyan/store/cache"
	"hongyan/store/limit"
)

// Options are what the API stands on. Push, WeChat and BaseURL are required.
type Options struct {
	Push    *push.Service
	WeChat  *oa.Client
	BaseURL string // begins image links, without a trailing slash
	Log     *slog.Logger
	Now     func() time.Time
	Limit   *limit.Limiter // counts for push.Limits; nil counts nothing
}

// API is the http.Handler of everything under /api except /api/message. What
// stands under /api/v1 it hands on.
type API struct {
	o      Options
	routes []route
	v1     *v1.API
	locks  *lockout
	scans  *cache.Cache // the last scanner of a code, for pollers that ask too often
}

// New builds the API. It does not touch the network.
func New(o Options) *API {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	a := &API{
		o: o, locks: newLockout(o.Now), scans: cache.New(cache.Options{Now: o.Now}),
	}
	a.v1 = v1.New(v1.Options{Push: o.Push, Log: o.Log, Now: o.Now, MaySend: a.mayCall})
	a.routes = []route{
		{method: "POST", path: "send/message", call: a.send},
		{method: "GET", path: "send/message", call: a.sendByQuery},
		{method: "DELETE", path: "send/message", call: a.removeMessage},
		{method: "POST", path: "send/message/simple-push", call: a.simplePush},
		{method: "GET", path: "send/message/{}/{...}", call: a.simplePushByPath},
		{method: "GET", path: "send/query/status", call: a.status},
		{method: "GET", path: "send/query/{}", call: a.statusByPath},
		{method: "POST", path: "fun/create/qrcode", call: a.createCode, anyOrigin: true},
		{method: "GET", path: "fun/scan-qrcode-uid", call: a.lastScanner, anyOrigin: true},
		{method: "GET", path: "fun/wxuser", call: a.followers},
		{method: "GET", path: "fun/wxuser/v2", call: a.followers},
		{method: "DELETE", path: "fun/remove", call: a.removePerson},
		{method: "PUT", path: "fun/reject", call: a.rejectPerson},
		{method: "GET", path: "product/query-pay-end-time", call: a.payEndTime},
		{method: "GET", path: "qrcode/{}", image: a.codeImage},
	}
	return a
}

// ServeHTTP answers one request. Routes are tried in the order of the table.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer a.recovered(w, r)
	q := split(r)
	if q.path == "v1" || strings.HasPrefix(q.path, "v1/") {
		a.v1Guarded(w, &q)
		return
	}
	found := a.find(&q)
	switch {
	case found == nil:
		a.fail(w, r, errNoRoute)
	case found.image != nil:
		found.image(w, &q)
	default:
		if found.anyOrigin {
			allowAnyOrigin(w.Header())
			if r.Method == http.MethodOptions {
				w.WriteHeader(http.StatusNoContent)
				return
			}
		}
		a.answer(w, r, &q, found.call)
	}
}

func allowAnyOrigin(h http.Header) {
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Allow-Methods", "GET, POST, OPTIONS")
	h.Set("Access-Control-Allow-Headers", "*")
	h.Set("Access-Control-Max-Age", "86400")
}
