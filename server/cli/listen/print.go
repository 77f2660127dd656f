package listen

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
	"unicode"
)

// printer says what happens: a line for people, or a JSON object for programs.
// Followers and programs write part of it, so nothing but printable text goes
// to a terminal.
type printer struct {
	mu   sync.Mutex
	out  io.Writer
	json bool
	down bool // the program was down when it was last called
}

func newPrinter(out io.Writer, asJSON bool) *printer { return &printer{out: out, json: asJSON} }

// object is one line of --json. Its event is listening, callback, dropped,
// lost, found, down, up or stopped.
type object map[string]any

func (p *printer) say(event string, o object, format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.json {
		fmt.Fprintf(p.out, format+"\n", args...)
		return
	}
	o["event"], o["at"] = event, time.Now().Format(time.RFC3339Nano)
	e := json.NewEncoder(p.out)
	e.SetEscapeHTML(false)
	_ = e.Encode(o)
}

func (p *printer) listening(a app, l listening, forward string) {
	o := object{"app": a.ID, "name": a.Name, "forward": forward, "secret": l.Secret, "aside": l.Aside, "waiting": l.Waiting}
	text := fmt.Sprintf("Listening to #%d %s: its callbacks go to %s\n  signed with %s", a.ID, plain(a.Name), forward, l.Secret)
	if l.Aside != "" {
		text += fmt.Sprintf("\n  put aside   %s (comes back when you stop with Ctrl-C)", plain(l.Aside))
	}
	if l.Waiting > 0 {
		text += fmt.Sprintf("\n  waiting     %d", l.Waiting)
	}
	p.say("listening", o, "%s\n", text)
}

func (p *printer) callback(h *hand, v verdict) {
	action, what := describe(h.it.Body)
	e := &h.outcome.Exchange
	o := object{
		"id": h.it.ID, "attempt": h.outcome.Attempt, "action": action, "what": what, "status": e.Status, "latencyMs": e.Latency.Milliseconds(),
		"reply": v.Reply, "late": v.Late, "state": v.State, "taken": v.Taken, "again": h.again, "reason": v.Reason,
	}
	if action == "" {
		action, what = h.it.ID, "answered by an earlier run"
	}
	status := "---"
	if e.Status != 0 {
		status = fmt.Sprint(e.Status)
	}
	p.say("callback", o, "%s  %-13s  %s  %s  %s%s", time.Now().Format(time.TimeOnly), plain(action), plain(what), status,
		e.Latency.Round(time.Millisecond), fate(h, v))
}

// fate is what became of a callback, in words.
func fate(h *hand, v verdict) (text string) {
	if h.again {
		text += "  (your program had answered it; it was not called again)"
	}
	switch {
	case !v.Taken:
		return text + "  too late: another listener has it, or it is over"
	case v.State == "failed":
		return text + "  given up: " + plain(v.Reason)
	case v.State == "waiting":
		return text + "  again at " + v.NextAt.Local().Format(time.TimeOnly) + ": " + plain(v.Reason)
	case v.Reply != "" && v.Late:
		return text + "  reply, as a later message: " + plain(v.Reply)
	case v.Reply != "":
		return text + "  reply: " + plain(v.Reply)
	case v.Reason != "":
		return text + "  " + plain(v.Reason)
	}
	return text
}

// describe says what a callback is about.
func describe(body string) (action, what string) {
	var c struct {
		Action string
		Data   struct {
			Content, UID, Extra, Source, TradeNo string
			Amount                               int64
		}
	}
	if json.Unmarshal([]byte(body), &c) != nil {
		return "", ""
	}
	switch d := c.Data; {
	case d.Content != "":
		return c.Action, d.Content
	case d.TradeNo != "":
		return c.Action, fmt.Sprintf("%s %.2f", d.TradeNo, float64(d.Amount)/100)
	default:
		return c.Action, strings.TrimSpace(strings.Join([]string{d.UID, d.Source, d.Extra}, " "))
	}
}

func (p *printer) dropped(h *hand, err error) {
	p.say("dropped", object{"id": h.it.ID, "reason": err.Error()}, "%s  %s  dropped: %s", time.Now().Format(time.TimeOnly), h.it.ID, plain(err.Error()))
}

func (p *printer) lost(err error) {
	p.say("lost", object{"reason": err.Error()}, "%s  %s\n          trying again; what happens meanwhile waits on the server", time.Now().Format(time.TimeOnly), plain(err.Error()))
}

func (p *printer) found(after time.Duration) {
	p.say("found", object{"afterMs": after.Milliseconds()}, "%s  connected again after %s", time.Now().Format(time.TimeOnly), after.Round(time.Second))
}

// up notes whether anything listens at the program's address, and says so when
// it changes.
func (p *printer) up(up bool) {
	p.mu.Lock()
	changed := p.down == up
	p.down = !up
	p.mu.Unlock()
	switch {
	case !changed:
	case up:
		p.say("up", object{}, "%s  your program answers again", time.Now().Format(time.TimeOnly))
	default:
		p.say("down", object{}, "%s  nothing listens at the address of your program; waiting for it", time.Now().Format(time.TimeOnly))
	}
}

func (p *printer) stopped(a app, back bool) {
	text := "callbacks wait for the next hongyan listen (hongyan listen --stop ends that)"
	if back {
		text = "callbacks go to the app's own address again, if it has one"
	}
	p.say("stopped", object{"app": a.ID, "back": back}, "Stopped listening to #%d %s: %s", a.ID, plain(a.Name), text)
}

// plain is text that does nothing to a terminal, on one line.
func plain(s string) string {
	return cut(strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case !unicode.IsPrint(r):
			return '\uFFFD'
		}
		return r
	}, s), 300)
}
