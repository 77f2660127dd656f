package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Tx is the transaction of one closure. It belongs to the goroutine that runs
// the closure and is of no use after it.
type Tx struct {
	Now time.Time // the one now of this closure, in whole milliseconds

	db     *DB
	on     querier
	ctx    context.Context // never cancelled; carries the mark of the closure
	reads  *Rows           // the result that is being read
	failed error           // the first statement error: the closure is lost
	after  []func()
	rings  map[string]struct{}
}

// querier runs statements: a SQLite session or a PostgreSQL transaction.
type querier interface {
	exec(ctx context.Context, query string, args []any) (int64, error)
	// query's release is called when the rows are closed.
	query(ctx context.Context, query string, args []any) (rows *sql.Rows, release func(), err error)
}

var (
	errEnded   = errors.New("the transaction has ended")
	errReading = errors.New("a result is still being read")
)

func newTx(ctx context.Context, db *DB, on querier) *Tx {
	now := db.Now().Round(0).Truncate(time.Millisecond)
	return &Tx{Now: now, db: db, on: on, ctx: mark(context.WithoutCancel(ctx))}
}

// Context returns the context of the closure. It is never cancelled, InTx
// reports it, and Update and View panic when they get it.
func (tx *Tx) Context() context.Context { return tx.ctx }

// Exec runs a statement and returns the number of rows it changed.
func (tx *Tx) Exec(query string, args ...any) (int64, error) {
	if err := tx.ready(query, args); err != nil {
		return 0, err
	}
	n, err := tx.on.exec(tx.ctx, query, args)
	return n, tx.fail(query, err)
}

// AfterCommit has f called when the commit is done, before Update returns, on
// the same goroutine. It is for wake-ups and cache deletes; f must not use tx.
func (tx *Tx) AfterCommit(f func()) { tx.after = append(tx.after, f) }

// Notify wakes those who Listen to channel, here and on other nodes, after the
// commit.
func (tx *Tx) Notify(channel string) {
	if tx.rings == nil {
		tx.rings = make(map[string]struct{})
	}
	tx.rings[channel] = struct{}{}
}

// ready refuses a statement that cannot run now.
func (tx *Tx) ready(query string, args []any) error {
	switch {
	case tx.on == nil:
		return fmt.Errorf("%s: %w", brief(query), errEnded)
	case tx.failed != nil:
		return tx.failed
	case tx.reads != nil:
		return fmt.Errorf("%s: %w", brief(query), errReading)
	}
	tx.db.step(query)
	return tx.fail(query, checkText(args))
}

// fail remembers the first statement error of the closure.
func (tx *Tx) fail(query string, err error) error {
	if err == nil {
		return nil
	}
	err = fmt.Errorf("%s: %w", brief(query), classify(err))
	if tx.failed == nil {
		tx.failed = err
	}
	return err
}

// end closes what the closure left open and makes tx useless. It returns the
// error the closure has to answer for when it returned err.
func (tx *Tx) end(err error) error {
	if tx.reads != nil {
		tx.reads.Close()
	}
	tx.on = nil
	if err == nil {
		return tx.failed
	}
	return err
}

// committed does what was left for after the commit.
func (tx *Tx) committed() {
	tx.db.step(Committed)
	for channel := range tx.rings {
		tx.db.bells.ring(channel)
	}
	for _, f := range tx.after {
		f()
	}
}

func (db *DB) step(statement string) {
	if db.opts.Step != nil {
		db.opts.Step(statement)
	}
}
