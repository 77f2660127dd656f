package push_test

import (
	"fmt"
	"testing"
	"time"

	"hongyan/push"
	"hongyan/store"
	"hongyan/store/storetest"
)

// BenchmarkPeople reads pages of an app with a million followers, 1,000 topics
// (one of 10,000 followers) and 10,000 codes (one of 10,000 scans).
func BenchmarkPeople(b *testing.B) {
	for _, engine := range []string{storetest.SQLiteEngine, storetest.PostgresEngine} {
		b.Run(engine, func(b *testing.B) {
			db := storetest.Open(b, engine, store.Options{})
			s := newService(b, db)
			app, _, err := s.CreateApp(b.Context(), push.NewApp{Name: "大群"})
			if err != nil {
				b.Fatal(err)
			}
			big, uid := fillPeople(b, db)
			yes := true
			deep := ""
			for range 3 { // far from the beginning, through what a filter skips
				if _, deep, err = s.FollowersOf(b.Context(), app.ID, push.Followers{Muted: &yes, After: deep}); err != nil {
					b.Fatal(err)
				}
			}
			people := func(f push.Followers) func() error {
				return func() error { _, _, err := s.FollowersOf(b.Context(), app.ID, f); return err }
			}
			for _, c := range []struct {
				name string
				do   func() error
			}{
				{"first page", people(push.Followers{Topics: 3})},
				{"a later page", people(push.Followers{After: deep, Topics: 3})},
				{"by uid", people(push.Followers{UID: uid})},
				{"by the end of a uid", people(push.Followers{UIDEnd: string(uid[len(uid)-6:])})},
				{"by extra, many", people(push.Followers{Extra: "海报"})},
				{"by extra and muted, none", people(push.Followers{Extra: "海报", Muted: &yes})},
				{"muted, none", people(push.Followers{Muted: &yes})},
				{"since tomorrow", people(push.Followers{Since: time.Now().Add(24 * time.Hour)})},
				{"of a topic", people(push.Followers{Topic: 1})},
				{"export of 1,000", people(push.Followers{Limit: 1000, Topics: 100})},
				{"profile", func() error { _, err := s.ProfileOf(b.Context(), app.ID, uid); return err }},
				{"topics", func() error { _, err := s.CountTopics(b.Context(), app.ID, push.TopicFilter{Limit: 21}); return err }},
				{"topics by name, the last", func() error {
					_, err := s.CountTopics(b.Context(), app.ID, push.TopicFilter{Search: "主题 1000", Limit: 21})
					return err
				}},
				{"growth of a topic in 30 days", func() error {
					_, err := s.Growth(b.Context(), push.Resource{Kind: push.OfTopic, Target: 1}, time.Now().Add(-30*24*time.Hour), true)
					return err
				}},
				{"codes", func() error { _, _, err := s.Codes(b.Context(), app.ID, push.CodeFilter{}); return err }},
				{"codes by extra, none", func() error { _, _, err := s.Codes(b.Context(), app.ID, push.CodeFilter{Extra: "没有"}); return err }},
				{"one code", func() error { _, err := s.Code(b.Context(), app.ID, big); return err }},
				{"scans", func() error { _, _, err := s.Scans(b.Context(), app.ID, big, "", 20); return err }},
			} {
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

func fillPeople(b *testing.B, db *store.DB) (code string, uid push.UID) {
	const n = `WITH RECURSIVE n (i) AS (SELECT $1 + 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1 + $2) `
	fill := func(query string, from, n int, more ...any) {
		b.Helper()
		err := db.Update(b.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec(query, append([]any{from, n}, more...)...)
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	const million, part = 1_000_000, 50_000
	now := store.Millis(time.Now())
	for from := 0; from < million; from += part {
		err := db.Update(b.Context(), func(tx *store.Tx) error {
			rows := make([][]any, part)
			for i := range rows {
				name := fmt.Sprint(from + i + 1)
				rows[i] = []any{"o" + name, fmt.Sprintf("UID_%020d%012d", from+i+1, (from+i+1)*7919%1_000_003), []byte(name), []byte("x")}
			}
			return tx.Bulk(`INSERT INTO users (openid, uid, spt_hash, spt_sealed, following, created_at) VALUES ($1, $2, $3, $4, 1, 1)`, rows)
		})
		if err != nil {
			b.Fatal(err)
		}
		fill(`INSERT INTO subscription (user_id, kind, target, source, extra, created_at) `+n+
			`SELECT i, 0, 1, 'scan', CASE WHEN i % 3 = 0 THEN '海报' ELSE '' END, $3 - i FROM n`, from, part, now)
	}
	fill(`INSERT INTO topic (id, app_id, name, created_at) `+n+`SELECT i, 1, '主题 ' || CAST(i AS TEXT), 1 FROM n`, 0, 1000)
	fill(`INSERT INTO subscription (user_id, kind, target, source, created_at) `+n+`SELECT i, 1, 1, 'owner', 1 FROM n`, million-10_000, 10_000)
	for topic := 2; topic <= 20; topic++ {
		fill(`INSERT INTO subscription (user_id, kind, target, source, created_at) `+n+`SELECT i, 1, $3, 'owner', 1 FROM n`, million-1000, 1000, topic)
	}
	fill(`INSERT INTO stat (kind, target, name, hour, n) `+n+`SELECT 1, 1, 'gained', $3 - ($3 % 3600000) - i * 3600000, 1 FROM n`, 0, 720, now)
	fill(`INSERT INTO growth (kind, target, delta, at) `+n+`SELECT 1, 1, 1, $3 FROM n`, 0, 1000, now)
	fill(`INSERT INTO scene (handle, id, purpose, app_id, extra, created_at, expires_at) `+n+
		`SELECT 'AAAAAAAAAAAAAAAAA' || CAST(10000 + i AS TEXT), i, 'app', 1, '订单 ' || CAST(i AS TEXT), $3 - i, $3 + 1000000 FROM n`, 0, 10_000, now)
	code = "AAAAAAAAAAAAAAAAA10001"
	fill(`INSERT INTO scan (handle, user_id, at) `+n+`SELECT '`+code+`', i, $3 FROM n`, 0, 10_000, now)
	fill(`INSERT INTO message (app_id, summary, content_type, created_at) `+n+`SELECT 1, '构建', 1, $3 - i FROM n`, 0, 10_000, now)
	fill(`INSERT INTO delivery (message_id, user_id, record_id, app_id, lane, due_at, state) `+n+`SELECT i, 1000, 1, 1, 0, 1, 3 FROM n`, 0, 10_000)
	if err := db.Update(b.Context(), func(tx *store.Tx) error { _, err := tx.Exec(`ANALYZE`); return err }); err != nil {
		b.Fatal(err)
	}
	return code, push.UID(fmt.Sprintf("UID_%020d%012d", 1000, 1000*7919%1_000_003))
}
