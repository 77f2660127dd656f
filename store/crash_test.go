package store

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// The child of the crash tests opens the store at this path and writes until
// it is told to stop, one line of output for every acknowledged update.
const crashPath = "STORE_TEST_CRASH"

const crashUpdates = 40

func TestCrashChild(t *testing.T) {
	path := os.Getenv(crashPath)
	if path == "" {
		return // this process is not the child
	}
	runtime.LockOSThread() // strace counts calls by thread
	db, err := Open(t.Context(), path, Options{})
	if err != nil {
		fmt.Println("open:", err)
		os.Exit(3)
	}
	for i := range crashUpdates {
		name := fmt.Sprint("row", i)
		if err := db.Update(t.Context(), func(tx *Tx) error { return add(tx, name) }); err == nil {
			fmt.Println("kept", name)
		}
	}
	os.Exit(0) // without Close, as a crash would
}

// child builds this package's tests once for all crashes. The child needs no
// race detector: it makes the same calls without, ten times as fast.
var child = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "hongyan-crash")
	if err != nil {
		return "", err
	}
	childFolder = dir
	path := filepath.Join(dir, "child")
	if out, err := exec.Command("go", "test", "-c", "-o", path, "hongyan/store").CombinedOutput(); err != nil {
		return "", fmt.Errorf("go test -c: %w\n%s", err, out)
	}
	return path, nil
})

var childFolder string // of child, when it was called

func TestMain(m *testing.M) {
	code := m.Run()
	os.RemoveAll(childFolder)
	os.Exit(code)
}

// inject runs the child under strace with the fault and returns what was
// acknowledged and whether the child came to its end.
func inject(t *testing.T, path, fault string) (kept []string, ended bool) {
	t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not installed")
	}
	program, err := child()
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(fault, "=")
	calls, _, _ := strings.Cut(rest, ":")
	crash := exec.Command(strace, "-f", "-qq", "-o", os.DevNull, "-e", "trace="+calls, "-e", fault,
		program, "-test.run=^TestCrashChild$")
	crash.Env = append(os.Environ(), crashPath+"="+path)
	var out, complaint bytes.Buffer
	crash.Stdout, crash.Stderr = &out, &complaint
	err = crash.Run()
	if strings.Contains(complaint.String(), "ptrace") {
		t.Skipf("strace does not work here: %s", complaint.String())
	}
	for line := range strings.Lines(out.String()) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "kept "); ok {
			kept = append(kept, name)
		}
	}
	return kept, err == nil
}

// wantKept opens the store a crash left behind and asks for all that was
// acknowledged.
func wantKept(t *testing.T, path, fault string, kept []string) {
	t.Helper()
	db, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatalf("%s: %v", fault, err)
	}
	defer db.Close()
	if err := db.Check(t.Context()); err != nil {
		t.Errorf("%s: %v", fault, err)
	}
	err = db.View(t.Context(), func(tx *Tx) error {
		for _, name := range kept {
			var n int
			if err := tx.QueryRow(`SELECT count(*) FROM quota WHERE name = $1`, name).Scan(&n); err != nil || n != 1 {
				return errors.Join(err, fmt.Errorf("%s was acknowledged, found %d", name, n))
			}
		}
		return nil
	})
	if err != nil {
		t.Errorf("%s: %v", fault, err)
	}
}

// The process is killed at the N-th write to the file, through the migration
// and into the updates after it: a rerun completes, nothing acknowledged is
// lost.
func TestF4_KilledAtAnyWrite(t *testing.T) {
	step := 9
	if testing.Short() {
		step = 50
	}
	for n := 1; ; n += step {
		path := filepath.Join(t.TempDir(), "hongyan.db")
		fault := fmt.Sprintf("inject=pwrite64:signal=KILL:when=%d", n)
		kept, ended := inject(t, path, fault)
		wantKept(t, path, fault, kept)
		if ended {
			if n == 1 || len(kept) != crashUpdates {
				t.Errorf("%s: the child was never killed, or ended with %d updates", fault, len(kept))
			}
			return
		}
	}
}

// Every sync from the N-th on fails: no update is acknowledged any more.
func TestF6_NothingIsAcknowledgedAfterAFailedSync(t *testing.T) {
	for n := 1; n < crashUpdates; n += 6 {
		path := filepath.Join(t.TempDir(), "hongyan.db")
		fault := fmt.Sprintf("inject=fsync,fdatasync:error=EIO:when=%d+", n)
		kept, _ := inject(t, path, fault)
		if len(kept) >= n {
			t.Errorf("%s: %d updates were acknowledged", fault, len(kept))
		}
		wantKept(t, path, fault, kept)
	}
}

// One sync fails, or one write is refused: the update in question is not
// acknowledged, the later ones are.
func TestF6_OneFailedCall(t *testing.T) {
	for _, call := range []string{"fsync,fdatasync:error=EIO", "pwrite64:error=EIO", "pwrite64:error=ENOSPC"} {
		for _, n := range []int{1, 3, 10, 20, 60, 80} {
			path := filepath.Join(t.TempDir(), "hongyan.db")
			fault := fmt.Sprintf("inject=%s:when=%d", call, n)
			kept, _ := inject(t, path, fault)
			wantKept(t, path, fault, kept)
		}
	}
}
