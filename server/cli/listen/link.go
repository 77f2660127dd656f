package listen

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"
)

const (
	firstPause   = time.Second
	longestPause = 15 * time.Second
)

// link knows whether the server can be reached, and says so once when that
// changes.
type link struct {
	print *printer

	mu   sync.Mutex
	lost time.Time     // zero: it can be reached
	back chan struct{} // closed when it can be again
}

func newLink(print *printer) *link { return &link{print: print, back: make(chan struct{})} }

// failed notes a call that did not come through.
func (l *link) failed(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lost.IsZero() {
		l.lost, l.back = time.Now(), make(chan struct{})
		l.print.lost(err)
	}
}

// worked notes a call that did, and wakes who waits.
func (l *link) worked() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.lost.IsZero() {
		l.print.found(time.Since(l.lost))
		l.lost = time.Time{}
		close(l.back)
	}
}

// pause waits after the n-th failure, counted from 0, and no longer than until
// the server can be reached again.
func (l *link) pause(ctx context.Context, n int) {
	l.mu.Lock()
	back := l.back
	if l.lost.IsZero() {
		back = nil // that call failed alone
	}
	l.mu.Unlock()
	timer := time.NewTimer(pauseAfter(n, rand.Float64()))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-back:
	case <-ctx.Done():
	}
}

// pauseAfter doubles from a second to fifteen, of which up to half is left to
// chance, in [0, 1).
func pauseAfter(n int, chance float64) time.Duration {
	whole := min(firstPause<<min(n, 10), longestPause)
	return whole - time.Duration(chance*float64(whole)/2)
}

// first makes one of the first calls, again and again while the server cannot
// be reached. An error that will not go away ends it.
func (l *link) first(ctx context.Context, call func(context.Context) error) error {
	for n := 0; ; n++ {
		err := call(ctx)
		switch {
		case err == nil:
			l.worked()
			return nil
		case ctx.Err() != nil:
			return errors.New("stopped before the server was reached")
		case finalAtFirst(err):
			return err
		}
		l.failed(err)
		l.pause(ctx, n)
	}
}
