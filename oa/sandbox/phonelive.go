package sandbox

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"hongyan/server/ui"
)

// phoneTick is how late a phone page may be. The page is drawn from what is,
// not from what happened, so a crowd that is sent a million cards costs an
// open page no more than a quiet one.
const phoneTick = 100 * time.Millisecond

// servePhoneLive tells a page, as server-sent events, what changes: each part
// of the page is an event with that part's whole state, but the log comes
// line by line, from the one after Last-Event-ID or ?after. ?as names whose
// phone it is, ?code the QR code that it was opened for.
func (s *Sandbox) servePhoneLive(w http.ResponseWriter, r *http.Request) {
	out := ui.OpenEvents(w)
	live := &live{s: s, openid: r.URL.Query().Get("as"), wanted: r.URL.Query().Get("code"), seq: s.seenUntil(r), sent: map[string][]byte{}, changed: -1}
	tick := time.NewTicker(phoneTick)
	defer tick.Stop()
	for {
		var news bytes.Buffer
		live.tell(&news)
		if news.Len() > 0 && out.Write(news.Bytes()) != nil {
			return
		}
		select {
		case <-tick.C:
		case <-r.Context().Done():
			return
		case <-s.phone.over:
			return
		}
	}
}

// seenUntil is the last line of the log the page has; 0 when the page has
// lines of a sandbox that is no more.
func (s *Sandbox) seenUntil(r *http.Request) int64 {
	id := r.Header.Get("Last-Event-ID")
	if id == "" {
		id = r.URL.Query().Get("after")
	}
	seq, err := strconv.ParseInt(id, 10, 64)
	if err != nil || seq > s.tape.last() {
		return 0
	}
	return seq
}

// live is what one page has been told.
type live struct {
	s       *Sandbox
	openid  string
	wanted  string
	seq     int64
	changed int64
	glance  glance
	looked  bool
	sent    map[string][]byte
}

// phoneCodes and phonePeople are how many of the newest the page shows, and
// phoneLines how many lines of the log it is given at a time.
const (
	phoneCodes  = 12
	phonePeople = 50
	phoneLines  = 100
)

// tell writes what is new.
func (l *live) tell(w *bytes.Buffer) {
	s := l.s
	if changed := s.changed.Load(); changed != l.changed {
		l.changed = changed
		l.part(w, "people", s.phoneCrowd(l.openid))
		l.part(w, "codes", s.phoneCodes(l.wanted))
		l.part(w, "menu", s.phoneMenu())
	}
	if now := s.glanceAt(l.openid); now != l.glance || !l.looked {
		l.glance, l.looked = now, true
		l.part(w, "chat", s.phoneChat(l.openid))
	}
	l.part(w, "faults", s.phoneFaults())
	l.part(w, "clock", s.phoneClock())
	for _, e := range s.tape.after(l.seq, phoneLines) {
		l.seq = e.seq
		if e.path == pathShowQR {
			continue // a browser shows a picture: nobody spoke
		}
		body, err := json.Marshal(s.phoneLine(&e))
		if err == nil {
			w.Write(ui.Event("log", strconv.FormatInt(e.seq, 10), string(body)))
		}
	}
}

// part writes the state of one part of the page, unless the page has it.
func (l *live) part(w *bytes.Buffer, name string, state any) {
	body, err := json.Marshal(state)
	if err != nil || bytes.Equal(body, l.sent[name]) {
		return
	}
	l.sent[name] = body
	w.Write(ui.Event(name, "", string(body)))
}
