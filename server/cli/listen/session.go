package listen

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"hongyan/push/callback"
)

const (
	// mostInHand is how many callbacks are with the program at once.
	mostInHand = 16
	// stayHeld is how often the server is told what is in hand while there is
	// no room for more.
	stayHeld = 10 * time.Second
	// finishWithin bounds the end: a call to the program takes 15 s at most,
	// and tellWithin what it came to takes on its way to the server.
	finishWithin = 15*time.Second + tellWithin
	tellWithin   = 5 * time.Second
)

// session is one run from the first connection to the end.
type session struct {
	client  *client
	forward *callback.Forwarder
	memory  *memory
	print   *printer
	link    *link

	work  sync.WaitGroup // callbacks in hand
	calls sync.WaitGroup // calls of the program
	mu    sync.Mutex
	hands map[string]*hand // by webhook-id, the latest attempt of each
	freed chan struct{}
}

// run claims callbacks until ctx ends or nothing helps, and finishes what is
// in hand.
func (s *session) run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	working, abandon := context.WithCancel(context.WithoutCancel(ctx))
	defer abandon()
	fail := func(err error) { cancel(err) }
	for _, o := range s.memory.all() {
		s.take(working, item{ID: o.ID, Attempt: o.Attempt}, &o, fail)
	}
	s.claimAll(ctx, working, fail)
	s.finish(abandon)
	var r *refusal
	switch err := context.Cause(ctx); {
	case errors.Is(err, context.Canceled): // by the user
		return nil
	case errors.As(err, &r) && r.status == http.StatusConflict:
		return fmt.Errorf("the callbacks are not for listeners any more: somebody set the app's address or ended the listening (%s)", r.detail)
	default:
		return err
	}
}

// claimAll claims callbacks, and keeps the leases of those in hand, until ctx
// ends.
func (s *session) claimAll(ctx, working context.Context, fail func(error)) {
	for failures := 0; ctx.Err() == nil; {
		holding := s.holding()
		room := max(0, mostInHand-len(holding))
		if room == 0 && !s.waitForRoom(ctx) {
			continue
		}
		items, err := s.client.claim(ctx, room, holding)
		switch {
		case ctx.Err() != nil:
			return
		case final(err):
			fail(err)
			return
		case err != nil:
			s.link.failed(err)
			s.link.pause(ctx, failures)
			failures++
			continue
		}
		s.link.worked()
		failures = 0
		for _, it := range items {
			s.take(working, it, nil, fail)
		}
	}
}

// waitForRoom waits until something is over and then reports false, or true
// when it is time to tell the server what is held.
func (s *session) waitForRoom(ctx context.Context) bool {
	timer := time.NewTimer(stayHeld)
	defer timer.Stop()
	select {
	case <-s.freed:
		return false
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

func (s *session) holding() []held {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]held, 0, len(s.hands))
	for id, h := range s.hands {
		if len(all) < mostHeld {
			all = append(all, held{id, h.it.Attempt})
		}
	}
	return all
}

// mostHeld is as many as the server hears of.
const mostHeld = 128

// take takes a callback in hand, or an outcome that is to be brought back.
func (s *session) take(ctx context.Context, it item, o *outcome, fail func(error)) {
	h := &hand{it: it, outcome: o, over: make(chan struct{})}
	s.mu.Lock()
	h.earlier = s.hands[it.ID]
	s.hands[it.ID] = h
	s.mu.Unlock()
	s.work.Go(func() {
		defer s.put(h)
		if err := s.serve(ctx, h); err != nil {
			fail(err)
		}
	})
}

// put puts a callback down.
func (s *session) put(h *hand) {
	s.mu.Lock()
	if s.hands[h.it.ID] == h {
		delete(s.hands, h.it.ID)
	}
	s.mu.Unlock()
	close(h.over)
	select {
	case s.freed <- struct{}{}:
	default:
	}
}

// finish waits for what is in hand. What the server cannot be told in time is
// remembered.
func (s *session) finish(abandon func()) {
	time.AfterFunc(finishWithin, abandon)
	go func() {
		s.calls.Wait()
		time.AfterFunc(tellWithin, abandon)
	}()
	s.work.Wait()
}
