// Package wxpusher moves an app's followers from another platform that speaks
// the WxPusher contract.
//
// A run (run.go) reads the followers page by page through the platform's
// public API (client.go), hands each page to push, which keeps the place, and
// then asks the platform, one follower after another, to deliver a personal
// invitation (invite.go, words.go): a picture of the code that makes them
// follow here what they followed there. What the run does is shown by
// progress.go and summed up by report.go. Everything that must survive a kill
// stands in the database; the package keeps nothing.
package wxpusher

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/time/rate"
)

// Bounds of one call.
const (
	callWithin = 20 * time.Second
	maxAnswer  = 8 << 20
	// PageSize is the most records the contract gives at once.
	PageSize = 100
)

// Client speaks to the other platform. Its errors carry neither the token nor
// an address with it.
type Client struct {
	Base  string // without a trailing slash
	Token string // appToken there
	HTTP  *http.Client
	Pace  *rate.Limiter // for all calls together
}

// Record is one row of the platform's list of users.
type Record struct {
	UID     string `json:"uid"`
	Owner   int64  `json:"appOrTopicId"`
	Target  string `json:"target"` // name of the app or topic
	Reject  bool   `json:"reject"`
	Enable  *bool  `json:"enable"` // absent: takes messages
	PayEnd  int64  `json:"payEndTime"`
	Type    int64  `json:"type"` // 0 app, 1 topic
	Created int64  `json:"createTime"`
}

// Page is one answer of the list.
type Page struct {
	Total   int      `json:"total"`
	Records []Record `json:"records"`
}

// Refusal is an answer with another code than 1000: nothing was done.
type Refusal struct {
	Code int
	Text string
}

func (r *Refusal) Error() string { return fmt.Sprintf("the platform answered %d: %s", r.Code, r.Text) }

// badToken is how the contract words a wrong token.
const badToken = "appToken不正确"

// Fatal tells that asking again cannot help.
func (r *Refusal) Fatal() bool {
	return r.Code == 1002 || r.Code == 1003 || r.Code == 1004 || strings.Contains(r.Text, badToken)
}

// errUnsent marks a call that certainly did nothing.
var errUnsent = errors.New("the platform did not take the call")

// Users reads a page, counted from 1, of the app's (type 0) or its topics'
// (type 1) followers.
func (c *Client) Users(ctx context.Context, kind int64, page, size int) (p Page, err error) {
	q := url.Values{"appToken": {c.Token}, "page": {strconv.Itoa(page)}, "pageSize": {strconv.Itoa(size)}, "type": {strconv.FormatInt(kind, 10)}}
	err = c.call(ctx, http.MethodGet, "/api/fun/wxuser/v2?"+q.Encode(), "", &p)
	if err != nil {
		return Page{}, fmt.Errorf("read page %d of list %d: %w", page, kind, err)
	}
	return p, nil
}

// receipt is one item of a send answer.
type receipt struct {
	Code   int    `json:"code"`
	Status string `json:"status"`
}

// Send delivers HTML to one follower. refused is the platform's reason when it
// does not reach this one. An error that is neither a *Refusal nor errUnsent
// leaves open whether the message was sent.
func (c *Client) Send(ctx context.Context, uid, summary, html, link string) (refused string, err error) {
	body, err := json.Marshal(map[string]any{
		"appToken": c.Token, "content": html, "summary": summary, "contentType": 2, "uids": []string{uid}, "url": link,
	})
	if err != nil {
		return "", err
	}
	var items []receipt
	if err := c.call(ctx, http.MethodPost, "/api/send/message", string(body), &items); err != nil {
		return "", fmt.Errorf("send an invitation: %w", err)
	}
	if len(items) != 1 {
		return "", fmt.Errorf("send an invitation: %d receipts for one receiver", len(items))
	}
	if items[0].Code != 1000 {
		return items[0].Status, nil
	}
	return "", nil
}

func (c *Client) call(ctx context.Context, method, path, body string, dst any) error {
	if err := c.Pace.Wait(ctx); err != nil {
		return fmt.Errorf("%w: %w", errUnsent, err)
	}
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, c.Base+path, strings.NewReader(body))
	if err != nil {
		return fmt.Errorf("%w: the address of the platform cannot be used", errUnsent)
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := c.HTTP.Do(r)
	if err != nil {
		return unanswered(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("the answer broke off: %w", err)
	}
	switch {
	case resp.StatusCode == http.StatusTooManyRequests, resp.StatusCode == http.StatusServiceUnavailable:
		return fmt.Errorf("%w: %s", errUnsent, resp.Status)
	case resp.StatusCode != http.StatusOK:
		return fmt.Errorf("the platform answered %s", resp.Status)
	}
	var e struct {
		Code int             `json:"code"`
		Msg  string          `json:"msg"`
		Data json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(raw, &e); err != nil {
		return fmt.Errorf("the platform answered %d bytes that are not of the contract", len(raw))
	}
	if e.Code != 1000 {
		return &Refusal{e.Code, e.Msg}
	}
	if err := json.Unmarshal(e.Data, dst); err != nil {
		return errors.New("the platform answered data that is not of the contract")
	}
	return nil
}
