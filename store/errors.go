package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// The conditions callers test with errors.Is. The engine's own error stays in
// the chain.
var (
	// ErrNotFound is what Row.Scan returns when there is no row.
	ErrNotFound = errors.New("no such row")
	// ErrConflict tells that a row with the same unique key exists.
	ErrConflict = errors.New("the key is taken")
	// ErrBusy tells that the store could not be had in time or that its
	// connection was lost; the same call may succeed later. After a lost
	// connection the update may or may not have happened.
	ErrBusy = errors.New("the store is busy")
	// ErrFull tells that the disk is full; nothing was written.
	ErrFull = errors.New("the disk is full")
	// ErrClosed tells that Close was called.
	ErrClosed = errors.New("the store is closed")
	// ErrNewer tells that a newer program migrated this database.
	ErrNewer = errors.New("the database belongs to a newer version of the program")
)

// classify adds the sentinel an engine's error belongs to.
func classify(err error) error {
	if err == nil || errors.Is(err, ErrBusy) || errors.Is(err, ErrFull) || errors.Is(err, ErrConflict) {
		return err
	}
	if kind := kindOf(err); kind != nil {
		return fmt.Errorf("%w: %w", kind, err)
	}
	return err
}

// sqliteCode is SQLite's own code of an error, 0 when it is not one of SQLite's.
func sqliteCode(err error) int {
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		return lite.Code()
	}
	return 0
}

func kindOf(err error) error {
	if code := sqliteCode(err); code != 0 {
		return kindOfSQLite(code)
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return kindOfPostgres(pg.Code)
	}
	switch {
	case errors.Is(err, syscall.ENOSPC): // a file that is no database's, such as a copy
		return ErrFull
	case lostConnection(err):
		return ErrBusy
	}
	return nil
}

func kindOfSQLite(code int) error {
	switch code {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_ROWID:
		return ErrConflict
	case sqlite3.SQLITE_IOERR_SHMSIZE: // the wal-index could not grow
		return ErrFull
	}
	switch code & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return ErrBusy
	case sqlite3.SQLITE_FULL:
		return ErrFull
	}
	return nil
}

// kindOfPostgres knows the codes of PostgreSQL, appendix A.
func kindOfPostgres(code string) error {
	switch code {
	case "23505": // unique_violation
		return ErrConflict
	case "53100": // disk_full
		return ErrFull
	case "40001", "40P01", // serialization_failure, deadlock_detected
		"55P03", "57014", // lock_not_available, query_canceled (a time limit)
		"53300",                   // too_many_connections
		"57P01", "57P02", "57P03", // shutdown, crash, starting up
		"25P03", "57P05": // idle sessions ended by the server
		return ErrBusy
	}
	if strings.HasPrefix(code, "08") { // connection exceptions
		return ErrBusy
	}
	return nil
}

// lostConnection reports whether err comes from the way to the server, so that
// nobody knows what became of the last statement.
func lostConnection(err error) bool {
	var network net.Error
	var connect *pgconn.ConnectError
	return errors.As(err, &network) || errors.As(err, &connect) ||
		errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, context.DeadlineExceeded) || pgconn.Timeout(err) || pgconn.SafeToRetry(err)
}
