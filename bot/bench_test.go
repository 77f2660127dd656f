package bot_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"hongyan/store/storetest"
)

// BenchmarkHandle measures, on SQLite and with many at once, how a new
// follower's first text is answered: the event, the user and the reply are on
// disk before the answer is given.
func BenchmarkHandle(b *testing.B) {
	for _, c := range []struct{ name, say string }{{"word", "我的UID"}, {"follow", "#97"}} {
		b.Run(c.name, func(b *testing.B) {
			w := newWorld(b, storetest.SQLite(b))
			var next atomic.Int64
			b.SetParallelism(64)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if w.handle(w.nodes[0], text(fmt.Sprint("o", next.Add(1)), c.say, w.db.Now())) == "" {
						b.Error("no answer")
					}
				}
			})
		})
	}
}
