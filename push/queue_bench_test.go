package push_test

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"hongyan/push"
	"hongyan/store"
	"hongyan/store/storetest"
)

// BenchmarkQueue delivers cards through a channel that answers at once and
// confirms each, as WeChat's finish reports do, some time after.
func BenchmarkQueue(b *testing.B) {
	for _, engine := range []string{storetest.SQLiteEngine, storetest.PostgresEngine} {
		b.Run(engine, func(b *testing.B) { benchmarkQueue(b, storetest.Open(b, engine, store.Options{})) })
	}
}

func benchmarkQueue(b *testing.B, db *store.DB) {
	s := newService(b, db)
	fill(b, s, db, b.N)
	reports := make(chan int64, b.N)
	all := make(chan struct{})
	var once sync.Once
	var msgid atomic.Int64
	ch := channel(func(context.Context, push.Job) push.Outcome {
		id := 3557254367693750277 + msgid.Add(1)
		reports <- id
		if msgid.Load() == int64(b.N) {
			once.Do(func() { close(all) })
		}
		return push.Outcome{Verdict: push.Accepted, MsgID: id}
	})
	ctx, cancel := context.WithCancel(b.Context())
	var running, confirming sync.WaitGroup
	b.ResetTimer()
	running.Go(func() { s.RunDeliveries(ctx, ch) })
	for range 256 {
		confirming.Go(func() {
			for id := range reports {
				if err := s.Confirm(ctx, id, true, "success"); err != nil {
					b.Error(err)
				}
			}
		})
	}
	<-all
	for s.Stats().Deliveries.Settled < int64(b.N) {
		runtime.Gosched()
	}
	close(reports)
	confirming.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "cards/s")
	cancel()
	running.Wait()
	if n := count(b, db, `SELECT COUNT(*) FROM delivery WHERE state = 3`); n != b.N {
		b.Fatalf("confirmed %d of %d", n, b.N)
	}
	if n := count(b, db, `SELECT SUM(confirmed) FROM record`); n != b.N {
		b.Fatalf("records count %d of %d", n, b.N)
	}
}

// fill writes n due deliveries to 1,000 followers of one app.
func fill(b *testing.B, s *push.Service, db *store.DB, n int) {
	b.Helper()
	if _, _, err := s.CreateApp(b.Context(), push.NewApp{ID: 97, Name: "压测"}); err != nil {
		b.Fatal(err)
	}
	const users = 1000
	err := db.Update(b.Context(), func(tx *store.Tx) error {
		numbers := `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) `
		for _, step := range []struct {
			query string
			arg   int
		}{
			{`INSERT INTO users (id, openid, uid, spt_hash, spt_sealed, following, created_at)
				SELECT i, 'o' || CAST(i AS TEXT), 'UID_' || CAST(i AS TEXT), ` + blob(db) + `, ` + blob(db) + `, 1, 1 FROM n`, users},
			{`INSERT INTO subscription (user_id, kind, target, source, created_at) SELECT i, 0, 97, 'scan', 1 FROM n`, users},
			{`INSERT INTO message (id, app_id, summary, content_type, created_at) SELECT i, 97, '磁盘将满', 1, 1 FROM n`, n/users + 1},
			{`INSERT INTO record (id, message_id, user_id, total, created_at) SELECT i, 1 + (i - 1) / 1000, 1 + (i - 1) % 1000, 1, 1 FROM n`, n},
			{`INSERT INTO delivery (message_id, user_id, record_id, app_id, lane, due_at)
				SELECT 1 + (i - 1) / 1000, 1 + (i - 1) % 1000, i, 97, 0, 1 FROM n`, n},
		} {
			if _, err := tx.Exec(numbers+step.query, step.arg); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}

// blob is the bytes of the row's number.
func blob(db *store.DB) string {
	if db.Postgres() {
		return "convert_to(CAST(i AS TEXT), 'UTF8')"
	}
	return "CAST(i AS BLOB)"
}

func count(t testing.TB, db *store.DB, query string, args ...any) (n int) {
	t.Helper()
	err := db.View(context.WithoutCancel(t.Context()), func(tx *store.Tx) error { return tx.QueryRow(query, args...).Scan(&n) })
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}
