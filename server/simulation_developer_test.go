package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// simDeveloper is the servers of all apps. How it answers is drawn from what
// it is asked and how often, so that the order of calls does not matter.
type simDeveloper struct {
	s *simulation

	mu      sync.Mutex
	calls   []*devCall
	times   map[string]int
	behaves func(context.Context, *devCall) (*http.Response, error) // nil: as the dice say
}

// devCall is one callback as it arrived.
type devCall struct {
	id      string // webhook-id
	host    string
	body    string
	content string    // of a command
	at      time.Time // in the bubble's time
	clock   time.Time
	node    string
	how     string
	taken   bool // answered 2xx before the caller gave up
	replied bool // with a reply
}

func newSimDeveloper(s *simulation) *simDeveloper {
	return &simDeveloper{s: s, times: map[string]int{}}
}

// of is the way from one node to the developers.
func (d *simDeveloper) of(n *simNode) http.RoundTripper {
	return roundTrip(func(r *http.Request) (*http.Response, error) { return d.answer(n, r) })
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// answer takes a call and does with it what the dice say.
func (d *simDeveloper) answer(n *simNode, r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	c := &devCall{id: r.Header.Get("webhook-id"), host: r.URL.Host, body: string(body), at: time.Now(), clock: d.s.clock.Now(), node: n.name}
	var asked struct {
		Action string
		Data   struct{ Content string }
	}
	if err := json.Unmarshal(body, &asked); err != nil {
		d.s.violation("a callback is no JSON: %v", err)
	}
	c.content = asked.Data.Content
	chance := d.enter(c, asked.Action)
	d.checkSignature(r, c, body)
	w, err := d.behave(r.Context(), c, chance)
	d.mu.Lock()
	c.taken = err == nil && w.StatusCode/100 == 2
	c.replied = c.how == "well" || c.how == "slow" || c.how == "late"
	d.mu.Unlock()
	d.s.tell("%s calls %s %s %q: %s, %v", n.name, c.host, c.id, c.content, c.how, err)
	return w, err
}

// enter books the call and gives the chances of this one.
func (d *simDeveloper) enter(c *devCall, action string) *rand.Rand {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls = append(d.calls, c)
	what := c.host + action + c.content
	d.times[what]++
	h := fnv.New64a()
	fmt.Fprintf(h, "%s %d", what, d.times[what])
	return rand.New(rand.NewPCG(d.s.seed, h.Sum64()))
}

// behave is how a developer's server is: well mostly, else in every way that
// servers go wrong. Each app has a bad hour in some stories.
func (d *simDeveloper) behave(ctx context.Context, c *devCall, chance *rand.Rand) (*http.Response, error) {
	d.mu.Lock()
	behaves := d.behaves
	d.mu.Unlock()
	if behaves != nil {
		return behaves(ctx, c)
	}
	reply := fmt.Sprintf(`{"reply":"收到%s"}`, c.content)
	bad := 8
	if d.s.seed%3 == 0 && strings.HasPrefix(c.host, "developer1") {
		bad = 100 // a dead one, now and then alive
	}
	if chance.IntN(20) >= bad {
		c.how = "well"
		return d.after(ctx, chance.IntN(300), http.StatusOK, reply)
	}
	switch chance.IntN(12) {
	case 0, 1:
		c.how = "slow"
		return d.after(ctx, 1000+chance.IntN(3300), http.StatusOK, reply)
	case 2, 3:
		c.how = "late"
		return d.after(ctx, 4300+chance.IntN(10_000), http.StatusOK, reply)
	case 4:
		c.how = "hangs"
		return d.after(ctx, 60_000, http.StatusOK, reply)
	case 5:
		c.how = "redirects"
		return d.after(ctx, 10, http.StatusFound, "")
	case 6:
		if chance.IntN(4) > 0 {
			c.how = "fails"
			return d.after(ctx, 10, http.StatusInternalServerError, "panic")
		}
		c.how = "gone"
		return d.after(ctx, 10, http.StatusGone, "")
	case 7:
		c.how = "too many"
		w, err := d.after(ctx, 10, http.StatusTooManyRequests, "")
		if err == nil {
			w.Header.Set("Retry-After", fmt.Sprint(1+chance.IntN(600)))
		}
		return w, err
	case 8:
		c.how = "huge"
		return d.after(ctx, 10, http.StatusOK, strings.Repeat("收", 1<<20))
	case 9:
		c.how = "no JSON"
		return d.after(ctx, 10, http.StatusOK, "<html>收到</html>")
	case 10:
		c.how = "cuts"
		return nil, errors.New("connection reset by peer")
	}
	c.how = "fails"
	return d.after(ctx, 10, http.StatusBadGateway, "")
}

// after answers after some milliseconds, unless the caller leaves first.
func (d *simDeveloper) after(ctx context.Context, ms, status int, body string) (*http.Response, error) {
	timer := time.NewTimer(time.Duration(ms) * time.Millisecond)
	defer timer.Stop()
	select {
	case <-timer.C:
		return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// checkSignature proves that the receiver can trust every attempt, and that a
// repeat says the same.
func (d *simDeveloper) checkSignature(r *http.Request, c *devCall, body []byte) {
	for _, a := range d.s.apps {
		if !strings.Contains(a.url, c.host) {
			continue
		}
		hook, err := standardwebhooks.NewWebhook(a.secret)
		d.s.must(err)
		header := r.Header.Clone()
		if err := hook.VerifyIgnoringTimestamp(bytes.Clone(body), header); err != nil {
			d.s.violation("I7: callback %s is not signed by the app's secret: %v", c.id, err)
		}
	}
}
