package store

import (
	"database/sql"
	"errors"
)

// Row is the result of QueryRow.
type Row struct {
	tx    *Tx
	query string
	args  []any
}

// Rows is a result that is being read. One at a time: no other statement runs
// in the transaction before it is closed, and Collect is nearly always better.
type Rows struct {
	tx      *Tx
	query   string
	rows    *sql.Rows
	release func()
}

// QueryRow asks for one row; the statement runs when Scan is called. Further
// rows are read and dropped.
func (tx *Tx) QueryRow(query string, args ...any) *Row {
	return &Row{tx: tx, query: query, args: args}
}

// Scan reads the first row into dest. Without a row it returns ErrNotFound,
// which does not end the closure.
func (r *Row) Scan(dest ...any) error {
	rows, err := r.tx.Query(r.query, r.args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return err
		}
		return ErrNotFound
	}
	if err := rows.Scan(dest...); err != nil {
		return err
	}
	for rows.Next() { // an error of the statement may stand behind its last row
	}
	return rows.Err()
}

// Query asks for rows. Close them, or let Collect do it.
func (tx *Tx) Query(query string, args ...any) (*Rows, error) {
	if err := tx.ready(query, args); err != nil {
		return nil, err
	}
	rows, release, err := tx.on.query(tx.ctx, query, args)
	if err != nil {
		return nil, tx.fail(query, err)
	}
	tx.reads = &Rows{tx: tx, query: query, rows: rows, release: release}
	return tx.reads, nil
}

// Next prepares the next row for Scan.
func (r *Rows) Next() bool { return r.rows.Next() }

// Scan reads the current row into dest.
func (r *Rows) Scan(dest ...any) error { return r.rows.Scan(dest...) }

// Err returns what stopped Next, if it was not the end of the result.
func (r *Rows) Err() error { return r.tx.fail(r.query, r.rows.Err()) }

// Close ends the reading. It may be called again.
func (r *Rows) Close() {
	if r.tx.reads != r {
		return
	}
	r.tx.reads = nil
	_ = r.tx.fail(r.query, errors.Join(r.rows.Close(), r.rows.Err()))
	r.release()
}

// Collect returns the whole result, each row read by scan.
func Collect[T any](tx *Tx, scan func(*Rows) (T, error), query string, args ...any) ([]T, error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}
