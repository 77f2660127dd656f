package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"hongyan/push"
	"hongyan/store"
)

// A restore puts a copy in the place of the SQLite file. Whenever it dies, one
// of the two stands there whole, and the other is beside it:
//
//  1. the copy is copied beside the database and checked there;
//  2. what the write-ahead log of the database holds is moved into its file;
//  3. the database gets a second name, under which it stays;
//  4. the log's files are removed, since SQLite would replay them into
//     whatever file bears the database's name;
//  5. the copy is renamed to that name.
//
// Between 4 and 5 the old database stands there, which needs no log any more.

// restoreSuffix ends the name of the copy before it is in place.
const restoreSuffix = ".restoring"

// sideFiles are what SQLite keeps beside a file. Each belongs to that file only.
var sideFiles = []string{"-wal", "-shm"}

// restored is what a restore did.
type restored struct {
	Aside  string // where the database before is kept; empty when there was none
	Schema int64
	Newest int64 // schema of this program, to which the next start goes
	Bytes  int64
}

// restore puts the backup in the place of the database at path, which nobody
// may have open. belongs refuses a copy that the server could not go on with.
func restore(ctx context.Context, backup, path string, now time.Time, belongs func(*store.DB) error) (r restored, err error) {
	if err := finishedCopy(backup); err != nil {
		return r, err
	}
	next := path + restoreSuffix
	if r.Bytes, err = copyFile(backup, next); err != nil {
		return r, fmt.Errorf("copy %s beside the database: %w", backup, err)
	}
	defer os.Remove(next) // gone already when it is in place
	if r.Schema, r.Newest, err = checkCopy(ctx, next, belongs); err != nil {
		return r, fmt.Errorf("%s cannot be restored: %w", backup, err)
	}
	if r.Aside, err = setAside(ctx, path, now); err != nil {
		return r, fmt.Errorf("keep the present database: %w", err)
	}
	if err := os.Rename(next, path); err != nil {
		return r, err
	}
	return r, store.SyncFolder(filepath.Dir(path))
}

// sqliteMagic begins every SQLite file.
const sqliteMagic = "SQLite format 3\x00"

// finishedCopy refuses what is no SQLite file, and one whose last commits
// stand in a log beside it.
func finishedCopy(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	head := make([]byte, len(sqliteMagic))
	if _, err := io.ReadFull(file, head); err != nil || string(head) != sqliteMagic {
		return fmt.Errorf("%s is no SQLite database; give a file that hongyan backup made", path)
	}
	if info, err := os.Stat(path + "-wal"); err == nil && info.Size() > 0 {
		return fmt.Errorf("%s has a write-ahead log beside it, so the file alone is not the whole database: back it up with hongyan backup, and restore that copy", path)
	}
	return nil
}

// copyFile copies from to a new file to, on disk when it returns. What stands
// at to is left over from a restore that died.
func copyFile(from, to string) (n int64, err error) {
	source, err := os.Open(from)
	if err != nil {
		return 0, err
	}
	defer source.Close()
	for _, side := range append(sideFiles, "") {
		if err := removeIfThere(to + side); err != nil {
			return 0, err
		}
	}
	target, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, err
	}
	defer func() {
		if err = errors.Join(err, target.Close()); err != nil {
			_ = os.Remove(to)
		}
	}()
	if n, err = io.Copy(target, source); err != nil {
		return n, err
	}
	return n, target.Sync()
}

// checkCopy reads the whole copy and asks whether a server could go on with it.
func checkCopy(ctx context.Context, path string, belongs func(*store.DB) error) (schema, newest int64, err error) {
	copied, err := store.OpenCopy(ctx, path, store.Options{})
	if err != nil {
		return 0, 0, fmt.Errorf("%w: %w", push.ErrNotOurs, err)
	}
	defer copied.Close()
	if err := copied.Check(ctx); err != nil {
		return 0, 0, fmt.Errorf("it is damaged: %w", err)
	}
	schema, newest, err = copied.Schema(ctx)
	switch {
	case err != nil:
		return 0, 0, fmt.Errorf("%w: %w", push.ErrNotOurs, err)
	case schema > newest:
		return 0, 0, fmt.Errorf("its schema is %d and this program knows %d: use the version of hongyan that made it, or a newer one (%w)", schema, newest, store.ErrNewer)
	}
	return schema, newest, belongs(copied)
}

// setAside gives the database at path a second name and leaves it without a
// log. It returns that name, empty when there is no database.
func setAside(ctx context.Context, path string, now time.Time) (aside string, err error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return "", removeSideFiles(path) // of a database that is gone
	}
	folded := store.FoldLog(ctx, path)
	if folded != nil && !errors.Is(folded, store.ErrDamaged) {
		return "", folded
	}
	if aside, err = secondName(path, now); err != nil {
		return "", err
	}
	if folded != nil { // what is damaged is kept with its log as it is
		if _, err := copyFile(path+"-wal", aside+"-wal"); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	if err := store.SyncFolder(filepath.Dir(path)); err != nil {
		return "", err
	}
	return aside, removeSideFiles(path)
}

// secondName gives the file another name, or finds the one that a restore which
// died gave it.
func secondName(path string, now time.Time) (string, error) {
	const infix = ".before-restore-"
	file, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return "", err
	}
	for _, one := range entries {
		if other, err := one.Info(); err == nil && strings.HasPrefix(one.Name(), filepath.Base(path)+infix) && os.SameFile(file, other) {
			return filepath.Join(filepath.Dir(path), one.Name()), nil
		}
	}
	name := path + infix + now.In(backupZone).Format("20060102-150405")
	if err := os.Link(path, name); err == nil || errors.Is(err, fs.ErrExist) {
		return name, err
	}
	// A disk without links: a copy does it, under its name when it is whole.
	if _, err := os.Lstat(name); err == nil {
		return "", fs.ErrExist
	}
	if _, err := copyFile(path, name+store.PartSuffix); err != nil {
		return "", err
	}
	return name, os.Rename(name+store.PartSuffix, name)
}

func removeSideFiles(path string) error {
	for _, side := range sideFiles {
		if err := removeIfThere(path + side); err != nil {
			return err
		}
	}
	return store.SyncFolder(filepath.Dir(path))
}

func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
