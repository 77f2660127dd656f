package push_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"hongyan/push"
	"hongyan/push/content"
	"hongyan/store"
	"hongyan/store/storetest"
)

// BenchmarkSend sends to one of 1,000 followers from one and from 32
// goroutines. Every send is on disk before it counts.
func BenchmarkSend(b *testing.B) {
	for _, engine := range []string{storetest.SQLiteEngine, storetest.PostgresEngine} {
		for _, senders := range []int{1, 32} {
			b.Run(fmt.Sprintf("%s/%d", engine, senders), func(b *testing.B) {
				s, token, uids := benchWorld(b, storetest.Open(b, engine, store.Options{}), 1000)
				benchmarkSend(b, s, token, uids, senders)
			})
		}
	}
}

func benchmarkSend(b *testing.B, s *push.Service, token string, uids []push.UID, senders int) {
	content := strings.Repeat("服务器磁盘使用率已达百分之九十，请尽快处理。", 10)
	var next atomic.Int64
	var running sync.WaitGroup
	b.ReportAllocs()
	b.ResetTimer()
	for range senders {
		running.Go(func() {
			for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
				d := push.Draft{Content: content, Kind: 1, UIDs: []push.UID{uids[int(i)%len(uids)]}}
				if out, err := s.Send(b.Context(), token, d); err != nil || out[0].Failed {
					b.Errorf("send: %+v %v", out, err)
					return
				}
			}
		})
	}
	running.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "sends/s")
}

// BenchmarkSend2000 is the widest call by uid.
func BenchmarkSend2000(b *testing.B) {
	for _, engine := range []string{storetest.SQLiteEngine, storetest.PostgresEngine} {
		b.Run(engine, func(b *testing.B) {
			s, token, uids := benchWorld(b, storetest.Open(b, engine, store.Options{}), 2000)
			b.ResetTimer()
			for range b.N {
				_, err := s.Send(b.Context(), token, push.Draft{Content: "磁盘将满", Kind: content.Text, UIDs: uids})
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)*2000/b.Elapsed().Seconds(), "cards/s")
		})
	}
}

// benchWorld is one app with n followers.
func benchWorld(b *testing.B, db *store.DB, n int) (*push.Service, string, []push.UID) {
	b.Helper()
	s := newService(b, db)
	app, token, err := s.CreateApp(b.Context(), push.NewApp{Name: "运维告警"})
	if err != nil {
		b.Fatal(err)
	}
	uids := make([]push.UID, n)
	for i := range uids {
		openid := push.OpenID(fmt.Sprintf("o%d", i))
		_, err := s.Once(b.Context(), push.Inbound{Key: string(openid), OpenID: openid}, func(t *push.Turn) error {
			uids[i] = t.User.UID
			if _, err := s.Subscribe(t); err != nil {
				return err
			}
			_, err := s.FollowApp(t, app.ID, push.ByScan, "")
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	return s, token, uids
}
