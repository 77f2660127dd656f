package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
)

// ErrDump is what Backup returns on PostgreSQL; the error around it says how
// that one is backed up.
var ErrDump = errors.New("PostgreSQL is backed up by its own tools")

const (
	backupPages = 256      // copied between two looks at the context, 1 MiB
	backupSync  = 16 << 20 // bytes after which the copy is brought to the disk
)

// PartSuffix ends the names of copies that are not whole yet. One that no
// longer grows was left by a process that died.
const PartSuffix = ".part"

// Backup writes a copy of the whole store to path, as it stands at one moment
// after the call. Updates and views go on meanwhile; the write-ahead log keeps
// what they write until the copy is done. The copy is one file, readable by its
// owner only. It gets its name when it is on disk, so whatever stands at path
// is whole. A file that is there already is left alone: fs.ErrExist. ErrFull
// when the disk is; then nothing stays of the copy. progress is told how many
// bytes of how many are copied; it may be nil.
func (db *DB) Backup(ctx context.Context, path string, progress func(done, total int64)) error {
	if progress == nil {
		progress = func(done, total int64) {}
	}
	if err := db.engine.backup(ctx, path, progress); err != nil {
		return fmt.Errorf("back up to %s: %w", path, classify(err))
	}
	return nil
}

func (e *liteReader) backup(ctx context.Context, path string, progress func(done, total int64)) (err error) {
	if _, err := os.Lstat(path); err == nil {
		return fs.ErrExist
	}
	part, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*"+PartSuffix)
	if err != nil {
		return err
	}
	defer func() {
		_ = part.Close()
		_ = os.Remove(part.Name()) // gone already when it was renamed
	}()
	if err := e.copyPages(ctx, part, progress); err != nil {
		return err
	}
	if err := part.Sync(); err != nil {
		return err
	}
	if err := publish(part.Name(), path); err != nil {
		return err
	}
	return SyncFolder(filepath.Dir(path))
}

// publish gives a finished copy its name. A link refuses a name that is taken,
// which a rename does not; disks without links have to do with a look before.
func publish(part, path string) error {
	err := os.Link(part, path)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	if _, taken := os.Lstat(path); taken == nil {
		return fs.ErrExist
	}
	return os.Rename(part, path)
}

// copyPages runs SQLite's online backup under one read transaction, which keeps
// it to one moment; without that, every commit of the writer would make it
// begin again. The copy gets no journal: one that is broken off is thrown away.
func (e *liteReader) copyPages(ctx context.Context, part *os.File, progress func(done, total int64)) error {
	pool, err := openPool(e.path, e.db.opts.Wait, "mode=rw", "_pragma=query_only(1)")
	if err != nil {
		return err
	}
	defer pool.Close()
	conn, err := pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, `BEGIN`); err != nil {
		return err
	}
	var pageSize int64
	if err := conn.QueryRowContext(ctx, `SELECT page_size FROM pragma_page_size, (SELECT count(*) FROM sqlite_schema)`).Scan(&pageSize); err != nil {
		return err
	}
	return conn.Raw(func(raw any) (err error) {
		c, ok := raw.(interface {
			NewBackup(target string) (*sqlite.Backup, error)
		})
		if !ok {
			return errors.New("the driver has no online backup")
		}
		target, err := fileName(part.Name(), "_pragma=journal_mode(OFF)", "_pragma=synchronous(OFF)")
		if err != nil {
			return err
		}
		b, err := c.NewBackup(target)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, b.Finish()) }()
		return step(ctx, b, part, pageSize, progress)
	})
}

// step copies some pages at a time. Bringing the copy to the disk as it grows
// keeps the commits of the writer from waiting behind all of it at the end.
func step(ctx context.Context, b *sqlite.Backup, part *os.File, pageSize int64, progress func(done, total int64)) error {
	for synced := int64(0); ; runtime.Gosched() {
		if err := ctx.Err(); err != nil {
			return err
		}
		more, err := b.Step(backupPages)
		if err != nil {
			return err
		}
		total := int64(b.PageCount()) * pageSize
		done := total - int64(b.Remaining())*pageSize
		progress(done, total)
		if !more {
			return nil
		}
		if done-synced >= backupSync {
			synced = done
			if err := part.Sync(); err != nil {
				return err
			}
		}
	}
}

// SyncFolder makes the names in a folder outlive a power cut. Windows does so
// by itself and has no call for it.
func SyncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

func (e *remote) backup(context.Context, string, func(done, total int64)) error {
	return dumpInstead(&e.config.Config)
}

// DumpInstead returns the ErrDump of the PostgreSQL database at url, without
// asking it anything.
func DumpInstead(url string) error {
	config, err := pgconn.ParseConfig(url)
	if err != nil {
		return err
	}
	return dumpInstead(config)
}

// dumpInstead says how PostgreSQL is backed up, with the server's address and
// without its password.
func dumpInstead(c *pgconn.Config) error {
	at := fmt.Sprintf("--host=%s --port=%d --username=%s", quote(c.Host), c.Port, quote(c.User))
	return fmt.Errorf("%w: pg_dump %s --format=custom --file=hongyan.dump %s (and back, with every server stopped: pg_restore %s --clean --if-exists --dbname=%s hongyan.dump)",
		ErrDump, at, quote(c.Database), at, quote(c.Database))
}

// quote makes one word of s for a shell.
func quote(s string) string {
	plain := func(r rune) bool {
		return strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:@", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
