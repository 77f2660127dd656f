package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"hongyan/store/migrations"
)

// mostConns bounds the connections of one node.
const mostConns = 16

// mostTries bounds how often an update is repeated for the server's sake.
const mostTries = 8

// remote is a store on a PostgreSQL server.
type remote struct {
	db     *DB
	config *pgx.ConnConfig
	pool   *sql.DB

	mu     sync.Mutex
	closed bool
	atWork sync.WaitGroup     // closures
	stop   context.CancelFunc // ends the listener and the clock
	behind sync.WaitGroup     // those two
}

func openPostgres(ctx context.Context, db *DB, url string) (engine, error) {
	e, err := connectPostgres(db, url)
	if err != nil {
		return nil, err
	}
	if err = migratePostgres(ctx, url, db.opts.Wait); err == nil {
		err = e.measureClock(ctx)
	}
	if err != nil {
		return nil, errors.Join(classify(err), e.pool.Close())
	}
	e.runBehind()
	return e, nil
}

func connectPostgres(db *DB, url string) (*remote, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	config.ConnectTimeout = db.opts.Wait
	config.RuntimeParams = limits(config.RuntimeParams, db.opts.Wait)
	e := &remote{db: db, config: config, pool: stdlib.OpenDB(*config)}
	e.pool.SetMaxOpenConns(mostConns)
	e.pool.SetMaxIdleConns(mostConns)
	e.pool.SetConnMaxIdleTime(5 * time.Minute)
	return e, nil
}

// limits are the server's bounds on waiting, so that neither a lock nor a slow
// statement nor a forgotten transaction holds anything for long.
func limits(params map[string]string, wait time.Duration) map[string]string {
	ms := func(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }
	all := map[string]string{
		"lock_timeout":                        ms(wait),
		"statement_timeout":                   ms(statementLimit(wait)),
		"idle_in_transaction_session_timeout": ms(10 * wait),
		"application_name":                    "hongyan",
	}
	for name, value := range params {
		all[name] = value // what the URL says comes first
	}
	return all
}

func statementLimit(wait time.Duration) time.Duration { return 2 * wait }

// migratePostgres uses a connection without time limits: a migration may take
// long, and other nodes wait for its lock.
func migratePostgres(ctx context.Context, url string, wait time.Duration) error {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return err
	}
	config.ConnectTimeout = wait
	pool := stdlib.OpenDB(*config)
	defer pool.Close()
	return migrate(ctx, pool, postgresDialect(), migrations.FS)
}

// runBehind starts what runs as long as the store is open.
func (e *remote) runBehind() {
	ctx, stop := context.WithCancel(context.Background())
	e.stop = stop
	e.behind.Go(func() { e.keepClock(ctx) })
	e.db.bells.need = func() { e.behind.Go(func() { e.listen(ctx) }) }
}

func (e *remote) postgres() bool { return true }

func (e *remote) check(ctx context.Context) error { return e.ping(ctx) }

func (e *remote) ping(ctx context.Context) error {
	return e.view(ctx, func(tx *Tx) error {
		var n int64
		return tx.QueryRow(`SELECT count(*) FROM setting`).Scan(&n)
	})
}

// close waits for the closures at work.
func (e *remote) close() error {
	e.mu.Lock()
	closed := e.closed
	e.closed = true
	e.mu.Unlock()
	e.atWork.Wait()
	if closed {
		return nil
	}
	e.db.bells.close()
	e.stop()
	e.behind.Wait()
	return e.pool.Close()
}

// enter counts a closure in; leave it by atWork.Done.
func (e *remote) enter() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return ErrClosed
	}
	e.atWork.Add(1)
	return nil
}

func (e *remote) update(ctx context.Context, fn func(*Tx) error) error {
	return e.transact(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted}, fn)
}

// view reads one moment of the database, as SQLite does.
func (e *remote) view(ctx context.Context, fn func(*Tx) error) error {
	return e.transact(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}, fn)
}

// transact runs fn until the server is content with it. What it may repeat was
// not committed: a serialization failure, a deadlock, a connection lost before
// the commit was sent.
func (e *remote) transact(ctx context.Context, o *sql.TxOptions, fn func(*Tx) error) error {
	if err := e.enter(); err != nil {
		return err
	}
	defer e.atWork.Done()
	for try := 1; ; try++ {
		tx, again, err := e.attempt(ctx, o, fn)
		if err == nil {
			tx.committed()
			return nil
		}
		if !again || try == mostTries {
			return err
		}
		wait := time.Millisecond << try
		if pause(ctx, wait/2+rand.N(wait)) != nil {
			return err
		}
	}
}

// attempt runs fn in one transaction; again tells that it may be repeated.
func (e *remote) attempt(ctx context.Context, o *sql.TxOptions, fn func(*Tx) error) (done *Tx, again bool, err error) {
	conn, err := e.acquire(ctx)
	if err != nil {
		return nil, false, err
	}
	defer conn.Close()
	on, err := beginPostgres(ctx, conn, o, statementLimit(e.db.opts.Wait)+time.Second)
	if err != nil {
		return nil, repeatable(err), fmt.Errorf("begin: %w", classify(err))
	}
	defer on.rollback() // without effect after a commit
	tx := newTx(ctx, e.db, on)
	defer tx.end(nil) // closes a result left open by a panic
	if err = callClosure(tx, fn); err == nil && !o.ReadOnly {
		err = tx.announce()
	}
	if err = tx.end(err); err != nil {
		return nil, repeatable(err) || repeatable(tx.failed), err
	}
	if err = on.commit(); err != nil {
		return nil, serialization(err), fmt.Errorf("commit: %w", classify(err))
	}
	e.count(o)
	return tx, false, nil
}

func (e *remote) count(o *sql.TxOptions) {
	if !o.ReadOnly {
		e.db.commits.Add(1)
		e.db.updates.Add(1)
	}
}

// acquire takes a connection from the pool, no later than ctx and Options.Wait
// allow.
func (e *remote) acquire(ctx context.Context) (*sql.Conn, error) {
	bounded, cancel := context.WithTimeout(ctx, e.db.opts.Wait)
	defer cancel()
	conn, err := e.pool.Conn(bounded)
	if err == nil {
		return conn, nil
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return nil, fmt.Errorf("connect: %w", classify(err))
}
