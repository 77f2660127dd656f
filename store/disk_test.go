package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func pragma(t *testing.T, s *session, name string) (value string) {
	t.Helper()
	if err := s.conn.QueryRowContext(t.Context(), "PRAGMA "+name).Scan(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

// Acknowledged means on disk: FULL (2) on every connection, and WAL.
func TestSQLite_EveryConnectionIsSafe(t *testing.T) {
	db := openLite(t, Options{})
	check := func(tx *Tx, queryOnly string) error {
		s := tx.on.(*session)
		want := map[string]string{"synchronous": "2", "journal_mode": "wal", "foreign_keys": "1", "query_only": queryOnly}
		for name, value := range want {
			if got := pragma(t, s, name); got != value {
				t.Errorf("PRAGMA %s = %s, want %s", name, got, value)
			}
		}
		return nil
	}
	for range 2 { // the second time on new connections
		if err := db.Update(t.Context(), func(tx *Tx) error { return check(tx, "0") }); err != nil {
			t.Fatal(err)
		}
		readers := db.engine.(*lite).readers
		for range cap(readers.free) {
			if err := db.View(t.Context(), func(tx *Tx) error { return check(tx, "1") }); err != nil {
				t.Fatal(err)
			}
		}
		for range cap(readers.free) {
			if s := <-readers.free; s != nil {
				s.discard()
			}
			readers.free <- nil
		}
		db.engine.(*lite).writer.abandon()
	}
}

func TestSQLite_FilesAreTheOwnersOnly(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "文件夹 with ?#%41")
	db, err := Open(t.Context(), "sqlite:"+filepath.Join(dir, "a b.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Update(t.Context(), func(tx *Tx) error { return add(tx, "甲") }); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "a b.db*"))
	if err != nil || len(files) != 3 {
		t.Fatalf("files %q, %v", files, err)
	}
	for _, file := range files {
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", file, info.Mode(), err)
		}
	}
}

// One sync reaches the disk for every commit: counted from outside.
func TestSync_OneForEveryCommit(t *testing.T) {
	const commits = 200
	if path := os.Getenv("STORE_TEST_SYNCS"); path != "" {
		syncingChild(t, path, commits)
		return
	}
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not installed")
	}
	path, counts := filepath.Join(t.TempDir(), "hongyan.db"), filepath.Join(t.TempDir(), "counts")
	child := exec.Command(strace, "-f", "-c", "-e", "trace=fsync,fdatasync", "-o", counts,
		os.Args[0], "-test.run=^TestSync_OneForEveryCommit$")
	child.Env = append(os.Environ(), "STORE_TEST_SYNCS="+path)
	if out, err := child.CombinedOutput(); err != nil {
		t.Skipf("strace does not work here: %v\n%s", err, out)
	}
	report, err := os.ReadFile(counts)
	if err != nil {
		t.Fatal(err)
	}
	syncs := 0
	for _, m := range regexp.MustCompile(`(?m)^\s*\S+\s+\S+\s+\S+\s+(\d+)\s.*f(?:data)?sync$`).FindAllStringSubmatch(string(report), -1) {
		n, _ := strconv.Atoi(m[1])
		syncs += n
	}
	if syncs < commits {
		t.Errorf("%d syncs for %d commits\n%s", syncs, commits, report)
	}
}

func syncingChild(t *testing.T, path string, commits int) {
	db, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for i := range commits {
		if err := db.Update(t.Context(), func(tx *Tx) error { return add(tx, fmt.Sprint(i)) }); err != nil {
			t.Fatal(err)
		}
	}
	if got := db.Stats().Syncs; got != int64(commits) {
		t.Errorf("Stats().Syncs = %d", got)
	}
}

// fill writes until it fails and returns the error and what was acknowledged.
func fill(t *testing.T, db *DB, write func(*Tx, string) error) (acknowledged int, err error) {
	t.Helper()
	body := strings.Repeat("满", 3000)
	for err == nil && acknowledged < 5_000 {
		err = db.Update(context.Background(), func(tx *Tx) error { return write(tx, fmt.Sprint(acknowledged, body)) })
		if err == nil {
			acknowledged++
		}
	}
	return acknowledged, err
}

func wantFull(t *testing.T, db *DB, write func(*Tx, string) error) (acknowledged int) {
	t.Helper()
	acknowledged, err := fill(t, db, write)
	if !errors.Is(err, ErrFull) {
		t.Fatalf("after %d updates: %v, want ErrFull", acknowledged, err)
	}
	if got := rows(t, db); got != acknowledged {
		t.Errorf("%d rows, %d were acknowledged", got, acknowledged)
	}
	return acknowledged
}

// limited is add to a database of at most so many pages. The limit belongs to
// the connection, and an abandoned group gets a new one, so it is set each time.
func limited(pages int) func(*Tx, string) error {
	return func(tx *Tx, name string) error {
		var now int
		limit := fmt.Sprintf("PRAGMA max_page_count = %d", pages)
		if err := tx.on.(*session).conn.QueryRowContext(tx.ctx, limit).Scan(&now); err != nil {
			return err
		}
		return add(tx, name)
	}
}

func TestF5_AFullDatabase(t *testing.T) {
	db := openLite(t, Options{})
	before := wantFull(t, db, limited(400))
	if err := db.Update(t.Context(), func(tx *Tx) error { return limited(4000)(tx, "later") }); err != nil {
		t.Errorf("with room again: %v", err)
	}
	if got := rows(t, db); got != before+1 {
		t.Errorf("%d rows, want %d", got, before+1)
	}
}

// Among updates that fit, one that does not is refused alone.
func TestF5_OneTooLargeAmongSmall(t *testing.T) {
	db := openLite(t, Options{})
	errs := make(chan error, 20)
	for i := range cap(errs) {
		go func() {
			name := fmt.Sprint(i)
			if i == 7 {
				name = strings.Repeat("大", 1<<20)
			}
			errs <- db.Update(context.Background(), func(tx *Tx) error { return limited(300)(tx, name) })
		}()
	}
	full := 0
	for range cap(errs) {
		if err := <-errs; errors.Is(err, ErrFull) {
			full++
		} else if err != nil {
			t.Error(err)
		}
	}
	if got := rows(t, db); full != 1 || got != cap(errs)-1 {
		t.Errorf("%d refused, %d rows", full, got)
	}
}

// smallDisk is a folder on a disk of 6 MiB.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=6m"); err != nil {
		t.Skipf("no small file system to be had: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

// TestF5_ABackupOntoAFullDisk leaves nothing there, and the store as it was.
func TestF5_ABackupOntoAFullDisk(t *testing.T) {
	small := smallDisk(t)
	db, err := Open(t.Context(), filepath.Join(t.TempDir(), "hongyan.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.Update(t.Context(), func(tx *Tx) error {
		_, err := tx.Exec(`INSERT INTO setting (name, value) VALUES ('fill', $1)`, make([]byte, 8<<20))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Backup(t.Context(), filepath.Join(small, "copy.db"), nil); !errors.Is(err, ErrFull) {
		t.Errorf("got %v, want %v", err, ErrFull)
	}
	if left, err := os.ReadDir(small); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if err := db.Update(t.Context(), func(tx *Tx) error { return add(tx, "later") }); err != nil {
		t.Errorf("an update afterwards: %v", err)
	}
}

func TestF5_AFullDisk(t *testing.T) {
	dir := smallDisk(t)
	db, err := Open(t.Context(), filepath.Join(dir, "hongyan.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 2<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	before := wantFull(t, db, add)
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if err := db.Update(t.Context(), func(tx *Tx) error { return add(tx, "later") }); err != nil {
		t.Errorf("with room again: %v", err)
	}
	if got := rows(t, db); got != before+1 {
		t.Errorf("%d rows, want %d", got, before+1)
	}
	if err := db.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestF7_WhatIsNoDatabaseIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hongyan.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("这不是数据库。", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if db, err := Open(t.Context(), path, Options{}); err == nil {
		db.Close()
		t.Error("opened")
	} else if !strings.Contains(err.Error(), path) {
		t.Errorf("the error does not name the file: %v", err)
	}
}

func TestF7_CheckFindsADamagedTree(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hongyan.db")
	db, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 300 {
		if err := db.Update(t.Context(), func(tx *Tx) error { return add(tx, fmt.Sprint(i, strings.Repeat("x", 500))) }); err != nil {
			t.Fatal(err)
		}
	}
	db.Close()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for page := len(data) - 20*4096; page < len(data); page += 4096 {
		copy(data[page:], make([]byte, 64))
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err = Open(t.Context(), path, Options{})
	if err != nil {
		return // refused at once is as good
	}
	defer db.Close()
	if err := db.Check(t.Context()); err == nil {
		t.Error("Check found nothing")
	}
}

// Another process holds the lock for thirty seconds.
func TestF8_AnotherWriterHoldsTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hongyan.db")
	db, err := Open(t.Context(), path, Options{Wait: 300 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	other, err := sql.Open("sqlite", path+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	lock, err := other.Begin()
	if err != nil {
		t.Fatal(err)
	}
	errs := make(chan error, 8)
	began := time.Now()
	for i := range cap(errs) {
		go func() {
			errs <- db.Update(t.Context(), func(tx *Tx) error { return add(tx, fmt.Sprint(i)) })
		}()
	}
	for range cap(errs) {
		if err := <-errs; !errors.Is(err, ErrBusy) {
			t.Errorf("err = %v, want ErrBusy", err)
		}
	}
	if waited := time.Since(began); waited > 3*time.Second {
		t.Errorf("waited %s", waited)
	}
	if got := rows(t, db); got != 0 {
		t.Errorf("%d rows", got)
	}
	lock.Rollback()
	if err := db.Update(t.Context(), func(tx *Tx) error { return add(tx, "later") }); err != nil {
		t.Errorf("when the file was free again: %v", err)
	}
}

func TestF8_ACallerWhoLeavesWhileTheFileIsLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hongyan.db")
	db, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	other, err := sql.Open("sqlite", path+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	lock, err := other.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Rollback()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := db.Update(ctx, func(tx *Tx) error { return nil }); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("err = %v", err)
	}
}
