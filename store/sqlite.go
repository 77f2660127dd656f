package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"hongyan/store/migrations"
)

// lite is a store in a SQLite file: one connection that writes, some that read.
type lite struct {
	writer  *writer
	readers *readers
}

func openSQLite(ctx context.Context, db *DB, path string) (engine, error) {
	if err := createFile(path); err != nil {
		return nil, err
	}
	if err := migrateSQLite(ctx, path, db.opts.Wait); err != nil {
		return nil, err
	}
	r, err := newReaders(db, path)
	if err != nil {
		return nil, err
	}
	e := &lite{writer: newWriter(db, path), readers: r}
	if err := e.ping(ctx); err != nil {
		return nil, errors.Join(err, e.close())
	}
	return e, nil
}

func (e *lite) update(ctx context.Context, fn func(*Tx) error) error {
	return e.writer.update(ctx, fn)
}

func (e *lite) view(ctx context.Context, fn func(*Tx) error) error {
	return e.readers.view(ctx, fn)
}

func (e *lite) postgres() bool { return false }

func (e *lite) close() error { return errors.Join(e.readers.close(), e.writer.close()) }

func (e *lite) ping(ctx context.Context) error {
	return e.view(ctx, func(tx *Tx) error {
		var n int64
		return tx.QueryRow(`SELECT count(*) FROM setting`).Scan(&n)
	})
}

// check returns what PRAGMA quick_check finds.
func (e *lite) check(ctx context.Context) error {
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

// createFile makes the file readable by its owner only: it holds the secrets of
// the installation. SQLite gives its side files the same mode.
func createFile(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return file.Close()
}

func migrateSQLite(ctx context.Context, path string, wait time.Duration) error {
	pool, err := openPool(path, wait, "_txlock=immediate")
	if err != nil {
		return err
	}
	defer pool.Close()
	return classify(migrate(ctx, pool, sqliteDialect(), migrations.FS))
}

// openPool opens SQLite connections to path. synchronous(FULL) is on every one:
// the default of drivers under WAL is NORMAL, which loses acknowledged commits
// when the power fails.
func openPool(path string, busy time.Duration, more ...string) (*sql.DB, error) {
	full, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	query := append([]string{
		fmt.Sprintf("_pragma=busy_timeout(%d)", busy.Milliseconds()), // first: the others may have to wait
		"_pragma=journal_mode(WAL)",
		"_pragma=synchronous(FULL)",
		"_pragma=foreign_keys(1)",
		"_pragma=journal_size_limit(67108864)",
	}, more...)
	name := (&url.URL{Scheme: "file", Path: full, RawQuery: strings.Join(query, "&")}).String()
	pool, err := sql.Open("sqlite", name)
	if err != nil {
		return nil, err
	}
	pool.SetMaxIdleConns(0) // a session keeps its connection; a discarded one is closed
	return pool, nil
}
