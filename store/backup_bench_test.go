package store_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"hongyan/store"
)

// BenchmarkBackup copies a store of 256 MiB while one writer writes, and
// reports how quick that is and what the writer feels.
func BenchmarkBackup(b *testing.B) {
	dir := b.TempDir()
	db, err := store.Open(b.Context(), filepath.Join(dir, "bench.db"), store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	fill(b, db, 256<<20)
	var stop atomic.Bool
	waits := make(chan []time.Duration)
	go func() {
		var all []time.Duration
		for n := int64(1 << 40); !stop.Load(); n++ {
			began := time.Now()
			if err := db.Update(context.Background(), func(tx *store.Tx) error { return insertThree(tx, n) }); err != nil {
				b.Error(err)
			}
			all = append(all, time.Since(began))
		}
		slices.Sort(all)
		waits <- all
	}()
	var size int64
	for b.Loop() {
		path := filepath.Join(dir, "copy.db")
		if err := db.Backup(b.Context(), path, func(_, total int64) { size = total }); err != nil {
			b.Fatal(err)
		}
		if err := os.Remove(path); err != nil {
			b.Fatal(err)
		}
	}
	stop.Store(true)
	all := <-waits
	b.SetBytes(size)
	b.ReportMetric(float64(all[len(all)*99/100].Microseconds()), "p99-µs/update")
	b.ReportMetric(float64(all[len(all)-1].Microseconds()), "worst-µs/update")
	b.ReportMetric(float64(len(all))/b.Elapsed().Seconds(), "updates/s")
}

// fill makes the store at least size bytes large.
func fill(tb testing.TB, db *store.DB, size int64) {
	tb.Helper()
	const row = 64 << 10
	for n := int64(0); n*row < size; n++ {
		err := db.Update(context.Background(), func(tx *store.Tx) error {
			_, err := tx.Exec(`INSERT INTO setting (name, value) VALUES ($1, $2)`, fmt.Sprint("fill", n), make([]byte, row))
			return err
		})
		if err != nil {
			tb.Fatal(err)
		}
	}
}
