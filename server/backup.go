package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"hongyan/push"
	"hongyan/store"
)

// backedUp is a finished and checked backup.
type backedUp struct {
	Path   string
	Bytes  int64
	Took   time.Duration
	Mode   string // whom it belongs to: sandbox, or the appid
	Schema int64
}

// backupsFolder is where backups go by themselves.
func (c *Config) backupsFolder() string { return filepath.Join(c.Data, "backups") }

// backupInto backs db up into folder, which it makes, under a name of the
// moment's, checks the copy, and then keeps the newest keep backups of such
// names there; 0 keeps all. It is the same whoever asks: the command line
// beside the server, or the server itself. store.ErrDump on PostgreSQL,
// fs.ErrExist when one was made in the same second.
func backupInto(ctx context.Context, db *store.DB, folder string, keep int, progress func(done, total int64)) (backedUp, error) {
	if !db.Postgres() {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return backedUp{}, fmt.Errorf("make the folder of backups: %w", err)
		}
	}
	b, err := backupTo(ctx, db, filepath.Join(folder, db.Now().In(backupZone).Format(backupLayout)), progress)
	if err == nil {
		err = pruneBackups(folder, keep, db.Now())
	}
	return b, err
}

// backupTo backs db up to path and checks the copy. One that does not pass is
// renamed to end in .bad, so that nobody relies on it.
func backupTo(ctx context.Context, db *store.DB, path string, progress func(done, total int64)) (backedUp, error) {
	began := time.Now()
	mode, err := push.StampOf(ctx, db)
	if err != nil {
		return backedUp{}, err
	}
	if err := db.Backup(ctx, path, progress); err != nil {
		return backedUp{}, err
	}
	b, err := checkBackup(ctx, path, mode)
	if err != nil && ctx.Err() == nil {
		return backedUp{}, errors.Join(fmt.Errorf("the copy %s is not good: %w", path, err), os.Rename(path, path+".bad"))
	}
	b.Took = time.Since(began)
	return b, err
}

// checkBackup reads every page of the copy, and asks whether it belongs to
// whom the original does, which never changes.
func checkBackup(ctx context.Context, path, mode string) (b backedUp, err error) {
	b.Path = path
	copied, err := store.OpenCopy(ctx, path, store.Options{})
	if err != nil {
		return b, err
	}
	defer copied.Close()
	if err := copied.Check(ctx); err != nil {
		return b, err
	}
	if b.Schema, _, err = copied.Schema(ctx); err != nil {
		return b, err
	}
	if b.Mode, err = push.StampOf(ctx, copied); err != nil {
		return b, err
	}
	if b.Mode != mode {
		return b, fmt.Errorf("it belongs to %q, the original to %q", b.Mode, mode)
	}
	info, err := os.Stat(path)
	if err != nil {
		return b, err
	}
	b.Bytes = info.Size()
	return b, nil
}

// backupZone is the time in which backups are named: it has no summer, so that
// names sort as the backups were made.
var backupZone = time.FixedZone("CST", 8*3600)

const backupLayout = "hongyan-20060102-150405.db"

var (
	backupName = regexp.MustCompile(`^hongyan-\d{8}-\d{6}\.db$`)
	partName   = regexp.MustCompile(`^hongyan-\d{8}-\d{6}\.db\..*` + regexp.QuoteMeta(store.PartSuffix) + `$`)
)

// partsDie is when a copy that no longer grows was left by a process that died.
const partsDie = time.Hour

// pruneBackups removes all but the newest keep backups, unless keep is 0, and
// what broken ones left. Files of other names are nobody's business.
func pruneBackups(folder string, keep int, now time.Time) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return fmt.Errorf("look for old backups: %w", err)
	}
	var names []string
	for _, one := range entries {
		info, err := one.Info()
		switch {
		case err != nil || !info.Mode().IsRegular():
		case backupName.MatchString(one.Name()):
			names = append(names, one.Name())
		case partName.MatchString(one.Name()) && now.Sub(info.ModTime()) > partsDie:
			if err := os.Remove(filepath.Join(folder, one.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("remove a broken backup: %w", err)
			}
		}
	}
	slices.Sort(names) // as they were made
	if keep <= 0 || len(names) <= keep {
		return nil
	}
	for _, name := range names[:len(names)-keep] {
		if err := os.Remove(filepath.Join(folder, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove an old backup: %w", err)
		}
	}
	return nil
}
