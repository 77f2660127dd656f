package push_test

import (
	"fmt"
	"testing"

	"hongyan/push"
	"hongyan/push/content"
	"hongyan/store"
	"hongyan/store/storetest"
)

// BenchmarkFanout makes the deliveries of a message to a topic of 100,000.
func BenchmarkFanout(b *testing.B) {
	for _, engine := range []string{storetest.SQLiteEngine, storetest.PostgresEngine} {
		b.Run(engine, func(b *testing.B) {
			const fans = 100_000
			db := storetest.Open(b, engine, store.Options{})
			s := newService(b, db)
			app, token, err := s.CreateApp(b.Context(), push.NewApp{Name: "大群"})
			if err != nil {
				b.Fatal(err)
			}
			topic, err := s.CreateTopic(b.Context(), app.ID, "全部")
			if err != nil {
				b.Fatal(err)
			}
			fillTopic(b, db, int64(topic.ID), fans)
			b.ResetTimer()
			for n := range b.N {
				if _, err := s.Send(b.Context(), token, push.Draft{Content: fmt.Sprint(n), Kind: content.Text, Topics: []push.TopicID{topic.ID}}); err != nil {
					b.Fatal(err)
				}
				for more := true; more; {
					if more, err = s.FanOut(b.Context()); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(b.N)*fans/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

func fillTopic(b *testing.B, db *store.DB, topic int64, n int) {
	b.Helper()
	numbers := `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) `
	err := db.Update(b.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(`INSERT INTO users (openid, uid, spt_hash, spt_sealed, following, created_at) `+numbers+
			`SELECT 'o' || CAST(i AS TEXT), 'UID_' || CAST(i AS TEXT), `+blob(db)+`, `+blob(db)+`, 1, 1 FROM n`, n)
		if err == nil {
			_, err = tx.Exec(`INSERT INTO subscription (user_id, kind, target, source, created_at) SELECT id, 1, CAST($1 AS BIGINT), 'scan', 1 FROM users`, topic)
		}
		if err == nil {
			_, err = tx.Exec(`ANALYZE`)
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
}
