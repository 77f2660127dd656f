package store_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	neturl "net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"hongyan/store"
	"hongyan/store/storetest"
)

func openURL(t *testing.T, url string, o store.Options) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), url, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// Two updates that lock two rows in opposite order: the server ends one, which
// is repeated, and both succeed.
func TestPostgres_ADeadlockIsRepeated(t *testing.T) {
	db := storetest.Open(t, storetest.PostgresEngine, store.Options{})
	put(t, db, "甲", 0)
	put(t, db, "乙", 0)
	var met sync.WaitGroup
	met.Add(2)
	both := func(first, second string) error {
		runs := 0
		return db.Update(t.Context(), func(tx *store.Tx) error {
			runs++
			if err := addTo(tx, first); err != nil {
				return err
			}
			if runs == 1 {
				met.Done()
				met.Wait()
			}
			return addTo(tx, second)
		})
	}
	errs := make(chan error, 2)
	go func() { errs <- both("甲", "乙") }()
	go func() { errs <- both("乙", "甲") }()
	if err := errors.Join(<-errs, <-errs); err != nil {
		t.Error(err)
	}
	wantSum(t, db, 4)
}

func addTo(tx *store.Tx, name string) error {
	_, err := tx.Exec(`UPDATE quota SET used = used + 1 WHERE name = $1`, name)
	return err
}

func wantSum(t *testing.T, db *store.DB, want int64) {
	t.Helper()
	var got int64
	err := db.View(t.Context(), func(tx *store.Tx) error {
		return tx.QueryRow(`SELECT CAST(sum(used) AS BIGINT) FROM quota`).Scan(&got)
	})
	if err != nil || got != want {
		t.Errorf("sum = %d, want %d, %v", got, want, err)
	}
}

// The server ends the backend in the middle of a transaction: nothing of it was
// committed, so it is run again.
func TestF8_ABackendKilledInATransaction(t *testing.T) {
	url := storetest.URL(t, storetest.PostgresEngine)
	db := openURL(t, url, store.Options{})
	runs := 0
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		runs++
		if err := insert(tx, "甲", 1); err != nil {
			return err
		}
		if runs == 1 {
			killBackends(t, url, `TRUE`)
		}
		return insert(tx, "乙", 1)
	})
	if err != nil || runs != 2 {
		t.Errorf("after %d runs: %v", runs, err)
	}
	wantNames(t, db, "乙", "甲")
}

// Backends die at random under load: every update that was answered with nil is
// there once, and every error is ErrBusy.
func TestF8_BackendsKilledUnderLoad(t *testing.T) {
	url := storetest.URL(t, storetest.PostgresEngine)
	db := openURL(t, url, store.Options{})
	var mu sync.Mutex
	acknowledged := make(map[string]bool)
	var wait sync.WaitGroup
	for w := range 4 {
		wait.Go(func() {
			for i := range 60 {
				name := fmt.Sprintf("%d-%03d", w, i)
				err := db.Update(t.Context(), func(tx *store.Tx) error { return insert(tx, name, 1) })
				if err == nil {
					mu.Lock()
					acknowledged[name] = true
					mu.Unlock()
				} else if !errors.Is(err, store.ErrBusy) && !errors.Is(err, store.ErrConflict) {
					t.Errorf("%s: %v", name, err)
				}
			}
		})
	}
	wait.Go(func() {
		for range 10 {
			killBackends(t, url, `TRUE`)
		}
	})
	wait.Wait()
	there := make(map[string]bool)
	for _, name := range names(t, db) {
		there[name] = true
	}
	for name := range acknowledged {
		if !there[name] {
			t.Errorf("%s was acknowledged and is not there", name)
		}
	}
}

func TestF8_WaitingForALockIsBounded(t *testing.T) {
	db := storetest.Open(t, storetest.PostgresEngine, store.Options{Wait: 200 * time.Millisecond})
	put(t, db, "甲", 1)
	inside, goOn := make(chan struct{}), make(chan struct{})
	holder := make(chan error, 1)
	go func() {
		holder <- db.Update(t.Context(), func(tx *store.Tx) error {
			if err := addTo(tx, "甲"); err != nil {
				return err
			}
			close(inside)
			<-goOn
			return nil
		})
	}()
	<-inside
	began := time.Now()
	err := db.Update(t.Context(), func(tx *store.Tx) error { return addTo(tx, "甲") })
	if took := time.Since(began); !errors.Is(err, store.ErrBusy) || took > 2*time.Second {
		t.Errorf("after %s: %v", took, err)
	}
	close(goOn)
	if err := <-holder; err != nil {
		t.Error(err)
	}
}

func TestF8_AServerThatFallsSilent(t *testing.T) {
	for _, at := range []string{"begin", "statement", "commit"} {
		t.Run(at, func(t *testing.T) { silentAt(t, at) })
	}
}

func silentAt(t *testing.T, step string) {
	db, hold := throughRelay(t)
	put(t, db, "甲", 1)
	silence := sync.OnceFunc(hold.Lock)
	if step == "begin" {
		silence()
	}
	began := time.Now()
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		if step == "statement" {
			silence()
		}
		if err := insert(tx, "乙", 1); err != nil {
			return err
		}
		silence()
		return nil
	})
	if took := time.Since(began); !errors.Is(err, store.ErrBusy) || took > 10*time.Second {
		t.Errorf("after %s: %v", took, err)
	}
	hold.Unlock()
	put(t, db, "丙", 1)
}

// throughRelay opens a store whose server can be silenced by locking hold.
func throughRelay(t *testing.T) (db *store.DB, hold *sync.RWMutex) {
	t.Helper()
	target, err := pgx.ParseConfig(storetest.URL(t, storetest.PostgresEngine))
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	hold = new(sync.RWMutex)
	go relay(listener, fmt.Sprintf("%s:%d", target.Host, target.Port), hold)
	at := neturl.URL{Scheme: "postgres", User: neturl.UserPassword(target.User, target.Password),
		Host: listener.Addr().String(), Path: target.Database, RawQuery: "sslmode=disable"}
	return openURL(t, at.String(), store.Options{Wait: 200 * time.Millisecond}), hold
}

// relay copies both ways; nothing passes while hold is locked.
func relay(listener net.Listener, target string, hold *sync.RWMutex) {
	pump := func(to, from net.Conn) {
		defer to.Close()
		buffer := make([]byte, 4096)
		for {
			n, err := from.Read(buffer)
			hold.RLock()
			_, wrote := to.Write(buffer[:n])
			hold.RUnlock()
			if err != nil || wrote != nil {
				return
			}
		}
	}
	for {
		near, err := listener.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", target)
		if err != nil {
			near.Close()
			continue
		}
		go pump(near, far)
		go pump(far, near)
	}
}

func TestOpen_AnUnreachableServerIsErrBusyAndNamesNoPassword(t *testing.T) {
	_, err := store.Open(context.Background(), "postgres://hy:geheim@127.0.0.1:1/none", store.Options{Wait: time.Second})
	if !errors.Is(err, store.ErrBusy) {
		t.Errorf("err = %v", err)
	}
	if text := fmt.Sprint(err); strings.Contains(text, "geheim") {
		t.Errorf("the password is in %q", text)
	}
}
