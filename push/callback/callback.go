// Package callback is the channel to developers: it turns one row of the
// callback queue into one signed POST and says what came of it.
//
// A job passes through three hands. request.go builds the POST: the exact
// body, and the headers of the Standard Webhooks specification. guard.go
// stands at every dial and lets no connection reach an address that is not
// public, unless the operator allowed it. verdict.go reads the answer, of
// which no more than 64 KiB are taken within fifteen seconds, and decides
// whether the row is done, is tried again, or ends.
//
// A program that no address leads to has its callbacks fetched by a listener.
// forward.go is what the listener does beside that program, and how the server
// judges what it brings back: by the same rules.
//
// The package keeps no state between jobs but idle connections. When to try
// again, and how often, is the queue's business; package push owns it.
package callback

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"hongyan/push"
)

// Timeout bounds a whole call: name look-up, connection, TLS, the request and
// the last byte of the answer.
const Timeout = 15 * time.Second

// Setting is the name of the flag that allows addresses which are not public.
// Refusals name it.
const Setting = "--callback.allow"

// Options configure a Channel. The zero value reaches public addresses only.
type Options struct {
	// Allow lists prefixes that may be reached though they are not public.
	Allow []netip.Prefix
	// AllowHosts lists targets as "host:port" that may be reached whatever
	// they resolve to.
	AllowHosts []string
	// UserAgent is sent with every call. Empty means "Hongyan-Callback/1.0".
	UserAgent string
	// Now is the process's clock. Nil means time.Now.
	Now func() time.Time
	Log *slog.Logger
	// Transport replaces the guarded one. It is for tests and simulations:
	// with it, nothing checks what an address resolves to.
	Transport http.RoundTripper
}

// Channel posts callbacks. It is safe for concurrent use.
type Channel struct {
	o         Options
	guard     *guard
	transport http.RoundTripper
	timeout   time.Duration
}

var _ push.Channel = (*Channel)(nil)

// New returns a channel with its own pool of connections.
func New(o Options) *Channel {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	c := &Channel{o: o, guard: newGuard(o), transport: o.Transport, timeout: Timeout}
	if c.transport == nil {
		c.transport = newTransport(c.guard.dialer(nil))
	}
	return c
}

// Close closes the idle connections.
func (c *Channel) Close() {
	if t, ok := c.transport.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

// Deliver posts j.Call once. Whatever happens, the outcome carries a filled
// Attempt; a job without a call is a programmer's mistake and ends at once.
func (c *Channel) Deliver(ctx context.Context, j push.Job) push.Outcome {
	if j.Call == nil {
		return push.Outcome{Verdict: push.Permanent, Reason: wordNoCall}
	}
	now := c.o.Now()
	log := &push.Attempt{At: now, URL: clean([]byte(j.Call.URL))}
	start := time.Now()
	out := c.post(ctx, j.Call, now, log)
	log.Latency = time.Since(start)
	out.Attempt = log
	return out
}

// post builds the request, sends it, reads the answer and judges it.
func (c *Channel) post(ctx context.Context, call *push.Call, now time.Time, log *push.Attempt) push.Outcome {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	if err := c.guard.checkURL(call.URL); err != nil {
		return c.failed(ctx, call, err, log)
	}
	req, err := c.request(ctx, call, now)
	if err != nil {
		return c.failed(ctx, call, err, log)
	}
	log.Request = headerText(req)
	res, err := c.transport.RoundTrip(req)
	if err != nil {
		return c.failed(ctx, call, err, log)
	}
	a := readAnswer(res)
	log.Status, log.Answer = a.status, clean(a.body)
	out, note := judge(a, now)
	log.Failure = note
	return out
}

// failed is the outcome of a call that got no answer.
func (c *Channel) failed(ctx context.Context, call *push.Call, err error, log *push.Attempt) push.Outcome {
	reason := explain(ctx, err)
	log.Failure = reason
	if refused(err) {
		c.o.Log.Warn("callback refused by the address guard", "app", int64(call.App), "webhook", call.ID, "error", err)
	}
	return push.Outcome{Verdict: push.Temporary, Reason: reason}
}
