package push_test

import (
	"fmt"
	"testing"

	"hongyan/push"
	"hongyan/store"
	"hongyan/store/storetest"
)

// BenchmarkLists walks pages of an app with 10,000 messages, one of them to a
// topic of a million followers, of whom a tenth opened it and 1,000 failed.
func BenchmarkLists(b *testing.B) {
	for _, engine := range []string{storetest.SQLiteEngine, storetest.PostgresEngine} {
		b.Run(engine, func(b *testing.B) {
			db := storetest.Open(b, engine, store.Options{})
			s := newService(b, db)
			app, _, err := s.CreateApp(b.Context(), push.NewApp{Name: "大群"})
			if err != nil {
				b.Fatal(err)
			}
			fillLists(b, db)
			big := s.PublicMessage(10_000)
			for _, c := range []struct {
				name string
				do   func() error
				with string // what is made of the big message before
			}{
				{"list", func() error { _, _, err := s.Messages(b.Context(), app.ID, push.MessageFilter{Limit: 100}); return err }, ""},
				{"search for nothing", func() error {
					_, _, err := s.Messages(b.Context(), app.ID, push.MessageFilter{Search: "部署"})
					return err
				}, ""},
				{"open ones, none", func() error {
					_, _, err := s.Messages(b.Context(), app.ID, push.MessageFilter{State: push.MessagesOpen})
					return err
				}, ""},
				{"report of a million", func() error { _, err := s.Message(b.Context(), app.ID, big); return err }, ""},
				{"recipients", func() error {
					_, _, err := s.Recipients(b.Context(), app.ID, big, push.RecipientFilter{})
					return err
				}, ""},
				{"failed recipients", func() error {
					_, _, err := s.Recipients(b.Context(), app.ID, big, push.RecipientFilter{State: push.DeliveryFailed})
					return err
				}, ""},
				{"waiting recipients, none", func() error {
					_, _, err := s.Recipients(b.Context(), app.ID, big, push.RecipientFilter{State: push.DeliveryWaiting})
					return err
				}, ""},
				{"progress of a million", func() error { _, err := s.Progress(b.Context(), app.ID, big); return err }, ""},
				{"report while all wait", func() error { _, err := s.Message(b.Context(), app.ID, big); return err },
					`UPDATE record SET confirmed = 0, failed = 0 WHERE message_id = 10000`},
				{"report when all failed", func() error { _, err := s.Message(b.Context(), app.ID, big); return err },
					`UPDATE delivery SET state = 4, reason = 'r' || CAST(user_id % 7 AS TEXT) WHERE message_id = 10000 AND user_id <= 200000`},
			} {
				if c.with != "" {
					if err := db.Update(b.Context(), func(tx *store.Tx) error { _, err := tx.Exec(c.with); return err }); err != nil {
						b.Fatal(err)
					}
				}
				b.Run(c.name, func(b *testing.B) {
					for b.Loop() {
						if err := c.do(); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		})
	}
}

func fillLists(b *testing.B, db *store.DB) {
	const n = `WITH RECURSIVE n (i) AS (SELECT $1 + 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1 + $2) `
	fill := func(query string, from, n int) {
		err := db.Update(b.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec(query, from, n)
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	fill(`INSERT INTO message (app_id, summary, content_type, created_at) `+n+`SELECT 1, '第' || CAST(i AS TEXT) || '次构建', 1, i FROM n`, 0, 10_000)
	fill(`INSERT INTO record (message_id, topic_id, total, confirmed, failed, created_at) `+n+`SELECT i, 1, 1000000, 999000, 1000, i FROM n`, 0, 10_000)
	for part := range 20 {
		fill(`INSERT INTO delivery (message_id, user_id, record_id, app_id, lane, due_at, state, opened_at) `+n+
			`SELECT 10000, i, 10000, 1, 1, 1, CASE WHEN i <= 1000 THEN 4 ELSE 3 END, CASE WHEN i % 10 = 0 THEN 1 ELSE 0 END FROM n`, part*50_000, 50_000)
	}
	err := db.Update(b.Context(), func(tx *store.Tx) error {
		rows := make([][]any, 1000)
		for i := range rows {
			name := fmt.Sprint(i)
			rows[i] = []any{"o" + name, "UID_" + name, []byte(name), []byte(name)}
		}
		if err := tx.Bulk(`INSERT INTO users (openid, uid, spt_hash, spt_sealed, created_at) VALUES ($1, $2, $3, $4, 1)`, rows); err != nil {
			return err
		}
		_, err := tx.Exec(`ANALYZE`)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
}
