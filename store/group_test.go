package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// openLite opens a SQLite store; call it inside the bubble that uses it.
func openLite(t *testing.T, o Options) *DB {
	t.Helper()
	db, err := Open(t.Context(), filepath.Join(t.TempDir(), "hongyan.db"), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return db
}

func add(tx *Tx, name string) error {
	_, err := tx.Exec(`INSERT INTO quota (name, starts_at, used) VALUES ($1, 0, 1)`, name)
	return err
}

func rows(t *testing.T, db *DB) (n int) {
	t.Helper()
	err := db.View(context.Background(), func(tx *Tx) error {
		return tx.QueryRow(`SELECT count(*) FROM quota`).Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// held keeps the writer in a closure until the returned function is called, so
// that all updates of a test queue up behind it.
func held(db *DB) (letGo func()) {
	inside, goOn := make(chan struct{}), make(chan struct{})
	enter := sync.OnceFunc(func() { close(inside) })
	go db.Update(context.Background(), func(*Tx) error {
		enter()
		<-goOn
		return nil
	})
	<-inside
	return func() { close(goOn) }
}

func TestGroup_OneCommitAnswersAllWhoWaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := openLite(t, Options{})
		letGo := held(db)
		const waiting = 100
		for i := range waiting {
			go func() {
				if err := db.Update(t.Context(), func(tx *Tx) error { return add(tx, fmt.Sprint(i)) }); err != nil {
					t.Error(err)
				}
			}()
		}
		synctest.Wait()
		letGo()
		synctest.Wait()
		if got := db.Stats(); got.Commits != 1 || got.Updates != waiting+1 || got.Syncs != 1 {
			t.Errorf("stats = %+v, want one commit for %d updates", got, waiting+1)
		}
		if got := rows(t, db); got != waiting {
			t.Errorf("%d rows", got)
		}
	})
}

func TestGroup_IsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := openLite(t, Options{})
		letGo := held(db)
		for range 2 * mostMembers {
			go db.Update(t.Context(), func(tx *Tx) error { return nil })
		}
		synctest.Wait()
		letGo()
		synctest.Wait()
		if got := db.Stats().Commits; got != 3 {
			t.Errorf("%d commits for %d updates in groups of at most %d", got, 2*mostMembers+1, mostMembers)
		}
	})
}

// Nobody is told of success before the one commit.
func TestGroup_AnswersNobodyBeforeTheCommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := openLite(t, Options{})
		letGo := held(db)
		var answered atomic.Int64
		go func() {
			db.Update(t.Context(), func(tx *Tx) error { return add(tx, "first") })
			answered.Add(1)
		}()
		synctest.Wait()
		slow := make(chan struct{})
		go db.Update(t.Context(), func(tx *Tx) error { <-slow; return nil })
		synctest.Wait()
		letGo()
		synctest.Wait() // the first has run, the slow one is at work
		if answered.Load() != 0 || rows(t, db) != 0 {
			t.Error("answered or visible before the commit")
		}
		close(slow)
		synctest.Wait()
		if answered.Load() != 1 || rows(t, db) != 1 {
			t.Error("not answered after the commit")
		}
	})
}

func TestGroup_AnUpdateThatGaveUpLeavesTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := openLite(t, Options{})
		letGo := held(db)
		ctx, cancel := context.WithCancel(t.Context())
		errs := make(chan error, 3)
		for i := range 3 {
			with := t.Context()
			if i == 1 {
				with = ctx
			}
			go func() { errs <- db.Update(with, func(tx *Tx) error { return add(tx, fmt.Sprint(i)) }) }()
			synctest.Wait()
		}
		cancel()
		if err := <-errs; !errors.Is(err, context.Canceled) {
			t.Errorf("err = %v", err)
		}
		letGo()
		if err := errors.Join(<-errs, <-errs); err != nil {
			t.Error(err)
		}
		if got := rows(t, db); got != 2 {
			t.Errorf("%d rows", got)
		}
	})
}

func TestF8_WaitingForTheWriterIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := openLite(t, Options{})
		letGo := held(db)
		began := time.Now()
		err := db.Update(t.Context(), func(*Tx) error { t.Error("ran"); return nil })
		if waited := time.Since(began); !errors.Is(err, ErrBusy) || waited != 4*time.Second {
			t.Errorf("after %s: %v", waited, err)
		}
		letGo()
		if err := db.Update(t.Context(), func(tx *Tx) error { return add(tx, "later") }); err != nil {
			t.Errorf("when the writer was free again: %v", err)
		}
	})
}

// A transaction that SQLite ended behind our back: the group is abandoned and
// everyone runs again, alone.
func TestGroup_WhenASavepointFailsEveryoneRunsAgainAlone(t *testing.T) {
	for name, noticed := range map[string]error{"undone": io.ErrShortWrite, "released": nil} {
		t.Run(name, func(t *testing.T) { abandon(t, noticed) })
	}
}

// abandon ends the transaction under the seventh of ten closures, which then
// returns noticed.
func abandon(t *testing.T, noticed error) {
	synctest.Test(t, func(t *testing.T) {
		db := openLite(t, Options{})
		letGo := held(db)
		var runs [10]int
		var wait sync.WaitGroup
		for i := range runs {
			wait.Go(func() {
				err := db.Update(t.Context(), func(tx *Tx) error {
					runs[i]++
					if i == 6 && runs[i] == 1 {
						tx.on.(*session).conn.ExecContext(tx.ctx, "ROLLBACK")
						return tx.fail("as after", noticed)
					}
					if i == 8 {
						return errors.Join(add(tx, fmt.Sprint(i)), errAddress)
					}
					return add(tx, fmt.Sprint(i))
				})
				if i == 8 != errors.Is(err, errAddress) || i != 8 && err != nil {
					t.Errorf("update %d: %v", i, err)
				}
			})
			synctest.Wait()
		}
		letGo()
		wait.Wait()
		for i, n := range runs {
			if want := map[bool]int{true: 2, false: 1}[i <= 6]; n != want {
				t.Errorf("closure %d ran %d times, want %d", i, n, want)
			}
		}
		if got := rows(t, db); got != 9 {
			t.Errorf("%d rows, want 9", got)
		}
	})
}

// The last in a group may be the one that dies; the others are answered.
func TestGroup_ADyingLastMemberStillCommits(t *testing.T) {
	for name, die := range map[string]func(){
		"panic":  func() { panic("died") },
		"goexit": runtime.Goexit,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				db := openLite(t, Options{})
				letGo := held(db)
				answer := make(chan error, 1)
				go func() { answer <- db.Update(t.Context(), func(tx *Tx) error { return add(tx, "good") }) }()
				synctest.Wait()
				go func() {
					defer func() { _ = recover() }()
					db.Update(t.Context(), func(tx *Tx) error {
						if err := add(tx, "bad"); err != nil {
							return err
						}
						die()
						return nil
					})
				}()
				synctest.Wait()
				letGo()
				if err := <-answer; err != nil {
					t.Error(err)
				}
				if got := rows(t, db); got != 1 {
					t.Errorf("%d rows, want 1", got)
				}
			})
		})
	}
}

func TestUpdate_RefusesToControlTheTransaction(t *testing.T) {
	db := openLite(t, Options{})
	for _, query := range []string{
		"COMMIT", " rollback", "SAVEPOINT a", "release a", "BEGIN", "END",
		"INSERT OR ROLLBACK INTO quota (name, starts_at, used) VALUES ('a', 0, 0)",
	} {
		err := db.Update(t.Context(), func(tx *Tx) error { _, err := tx.Exec(query); return err })
		if !errors.Is(err, errControl) {
			t.Errorf("%s: %v", query, err)
		}
	}
}

func TestSession_HasABoundOnPreparedStatements(t *testing.T) {
	db := openLite(t, Options{})
	err := db.Update(t.Context(), func(tx *Tx) error {
		for i := range mostStatements + 100 {
			if _, err := tx.Exec(fmt.Sprintf(`UPDATE quota SET used = %d`, i)); err != nil {
				return err
			}
		}
		if got := len(tx.on.(*session).stmts); got > mostStatements+8 {
			t.Errorf("%d statements are kept", got)
		}
		return add(tx, "still works")
	})
	if err != nil {
		t.Error(err)
	}
}

// A store lives in a bubble: three hours pass at once.
func TestSimulatedTime_ThreeHoursPassAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := openLite(t, Options{})
		began := time.Now()
		wake, stop := db.Listen("tick")
		defer stop()
		go func() {
			for range 180 {
				if pause(t.Context(), time.Minute) != nil {
					return
				}
				err := db.Update(t.Context(), func(tx *Tx) error {
					tx.Notify("tick")
					return add(tx, tx.Now.String())
				})
				if err != nil {
					t.Error(err)
				}
			}
		}()
		for range 180 {
			<-wake
		}
		if got := time.Since(began); got != 3*time.Hour || rows(t, db) != 180 {
			t.Errorf("%s passed, %d rows", got, rows(t, db))
		}
	})
}
