package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"hongyan/server/cli/term"
)

const (
	callWithin = 15 * time.Second // one attempt
	mostBody   = 8 << 20          // of an answer
	mostTries  = 4
	firstPause = time.Second
	mostPause  = 10 * time.Second
)

// noRedirects: a server that moved is said so, and not followed with a token.
var noRedirects = &http.Client{
	Timeout:       callWithin,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// call is one call to the server. It is repeated when no answer came or the
// server was busy, so it must be safe to repeat.
type call struct {
	method, path string
	body         any
	key          string // Idempotency-Key
	once         bool   // not safe to repeat
	open         bool   // needs no token, and gets none
}

// do makes the call and reads the answer into answer. A *Failure says what went
// wrong and what to do.
func (t *target) do(ctx context.Context, c call, answer any) error {
	var body []byte
	if c.body != nil {
		var err error
		if body, err = json.Marshal(c.body); err != nil {
			return err
		}
	}
	for try := 1; ; try++ {
		wait, err := t.attempt(ctx, c, body, answer)
		var lost *noAnswer
		if !errors.As(err, &lost) || try == mostTries || c.once || try == 1 && lost.never || ctx.Err() != nil {
			return err
		}
		if wait == 0 {
			wait = firstPause << (try - 1)
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(min(wait, mostPause)):
		}
	}
}

// noAnswer is a call whose outcome is unknown, or that stored nothing for now.
type noAnswer struct {
	Failure
	never bool // the connection never stood
}

func (t *target) attempt(ctx context.Context, c call, body []byte, answer any) (wait time.Duration, err error) {
	r, err := http.NewRequestWithContext(ctx, c.method, t.base+c.path, bytes.NewReader(body))
	if err != nil {
		return 0, usage("--server %s: %v", t.base, err)
	}
	if len(body) > 0 {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.key != "" {
		r.Header.Set("Idempotency-Key", c.key)
	}
	if t.token != "" && !c.open {
		r.Header.Set("Authorization", "Bearer "+t.token)
	}
	resp, err := noRedirects.Do(r)
	if err != nil {
		return 0, t.unreachable(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, mostBody))
	if err != nil {
		return 0, t.unreachable(err)
	}
	switch {
	case resp.StatusCode >= 500:
		return retryAfter(resp), &noAnswer{Failure: Failure{codeUnable, t.told(resp, raw), "try again; the server's log says more if it stays so"}}
	case resp.StatusCode >= 300 || resp.StatusCode < 200:
		return 0, t.refusal(resp, raw)
	case answer == nil || resp.StatusCode == http.StatusNoContent:
		return 0, nil
	}
	if err := json.Unmarshal(raw, answer); err != nil {
		return 0, t.stranger(resp)
	}
	return 0, nil
}

// unreachable takes the address apart from an error of net/http, which quotes
// the whole of it.
func (t *target) unreachable(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	var op *net.OpError
	never := errors.As(err, &op) && op.Op == "dial"
	do := "the message may or may not have been taken; the same --key makes a repetition safe"
	if never {
		do = "is the server running there? --server or HONGYAN_SERVER gives another address"
	}
	return &noAnswer{Failure{codeUnable, fmt.Sprintf("%s does not answer: %v", t.base, err), do}, never}
}

// stranger is whoever answers otherwise than a server of ours.
func (t *target) stranger(resp *http.Response) *Failure {
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	return &Failure{codeUnable, fmt.Sprintf("%s answered %s (%s), which is no answer of hongyan's", t.base, resp.Status, kind), "check --server"}
}

// problem is an error answer of /api/v1.
type problem struct {
	Detail string `json:"detail"`
	Errors []struct {
		Message  string `json:"message"`
		Location string `json:"location"`
	} `json:"errors"`
}

// refusal is the server's own sentence and what to do.
func (t *target) refusal(resp *http.Response, raw []byte) error {
	if resp.StatusCode < 400 {
		return &Failure{codeUnable, fmt.Sprintf("%s answered %s: it sends callers to %s", t.base, resp.Status, resp.Header.Get("Location")), "give that address as --server"}
	}
	var p problem
	if json.Unmarshal(raw, &p) != nil || p.Detail == "" {
		return t.stranger(resp)
	}
	f := &Failure{codeRefused, term.Clean(p.Detail), ""}
	var details []string
	for _, one := range p.Errors {
		details = append(details, term.Clean(strings.TrimSpace(strings.TrimPrefix(one.Location, "body.")+": "+one.Message)))
	}
	if len(details) > 1 { // one alone stands in the sentence already
		f.Text += lines(details)
	}
	switch resp.StatusCode {
	case http.StatusUnauthorized:
		f.Do = "set HONGYAN_TOKEN (or --token) to the token of the app on " + t.base
	case http.StatusTooManyRequests:
		if wait := retryAfter(resp); wait > 0 {
			f.Do = fmt.Sprintf("try again in %s", wait)
		}
	}
	return f
}

// told is what the server says of its own trouble.
func (t *target) told(resp *http.Response, raw []byte) string {
	var p problem
	if json.Unmarshal(raw, &p) == nil && p.Detail != "" {
		return term.Clean(p.Detail)
	}
	return fmt.Sprintf("%s answered %s", t.base, resp.Status)
}

func retryAfter(resp *http.Response) time.Duration {
	seconds, err := strconv.Atoi(resp.Header.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(seconds) * time.Second
}
