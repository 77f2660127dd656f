package listen

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	// waitSeconds is how long a claim waits for a callback. The shorter it is,
	// the sooner a connection that died silently is noticed.
	waitSeconds = 15
	// callWithin bounds a call that does not wait.
	callWithin = 10 * time.Second
	// mostAnswer bounds an answer of the server, in bytes.
	mostAnswer = 16 << 20
)

// client speaks to the platform's /api/v1 as an app. Its errors carry no
// token.
type client struct {
	base, token string
	listener    string
	http        *http.Client
}

func newClient(base, token string) *client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DialContext = (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 15 * time.Second}).DialContext
	return &client{base: base, token: token, http: &http.Client{
		Transport: transport,
		// The token goes to no address but the one that was given.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// app is whose callbacks they are.
type app struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
	Key  string `json:"appKey"`
}

// listening is how it is to listen to it.
type listening struct {
	Secret  string `json:"secret"`
	Aside   string `json:"aside"`
	Waiting int    `json:"waiting"`
}

// item is a callback as it is to be handed on.
type item struct {
	ID      string            `json:"id"`
	Attempt int               `json:"attempt"`
	Before  int               `json:"before"` // attempts before the last replay
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
}

// held names a callback in hand.
type held struct {
	ID      string `json:"id"`
	Attempt int    `json:"attempt"`
}

// verdict is what the server made of an outcome.
type verdict struct {
	Taken  bool      `json:"taken"`
	State  string    `json:"state"`
	NextAt time.Time `json:"nextAt"`
	Reason string    `json:"reason"`
	Reply  string    `json:"reply"`
	Late   bool      `json:"late"`
}

func (c *client) app(ctx context.Context) (a app, err error) {
	err = c.call(ctx, callWithin, http.MethodGet, "/app", nil, &a)
	return a, err
}

func (c *client) listen(ctx context.Context, takeOver bool) (l listening, err error) {
	err = c.call(ctx, callWithin, http.MethodPut, c.path(""), map[string]any{"takeOver": takeOver}, &l)
	return l, err
}

func (c *client) claim(ctx context.Context, most int, holding []held) ([]item, error) {
	var list struct{ Items []item }
	body := map[string]any{"most": most, "wait": waitSeconds, "holding": holding}
	err := c.call(ctx, (waitSeconds+5)*time.Second, http.MethodPost, c.path("/claim"), body, &list)
	return list.Items, err
}

func (c *client) answer(ctx context.Context, o *outcome) (v verdict, err error) {
	e := &o.Exchange
	body := map[string]any{
		"id": o.ID, "attempt": o.Attempt, "url": e.URL, "request": e.Request, "status": e.Status,
		"retryAfter": cut(e.RetryAfter, 64), "packed": e.Packed, "long": e.Long, "broken": e.Broken,
		"latencyMs": e.Latency.Milliseconds(), "failure": cut(e.Failure, 200),
		"agoMs": min(max(0, time.Since(o.Began).Milliseconds()), (7 * 24 * time.Hour).Milliseconds()),
	}
	if len(e.Body) > 0 {
		body["answer"] = e.Body
	}
	err = c.call(ctx, callWithin, http.MethodPost, c.path("/answers"), body, &v)
	return v, err
}

func (c *client) leave(ctx context.Context) (back bool, err error) {
	var left struct{ Back bool }
	err = c.call(ctx, callWithin, http.MethodDelete, c.path(""), nil, &left)
	return left.Back, err
}

func (c *client) stop(ctx context.Context) error {
	return c.call(ctx, callWithin, http.MethodDelete, "/callbacks/listeners", nil, nil)
}

func (c *client) path(rest string) string {
	return "/callbacks/listeners/" + url.PathEscape(c.listener) + rest
}

// call makes one call and reads its answer into dst.
func (c *client) call(ctx context.Context, within time.Duration, method, path string, body, dst any) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	var payload io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return err
		}
		payload = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+"/api/v1"+path, payload)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	req.Header.Set("User-Agent", "hongyan-listen")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.http.Do(req)
	if err != nil {
		c.http.CloseIdleConnections() // they may be as dead, and say so only after a time-out
		return fmt.Errorf("cannot reach %s: %w", c.base, withoutAddress(err))
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, mostAnswer))
	if err != nil {
		return fmt.Errorf("the connection to %s broke off: %w", c.base, err)
	}
	return c.read(resp, raw, dst)
}

func (c *client) read(resp *http.Response, raw []byte, dst any) error {
	kind := resp.Header.Get("Content-Type")
	switch {
	case resp.StatusCode >= 400 && strings.HasPrefix(kind, "application/problem+json"):
		var problem struct{ Detail string }
		_ = json.Unmarshal(raw, &problem)
		return &refusal{resp.StatusCode, problem.Detail}
	case resp.StatusCode >= 500 || resp.StatusCode == http.StatusTooManyRequests:
		return fmt.Errorf("%s answered %s", c.base, resp.Status) // something in front of the server
	case resp.StatusCode == http.StatusNoContent:
		return nil
	case resp.StatusCode >= 300 || !strings.HasPrefix(kind, "application/json"):
		return fmt.Errorf("%s answered %s: %w", c.base, resp.Status, errStranger)
	}
	if dst == nil {
		return nil
	}
	if err := json.Unmarshal(raw, dst); err != nil {
		return fmt.Errorf("an answer of %s cannot be read: %w", c.base, err)
	}
	return nil
}

// cut returns at most n characters of s.
func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}
