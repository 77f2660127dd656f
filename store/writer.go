package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// writer is the one write connection and the queue for it. Whoever holds the
// baton owns pool and session.
type writer struct {
	db      *DB
	path    string
	pool    *sql.DB
	session *session // nil after a failure

	mu     sync.Mutex
	queue  []*call
	held   bool // somebody holds the baton
	closed bool
	idle   chan struct{} // closed when the writer is closed and the baton is back
}

// call is an update that waits for the baton.
type call struct {
	turn  chan *group // the group to run in; nil: lead a new one
	alone bool
	since time.Time
}

// beginBusy is how long SQLite itself waits for a writer in another process;
// the rest of Options.Wait is spent by asking again, so that ctx is heard.
const (
	beginBusy  = 50 * time.Millisecond
	beginPause = time.Millisecond
)

func newWriter(db *DB, path string) *writer {
	return &writer{db: db, path: path, idle: make(chan struct{})}
}

// open connects. The caller holds the baton, or nobody else knows the writer.
func (w *writer) open(ctx context.Context) (err error) {
	if w.pool == nil {
		if w.pool, err = openPool(w.path, beginBusy); err != nil {
			return err
		}
	}
	w.session, err = openSession(context.WithoutCancel(ctx), w.pool)
	return err
}

// join waits until c may run and returns its group, whose transaction is open.
func (w *writer) join(ctx context.Context, c *call) (*group, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return nil, ErrClosed
	}
	if w.held {
		w.queue = append(w.queue, c)
		w.mu.Unlock()
		return w.wait(ctx, c)
	}
	w.held = true
	w.mu.Unlock()
	return w.lead(ctx, c)
}

// wait waits for c's turn, no longer than ctx and Options.Wait allow.
func (w *writer) wait(ctx context.Context, c *call) (*group, error) {
	timer := time.NewTimer(w.db.opts.Wait)
	defer timer.Stop()
	var err error
	select {
	case g := <-c.turn:
		return w.take(ctx, c, g)
	case <-ctx.Done():
		err = ctx.Err()
	case <-timer.C:
		err = fmt.Errorf("no turn to write within %s: %w", w.db.opts.Wait, ErrBusy)
	}
	if !w.leave(c) { // the baton is on its way here
		w.handOn(<-c.turn)
	}
	return nil, err
}

// take accepts the baton, unless ctx ended while it came.
func (w *writer) take(ctx context.Context, c *call, g *group) (*group, error) {
	if err := ctx.Err(); err != nil {
		w.handOn(g)
		return nil, err
	}
	if g == nil {
		return w.lead(ctx, c)
	}
	return g, nil
}

// leave takes c out of the queue and reports whether it was there.
func (w *writer) leave(c *call) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	i := slices.Index(w.queue, c)
	if i < 0 {
		return false
	}
	w.queue = slices.Delete(w.queue, i, i+1)
	return true
}

// lead begins a transaction for a new group.
func (w *writer) lead(ctx context.Context, c *call) (*group, error) {
	if err := w.begin(ctx, c); err != nil {
		w.release()
		return nil, err
	}
	return &group{started: time.Now(), alone: c.alone, fate: make(chan struct{})}, nil
}

// begin asks for the write lock of the file until c has waited long enough.
func (w *writer) begin(ctx context.Context, c *call) error {
	for {
		err := w.beginOnce(ctx)
		if err == nil {
			return nil
		}
		if err = classify(err); !errors.Is(err, ErrBusy) || time.Since(c.since) >= w.db.opts.Wait {
			return fmt.Errorf("begin: %w", err)
		}
		if err := pause(ctx, beginPause); err != nil {
			return err
		}
	}
}

func (w *writer) beginOnce(ctx context.Context) error {
	if w.session == nil {
		if err := w.open(ctx); err != nil {
			return err
		}
	}
	err := w.session.control(context.WithoutCancel(ctx), "BEGIN IMMEDIATE")
	if err != nil && !errors.Is(classify(err), ErrBusy) {
		w.abandon()
	}
	return err
}

// pass gives the baton of g to the next in the queue, or ends g when there is
// none or g has had enough.
func (w *writer) pass(g *group) {
	if !g.broken && !g.alone && g.members < mostMembers && time.Since(g.started) < mostAge {
		if next := w.next(func(c *call) bool { return !c.alone }); next != nil {
			next.turn <- g
			return
		}
	}
	w.finish(g)
	w.release()
	close(g.fate)
}

// handOn passes on a baton that came to a caller who no longer wants it.
func (w *writer) handOn(g *group) {
	if g == nil {
		w.release()
		return
	}
	w.pass(g)
}

// next takes the first of the queue if it suits.
func (w *writer) next(suits func(*call) bool) *call {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.queue) == 0 || !suits(w.queue[0]) {
		return nil
	}
	return w.pop()
}

func (w *writer) pop() *call {
	c := w.queue[0]
	w.queue[0] = nil
	w.queue = w.queue[1:]
	return c
}

// release calls the next leader, or puts the baton down.
func (w *writer) release() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.queue) > 0 {
		w.pop().turn <- nil
		return
	}
	w.held = false
	if w.closed {
		close(w.idle)
	}
}

// close waits for the updates that are queued already.
func (w *writer) close() error {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		<-w.idle
		return nil
	}
	w.closed = true
	if !w.held {
		close(w.idle)
	}
	w.mu.Unlock()
	<-w.idle
	return w.disconnect()
}

func (w *writer) disconnect() error {
	var errs []error
	if w.session != nil {
		errs = append(errs, w.session.discard())
	}
	if w.pool != nil {
		errs = append(errs, w.pool.Close())
	}
	return errors.Join(errs...)
}
