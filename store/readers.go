package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"
)

// readers are the SQLite connections that only read (query_only).
type readers struct {
	db     *DB
	pool   *sql.DB
	free   chan *session // nil stands for a connection not opened yet
	closed chan struct{}
	once   sync.Once
}

func newReaders(db *DB, pool *sql.DB) *readers {
	r := &readers{
		db:     db,
		pool:   pool,
		free:   make(chan *session, db.opts.ReadConns),
		closed: make(chan struct{}),
	}
	for range db.opts.ReadConns {
		r.free <- nil
	}
	return r
}

// view runs fn on a free connection, at one moment of the database.
func (r *readers) view(ctx context.Context, fn func(*Tx) error) error {
	s, err := r.take(ctx)
	if err != nil {
		return err
	}
	healthy := false
	defer func() { r.give(s, healthy) }()
	tx := newTx(ctx, r.db, s)
	if err := s.control(tx.ctx, "BEGIN"); err != nil {
		return fmt.Errorf("begin view: %w", classify(err))
	}
	defer func() {
		tx.end(nil) // closes a result left open by a panic
		healthy = s.control(tx.ctx, "ROLLBACK") == nil
	}()
	if err = tx.end(callClosure(tx, fn)); err == nil {
		tx.committed()
	}
	return err
}

// take waits for a free connection, no longer than Options.Wait.
func (r *readers) take(ctx context.Context) (*session, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case <-r.closed:
		return nil, ErrClosed
	case s := <-r.free:
		return r.opened(ctx, s)
	default:
	}
	timer := time.NewTimer(r.db.opts.Wait)
	defer timer.Stop()
	select {
	case <-r.closed:
		return nil, ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-timer.C:
		return nil, fmt.Errorf("no reader within %s: %w", r.db.opts.Wait, ErrBusy)
	case s := <-r.free:
		return r.opened(ctx, s)
	}
}

func (r *readers) opened(ctx context.Context, s *session) (*session, error) {
	if s != nil {
		return s, nil
	}
	s, err := openSession(context.WithoutCancel(ctx), r.pool)
	if err != nil {
		r.free <- nil
		return nil, fmt.Errorf("open reader: %w", classify(err))
	}
	return s, nil
}

// give puts a connection back; a doubtful one is replaced.
func (r *readers) give(s *session, healthy bool) {
	if !healthy {
		s.discard()
		s = nil
	}
	r.free <- s
}

// close waits for the views at work.
func (r *readers) close() error {
	var errs []error
	r.once.Do(func() {
		close(r.closed)
		for range cap(r.free) {
			if s := <-r.free; s != nil {
				errs = append(errs, s.discard())
			}
		}
		errs = append(errs, r.pool.Close())
	})
	return errors.Join(errs...)
}
