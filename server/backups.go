package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"hongyan/server/console"
)

// backups are the copies in the data folder; none on PostgreSQL, which has
// tools of its own.
func (n *node) backups() console.Backups {
	if n.db.Postgres() {
		return console.Backups{}
	}
	folder := n.config.backupsFolder()
	return console.Backups{
		Folder: folder,
		List:   func() ([]console.BackupFile, error) { return listBackups(folder) },
		Make: func(ctx context.Context, progress func(done, total int64)) (console.BackupFile, error) {
			made, err := backupInto(ctx, n.db, folder, 0, progress)
			return console.BackupFile{Name: filepath.Base(made.Path), Size: made.Bytes, At: n.db.Now()}, err
		},
		Open: func(name string) (io.ReadCloser, error) {
			if !backupName.MatchString(name) {
				return nil, fs.ErrNotExist
			}
			return os.Open(filepath.Join(folder, name))
		},
	}
}

// listBackups lists a folder's backups, the newest first. No folder is none.
func listBackups(folder string) (all []console.BackupFile, err error) {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() || !backupName.MatchString(e.Name()) {
			continue
		}
		all = append(all, console.BackupFile{Name: e.Name(), Size: info.Size(), At: info.ModTime()})
	}
	slices.SortFunc(all, func(a, b console.BackupFile) int { return cmp.Compare(b.Name, a.Name) })
	return all, nil
}
