package api

import (
	"context"
	"fmt"
	"net"
	"time"

	"hongyan/push"
	"hongyan/server/api/v1"
)

// source is where a request comes from. Whoever serves the API has put the
// client's own address into RemoteAddr.
func (q *request) source() string {
	host, _, err := net.SplitHostPort(q.RemoteAddr)
	if err != nil {
		return q.RemoteAddr
	}
	return host
}

// maySend counts a send call of the contract under a token, of whatever kind.
func (a *API) maySend(q *request, token, text string) error {
	if fast := a.tooFast(q.Context(), token, text); fast != nil {
		return refuse(fast.Text)
	}
	return nil
}

// mayCall counts a call of /api/v1 that sends, in the same bucket.
func (a *API) mayCall(ctx context.Context, token string) error {
	if fast := a.tooFast(ctx, token, textSends); fast != nil {
		return fast
	}
	return nil
}

// tooFast counts a send call and is nil if it may go on.
func (a *API) tooFast(ctx context.Context, token, text string) *v1.TooFast {
	r := a.o.Push.SendLimit(token)
	ok, retry := a.o.Limit.Allow(ctx, "send:"+token, r, 1)
	if ok {
		return nil
	}
	return &v1.TooFast{Text: fmt.Sprintf(text, push.WaitText(r.Per), r.Most, push.WaitText(retry)), Retry: retry}
}

// mayLook counts n look-ups of the request's source.
func (a *API) mayLook(q *request, n int) error {
	r := a.o.Push.Limits().Lookups
	if ok, retry := a.o.Limit.Allow(q.Context(), "look:"+q.source(), r, n); !ok {
		return refuse(fmt.Sprintf(textLookups, push.WaitText(r.Per), r.Most, push.WaitText(retry)))
	}
	return nil
}

// rememberScan is how long a poller that asks too often is told the last UID
// without a look into the database.
const rememberScan = 10 * time.Second
