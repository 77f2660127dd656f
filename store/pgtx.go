package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// pgTx is a transaction on PostgreSQL. limit bounds a statement whose server
// has fallen silent; an awake one ends it earlier by statement_timeout.
type pgTx struct {
	tx    *sql.Tx
	limit time.Duration
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
