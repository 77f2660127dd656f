package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"hongyan/oa"
)

// target is where callbacks go.
type target struct {
	url    *url.URL
	client *http.Client
}

// caller signs, seals and posts callbacks.
type caller struct {
	cipher *oa.Cipher // nil when the account has no key
	stats  callbackStats
}

func (c *caller) init(o Options) error {
	if o.AESKey == "" {
		if o.Mode != oa.ModePlain {
			return fmt.Errorf("mode %s needs an EncodingAESKey", o.Mode)
		}
		return nil
	}
	cipher, err := oa.NewCipher(o.AESKey, o.AppID)
	c.cipher = cipher
	return err
}

// SetCallback says where callbacks go from now on. With rt they are answered
// by it, for example in memory; otherwise by Options.HTTP.
func (s *Sandbox) SetCallback(to string, rt http.RoundTripper) {
	if to == "" {
		s.target.Store(nil)
		return
	}
	u, err := url.Parse(to)
	if err != nil {
		s.log.Error("callback URL refused", "error", err)
		return
	}
	client := s.o.HTTP
	switch {
	case rt != nil:
		client = &http.Client{Transport: rt}
	case client == nil:
		client = pooledClient()
	}
	c := *client
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	s.target.Store(&target{url: u, client: &c})
}

// pooledClient keeps as many connections open as finish reports may use.
func pooledClient() *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.Proxy = nil
	t.MaxIdleConns, t.MaxIdleConnsPerHost = 1024, 1024
	t.DisableCompression = true
	return &http.Client{Transport: t}
}

// errNoCallback says that nobody told the sandbox where the server is.
var errNoCallback = errors.New("no callback URL is set")

// post sends e until an attempt is answered by 200, as often as the rules
// allow, and returns that answer's body. WeChat goes on whether or not the
// one who acted waits, so ctx only ends it when the process does.
func (s *Sandbox) post(ctx context.Context, e *envelope, r *ruleSet) ([]byte, error) {
	s.caller.stats.events.Add(1)
	to := s.target.Load()
	if to == nil {
		s.caller.stats.failed.Add(1)
		return nil, errNoCallback
	}
	var body []byte
	var err error
	if r.CallbackOverlapMs > 0 {
		body, err = s.postOverlapping(ctx, to, e, r)
	} else {
		body, err = s.postInTurn(ctx, to, e, r)
	}
	if err != nil {
		s.caller.stats.failed.Add(1)
		return nil, err
	}
	if s.dice.Chance(r.CallbackDuplicate) {
		_, _ = s.attempt(ctx, to, e, r) // the repeat's answer is not looked at
	}
	return body, nil
}

func (s *Sandbox) postInTurn(ctx context.Context, to *target, e *envelope, r *ruleSet) (body []byte, err error) {
	for n := range r.CallbackAttempts {
		if n > 0 && !pause(ctx, time.Duration(r.CallbackSpacingMs)*time.Millisecond) {
			return nil, ctx.Err()
		}
		if body, err = s.attempt(ctx, to, e, r); err == nil {
			return body, nil
		}
	}
	return nil, err
}

// postOverlapping starts each attempt a fixed time after the last, unless an
// answer came, and takes the first good one. It waits for all it started.
func (s *Sandbox) postOverlapping(ctx context.Context, to *target, e *envelope, r *ruleSet) (body []byte, err error) {
	type outcome struct {
		body []byte
		err  error
	}
	outcomes := make(chan outcome, r.CallbackAttempts)
	start := func() {
		b, err := s.attempt(ctx, to, e, r)
		outcomes <- outcome{b, err}
	}
	gap := time.NewTimer(time.Duration(r.CallbackOverlapMs) * time.Millisecond)
	defer gap.Stop()
	started, ended, answered := 1, 0, false
	go start()
	for ended < started {
		select {
		case <-gap.C:
		case o := <-outcomes:
			ended++
			if o.err == nil && !answered {
				body, err, answered = o.body, nil, true
			} else if !answered {
				err = o.err
			}
			if ended < started || answered {
				continue
			}
		}
		if !answered && started < r.CallbackAttempts && ctx.Err() == nil {
			started++
			go start()
			gap.Reset(time.Duration(r.CallbackOverlapMs) * time.Millisecond)
		}
	}
	return body, err
}

// pause waits on a timer; false says ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// maxAnswer is how much of a callback's answer WeChat is taken to read.
const maxAnswer = 256 << 10

// attempt posts once, under the five-second rule.
func (s *Sandbox) attempt(ctx context.Context, to *target, e *envelope, r *ruleSet) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(r.CallbackTimeoutMs)*time.Millisecond)
	defer cancel()
	s.caller.stats.attempts.Add(1)
	began := s.clock.Now()
	at := *to.url
	if at.RawQuery != "" {
		at.RawQuery += "&"
	}
	at.RawQuery += s.query(e)
	status, body, err := to.send(ctx, &at, e)
	s.tape.callback(s, e, at.Path, status, body, err, began)
	switch {
	case err != nil && ctx.Err() != nil:
		s.caller.stats.timeouts.Add(1)
		return nil, fmt.Errorf("callback %s: no answer within %d ms", e.kind, r.CallbackTimeoutMs)
	case err != nil:
		s.caller.stats.errors.Add(1)
		return nil, fmt.Errorf("callback %s: %w", e.kind, err)
	case status != http.StatusOK:
		s.caller.stats.errors.Add(1)
		return nil, fmt.Errorf("callback %s: HTTP status %d", e.kind, status)
	}
	return body, nil
}

func (t *target) send(ctx context.Context, at *url.URL, e *envelope) (status int, body []byte, err error) {
	kind := "text/xml"
	if e.json {
		kind = "application/json"
	}
	r := &http.Request{
		Method: http.MethodPost, URL: at, Host: at.Host,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        http.Header{"Content-Type": {kind}, "User-Agent": {"Mozilla/4.0"}},
		Body:          io.NopCloser(bytes.NewReader(e.body)),
		GetBody:       func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(e.body)), nil },
		ContentLength: int64(len(e.body)),
	}
	w, err := t.client.Do(r.WithContext(ctx))
	if err != nil {
		return 0, nil, redacted(err)
	}
	defer w.Body.Close()
	body, err = io.ReadAll(io.LimitReader(w.Body, maxAnswer))
	return w.StatusCode, body, err
}

// redacted drops the URL, which carries signatures, from a client's error.
func redacted(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}
