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
	liteReader
	writer *writer
}

func openSQLite(ctx context.Context, db *DB, path string) (engine, error) {
	if err := createFile(path); err != nil {
		return nil, err
	}
	if err := migrateSQLite(ctx, path, db.opts.Wait); err != nil {
		return nil, err
	}
	pool, err := openPool(path, db.opts.Wait, "_pragma=query_only(1)")
	if err != nil {
		return nil, err
	}
	e := &lite{liteReader{db, path, newReaders(db, pool)}, newWriter(db, path)}
	if err := e.ping(ctx); err != nil {
		return nil, errors.Join(err, e.close())
	}
	return e, nil
}

func (e *lite) update(ctx context.Context, fn func(*Tx) error) error {
	return e.writer.update(ctx, fn)
}

func (e *lite) close() error { return errors.Join(e.liteReader.close(), e.writer.close()) }

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
	return openPlain(path, append([]string{
		fmt.Sprintf("_pragma=busy_timeout(%d)", busy.Milliseconds()), // first: the others may have to wait
		"_pragma=journal_mode(WAL)",
		"_pragma=synchronous(FULL)",
		"_pragma=foreign_keys(1)",
		"_pragma=journal_size_limit(67108864)",
	}, more...)...)
}

// openPlain opens connections that are set up as query says and not otherwise.
func openPlain(path string, query ...string) (*sql.DB, error) {
	name, err := fileName(path, query...)
	if err != nil {
		return nil, err
	}
	pool, err := sql.Open("sqlite", name)
	if err != nil {
		return nil, err
	}
	pool.SetMaxIdleConns(0) // a session keeps its connection; a discarded one is closed
	return pool, nil
}

// fileName is how SQLite is told of a file and of how to open it.
func fileName(path string, query ...string) (string, error) {
	full, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	return (&url.URL{Scheme: "file", Path: full, RawQuery: strings.Join(query, "&")}).String(), nil
}
