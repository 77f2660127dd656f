package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"hongyan/server/cli/term"
)

// overview is the server and the app at a glance, as --json prints it. What
// needs a token is absent without one.
type overview struct {
	Server    string          `json:"server"`
	Ready     bool            `json:"ready"`
	Why       string          `json:"why,omitempty"` // why it is not ready
	App       *app            `json:"app,omitempty"`
	Endpoint  *endpoint       `json:"endpoint,omitempty"` // where callbacks go
	Callbacks *callbackCounts `json:"callbacks,omitempty"`
	Messages  []message       `json:"messages,omitempty"`
}

// shownMessages is how many messages an overview lists.
const shownMessages = 10

func (t *target) overview(ctx context.Context, out *term.Screen) (v view, err error) {
	o := overview{Server: t.base}
	if o.Ready, o.Why, err = t.ready(ctx); err != nil {
		return v, err
	}
	if o.Ready && t.token != "" {
		if err := t.fill(ctx, &o); err != nil {
			return v, err
		}
	}
	v.json, v.text, v.line = o, o.text(out), o.line()
	v.open = o.open() > 0 || o.Callbacks != nil && o.Callbacks.Waiting > 0
	if !o.Ready {
		v.open, v.bad = true, &Failure{codeUnable, "the server takes no traffic: " + o.Why, ""}
	}
	return v, nil
}

// ready asks whether the server takes traffic.
func (t *target) ready(ctx context.Context) (bool, string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, t.base+"/readyz", nil)
	if err != nil {
		return false, "", err
	}
	resp, err := noRedirects.Do(r)
	if err != nil {
		return false, "", t.unreachable(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, 1<<10))
	if err != nil {
		return false, "", t.unreachable(err)
	}
	said := term.Clean(strings.TrimSpace(string(raw)))
	switch {
	case resp.StatusCode == http.StatusOK && said == "ready":
		return true, "", nil
	case resp.StatusCode == http.StatusServiceUnavailable:
		return false, said, nil
	}
	return false, "", t.stranger(resp)
}

// fill asks for what the app's token may see.
func (t *target) fill(ctx context.Context, o *overview) error {
	get := func(path string, into any) error {
		return t.do(ctx, call{method: http.MethodGet, path: "/api/v1" + path}, into)
	}
	var last list[message]
	err := errors.Join(get("/app", &o.App), get("/callbacks/counts", &o.Callbacks), get(fmt.Sprintf("/messages?limit=%d", shownMessages), &last))
	if err != nil {
		return firstOf(err)
	}
	o.Messages = last.Items
	if err := get("/callbacks/endpoint", &o.Endpoint); err != nil {
		var f *Failure
		if !errors.As(err, &f) || f.Code != codeRefused {
			return err
		}
		o.Endpoint = nil // the app has none
	}
	return nil
}

// firstOf is the first of joined errors, which all say the same.
func firstOf(err error) error {
	if all, ok := err.(interface{ Unwrap() []error }); ok {
		return all.Unwrap()[0]
	}
	return err
}

// open is how many messages may still change.
func (o *overview) open() (n int) {
	for _, m := range o.Messages {
		if m.Counts.Open > 0 || m.Counts.FanningOut {
			n++
		}
	}
	return n
}

func (o *overview) line() string {
	if !o.Ready {
		return "not ready: " + o.Why
	}
	if o.App == nil {
		return "ready"
	}
	line := fmt.Sprintf("ready; %d of the last %d messages open; callbacks %d waiting, %d failed", o.open(), len(o.Messages), o.Callbacks.Waiting, o.Callbacks.Failed)
	if o.Endpoint != nil && o.Endpoint.Disabled {
		line += "; the callback address is disabled"
	}
	return line
}

func (o *overview) text(out *term.Screen) string {
	var b strings.Builder
	if !o.Ready {
		fmt.Fprintf(&b, "server     %s, %s\n", o.Server, out.Paint(term.Bad, "not ready: "+o.Why))
		return b.String()
	}
	fmt.Fprintf(&b, "server     %s, %s\n", o.Server, out.Paint(term.Good, "ready"))
	if o.App == nil {
		b.WriteString("app        no token was given: set HONGYAN_TOKEN to see its messages\n")
		return b.String()
	}
	fmt.Fprintf(&b, "app        #%d %s\n", o.App.ID, term.Clean(o.App.Name))
	fmt.Fprintf(&b, "endpoint   %s\n", o.endpointText(out))
	failed := fmt.Sprintf("%s failed", upTo(o.Callbacks.Failed))
	if o.Callbacks.Failed > 0 {
		failed = out.Paint(term.Bad, failed)
	}
	fmt.Fprintf(&b, "callbacks  %s waiting, %s\n", upTo(o.Callbacks.Waiting), failed)
	if len(o.Messages) == 0 {
		b.WriteString("messages   none yet\n")
		return b.String()
	}
	b.WriteString("\n")
	var t term.Table
	t.Numbers(3, 4, 5, 6)
	t.Head("message", "at", "summary", "total", "confirmed", "failed", "open")
	for _, m := range o.Messages {
		t.Add(term.Text(m.ID), term.Text(m.At.Local().Format("01-02 15:04:05")), term.Text(term.Cut(m.Summary, 30)),
			term.Text(m.Counts.Total), coloured(m.Counts.Confirmed, term.Good), coloured(m.Counts.Failed, term.Bad), coloured(m.Counts.Open, term.Wait))
	}
	b.WriteString(t.String(out))
	return b.String()
}

// coloured is a number that means something when it is not 0.
func coloured(n int64, c term.Colour) term.Cell {
	if n == 0 {
		c = term.Plain
	}
	return term.Cell{Text: fmt.Sprint(n), Colour: c}
}

func (o *overview) endpointText(out *term.Screen) string {
	e := o.Endpoint
	switch {
	case e == nil:
		return "none, so nobody is told what followers do"
	case e.Disabled:
		until := "until it is set again"
		if e.DisabledUntil != nil {
			until = "until " + e.DisabledUntil.Local().Format(time.DateTime)
		}
		return fmt.Sprintf("%s, %s\n           → %s", term.Clean(e.URL), out.Paint(term.Bad, "disabled "+until+": "+term.Clean(e.Reason)), term.Clean(e.Remedy))
	case e.Failures > 0:
		return fmt.Sprintf("%s, %s", term.Clean(e.URL), out.Paint(term.Wait, fmt.Sprintf("failed %d times in a row", e.Failures)))
	}
	return term.Clean(e.URL) + ", " + out.Paint(term.Good, "working")
}
