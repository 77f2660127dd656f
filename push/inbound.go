package push

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hongyan/store"
)

// Inbound is what WeChat told us about one follower.
type Inbound struct {
	Key      string    // the same for all three attempts of WeChat
	OpenID   OpenID    // whose event it is
	At       time.Time // CreateTime; zero means now
	Deadline time.Time // when the answer must be on its way; zero means 4.5 s from now
}

// answerWithin is how long an answer may take when the caller does not say;
// WeChat gives up after five seconds.
const answerWithin = 4500 * time.Millisecond

// Turn is a follower's event at work: the transaction it is written in and the
// answer it gets. It ends with the function that received it.
type Turn struct {
	Tx    *store.Tx
	User  User // the row is locked until the commit
	At    time.Time
	Reply string // what the follower is told; empty says nothing

	key      string
	followed bool // followed the account before this event
	awaiting bool // the developer's reply becomes the answer
	pending  *Pending
}

// Answer is what WeChat is to be told. With a Pending the answer is still
// being made, by a developer or by another attempt at the same event.
type Answer struct {
	Reply   string
	Pending *Pending
}

// Once runs fn for an event unless it ran before: the key, what fn changes and
// its reply are one transaction. A repeated event gets the first one's answer,
// whichever node that was given to. An error of fn undoes everything, so that
// WeChat's next attempt starts afresh.
func (s *Service) Once(ctx context.Context, ev Inbound, fn func(*Turn) error) (Answer, error) {
	if ev.Deadline.IsZero() {
		ev.Deadline = s.db.Now().Add(answerWithin)
	}
	for {
		f, first := s.waiting.enter(ev.Key)
		if first {
			return s.first(ctx, ev, f, fn)
		}
		pending := &Pending{s: s, key: ev.Key, deadline: ev.Deadline, flight: f}
		if !f.committed(ctx, s.until(ev.Deadline)) {
			return Answer{Pending: pending}, nil
		}
		if f.awaiting {
			return Answer{Pending: pending}, nil
		}
		if f.err == nil {
			return Answer{Reply: f.reply}, nil
		}
	}
}

// first runs the event as the only one with its key in this process, and lets
// the others go when the transaction has ended.
func (s *Service) first(ctx context.Context, ev Inbound, f *flight, fn func(*Turn) error) (a Answer, err error) {
	pending := &Pending{s: s, key: ev.Key, deadline: ev.Deadline, flight: f}
	awaiting, elsewhere, err := false, false, errUnfinished
	defer func() {
		if elsewhere {
			s.waiting.landed(f, "", false, errElsewhere)
			return
		}
		s.waiting.landed(f, a.Reply, awaiting, err)
	}()
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		a, awaiting, elsewhere = Answer{}, false, false
		fresh, err := insertEvent(tx, ev.Key)
		if err != nil {
			return fmt.Errorf("event %s: %w", ev.Key, err)
		}
		if !fresh {
			a.Reply, elsewhere, err = answerOf(tx, ev.Key)
			return err
		}
		a.Reply, awaiting, err = s.turn(tx, ev, pending, fn)
		return err
	})
	switch {
	case err != nil:
		return Answer{}, err
	case elsewhere:
		pending.flight = nil // Wait reads the row
		a.Pending = pending
	case awaiting:
		a.Pending = pending
	}
	return a, nil
}

var (
	// errUnfinished stands for a turn that panicked.
	errUnfinished = errors.New("the turn did not finish")
	// errElsewhere sends those who wait here to the row another node writes.
	errElsewhere = errors.New("the event is at work on another node")
)

// turn runs fn and keeps its reply.
func (s *Service) turn(tx *store.Tx, ev Inbound, p *Pending, fn func(*Turn) error) (reply string, awaiting bool, err error) {
	u, err := s.lockUser(tx, ev.OpenID)
	if err != nil {
		return "", false, fmt.Errorf("event %s: %w", ev.Key, err)
	}
	t := &Turn{Tx: tx, User: u, At: ev.At, key: ev.Key, followed: u.Following, pending: p}
	if t.At.IsZero() {
		t.At = tx.Now
	}
	if err := fn(t); err != nil {
		return "", false, err
	}
	if t.awaiting {
		return "", true, nil
	}
	return t.Reply, false, setReply(tx, ev.Key, t.Reply)
}

// insertEvent reports whether the event is new. On PostgreSQL it waits for a
// transaction that is inserting the same key.
func insertEvent(tx *store.Tx, key string) (bool, error) {
	n, err := tx.Exec(`INSERT INTO inbound_event (event_key, created_at) VALUES ($1, $2)
		ON CONFLICT (event_key) DO NOTHING`, key, store.Millis(tx.Now))
	return n > 0, err
}

// answerOf returns the reply kept for an event; open means there is none yet.
func answerOf(tx *store.Tx, key string) (reply string, open bool, err error) {
	var kept *string
	err = tx.QueryRow(`SELECT reply FROM inbound_event WHERE event_key = $1`, key).Scan(&kept)
	if err != nil {
		return "", false, fmt.Errorf("answer of event %s: %w", key, err)
	}
	if kept == nil {
		return "", true, nil
	}
	return *kept, false, nil
}

// setReply keeps the answer of an event, once.
func setReply(tx *store.Tx, key, reply string) error {
	_, err := tx.Exec(`UPDATE inbound_event SET reply = $2 WHERE event_key = $1 AND reply IS NULL`, key, reply)
	if err != nil {
		return fmt.Errorf("keep the answer of event %s: %w", key, err)
	}
	return nil
}

// until is how long the clock of the service has to run to the deadline.
func (s *Service) until(deadline time.Time) time.Duration { return deadline.Sub(s.db.Now()) }
