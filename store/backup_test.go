package store_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"hongyan/store"
	"hongyan/store/storetest"
)

// TestF47_EveryCopyIsOneMomentOfTheStore: each update writes two rows, and a
// copy has both or neither, and all that was acknowledged before it began. None
// of the copies begins again because of the writers.
func TestF47_EveryCopyIsOneMomentOfTheStore(t *testing.T) {
	dir := t.TempDir()
	db, err := store.Open(t.Context(), filepath.Join(dir, "live.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	fill(t, db, 8<<20) // several steps long
	var acked atomic.Int64
	var stop atomic.Bool
	var writers sync.WaitGroup
	for w := range 4 {
		writers.Go(func() {
			for n := 0; !stop.Load(); n++ {
				err := db.Update(context.Background(), func(tx *store.Tx) error {
					return errors.Join(insert(tx, fmt.Sprintf("left %d-%d", w, n), 1), insert(tx, fmt.Sprintf("right %d-%d", w, n), 1))
				})
				if err != nil {
					t.Error(err)
					return
				}
				acked.Add(1)
			}
		})
	}
	for n := range 10 {
		before := acked.Load()
		path := filepath.Join(dir, fmt.Sprintf("copy%d.db", n))
		last := int64(0)
		err := db.Backup(t.Context(), path, func(done, _ int64) {
			if done <= last {
				t.Errorf("copy %d: %d bytes after %d", n, done, last)
			}
			last = done
		})
		if err != nil {
			t.Fatal(err)
		}
		wantWhole(t, path, before)
	}
	stop.Store(true)
	writers.Wait()
	if acked.Load() < 100 {
		t.Errorf("only %d updates beside the backups", acked.Load())
	}
}

func wantWhole(t *testing.T, path string, least int64) {
	t.Helper()
	db := openCopy(t, path)
	if err := db.Check(t.Context()); err != nil {
		t.Error(err)
	}
	var left, right int64
	err := db.View(t.Context(), func(tx *store.Tx) error {
		return tx.QueryRow(`SELECT COUNT(CASE WHEN name LIKE 'left%' THEN 1 END), COUNT(CASE WHEN name LIKE 'right%' THEN 1 END) FROM quota`).Scan(&left, &right)
	})
	if err != nil {
		t.Fatal(err)
	}
	if left != right || left < least {
		t.Errorf("%s has %d and %d rows, want as many of both and at least %d", filepath.Base(path), left, right, least)
	}
}

func openCopy(t *testing.T, path string) *store.DB {
	t.Helper()
	db, err := store.OpenCopy(t.Context(), path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func TestBackup_IsOneFileForItsOwnerOnly(t *testing.T) {
	db, dir := storetest.SQLite(t), t.TempDir()
	put(t, db, "甲", 1)
	path := filepath.Join(dir, "备份.db")
	var done, total int64
	if err := db.Backup(t.Context(), path, func(d, all int64) { done, total = d, all }); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 || info.Size() != total || done != total {
		t.Errorf("%v, %d bytes, told %d of %d", info.Mode(), info.Size(), done, total)
	}
	copied := openCopy(t, path)
	wantNames(t, copied, "甲")
	current, newest, err := copied.Schema(t.Context())
	if err != nil || current != newest || newest == 0 {
		t.Errorf("schema %d of %d, %v", current, newest, err)
	}
	if err := copied.Update(t.Context(), func(*store.Tx) error { return nil }); !errors.Is(err, store.ErrReadOnly) {
		t.Errorf("an update of a copy: %v", err)
	}
	wantFiles(t, dir, "备份.db")
}

func wantFiles(t *testing.T, dir string, want ...string) {
	t.Helper()
	var got []string
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range entries {
		got = append(got, one.Name())
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("the folder holds %q, want %q", got, want)
	}
}

func TestBackup_LeavesNothingButTheCopy(t *testing.T) {
	db := storetest.SQLite(t)
	fill(t, db, 4<<20)
	t.Run("a name that is taken", func(t *testing.T) {
		dir := t.TempDir()
		path := filepath.Join(dir, "copy.db")
		if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := db.Backup(t.Context(), path, nil); !errors.Is(err, fs.ErrExist) {
			t.Errorf("got %v, want %v", err, fs.ErrExist)
		}
		if text, _ := os.ReadFile(path); string(text) != "precious" {
			t.Errorf("the file now says %.20q", text)
		}
		wantFiles(t, dir, "copy.db")
	})
	t.Run("a name that is taken meanwhile", func(t *testing.T) {
		dir := t.TempDir()
		path := filepath.Join(dir, "copy.db")
		err := db.Backup(t.Context(), path, func(done, total int64) {
			if done == total {
				_ = os.WriteFile(path, []byte("precious"), 0o600)
			}
		})
		if text, _ := os.ReadFile(path); !errors.Is(err, fs.ErrExist) || string(text) != "precious" {
			t.Errorf("got %v and %.20q", err, text)
		}
		wantFiles(t, dir, "copy.db")
	})
	t.Run("given up half way", func(t *testing.T) {
		dir := t.TempDir()
		ctx, cancel := context.WithCancel(t.Context())
		err := db.Backup(ctx, filepath.Join(dir, "copy.db"), func(done, total int64) { cancel() })
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want %v", err, context.Canceled)
		}
		wantFiles(t, dir)
	})
	t.Run("no such folder", func(t *testing.T) {
		if err := db.Backup(t.Context(), filepath.Join(t.TempDir(), "none", "copy.db"), nil); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("got %v", err)
		}
	})
}

func TestOpenForReading_TakesTheFileAsItIs(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "live.db")
	db, err := store.Open(t.Context(), path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	put(t, db, "before", 1)
	beside, err := store.OpenBeside(t.Context(), path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer beside.Close()
	put(t, db, "after", 1)
	wantNames(t, beside, "after", "before")
	if _, err := store.OpenBeside(t.Context(), filepath.Join(dir, "none.db"), store.Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "none.db")); err == nil {
		t.Error("a missing file was made")
	}
}

var dumpLine = regexp.MustCompile(`(pg_dump .+ --file=)hongyan\.dump (\S+) \(and back, .+: (pg_restore .+ --dbname=\S+) hongyan\.dump\)`)

// TestBackup_OfPostgreSQLIsLeftToItsTools runs the lines that the error gives.
func TestBackup_OfPostgreSQLIsLeftToItsTools(t *testing.T) {
	at := storetest.URL(t, storetest.PostgresEngine)
	db, err := store.Open(t.Context(), at, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	put(t, db, "kept", 1)
	err = db.Backup(t.Context(), filepath.Join(t.TempDir(), "copy.db"), nil)
	if !errors.Is(err, store.ErrDump) {
		t.Fatalf("got %v, want %v", err, store.ErrDump)
	}
	lines := dumpLine.FindStringSubmatch(err.Error())
	if lines == nil {
		t.Fatalf("no lines in %q", err)
	}
	if u, _ := url.Parse(at); u != nil {
		if password, has := u.User.Password(); has && strings.Contains(err.Error(), password) {
			t.Error("the error shows the password")
		}
	}
	if _, err := exec.LookPath("pg_dump"); err != nil {
		t.Skip("pg_dump is not installed")
	}
	file := filepath.Join(t.TempDir(), "hongyan.dump")
	shell(t, at, lines[1]+file+" "+lines[2])
	if err := db.Update(t.Context(), func(tx *store.Tx) error { _, err := tx.Exec(`DELETE FROM quota`); return err }); err != nil {
		t.Fatal(err)
	}
	shell(t, at, lines[3]+" "+file)
	wantNames(t, db, "kept")
}

func shell(t *testing.T, at, line string) {
	t.Helper()
	cmd := exec.Command("sh", "-c", line)
	cmd.Env = os.Environ()
	if u, err := url.Parse(at); err == nil {
		if password, has := u.User.Password(); has {
			cmd.Env = append(cmd.Env, "PGPASSWORD="+password)
		}
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", line, err, out)
	}
}
