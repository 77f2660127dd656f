package oa

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

const (
	// callTimeout bounds one call from dialling to the last byte.
	callTimeout = 8 * time.Second
	// maxAnswer bounds what is read of an answer.
	maxAnswer = 1 << 20
)

// question is one call: a GET unless there is a body.
type question struct {
	path  string
	query url.Values
	body  any // encoded as JSON
}

// ask puts q to WeChat with an access token and decodes the answer into out,
// which may be nil. When WeChat says that the token is dead, it is refreshed
// and the call repeated, once.
func (c *Client) ask(ctx context.Context, q question, out any) error {
	used, err := c.token(ctx)
	if err != nil {
		return heldBack(q.path, err)
	}
	err = c.askWith(ctx, q, used, out)
	if !tokenDead(err) {
		return err
	}
	fresh, refreshErr := c.tokens.renew(ctx, used)
	if refreshErr != nil {
		return heldBack(q.path, refreshErr)
	}
	return c.askWith(ctx, q, fresh, out)
}

// tokenDead reports an answer that blames the token.
func tokenDead(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Class() == ClassToken
}

// askWith is ask with a given token.
func (c *Client) askWith(ctx context.Context, q question, t accessToken, out any) error {
	query := url.Values{"access_token": {t.value}}
	for key, values := range q.query {
		query[key] = values
	}
	return c.call(ctx, question{q.path, query, q.body}, out)
}

// call makes one HTTP call. It is the only place that does.
func (c *Client) call(ctx context.Context, q question, out any) error {
	if c.refuse(ctx) {
		return fmt.Errorf("wechat %s: %w", q.path, ErrInTransaction)
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	started := c.now()
	err := c.exchange(ctx, q, out)
	c.observe(q.path, codeOf(err), c.now().Sub(started))
	return err
}

// codeOf is the errcode of a call for Observe.
func codeOf(err error) int {
	var e *Error
	switch {
	case err == nil:
		return 0
	case errors.As(err, &e):
		return e.Code
	}
	return CodeNetwork
}

func (c *Client) exchange(ctx context.Context, q question, out any) error {
	var way connection
	req, err := c.request(httptrace.WithClientTrace(ctx, way.trace()), q)
	if err != nil {
		return fmt.Errorf("wechat %s: %w", q.path, withoutURL(err))
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return &NetworkError{Path: q.path, Sent: way.sent(err), Err: withoutURL(err)}
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return &NetworkError{q.path, true, resp.StatusCode, fmt.Errorf("answer broke off: %w", withoutURL(err))}
	case len(answer) > maxAnswer:
		return &NetworkError{q.path, true, resp.StatusCode, errAnswerSize}
	case resp.StatusCode != http.StatusOK:
		return &NetworkError{q.path, true, resp.StatusCode, fmt.Errorf("HTTP status %d", resp.StatusCode)}
	}
	return c.decode(q, answer, out)
}

// Why an answer cannot be used.
var (
	errAnswerSize = errors.New("answer is larger than 1 MiB")
	errAnswerJSON = errors.New("answer is not the JSON expected")
)

func (c *Client) request(ctx context.Context, q question) (*http.Request, error) {
	link := c.hosts.API + q.path
	if len(q.query) > 0 {
		link += "?" + q.query.Encode()
	}
	if q.body == nil {
		return http.NewRequestWithContext(ctx, http.MethodGet, link, nil)
	}
	body, err := encodeJSON(q.body)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, link, bytes.NewReader(body))
	if err == nil {
		req.Header.Set("Content-Type", textJSON)
	}
	return req, err
}

// decode types an error answer, or reads a good one into out. Some answers
// leave errcode out, some write it as text.
func (c *Client) decode(q question, answer []byte, out any) error {
	var status struct {
		Code    flexible `json:"errcode"`
		Message string   `json:"errmsg"`
	}
	if err := json.Unmarshal(answer, &status); err != nil {
		return &NetworkError{q.path, true, http.StatusOK, errAnswerJSON}
	}
	if status.Code != 0 {
		text, rid := splitRID(c.redact(status.Message, q))
		return &Error{Path: q.path, Code: int(status.Code), Message: text, RID: rid}
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return &NetworkError{q.path, true, http.StatusOK, errAnswerJSON}
	}
	return nil
}

// redact keeps our own secrets out of an error text, should WeChat quote them.
func (c *Client) redact(message string, q question) string {
	private := []string{c.secret}
	for _, key := range []string{"access_token", "secret", "code", "openid"} {
		private = append(private, q.query.Get(key))
	}
	for _, text := range private {
		if text != "" {
			message = strings.ReplaceAll(message, text, "***")
		}
	}
	return message
}

// flexible is an integer that may come as text, or not at all.
type flexible int64

func (f *flexible) UnmarshalJSON(b []byte) error {
	text := strings.Trim(string(b), `"`)
	if text == "" || text == "null" {
		return nil
	}
	v, err := strconv.ParseInt(text, 10, 64)
	*f = flexible(v)
	return err
}

// connection watches how far a request got.
type connection struct{ asked, got atomic.Bool }

func (c *connection) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn: func(string) { c.asked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { c.got.Store(true) },
	}
}

// sent reports whether the request may have arrived. In doubt it may: only a
// request that never had a connection certainly has not.
func (c *connection) sent(err error) bool {
	if c.asked.Load() {
		return c.got.Load()
	}
	var dial *net.OpError
	return !(errors.As(err, &dial) && dial.Op == "dial")
}
