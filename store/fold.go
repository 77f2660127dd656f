package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	sqlite3 "modernc.org/sqlite/lib"
)

// ErrDamaged tells that a SQLite file cannot be read as one.
var ErrDamaged = errors.New("the database is damaged")

// FoldLog moves what stands in the write-ahead log of the SQLite file at path
// into the file, on disk when it returns, so that the file alone is the whole
// database. ErrBusy when somebody has it open, ErrDamaged when it cannot be
// read.
func FoldLog(ctx context.Context, path string) error {
	pool, err := openPool(path, time.Second, "mode=rw")
	if err != nil {
		return err
	}
	defer pool.Close()
	var busy, inLog, folded int
	err = pool.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &inLog, &folded)
	switch code := sqliteCode(err) & 0xff; {
	case code == sqlite3.SQLITE_CORRUPT, code == sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	case err != nil:
		return fmt.Errorf("fold the log of %s: %w", path, classify(err))
	case busy != 0:
		return fmt.Errorf("fold the log of %s: another program has it open: %w", path, ErrBusy)
	}
	return nil
}
