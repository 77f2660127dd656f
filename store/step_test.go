package store_test

import (
	"context"
	"runtime"
	"testing"

	"hongyan/store"
	"hongyan/store/storetest"
)

// TestStep_ACrashBeforeTheCommitUndoesAndAfterItKeeps, whichever statement it
// is, and the store serves whoever comes next.
func TestStep_ACrashBeforeTheCommitUndoesAndAfterItKeeps(t *testing.T) {
	for _, engine := range []string{storetest.SQLiteEngine, storetest.PostgresEngine} {
		t.Run(engine, func(t *testing.T) {
			left := 0
			db := storetest.Open(t, engine, store.Options{Step: func(string) {
				if left--; left == 0 {
					runtime.Goexit()
				}
			}})
			count := func() (n int) {
				left = 0
				err := db.View(t.Context(), func(tx *store.Tx) error { return tx.QueryRow(`SELECT COUNT(*) FROM quota`).Scan(&n) })
				if err != nil {
					t.Fatal(err)
				}
				return n
			}
			for at, want := range []int{1: 0, 2: 0, 3: 2} {
				if at == 0 {
					continue
				}
				done := make(chan struct{})
				go func() {
					defer close(done)
					left = at
					_ = db.Update(context.Background(), func(tx *store.Tx) error {
						for _, name := range []string{"a", "b"} {
							if _, err := tx.Exec(`INSERT INTO quota (name, starts_at, used) VALUES ($1, 0, 0)`, name); err != nil {
								return err
							}
						}
						return nil
					})
					t.Errorf("no crash at step %d", at)
				}()
				<-done
				if got := count(); got != want {
					t.Errorf("crash at step %d: %d rows, want %d", at, got, want)
				}
			}
		})
	}
}
