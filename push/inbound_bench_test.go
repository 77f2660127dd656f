package push_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"hongyan/push"
	"hongyan/store"
	"hongyan/store/storetest"
)

// BenchmarkOnce takes in words of 1,000 followers from 32 goroutines, each a
// new event that opens a window and is answered.
func BenchmarkOnce(b *testing.B) {
	for _, engine := range []string{storetest.SQLiteEngine, storetest.PostgresEngine} {
		b.Run(engine, func(b *testing.B) {
			s := newService(b, storetest.Open(b, engine, store.Options{}))
			var next atomic.Int64
			var running sync.WaitGroup
			b.ReportAllocs()
			b.ResetTimer()
			for range 32 {
				running.Go(func() {
					for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
						ev := push.Inbound{Key: fmt.Sprint("msgid ", i), OpenID: push.OpenID(fmt.Sprint("o", i%1000))}
						_, err := s.Once(b.Context(), ev, func(t *push.Turn) error {
							t.Reply = "收到"
							return s.Window(t, push.Said)
						})
						if err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			running.Wait()
			b.StopTimer()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}
