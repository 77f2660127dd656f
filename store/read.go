package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
)

// ErrReadOnly is what Update returns on a store that was opened for reading.
var ErrReadOnly = errors.New("the store was opened for reading only")

// OpenCopy opens the SQLite file at path for reading, as it is: its schema is
// not brought up to date, nor refused for being newer. Nobody may write to the
// file meanwhile, and no side file is read or made; a file that has some is no
// finished copy.
func OpenCopy(ctx context.Context, path string, o Options) (*DB, error) {
	return openForReading(ctx, path, o, "mode=ro", "immutable=1")
}

// OpenBeside opens the SQLite file at path for reading, as it is, while
// another process may be writing to it.
func OpenBeside(ctx context.Context, path string, o Options) (*DB, error) {
	return openForReading(ctx, path, o, "mode=rw")
}

func openForReading(ctx context.Context, path string, o Options, how ...string) (*DB, error) {
	db := &DB{opts: o.withDefaults(), bells: newBells()}
	open := func() error {
		if _, err := os.Stat(path); err != nil {
			return err
		}
		busy := fmt.Sprintf("_pragma=busy_timeout(%d)", db.opts.Wait.Milliseconds())
		pool, err := openPlain(path, append([]string{busy, "_pragma=query_only(1)"}, how...)...)
		if err != nil {
			return err
		}
		e := &liteReader{db, path, newReaders(db, pool)}
		db.engine = e
		if err := e.ping(ctx); err != nil {
			return errors.Join(err, e.close())
		}
		return nil
	}
	if err := open(); err != nil {
		return nil, fmt.Errorf("open store %s for reading: %w", path, err)
	}
	return db, nil
}

// liteReader reads a SQLite file.
type liteReader struct {
	db      *DB
	path    string
	readers *readers
}

func (e *liteReader) update(context.Context, func(*Tx) error) error { return ErrReadOnly }

func (e *liteReader) view(ctx context.Context, fn func(*Tx) error) error {
	return e.readers.view(ctx, fn)
}

func (e *liteReader) postgres() bool { return false }

func (e *liteReader) close() error { return e.readers.close() }

func (e *liteReader) ping(ctx context.Context) error {
	return e.view(ctx, func(tx *Tx) error {
		var n int64
		return tx.QueryRow(`SELECT count(*) FROM setting`).Scan(&n)
	})
}

// check returns what PRAGMA quick_check finds.
func (e *liteReader) check(ctx context.Context) error {
	return e.view(ctx, func(tx *Tx) error {
		found, err := Collect(tx, func(r *Rows) (s string, err error) {
			return s, r.Scan(&s)
		}, `PRAGMA quick_check(10)`)
		if err != nil {
			return err
		}
		if len(found) != 1 || found[0] != "ok" {
			return fmt.Errorf("quick_check: %s", strings.Join(found, "; "))
		}
		return nil
	})
}
