package store_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"hongyan/store"
)

// BenchmarkUpdate measures updates of three inserts each, by the number of
// goroutines that write at once. The target is 20,000 a second from 32.
func BenchmarkUpdate(b *testing.B) {
	for _, writers := range []int{1, 32, 256} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			db, err := store.Open(b.Context(), filepath.Join(b.TempDir(), "bench.db"), store.Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer db.Close()
			b.ResetTimer()
			insertFrom(b, db, writers, b.N)
			b.StopTimer()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "updates/s")
			b.ReportMetric(float64(db.Stats().Updates)/float64(db.Stats().Commits), "updates/commit")
		})
	}
}

// insertFrom does total updates of three inserts from so many goroutines.
func insertFrom(tb testing.TB, db *store.DB, writers, total int) {
	var next atomic.Int64
	var wait sync.WaitGroup
	for range writers {
		wait.Go(func() {
			for {
				n := next.Add(1)
				if n > int64(total) {
					return
				}
				if err := db.Update(context.Background(), func(tx *store.Tx) error { return insertThree(tx, n) }); err != nil {
					tb.Error(err)
					return
				}
			}
		})
	}
	wait.Wait()
}

func insertThree(tx *store.Tx, n int64) error {
	for i := range int64(3) {
		if _, err := tx.Exec(`INSERT INTO quota (name, starts_at, used) VALUES ($1, $2, $3)`, "bench", n*3+i, 1); err != nil {
			return err
		}
	}
	return nil
}

// BenchmarkView measures one small question at a time from four goroutines.
func BenchmarkView(b *testing.B) {
	db, err := store.Open(b.Context(), filepath.Join(b.TempDir(), "bench.db"), store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	insertFrom(b, db, 1, 100)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := db.View(context.Background(), func(tx *store.Tx) error {
				var used int64
				return tx.QueryRow(`SELECT used FROM quota WHERE name = $1 AND starts_at = $2`, "bench", 10).Scan(&used)
			}); err != nil {
				b.Error(err)
			}
		}
	})
}
