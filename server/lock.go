package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"hongyan/store/filelock"
)

// lock keeps a second process from a file or folder that only one may use. It
// is gone when its process ends, however it ends.
type lock struct{ file *os.File }

// lockFile locks path by a file beside it, named path.lock.
func lockFile(path string) (*lock, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	file, err := os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	held, err := filelock.TryLock(file)
	if err == nil && !held {
		holder, _ := os.ReadFile(path + ".lock")
		err = fmt.Errorf("%s is in use by another server (process %s): stop that one, or give this one its own --data; several servers on one database need --database postgres://…",
			path, strings.TrimSpace(string(holder)))
	}
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	if err := file.Truncate(0); err == nil {
		_, _ = fmt.Fprintln(file, os.Getpid()) // who holds it is a help, no promise
	}
	return &lock{file}, nil
}

// release may be called on nil.
func (l *lock) release() {
	if l != nil {
		_ = l.file.Close()
	}
}
