package push

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hongyan/store"
)

// Pending is an answer that is still being made.
type Pending struct {
	s        *Service
	key      string
	deadline time.Time
	flight   *flight // nil: the event is at work on another node
	// elsewhere says that the callback is settled in a listener's call, on
	// whichever node that comes to.
	elsewhere bool
}

const (
	// pollEvery is how often the row of an event at work elsewhere is read,
	// lookEvery the same where whoever writes it wakes us.
	pollEvery = 100 * time.Millisecond
	lookEvery = time.Second
	// giveUpWithin bounds the write that ends a wait. It runs when the
	// caller's context may be over already.
	giveUpWithin = 400 * time.Millisecond
)

// Wait returns the developer's reply as soon as it is there. When the deadline
// passes, ctx ends or the first attempt fails before that, the answer is empty
// and the reply, if one ever comes, is said by customer message. It is never
// said twice: the same row decides for every attempt and every node.
func (p *Pending) Wait(ctx context.Context) string {
	left := time.NewTimer(p.s.until(p.deadline))
	defer left.Stop()
	reply, kept := p.await(ctx, left.C)
	if !kept {
		reply = p.giveUp(ctx)
	}
	if p.flight != nil {
		p.s.waiting.done(p.flight, reply, true)
	}
	return reply
}

// await returns the answer once it is kept in the event's row.
func (p *Pending) await(ctx context.Context, left <-chan time.Time) (reply string, kept bool) {
	switch {
	case p.flight == nil:
		return p.poll(ctx, left, pollEvery, nil)
	case p.elsewhere:
		return p.poll(ctx, left, lookEvery, p.flight)
	}
	select {
	case <-p.flight.answered:
		return p.flight.reply, p.flight.kept
	case <-left:
	case <-ctx.Done():
	}
	return "", false
}

// poll waits for a reply that is written elsewhere, or decided for f. A reply
// that is there but empty ends the wait as well.
func (p *Pending) poll(ctx context.Context, left <-chan time.Time, every time.Duration, f *flight) (reply string, kept bool) {
	wake, stop := p.s.db.Listen(answerChannel(p.key))
	defer stop()
	var decided <-chan struct{}
	if f != nil {
		decided = f.answered
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		open := true
		err := p.s.db.View(ctx, func(tx *store.Tx) (err error) {
			reply, open, err = answerOf(tx, p.key)
			return err
		})
		if err == nil && !open {
			return reply, true
		}
		select {
		case <-wake:
		case <-tick.C:
		case <-decided:
			return f.reply, f.kept
		case <-left:
			return "", false
		case <-ctx.Done():
			return "", false
		}
	}
}

func (p *Pending) giveUp(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), giveUpWithin)
	defer cancel()
	reply, err := p.s.giveUpPassive(ctx, p.key)
	if err != nil {
		p.s.log.Error("give up a passive answer", "event", p.key, "error", err)
	}
	return reply
}

// settled ends the wait: the first attempt at the callback is over and what
// came of it is on disk. Without an answer a reply that comes later is late.
func (p *Pending) settled(reply string, answered bool) {
	p.s.waiting.done(p.flight, reply, answered)
}

// giveUpPassive closes the way of the passive answer: from now on a reply of
// the developer goes by customer message. If the passive reply was kept in the
// meantime, that is returned, and is to be said.
func (s *Service) giveUpPassive(ctx context.Context, eventKey string) (reply string, err error) {
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE callback SET reply_via = 'customer' WHERE event_key = $1 AND reply_via = ''`, eventKey)
		if err != nil {
			return err
		}
		if err := setReply(tx, eventKey, ""); err != nil {
			return err
		}
		reply, _, err = answerOf(tx, eventKey)
		if errors.Is(err, store.ErrNotFound) { // the transaction of the event is not over
			reply, err = "", nil
		}
		return err
	})
	if err != nil {
		return "", fmt.Errorf("give up the passive answer of event %s: %w", eventKey, err)
	}
	return reply, nil
}
