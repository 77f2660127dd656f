package api

import (
	"fmt"
	"net"
	"time"

	"hongyan/push"
	"hongyan/store/limit"
)

// Limits are how often a caller may ask; the zero Rate is no limit. Those of
// messages to one user are kept by push.
type Limits struct {
	Sends   limit.Rate // send calls of an app token, or of a simple push token
	Lookups limit.Rate // of one source: what needs no token
}

// source is where a request comes from. Whoever serves the API has put the
// client's own address into RemoteAddr.
func (q *request) source() string {
	host, _, err := net.SplitHostPort(q.RemoteAddr)
	if err != nil {
		return q.RemoteAddr
	}
	return host
}

// maySend counts a send call under a token, of whatever kind.
func (a *API) maySend(q *request, token, text string) error {
	r := a.o.Limits.Sends
	if ok, retry := a.o.Limit.Allow(q.Context(), "send:"+token, r, 1); !ok {
		return refuse(fmt.Sprintf(text, push.WaitText(r.Per), r.Most, push.WaitText(retry)))
	}
	return nil
}

// mayLook counts n look-ups of the request's source.
func (a *API) mayLook(q *request, n int) error {
	r := a.o.Limits.Lookups
	if ok, retry := a.o.Limit.Allow(q.Context(), "look:"+q.source(), r, n); !ok {
		return refuse(fmt.Sprintf(textLookups, push.WaitText(r.Per), r.Most, push.WaitText(retry)))
	}
	return nil
}

// rememberScan is how long a poller that asks too often is told the last UID
// without a look into the database.
const rememberScan = 10 * time.Second
