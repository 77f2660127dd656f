package demo

import (
	"bytes"
	"fmt"
	"net/http"
	"time"

	"hongyan/server/ui"
)

// How open pages are told: to at most mostStreams at once, at most every
// liveTick, with a sign of life every liveBeat.
const (
	mostStreams = 64
	liveTick    = 100 * time.Millisecond
	liveBeat    = 20 * time.Second
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
	(&stream{d: d, out: ui.OpenEvents(w)}).run(r)
}

// stream is one open page.
type stream struct {
	d    *Demo
	out  *ui.Events
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
			if s.out.Beat() != nil {
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
		return s.out.Write([]byte("retry: 1000\n\n")) == nil
	}
	if earlier, ok := s.told.upTo(has); ok { // what the page shows stays: what replaced it would miss what comes next
		now := s.told
		s.told = earlier
		return s.out.Write([]byte("retry: 1000\n\n")) == nil && s.tell(now)
	}
	var html bytes.Buffer
	if err := s.d.pages.Fragment(&html, "demo", "calls", viewCalls(s.told.list)); err != nil {
		s.d.o.Log.Error("demo page not told", "error", err)
		return false
	}
	return s.out.Write(append([]byte("retry: 1000\n"), ui.Event("all", s.told.place, html.String())...)) == nil
}

// goOn tells what is new since the last time.
func (s *stream) goOn() bool { return s.tell(s.d.diary.newest(shownCalls)) }

// tell tells what differs now.
func (s *stream) tell(now look) bool {
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
	return s.out.Write(ui.Event("call", now.place, html.String())) == nil
}
