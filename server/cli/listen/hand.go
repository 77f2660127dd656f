package listen

import (
	"context"
	"errors"
	"net/http"
	"time"
)

const (
	// upWithin is how long a program may be down, as while it is built anew,
	// before its callback counts as failed; upEach how often it is looked for.
	upWithin = 10 * time.Second
	upEach   = 250 * time.Millisecond
)

// hand is a callback in hand at one attempt.
type hand struct {
	it      item
	earlier *hand    // an attempt before that is not over
	outcome *outcome // what the program made of it
	again   bool     // that was known before
	taken   bool     // the server has it, once over
	over    chan struct{}
}

// serve hands a callback to the program, unless the program answered it
// before, and brings the answer to the server. An error ends the session.
func (s *session) serve(ctx context.Context, h *hand) error {
	if earlier := h.earlier; earlier != nil { // whether the server took its outcome decides what is to be done
		<-earlier.over
		h.earlier = nil
		if earlier.taken && earlier.it.Attempt == h.it.Attempt {
			return nil
		}
	}
	if h.outcome != nil {
		h.again = true
	} else if known, ok := s.memory.of(&h.it); ok {
		h.outcome, h.again = &known, true
	} else {
		o, ok := s.hand(ctx, &h.it)
		if !ok {
			return nil
		}
		if err := s.memory.remember(&o); err != nil {
			return err
		}
		h.outcome = &o
	}
	return s.bringBack(ctx, h)
}

// hand calls the program. ok is false if the call was abandoned.
func (s *session) hand(ctx context.Context, it *item) (o outcome, ok bool) {
	s.calls.Add(1)
	defer s.calls.Done()
	header := make(http.Header, len(it.Headers))
	for name, value := range it.Headers {
		header.Set(name, value)
	}
	o = outcome{ID: it.ID, Attempt: it.Attempt, Began: time.Now()}
	for {
		var down bool
		o.Exchange, down = s.forward.Post(ctx, header, []byte(it.Body))
		if ctx.Err() != nil {
			return o, false
		}
		if !down || time.Since(o.Began) > upWithin {
			s.print.up(!down)
			return o, true
		}
		s.print.up(false)
		timer := time.NewTimer(upEach)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return o, false
		}
	}
}

// bringBack tells the server what the program made of a callback, however
// long it takes, and forgets it when the server has it.
func (s *session) bringBack(ctx context.Context, h *hand) error {
	for n := 0; ; n++ {
		v, err := s.client.answer(ctx, h.outcome)
		var r *refusal
		switch {
		case err == nil:
			s.link.worked()
			if v.Taken || !h.again {
				s.print.callback(h, v)
			}
			if h.taken = v.Taken; !v.Taken {
				return nil // somebody else has it; if it comes here again, the program does not see it again
			}
			return s.memory.forget(h.it.ID)
		case ctx.Err() != nil:
			return nil
		case final(err) && errors.As(err, &r) && r.status == http.StatusUnauthorized:
			return err
		case final(err): // the server does not know it any more
			s.print.dropped(h, err)
			return s.memory.forget(h.it.ID)
		}
		s.link.failed(err)
		s.link.pause(ctx, n)
	}
}
