package bot_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"hongyan/store/storetest"
)

// BenchmarkHandle measures, on SQLite and with many followers at once, one
// command with its developer's reply and one word the platform answers itself.
// Every operation is on disk before it is answered.
func BenchmarkHandle(b *testing.B) {
	for _, c := range []struct{ name, say string }{{"command", "#97 重启服务器"}, {"word", "我的UID"}} {
		b.Run(c.name, func(b *testing.B) {
			w := newWorld(b, storetest.SQLite(b))
			openids := make([]string, 2000)
			for i := range openids {
				openids[i] = fmt.Sprint("o", i)
				w.handle(w.nodes[0], text(openids[i], "#97", w.db.Now()))
			}
			var next atomic.Int64
			b.SetParallelism(64)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					openid := openids[next.Add(1)%int64(len(openids))]
					if w.handle(w.nodes[0], text(openid, c.say, w.db.Now())) == "" {
						b.Error("no answer")
					}
				}
			})
		})
	}
}
