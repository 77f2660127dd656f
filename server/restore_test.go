package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"hongyan/push"
	"hongyan/store"
)

const (
	appBefore = "备份之前的应用" // in the backup and in the database
	appAfter  = "备份之后的应用" // in the database only
)

// killedData is a data folder as a killed server leaves it, its last commit in the
// write-ahead log, and a backup from before that commit.
type killedData struct {
	data, path, backup string
}

func newKilledData(t *testing.T, secret []byte) killedData {
	t.Helper()
	b := killedData{data: t.TempDir()}
	b.path, b.backup = filepath.Join(b.data, "hongyan.db"), filepath.Join(t.TempDir(), "backup.db")
	at := filepath.Join(t.TempDir(), "live.db")
	db, err := store.Open(t.Context(), at, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	s, err := push.New(t.Context(), db, push.Options{Account: "sandbox", Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Stamp(t.Context(), "sandbox"); err != nil {
		t.Fatal(err)
	}
	make := func(name string) {
		if _, _, err := s.CreateApp(t.Context(), push.NewApp{Name: name}); err != nil {
			t.Fatal(err)
		}
	}
	make(appBefore)
	if err := db.Backup(t.Context(), b.backup, nil); err != nil {
		t.Fatal(err)
	}
	make(appAfter)
	for _, side := range []string{"", "-wal"} { // nobody writes, so the two belong together
		copyAs(t, at+side, b.path+side)
	}
	return b
}

// copied is the same folder and backup once more.
func (b killedData) copied(t *testing.T) killedData {
	t.Helper()
	c := killedData{data: t.TempDir()}
	c.path, c.backup = filepath.Join(c.data, "hongyan.db"), filepath.Join(t.TempDir(), "backup.db")
	copyAs(t, b.path, c.path)
	copyAs(t, b.path+"-wal", c.path+"-wal") // after the file, whose copying clears what is beside it
	copyAs(t, b.backup, c.backup)
	return c
}

// appsIn opens a database as the server would and lists its apps.
func appsIn(t *testing.T, path string) string {
	t.Helper()
	db, err := store.Open(t.Context(), path, store.Options{})
	if err != nil {
		t.Fatalf("%s: %v", filepath.Base(path), err)
	}
	defer db.Close()
	if err := db.Check(t.Context()); err != nil {
		t.Errorf("%s: %v", filepath.Base(path), err)
	}
	var names []string
	err = db.View(t.Context(), func(tx *store.Tx) (err error) {
		names, err = store.Collect(tx, func(r *store.Rows) (s string, err error) { return s, r.Scan(&s) }, `SELECT name FROM app ORDER BY id`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(names, " ")
}

func (b *killedData) aside(t *testing.T) string {
	t.Helper()
	found, err := filepath.Glob(b.path + ".before-restore-*")
	if err != nil {
		t.Fatal(err)
	}
	found = slices.DeleteFunc(found, func(s string) bool { return strings.HasSuffix(s, "-wal") })
	if len(found) != 1 {
		t.Fatalf("kept databases: %q, want one", found)
	}
	return found[0]
}

// TestRestore_ReplaysNoLogOfTheDatabaseBefore: the log belongs to the database
// it was written for, and goes with that one.
func TestRestore_ReplaysNoLogOfTheDatabaseBefore(t *testing.T) {
	b := newKilledData(t, nil)
	out, ok := runBinary(t, "restore", b.backup, "--data", b.data)
	if !ok || !strings.Contains(out, "belongs to sandbox") || !strings.Contains(out, "start the server") {
		t.Fatalf("restore: %s", out)
	}
	if got := appsIn(t, b.path); got != appBefore {
		t.Errorf("restored %q, want %q", got, appBefore)
	}
	if got := appsIn(t, b.aside(t)); got != appBefore+" "+appAfter {
		t.Errorf("kept %q, want both apps", got)
	}
}

func TestRestore_IntoAnEmptyFolder(t *testing.T) {
	b := newKilledData(t, nil)
	data := filepath.Join(t.TempDir(), "new")
	if out, ok := runBinary(t, "restore", b.backup, "--data", data); !ok || strings.Contains(out, "kept") {
		t.Fatalf("restore: %s", out)
	}
	if got := appsIn(t, filepath.Join(data, "hongyan.db")); got != appBefore {
		t.Errorf("restored %q, want %q", got, appBefore)
	}
}

// TestRestore_ReplacesADamagedDatabase, which is why people restore.
func TestRestore_ReplacesADamagedDatabase(t *testing.T) {
	b := newKilledData(t, nil)
	garbage := bytes.Repeat([]byte("雁"), 4096)
	if err := os.WriteFile(b.path, garbage, 0o600); err != nil {
		t.Fatal(err)
	}
	log, err := os.ReadFile(b.path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	if out, ok := runBinary(t, "restore", b.backup, "--data", b.data); !ok {
		t.Fatalf("restore: %s", out)
	}
	if got := appsIn(t, b.path); got != appBefore {
		t.Errorf("restored %q, want %q", got, appBefore)
	}
	aside := b.aside(t)
	for path, want := range map[string][]byte{aside: garbage, aside + "-wal": log} {
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not as it was: %v", filepath.Base(path), err)
		}
	}
}

// TestRestore_RefusesWhatAServerCouldNotGoOnWith, and touches nothing.
func TestRestore_RefusesWhatAServerCouldNotGoOnWith(t *testing.T) {
	b := newKilledData(t, nil)
	dir := t.TempDir()
	sealed := newKilledData(t, bytes.Repeat([]byte{7}, 32))
	key := filepath.Join(dir, "key")
	if err := os.WriteFile(key, []byte(strings.Repeat("08", 32)), 0o600); err != nil {
		t.Fatal(err)
	}
	file := func(name string, change func(raw []byte) []byte) string {
		raw, err := os.ReadFile(b.backup)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, change(raw), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	change := func(name, statement string) string {
		path := file(name, func(raw []byte) []byte { return raw })
		db, err := store.Open(t.Context(), path, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		err = db.Update(t.Context(), func(tx *store.Tx) error { _, err := tx.Exec(statement); return err })
		if err := errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
		return path
	}
	logged := file("logged.db", func(raw []byte) []byte { return raw })
	if err := os.WriteFile(logged+"-wal", []byte("commits"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		file string
		args []string
		says string
	}{
		"no such file":           {filepath.Join(dir, "none.db"), nil, "no such file"},
		"a text":                 {file("text.db", func([]byte) []byte { return []byte("备份") }), nil, "no SQLite database"},
		"an empty file":          {file("empty.db", func([]byte) []byte { return nil }), nil, "no SQLite database"},
		"half a file":            {file("half.db", func(raw []byte) []byte { return raw[:len(raw)/2] }), nil, "cannot be restored"},
		"a torn page":            {file("torn.db", tearPages), nil, "cannot be restored"},
		"a file without its log": {logged, nil, "write-ahead log"},
		"a newer schema":         {change("newer.db", `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`), nil, "9999"},
		"nobody's database":      {change("nobody.db", `DELETE FROM setting WHERE name = 'mode'`), nil, push.ErrNotOurs.Error()},
		"another account":        {b.backup, []string{"--wechat.app-id", "wx5a6e64b0788a97e1"}, "wx5a6e64b0788a97e1"},
		"another key":            {sealed.backup, []string{"--secret-file", key}, "--secret-file"},
		"the key is missing":     {sealed.backup, nil, "--secret-file"},
	} {
		t.Run(name, func(t *testing.T) {
			out, ok := runBinary(t, append([]string{"restore", c.file, "--data", b.data}, c.args...)...)
			if ok || !strings.Contains(out, c.says) {
				t.Errorf("ok %v, said %s; want %q", ok, out, c.says)
			}
			if got := filesIn(t, b.data); strings.Join(got, " ") != "hongyan.db hongyan.db-wal hongyan.db.lock" {
				t.Errorf("the folder holds %q", got)
			}
		})
	}
	if got := appsIn(t, b.path); got != appBefore+" "+appAfter {
		t.Errorf("the database holds %q", got)
	}
}

// tearPages writes over the middle of a file.
func tearPages(raw []byte) []byte {
	for i := len(raw) / 4; i < len(raw)*3/4; i += 512 {
		copy(raw[i:], "torn torn torn torn torn")
	}
	return raw
}

func TestRestore_RefusesBesideAServer(t *testing.T) {
	w := startWorld(t)
	backup := filepath.Join(t.TempDir(), "backup.db")
	if out, ok := runBinary(t, append([]string{"backup", backup}, w.stores...)...); !ok {
		t.Fatal(out)
	}
	out, ok := runBinary(t, append([]string{"restore", backup}, w.stores...)...)
	if ok || !strings.Contains(out, "stop the server") {
		t.Errorf("ok %v, said %s", ok, out)
	}
	if sent := w.send(map[string]any{"content": "还在", "uids": []string{w.file.UID}}); sent[0].Code != 1000 {
		t.Errorf("the server is hurt: %+v", sent)
	}
}

// The child of the next test restores the first path of this list in the place
// of the second.
const restoreChild = "SERVER_TEST_RESTORE"

func TestRestoreChild(t *testing.T) {
	backup, path, ok := strings.Cut(os.Getenv(restoreChild), string(os.PathListSeparator))
	if !ok {
		return // this process is not the child
	}
	runtime.LockOSThread() // strace counts calls by thread
	fmt.Println("began")
	_, err := restore(t.Context(), backup, path, time.Now(), func(db *store.DB) error {
		return push.Belongs(t.Context(), db, "sandbox", nil)
	})
	if err != nil {
		fmt.Println(err)
		os.Exit(3)
	}
	os.Exit(0) // without what TestMain does for tests
}

// TestRestore_DiesAtAnyLine kills a restore at its calls that change the
// disk, at every one of them with --long. Then the old or the restored database stands there, whole, and
// the same restore completes.
func TestRestore_DiesAtAnyLine(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not installed")
	}
	fresh := newKilledData(t, nil) // never restored into
	old, restored, step := 0, 0, 2
	if long() {
		step = 1
	}
	for _, call := range []string{"openat", "unlinkat", "copy_file_range", "pwrite64", "ftruncate", "fsync", "linkat", "renameat"} {
		for n, ended := 1, false; !ended; n += step {
			b := fresh.copied(t)
			var began bool
			if began, ended = killAt(t, strace, &b, call, n); ended || !began {
				continue
			}
			if got := appsIn(t, b.path); got == appBefore {
				restored++
				if got := appsIn(t, b.aside(t)); got != appBefore+" "+appAfter {
					t.Errorf("killed at %s %d: kept %q", call, n, got)
				}
				continue
			} else if got != appBefore+" "+appAfter {
				t.Fatalf("killed at %s %d: the database holds %q", call, n, got)
			}
			old++
			if out, ok := runBinary(t, "restore", b.backup, "--data", b.data); !ok {
				t.Errorf("killed at %s %d, then: %s", call, n, out)
			}
			if got := appsIn(t, b.path); got != appBefore {
				t.Errorf("killed at %s %d, then restored: %q", call, n, got)
			}
		}
	}
	t.Logf("%d kills left the old database, %d the restored one", old, restored)
	if old < 15 || restored == 0 {
		t.Error("the kills do not reach from the beginning to the end")
	}
}

// killAt runs the child until it makes that call for the n-th time.
func killAt(t *testing.T, strace string, b *killedData, call string, n int) (began, ended bool) {
	t.Helper()
	cmd := exec.Command(strace, "-f", "-qq", "-o", os.DevNull, "-e", "trace="+call,
		"-e", fmt.Sprintf("inject=%s:signal=KILL:when=%d", call, n), os.Args[0], "-test.run=^TestRestoreChild$")
	cmd.Env = append(os.Environ(), restoreChild+"="+b.backup+string(os.PathListSeparator)+b.path)
	out, err := cmd.CombinedOutput()
	if strings.Contains(string(out), "ptrace") {
		t.Skipf("strace does not work here: %s", out)
	}
	return strings.Contains(string(out), "began"), err == nil
}
