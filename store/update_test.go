package store_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"hongyan/store"
	"hongyan/store/storetest"
)

func TestUpdate_KeepsWhatTheClosureWrote(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		put(t, db, "甲", 1)
		if got := names(t, db); !slices.Equal(got, []string{"甲"}) {
			t.Errorf("names = %q", got)
		}
		if s := db.Stats(); s.Commits != 1 || s.Updates != 1 {
			t.Errorf("stats = %+v", s)
		}
	})
}

var errMine = errors.New("my own error")

func TestUpdate_AnErrorUndoesTheClosureAndComesBackAsItIs(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			tx.AfterCommit(func() { t.Error("AfterCommit was called") })
			return errors.Join(insert(tx, "甲", 1), errMine)
		})
		if !errors.Is(err, errMine) {
			t.Errorf("err = %v", err)
		}
		wantNames(t, db)
	})
}

func TestUpdate_APanicUndoesTheClosureAndReachesTheCaller(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		func() {
			defer func() {
				if r := recover(); r != errMine {
					t.Errorf("recovered %v", r)
				}
			}()
			db.Update(t.Context(), func(tx *store.Tx) error {
				if err := insert(tx, "甲", 1); err != nil {
					return err
				}
				panic(errMine)
			})
		}()
		put(t, db, "乙", 1)
		wantNames(t, db, "乙")
	})
}

func TestUpdate_GoexitUndoesTheClosure(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		var wait sync.WaitGroup
		wait.Go(func() {
			db.Update(t.Context(), func(tx *store.Tx) error {
				if err := insert(tx, "甲", 1); err != nil {
					return err
				}
				runtime.Goexit()
				return nil
			})
		})
		wait.Wait()
		put(t, db, "乙", 1)
		wantNames(t, db, "乙")
	})
}

// Failing closures among good ones: each rolls back alone, and what a caller
// was told is what the store has.
func TestUpdate_FailingClosuresLeaveTheirNeighboursAlone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		var wait sync.WaitGroup
		const each = 40
		for i := range 4 * each {
			wait.Go(func() {
				defer func() { _ = recover() }()
				err := db.Update(t.Context(), func(tx *store.Tx) error {
					if err := insert(tx, fmt.Sprintf("%03d", i), 1); err != nil {
						return err
					}
					switch i % 4 {
					case 1:
						return errMine
					case 2:
						panic(errMine)
					case 3:
						runtime.Goexit()
					}
					return nil
				})
				if want := i%4 == 1; errors.Is(err, errMine) != want || !want && err != nil {
					t.Errorf("update %d: %v", i, err)
				}
			})
		}
		wait.Wait()
		var want []string
		for i := 0; i < 4*each; i += 4 {
			want = append(want, fmt.Sprintf("%03d", i))
		}
		wantNames(t, db, want...)
	})
}

func TestUpdate_HearsTheContextOnlyBeforeTheClosure(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		err := db.Update(ctx, func(tx *store.Tx) error {
			if err := insert(tx, "甲", 1); err != nil {
				return err
			}
			cancel()
			if tx.Context().Err() != nil {
				t.Error("the closure's context was cancelled")
			}
			return insert(tx, "乙", 1)
		})
		if err != nil {
			t.Errorf("update: %v", err)
		}
		err = db.Update(ctx, func(tx *store.Tx) error { t.Error("the closure ran"); return nil })
		if !errors.Is(err, context.Canceled) {
			t.Errorf("err = %v", err)
		}
		err = db.View(ctx, func(tx *store.Tx) error { t.Error("the view ran"); return nil })
		if !errors.Is(err, context.Canceled) {
			t.Errorf("err = %v", err)
		}
		wantNames(t, db, "乙", "甲")
	})
}

// Contexts end at every moment of many concurrent updates; a caller who was
// told nil finds its row, one who was told otherwise does not.
func TestUpdate_CancelledCallersAreAnsweredTruly(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		var mu sync.Mutex
		var want []string
		var wait sync.WaitGroup
		for i := range 200 {
			wait.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i%20)*200*time.Microsecond)
				defer cancel()
				name := fmt.Sprintf("%03d", i)
				if db.Update(ctx, func(tx *store.Tx) error { return insert(tx, name, 1) }) == nil {
					mu.Lock()
					want = append(want, name)
					mu.Unlock()
				}
			})
		}
		wait.Wait()
		slices.Sort(want)
		wantNames(t, db, want...)
	})
}

func TestUpdate_AStatementErrorEndsTheClosure(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		put(t, db, "甲", 1)
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			if err := insert(tx, "乙", 1); err != nil {
				return err
			}
			if err := insert(tx, "甲", 2); !errors.Is(err, store.ErrConflict) {
				t.Errorf("insert again = %v, want ErrConflict", err)
			}
			if err := insert(tx, "丙", 1); !errors.Is(err, store.ErrConflict) {
				t.Errorf("a later statement = %v, want the first error", err)
			}
			return nil
		})
		if !errors.Is(err, store.ErrConflict) {
			t.Errorf("update = %v, want ErrConflict", err)
		}
		wantNames(t, db, "甲")
	})
}

func TestNested_UpdateAndViewPanic(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		outer := t.Context()
		nothing := func(*store.Tx) error { return nil }
		inner := map[string]func(*store.Tx){
			"update by the closure's context": func(tx *store.Tx) { db.Update(tx.Context(), nothing) },
			"view by the closure's context":   func(tx *store.Tx) { db.View(tx.Context(), nothing) },
			"update by a captured context":    func(*store.Tx) { db.Update(outer, nothing) },
			"view by a captured context":      func(*store.Tx) { db.View(outer, nothing) },
		}
		for name, f := range inner {
			for verb, do := range map[string]func(context.Context, func(*store.Tx) error) error{"Update": db.Update, "View": db.View} {
				func() {
					defer func() {
						if recover() == nil {
							t.Errorf("%s inside %s did not panic", name, verb)
						}
					}()
					do(outer, func(tx *store.Tx) error { f(tx); return nil })
				}()
			}
		}
		put(t, db, "甲", 1) // the store still works
	})
}

// Another goroutine of the closure is known by its context.
func TestNested_PanicsOnAnotherGoroutineToo(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		db.Update(t.Context(), func(tx *store.Tx) error {
			panicked := make(chan bool)
			go func() {
				defer func() { panicked <- recover() != nil }()
				db.View(tx.Context(), func(*store.Tx) error { return nil })
			}()
			if !<-panicked {
				t.Error("did not panic")
			}
			return nil
		})
	})
}

func TestInTx_TellsAClosuresContext(t *testing.T) {
	db := storetest.SQLite(t)
	if store.InTx(t.Context()) {
		t.Error("outside")
	}
	db.Update(t.Context(), func(tx *store.Tx) error {
		if !store.InTx(context.WithValue(tx.Context(), errMine, 1)) {
			t.Error("inside")
		}
		return nil
	})
}

func TestTx_NowIsTheClockOfTheStoreAndStandsStill(t *testing.T) {
	storetest.EachClock(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		clock.Advance(1500 * time.Microsecond)
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			before := tx.Now
			clock.Advance(time.Hour)
			if tx.Now != before || tx.Now.Nanosecond() != 1e6 {
				t.Errorf("tx.Now = %v", tx.Now)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := db.LeaseNow().Sub(clock.Now()).Abs(); got > time.Second {
			t.Errorf("LeaseNow is %s away from Now on one machine", got)
		}
	})
}

func TestTx_IsOfNoUseAfterItsClosure(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		var kept *store.Tx
		db.Update(t.Context(), func(tx *store.Tx) error { kept = tx; return nil })
		if err := insert(kept, "甲", 1); err == nil {
			t.Error("a statement ran after the end")
		}
	})
}

func TestAfterCommit_RunsOnceTheRowIsThereAndBeforeUpdateReturns(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		var got []string
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			tx.AfterCommit(func() { got = names(t, db) })
			return insert(tx, "甲", 1)
		})
		if err != nil || !slices.Equal(got, []string{"甲"}) {
			t.Errorf("seen after the commit: %q, %v", got, err)
		}
	})
}

func TestView_SeesOneMomentAndWritesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		put(t, db, "甲", 1)
		err := db.View(t.Context(), func(tx *store.Tx) error {
			first := count(t, tx)
			done := make(chan struct{})
			go func() { defer close(done); put(t, db, "乙", 1) }()
			<-done
			if got := count(t, tx); got != first {
				t.Errorf("count went from %d to %d within one view", first, got)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := db.View(t.Context(), func(tx *store.Tx) error { return insert(tx, "丙", 1) }); err == nil {
			t.Error("a view wrote")
		}
		wantNames(t, db, "乙", "甲")
	})
}

func TestClose_EndsTheStore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		put(t, db, "甲", 1)
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if err := db.Update(t.Context(), func(*store.Tx) error { return nil }); !errors.Is(err, store.ErrClosed) {
			t.Errorf("update = %v", err)
		}
		if err := db.View(t.Context(), func(*store.Tx) error { return nil }); !errors.Is(err, store.ErrClosed) {
			t.Errorf("view = %v", err)
		}
	})
}

func TestClose_WaitsForTheUpdatesAtWork(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		inside, goOn := make(chan struct{}), make(chan struct{})
		updated := make(chan error, 1)
		go func() {
			updated <- db.Update(context.Background(), func(tx *store.Tx) error {
				close(inside)
				<-goOn
				return insert(tx, "甲", 1)
			})
		}()
		<-inside
		closed := make(chan error, 1)
		go func() { closed <- db.Close() }()
		close(goOn)
		if err := <-updated; err != nil {
			t.Errorf("update during Close: %v", err)
		}
		if err := <-closed; err != nil {
			t.Errorf("close: %v", err)
		}
	})
}

func TestCheck_FindsAFreshStoreSound(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		if err := errors.Join(db.Check(t.Context()), db.Ping(t.Context())); err != nil {
			t.Error(err)
		}
	})
}
