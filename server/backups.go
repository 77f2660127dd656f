package main

import (
	"cmp"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"hongyan/server/console"
)

// backupFile is how backups are called. Nothing else of the folder is shown or
// given away.
var backupFile = regexp.MustCompile(`^hongyan-[0-9]{8}-[0-9]{6}\.db$`)

// backups are the copies in the data folder; none on PostgreSQL, which has
// tools of its own.
func (n *node) backups() console.Backups {
	if n.db.Postgres() {
		return console.Backups{}
	}
	folder := filepath.Join(n.config.Data, "backups")
	return console.Backups{
		Folder: folder,
		List:   func() ([]console.BackupFile, error) { return listBackups(folder) },
		Open: func(name string) (io.ReadCloser, error) {
			if !backupFile.MatchString(name) {
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
		if err != nil || !info.Mode().IsRegular() || !backupFile.MatchString(e.Name()) {
			continue
		}
		all = append(all, console.BackupFile{Name: e.Name(), Size: info.Size(), At: info.ModTime()})
	}
	slices.SortFunc(all, func(a, b console.BackupFile) int { return cmp.Compare(b.Name, a.Name) })
	return all, nil
}
