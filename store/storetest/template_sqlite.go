package storetest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"hongyan/store"
)

// migrated returns a SQLite file with the current schema. It is made once in a
// process: under the race detector migrating takes most of a second, and
// nearly every test wants a store of its own.
var migrated = sync.OnceValues(func() ([]byte, error) {
	folder, err := os.MkdirTemp("", "hongyan-template")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "template.db")
	db, err := store.Open(context.Background(), "sqlite:"+path, store.Options{})
	if err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	if log, err := os.Stat(path + "-wal"); err == nil && log.Size() > 0 {
		return nil, fmt.Errorf("closing left %d bytes of log", log.Size())
	}
	return os.ReadFile(path)
})

// copyTemplate makes a SQLite file with the current schema for t and returns
// its address.
func copyTemplate(t testing.TB) string {
	t.Helper()
	file, err := migrated()
	if err != nil {
		t.Fatalf("migrate a SQLite template: %v", err)
	}
	path := filepath.Join(t.TempDir(), "hongyan.db")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	return "sqlite:" + path
}
