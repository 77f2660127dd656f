// Package store is the database: it opens, migrates and transacts. SQLite in a
// file is the default, PostgreSQL comes by URL, and one set of SQL texts serves
// both. It knows SQL and no domain.
//
// All work is done by two verbs. Update runs a closure that may write, View one
// that only reads; the closure gets a Tx and the store begins, commits, rolls
// back and repeats. On SQLite concurrent updates share one transaction, each
// under a savepoint of its own, and one commit on disk answers them all
// (group.go); on PostgreSQL an update is an ordinary transaction that is
// repeated when the server asks for it (postgres.go). A closure may therefore
// run more than once: it has no effect but on the database, and it assigns
// results, never appends to them. What must follow a commit (wake-ups, cache
// deletes) is given to Tx.AfterCommit and Tx.Notify.
//
// The SQL is portable: $N placeholders, times as Unix milliseconds (Millis,
// Time), ON CONFLICT instead of catching a unique violation, CAST instead of
// double colons. A statement that fails ends its closure on both engines, as
// PostgreSQL does: later statements of the closure return the same error, and
// so does the Update.
package store

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"
)

// Options are the choices of Open; the zero value is good.
type Options struct {
	Now       func() time.Time // the clock of the whole process; time.Now
	Wait      time.Duration    // longest wait for the writer, a reader or a lock; 4 s
	Log       *slog.Logger     // reconnects and slow clocks; silent
	ReadConns int              // SQLite connections for View; 4
	// Step is called before every statement of a closure and, with Committed,
	// after its commit. Ending the goroutine in it is a crash at that place.
	Step func(statement string)
}

// Committed is the step after a commit: it is on disk, and nobody knows.
const Committed = "COMMIT"

// Stats counts what was done since Open.
type Stats struct {
	Commits int64 // transactions committed by Update
	Updates int64 // closures those commits answered
	Syncs   int64 // SQLite: commits that reached the disk before they were answered
}

// DB is an open store. Its methods may be called by many goroutines.
type DB struct {
	engine engine
	opts   Options
	bells  *bells
	lease  leaseClock

	commits, updates, syncs atomic.Int64
}

// engine is what differs between SQLite and PostgreSQL.
type engine interface {
	// update and view run fn in a transaction and return after its end; what
	// the closure left for after the commit has been done by then.
	update(ctx context.Context, fn func(*Tx) error) error
	view(ctx context.Context, fn func(*Tx) error) error
	check(ctx context.Context) error
	ping(ctx context.Context) error
	backup(ctx context.Context, path string, progress func(done, total int64)) error
	postgres() bool
	close() error
}

// Open opens the store at url, "postgres://…", "sqlite:/path/file.db" or a bare
// path, and brings its schema up to date. A database that a newer program has
// migrated gives ErrNewer. A SQLite store opened inside a synctest bubble works
// in it.
func Open(ctx context.Context, url string, o Options) (*DB, error) {
	db := &DB{opts: o.withDefaults(), bells: newBells()}
	at, err := parseAddress(url)
	if err != nil {
		return nil, err
	}
	if at.postgres {
		db.engine, err = openPostgres(ctx, db, at.target)
	} else {
		db.engine, err = openSQLite(ctx, db, at.target)
	}
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", at.redacted(), err)
	}
	return db, nil
}

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Wait <= 0 {
		o.Wait = 4 * time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.ReadConns <= 0 {
		o.ReadConns = 4
	}
	return o
}

// Close ends the store after the closures at work. Updates and views that come
// later get ErrClosed.
func (db *DB) Close() error { return db.engine.close() }

// Update runs fn in a transaction that may write and returns once its effect is
// on disk. ctx is honoured until fn starts and never afterwards. An error of fn
// undoes its writes and is returned as it is; so does a panic or a
// runtime.Goexit. Besides the errors of fn there are ErrBusy (the wait was too
// long, or the connection was lost and the outcome is unknown), ErrFull and
// ErrClosed. Calling Update or View inside fn panics.
func (db *DB) Update(ctx context.Context, fn func(*Tx) error) error {
	refuseNested(ctx)
	return db.engine.update(ctx, fn)
}

// View runs fn in a transaction that only reads and sees one moment of the
// store. The rules of Update hold for ctx and fn.
func (db *DB) View(ctx context.Context, fn func(*Tx) error) error {
	refuseNested(ctx)
	return db.engine.view(ctx, fn)
}

// Now is the clock of the process, as given in Options.
func (db *DB) Now() time.Time { return db.opts.Now() }

// Postgres reports whether the store is on PostgreSQL.
func (db *DB) Postgres() bool { return db.engine.postgres() }

// Check examines the whole store: PRAGMA quick_check on SQLite, which reads
// every page, and a query on PostgreSQL.
func (db *DB) Check(ctx context.Context) error { return db.engine.check(ctx) }

// Ping asks the cheapest question there is, to tell whether the store answers.
func (db *DB) Ping(ctx context.Context) error { return db.engine.ping(ctx) }

// Stats returns the counters since Open.
func (db *DB) Stats() Stats {
	return Stats{Commits: db.commits.Load(), Updates: db.updates.Load(), Syncs: db.syncs.Load()}
}
