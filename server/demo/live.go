package demo

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// How open pages are told: to at most mostStreams at once, at most every
// liveTick, with a sign of life every liveBeat, and a page that does not take
// what it is sent within liveWait is given up.
const (
	mostStreams = 64
	liveTick    = 100 * time.Millisecond
	liveBeat    = 20 * time.Second
	liveWait    = 10 * time.Second
)

// live tells a page of callbacks as server-sent events. ?after, or
// Last-Event-ID of a browser that comes back by itself, is the place in the
// diary that the page shows; a page that shows another one is told everything
// ("all"), after that only what is new ("call").
func (d *Demo) live(w http.ResponseWriter, r *http.Request) {
	select {
	case d.streams <- struct{}{}:
		defer func() { <-d.streams }()
	default:
		w.Header().Set("Retry-After", "5")
		http.Error(w, "too many pages are open", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no") // nginx would keep events back
	s := &stream{d: d, w: w, flow: http.NewResponseController(w)}
	_ = s.flow.SetReadDeadline(time.Time{}) // the server's is for requests that end
	s.run(r)
}

// stream is one open page.
type stream struct {
	d    *Demo
	w    http.ResponseWriter
	flow *http.ResponseController
	told look
}

// run ends with the page, the server, or the first write that fails.
func (s *stream) run(r *http.Request) {
	beat := time.NewTicker(liveBeat)
	defer beat.Stop()
	if !s.begin(r) {
		return
	}
	for {
		select {
		case <-s.told.changed:
			if !s.goOn() {
				return
			}
		case <-beat.C:
			if !s.write([]byte(":\n\n")) {
				return
			}
		case <-r.Context().Done():
			return
		case <-s.d.over:
			return
		}
		select { // whatever happens, the next is not told at once
		case <-time.After(liveTick):
		case <-r.Context().Done():
			return
		case <-s.d.over:
			return
		}
	}
}

// begin tells everything unless the page has it.
func (s *stream) begin(r *http.Request) bool {
	s.told = s.d.diary.newest(shownCalls)
	has := r.Header.Get("Last-Event-ID")
	if has == "" {
		has = r.URL.Query().Get("after")
	}
	if has == s.told.place {
		return s.write([]byte("retry: 1000\n\n"))
	}
	var html bytes.Buffer
	if err := s.d.pages.Fragment(&html, "demo", "calls", viewCalls(s.told.list)); err != nil {
		s.d.o.Log.Error("demo page not told", "error", err)
		return false
	}
	return s.write(append([]byte("retry: 1000\n"), event("all", s.told.place, html.String())...))
}

// goOn tells what is new since the last time.
func (s *stream) goOn() bool {
	now := s.d.diary.newest(shownCalls)
	added, gone := now.since(s.told)
	s.told = now
	var html bytes.Buffer
	for _, call := range viewCalls(added) {
		if err := s.d.pages.Fragment(&html, "demo", "call", call); err != nil {
			s.d.o.Log.Error("demo page not told", "error", err)
			return false
		}
	}
	for _, one := range gone {
		fmt.Fprintf(&html, `<li id="call-%d" hx-swap-oob="delete"></li>`, one.seq)
	}
	return s.write(event("call", now.place, html.String()))
}

func (s *stream) write(text []byte) bool {
	_ = s.flow.SetWriteDeadline(time.Now().Add(liveWait))
	_, err := s.w.Write(text)
	return err == nil && s.flow.Flush() == nil
}

var lines = strings.NewReplacer("\r\n", "\ndata: ", "\r", "\ndata: ", "\n", "\ndata: ")

// event is a server-sent event. Every line of data is marked as such: what a
// follower wrote begins no event of its own.
func event(name, id, data string) []byte {
	return []byte("event: " + name + "\nid: " + id + "\ndata: " + lines.Replace(data) + "\n\n")
}
