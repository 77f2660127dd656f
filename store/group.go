package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Group commit. Updates queue for the one write connection. Who finds it free
// leads a group: it begins a transaction, runs its closure under a savepoint
// and passes the baton to the next in the queue, who does the same, each on its
// own goroutine. The last one, when nobody waits or the group is full, commits,
// and that one commit on disk answers all of them. It then calls the next in
// the queue to lead.
//
// A closure that fails undoes its savepoint and passes the baton on. When a
// savepoint cannot be released or undone, SQLite has ended the transaction
// behind our back: the group is abandoned, and everyone runs again alone.

// A group is closed when it has mostMembers closures or is older than mostAge,
// so that the first of it does not wait long for its answer.
const (
	mostMembers = 256
	mostAge     = 20 * time.Millisecond
)

// group is the updates that share a transaction. Its holder of the baton owns
// the fields above fate; the fields below are read after fate is closed.
type group struct {
	started time.Time
	members int
	good    int64 // closures whose effect is in the transaction
	broken  bool  // a savepoint failed
	alone   bool  // one member, no savepoint
	failed  bool  // the lone closure failed

	fate chan struct{}
	err  error
}

// errAbandoned is the fate of a group that has to run again.
var errAbandoned = errors.New("the group was abandoned")

// update queues fn, and once more alone if its group is abandoned.
func (w *writer) update(ctx context.Context, fn func(*Tx) error) error {
	err := w.attempt(ctx, fn, false)
	if errors.Is(err, errAbandoned) {
		err = w.attempt(ctx, fn, true)
	}
	return err
}

func (w *writer) attempt(ctx context.Context, fn func(*Tx) error, alone bool) error {
	c := &call{turn: make(chan *group, 1), alone: alone, since: time.Now()}
	g, err := w.join(ctx, c)
	if err != nil {
		return err
	}
	tx := newTx(ctx, w.db, w.session)
	err = w.run(g, tx, fn)
	<-g.fate
	if g.err != nil {
		return g.err // what fn saw is gone, and its error may have come from it
	}
	if err == nil {
		tx.committed()
	}
	return err
}

// run runs fn as a member of g and passes the baton on, also when fn panics or
// calls runtime.Goexit.
func (w *writer) run(g *group, tx *Tx, fn func(*Tx) error) (err error) {
	s, base := w.session, tx.ctx
	returned := false
	defer func() {
		if !returned {
			tx.end(nil)
			w.undo(base, s, g)
		}
		w.pass(g)
	}()
	if err = w.save(base, s, g); err != nil {
		returned = true
		return err
	}
	err = callClosure(tx, fn)
	returned = true
	err = tx.end(err)
	if err != nil {
		w.undo(base, s, g)
		return err
	}
	w.keep(base, s, g)
	return nil
}

func (w *writer) save(ctx context.Context, s *session, g *group) error {
	g.members++
	if g.alone {
		return nil
	}
	err := s.control(ctx, "SAVEPOINT closure")
	if err != nil {
		g.broken = true
	}
	return err
}

func (w *writer) keep(ctx context.Context, s *session, g *group) {
	g.good++
	if !g.alone && s.control(ctx, "RELEASE closure") != nil {
		g.broken = true
	}
}

func (w *writer) undo(ctx context.Context, s *session, g *group) {
	if g.alone {
		g.failed = true
		return
	}
	if s.control(ctx, "ROLLBACK TO closure") != nil || s.control(ctx, "RELEASE closure") != nil {
		g.broken = true
	}
}

// finish ends the transaction of g and tells its members.
func (w *writer) finish(g *group) {
	ctx := context.Background()
	switch {
	case g.broken:
		g.err = errAbandoned
		w.abandon()
	case g.failed:
		if w.session.control(ctx, "ROLLBACK") != nil {
			w.abandon()
		}
	default:
		g.err = w.commit(ctx)
	}
	if g.err == nil && g.good > 0 {
		w.db.commits.Add(1)
		w.db.syncs.Add(1)
		w.db.updates.Add(g.good)
	}
}

// commit makes the transaction durable. A commit that failed is never tried
// again: the pages it could not sync may be gone from the system's memory.
func (w *writer) commit(ctx context.Context) error {
	err := classify(w.session.control(ctx, "COMMIT"))
	if err == nil {
		return nil
	}
	undone := w.session.control(ctx, "ROLLBACK")
	if undone != nil || !errors.Is(err, ErrFull) && !errors.Is(err, ErrBusy) {
		w.abandon()
	}
	return fmt.Errorf("commit: %w", err)
}

// abandon closes the connection, which rolls back; the next leader opens one.
func (w *writer) abandon() {
	w.session.discard()
	w.session = nil
}
