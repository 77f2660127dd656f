package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// pgTx is a transaction on PostgreSQL. limit bounds every step of it for the
// case that the server has fallen silent; an awake server ends a statement
// earlier by its statement_timeout.
type pgTx struct {
	tx    *sql.Tx
	limit time.Duration
	end   context.CancelFunc // of the context the transaction lives in
}

// beginPostgres begins a transaction in a context of its own: the caller's may
// end at any moment and would take the transaction with it.
func beginPostgres(ctx context.Context, conn *sql.Conn, o *sql.TxOptions, limit time.Duration) (*pgTx, error) {
	own, end := context.WithCancel(context.WithoutCancel(ctx))
	t := &pgTx{limit: limit, end: end}
	err := t.bounded(func() (err error) {
		t.tx, err = conn.BeginTx(own, o)
		return err
	})
	if err != nil {
		end()
		return nil, err
	}
	return t, nil
}

func (t *pgTx) commit() error { return t.bounded(t.tx.Commit) }

// rollback undoes a transaction that was not committed, and lets go of it.
func (t *pgTx) rollback() {
	_ = t.bounded(t.tx.Rollback) // a failure closes the connection, which undoes as well
	t.end()
}

// bounded ends the transaction's context, and thereby its connection, when f
// takes longer than the limit.
func (t *pgTx) bounded(f func() error) error {
	var late atomic.Bool
	timer := time.AfterFunc(t.limit, func() {
		late.Store(true)
		t.end()
	})
	defer timer.Stop()
	err := f()
	if err != nil && late.Load() {
		return fmt.Errorf("no answer within %s: %w", t.limit, context.DeadlineExceeded)
	}
	return err
}

func (t *pgTx) exec(ctx context.Context, query string, args []any) (int64, error) {
	if err := checkStatement(query); err != nil {
		return 0, err
	}
	bounded, cancel := context.WithTimeout(ctx, t.limit)
	defer cancel()
	result, err := t.tx.ExecContext(bounded, query, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (t *pgTx) query(ctx context.Context, query string, args []any) (*sql.Rows, func(), error) {
	if err := checkStatement(query); err != nil {
		return nil, nil, err
	}
	bounded, cancel := context.WithTimeout(ctx, t.limit)
	rows, err := t.tx.QueryContext(bounded, query, args...)
	if err != nil {
		cancel()
		return nil, nil, err
	}
	return rows, cancel, nil
}

// repeatable reports whether a transaction that failed with err before its
// commit may be run again: the server asked for it, or went away.
func repeatable(err error) bool {
	if serialization(err) {
		return true
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "57P01" || pg.Code == "57P02"
	}
	return err != nil && lostConnection(err) && !errors.Is(err, context.DeadlineExceeded)
}

func serialization(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
}
