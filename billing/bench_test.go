package billing_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"hongyan/billing"
	"hongyan/push"
	"hongyan/store"
	"hongyan/store/storetest"
)

// BenchmarkSettle is a payment of its own order, with ledger, subscription,
// callback and receipt; many arrive at once.
func BenchmarkSettle(b *testing.B) {
	for _, engine := range []string{storetest.SQLiteEngine, storetest.PostgresEngine} {
		b.Run(engine, func(b *testing.B) {
			clock := storetest.NewClock(time.Date(2026, 11, 2, 4, 0, 0, 0, time.UTC))
			w := newWorld(b, storetest.Open(b, engine, store.Options{Now: clock.Now}), clock)
			_, plan := w.listed(30, 500)
			words := make([]billing.Trade, b.N)
			for i := range words {
				u := w.user(push.OpenID(fmt.Sprint("o", i)))
				o, err := w.Order(w.Context(), u.ID, plan.ID, "")
				w.must(err)
				words[i] = w.word(w.attempt(o), u.OpenID, 500)
			}
			var next atomic.Int64
			b.SetParallelism(16)
			b.ResetTimer()
			b.RunParallel(func(p *testing.PB) {
				for p.Next() {
					word := words[next.Add(1)-1]
					if err := w.Settle(context.Background(), "EV-"+word.TradeNo, word); err != nil {
						b.Error(err)
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "settled/s")
		})
	}
}
