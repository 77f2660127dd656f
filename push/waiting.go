package push

import (
	"context"
	"sync"
	"time"
)

// waiting holds the events at work in this process, so that WeChat's second
// and third attempt wait on the first.
type waiting struct {
	mu      sync.Mutex
	flights map[string]*flight
}

// flight is one event from its arrival to its answer. The fields after a
// channel are written before it is closed and read after.
type flight struct {
	key string

	ended    chan struct{} // the transaction is over
	awaiting bool
	err      error

	answered chan struct{} // the answer is decided, or will not come in time
	reply    string
	kept     bool // it stands in the event's row
}

func newWaiting() *waiting { return &waiting{flights: make(map[string]*flight)} }

// enter joins the event with this key; first tells that it was not at work.
func (w *waiting) enter(key string) (f *flight, first bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if f, ok := w.flights[key]; ok {
		return f, false
	}
	f = &flight{key: key, ended: make(chan struct{}), answered: make(chan struct{})}
	w.flights[key] = f
	return f, true
}

// landed tells those who wait how the transaction ended. Only an event whose
// answer is awaited stays at work.
func (w *waiting) landed(f *flight, reply string, awaiting bool, err error) {
	f.awaiting, f.err = awaiting && err == nil, err
	if !f.awaiting {
		w.done(f, reply, f.err == nil)
	}
	close(f.ended)
}

// done decides the answer, once, and ends the event in this process.
func (w *waiting) done(f *flight, reply string, kept bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case <-f.answered:
		return
	default:
	}
	f.reply, f.kept = reply, kept
	close(f.answered)
	if w.flights[f.key] == f {
		delete(w.flights, f.key)
	}
}

// committed waits until the transaction is over and reports whether it is.
func (f *flight) committed(ctx context.Context, within time.Duration) bool {
	left := time.NewTimer(within)
	defer left.Stop()
	select {
	case <-f.ended:
		return true
	case <-left.C:
	case <-ctx.Done():
	}
	return false
}
