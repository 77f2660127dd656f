package console

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"time"

	"hongyan/push"
)

// callbacksView is the list of what an app's developer is told.
type callbacksView struct {
	Endpoint *push.Endpoint // nil: the app has none
	Filter   form
	States   []option
	Actions  []string
	Heard    bool // somebody listens now
	Rows     []push.Callback
	Next     string
	Live     string // where new ones come from; empty: this page stands still
	Toggle   string // turns that on or off
	Since    time.Time
	Failed   int // since then, up to push.CountTo
	Many     bool
}

// callbacksSize is how many callbacks one page has.
const callbacksSize = 50

func (c *Console) callbackFilter(r *request) push.CallbackFilter {
	q := r.URL.Query()
	return push.CallbackFilter{
		State: push.CallbackState(q.Get("state")), Action: q.Get("action"), UID: push.UID(q.Get("uid")), After: q.Get("after"), Limit: callbacksSize,
	}
}

func (c *Console) callbacks(r *request) (reply, error) {
	q := r.URL.Query()
	if id := q.Get("id"); id != "" {
		return sentTo(appPath(r.app.ID, "callbacks/"+url.PathEscape(id))), nil
	}
	v := callbacksView{
		Filter: form{Values: q, Wrong: map[string]string{}},
		States: said(r, option{"", "全部状态"}, option{string(push.CallbackWaiting), "等待中"},
			option{string(push.CallbackDelivered), "已送达"}, option{string(push.CallbackFailed), "失败"}),
		Actions: []string{"app_subscribe", "send_up_cmd", "order_pay"},
		Since:   c.o.Now().Add(-7 * 24 * time.Hour),
	}
	endpoint, err := c.o.Push.Endpoint(r.Context(), r.app.ID)
	switch {
	case err == nil:
		v.Endpoint = &endpoint
		v.Heard = endpoint.Listeners > 0
	case !errors.Is(err, push.ErrNoEndpoint):
		return reply{}, err
	}
	var next string
	if v.Rows, next, err = c.o.Push.Callbacks(r.Context(), r.app.ID, c.callbackFilter(r)); err != nil {
		return reply{}, err
	}
	v.Next = turned(r, next)
	if q.Get("after") == "" {
		v.Toggle = with(r, "still", "1")
		v.Live = appPath(r.app.ID, "callbacks/live") + "?" + q.Encode()
		if q.Get("still") != "" {
			v.Live, v.Toggle = "", with(r, "still", "")
		}
	}
	if v.Failed, err = c.o.Push.CountFailed(r.Context(), r.app.ID, v.Since); err != nil {
		return reply{}, err
	}
	v.Many = v.Failed >= push.CountTo
	return shown("callbacks", wordsCallbacks, v), nil
}

// callbacksLive sends the rows of the first page whenever they differ.
func (c *Console) callbacksLive(r *request) (reply, error) {
	filter := c.callbackFilter(r)
	filter.After = ""
	if err := filter.Validate(); err != nil {
		return reply{}, err
	}
	return live(func(ctx context.Context, s *stream) error {
		return every(ctx, time.Second, func() error {
			rows, _, err := c.o.Push.Callbacks(ctx, r.app.ID, filter)
			if err != nil {
				return err
			}
			return s.part("rows", "callbacks", "rows", callbacksView{Rows: rows})
		})
	}), nil
}

// about is what a callback is about in the reader's language: the way to
// follow, before any parameter, is a word of the contract.
func about(lang string, c push.Callback) string {
	via, extra, more := strings.Cut(c.About, " · ")
	switch {
	case c.Action != "app_subscribe":
		return c.About
	case more:
		return sourceWords(lang, push.Source(via)) + " · " + extra
	}
	return sourceWords(lang, push.Source(via))
}

// callbackView is one callback with its attempts.
type callbackView struct {
	push.CallbackDetail
	Pretty string // the body, indented
	Since  time.Time
}

func (c *Console) callbackPage(r *request) (reply, error) {
	found, err := c.o.Push.Callback(r.Context(), r.app.ID, r.PathValue("id"))
	if err != nil {
		return reply{}, err
	}
	v := callbackView{CallbackDetail: found, Pretty: found.Body}
	var b bytes.Buffer
	if json.Indent(&b, []byte(found.Body), "", "  ") == nil {
		v.Pretty = b.String()
	}
	return shown("callback", wordsCallback, v), nil
}

func (c *Console) replayCallback(r *request) (reply, error) {
	id := r.PathValue("id")
	to := sentTo(appPath(r.app.ID, "callbacks/"+url.PathEscape(id)))
	queued, err := c.o.Push.ReplayCallback(r.Context(), r.app.ID, id)
	if a, ok := notTaking(to, err); ok {
		return a, nil
	}
	if err != nil {
		return reply{}, err
	}
	if !queued {
		return to.saying("它还在等待发送，不用重放"), nil
	}
	return to.saying("已重新排队，webhook-id 不变"), nil
}

// replayFailed makes all that failed in the last days due again.
func (c *Console) replayFailed(r *request) (reply, error) {
	to := sentTo(appPath(r.app.ID, "callbacks"))
	since := c.o.Now().Add(-7 * 24 * time.Hour)
	if hours := map[string]time.Duration{"1h": time.Hour, "24h": 24 * time.Hour}[r.value("since")]; hours > 0 {
		since = c.o.Now().Add(-hours)
	}
	queued, after := 0, ""
	for {
		p, err := c.o.Push.ReplayFailed(r.Context(), r.app.ID, since, after)
		queued += p.Queued
		if a, ok := notTaking(to, err); ok {
			return a, nil
		}
		if err != nil {
			return reply{}, err
		}
		if after = p.Next; after == "" {
			return to.saying("已把 %d 个失败的回调重新排队", queued), nil
		}
	}
}

// notTaking says why an endpoint takes nothing now.
func notTaking(to reply, err error) (reply, bool) {
	var off *push.EndpointOff
	switch {
	case errors.Is(err, push.ErrNoEndpoint):
		return to.saying("没有执行：应用还没有回调地址，请先在设置里填写"), true
	case errors.As(err, &off):
		return to.saying("没有执行：回调地址已停用，请先恢复它"), true
	}
	return reply{}, false
}

func (c *Console) enableEndpoint(r *request) (reply, error) {
	if err := c.o.Push.EnableEndpoint(r.Context(), r.app.ID); err != nil {
		return reply{}, err
	}
	return sentTo(appPath(r.app.ID, "callbacks")).saying("已恢复，新的回调会发往这个地址；失败过的可以重放"), nil
}
