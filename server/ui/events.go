package ui

import (
	"net/http"
	"strings"
	"sync"
	"time"
)

// takeWithin is how long a page may take for what it is sent.
const takeWithin = 10 * time.Second

// Events are server-sent events on their way to one page. Several goroutines
// may write.
type Events struct {
	mu   sync.Mutex
	w    http.ResponseWriter
	flow *http.ResponseController
}

// OpenEvents answers a request with a stream of events. It takes off the
// server's deadlines, which are for requests that end, and tells proxies to
// keep nothing back.
func OpenEvents(w http.ResponseWriter) *Events {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	flow := http.NewResponseController(w)
	_ = flow.SetReadDeadline(time.Time{}) // not every writer has one
	return &Events{w: w, flow: flow}
}

// Write sends events made by Event. An error means that the page is gone, or
// takes nothing.
func (e *Events) Write(events []byte) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	_ = e.flow.SetWriteDeadline(time.Now().Add(takeWithin))
	if _, err := e.w.Write(events); err != nil {
		return err
	}
	return e.flow.Flush()
}

// Beat sends a sign of life, which pages do not see.
func (e *Events) Beat() error { return e.Write([]byte(":\n\n")) }

var eventLines = strings.NewReplacer("\r\n", "\ndata: ", "\r", "\ndata: ", "\n", "\ndata: ")

// Event is one server-sent event; an empty id is none. Every line of the data
// is marked as such: whatever somebody wrote, it begins no event of its own.
func Event(name, id, data string) []byte {
	var b strings.Builder
	b.WriteString("event: " + name + "\n")
	if id != "" {
		b.WriteString("id: " + id + "\n")
	}
	b.WriteString("data: " + eventLines.Replace(data) + "\n\n")
	return []byte(b.String())
}
