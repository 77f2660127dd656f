package push_test

import (
	"strconv"
	"testing"
	"time"

	"hongyan/push"
)

// A fan-out goes over the followers in chunks; each leaves its cursor, so that
// another node goes on where one stopped.
func TestFanout_ResumesAtItsCursor(t *testing.T) {
	eachWorld(t, func(w *world) {
		const fans = 11000
		app, token := w.app(push.NewApp{})
		w.send(token, push.Draft{Topics: []push.TopicID{w.audience(app, fans)}})
		node := w
		for chunk, want := range []int{5000, 10000, fans} {
			if more, err := node.FanOut(w.Context()); !more || err != nil {
				t.Fatalf("chunk %d: %v, %v", chunk, more, err)
			}
			if n := w.count(`SELECT COUNT(*) FROM delivery`); n != want {
				t.Errorf("%d deliveries after chunk %d, want %d", n, chunk, want)
			}
			if n := w.count(`SELECT total FROM record`); n != want {
				t.Errorf("the record counts %d, want %d", n, want)
			}
			node = w.another()
		}
		if n := w.count(`SELECT fan_after FROM record`); n != -1 {
			t.Errorf("cursor %d at the end, want -1", n)
		}
		if more, err := node.FanOut(w.Context()); more || err != nil {
			t.Errorf("more after the end: %v, %v", more, err)
		}
	})
}

func TestFanout_LeasedRecordIsLeftAlone(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		w.send(token, push.Draft{Topics: []push.TopicID{w.audience(app, 3)}})
		w.exec(`UPDATE record SET fan_due = $1`, w.clock.Now().Add(30*time.Second).UnixMilli())
		if more, err := w.FanOut(w.Context()); more || err != nil {
			t.Errorf("another node's lease: %v, %v", more, err)
		}
		w.clock.Advance(31 * time.Second)
		w.fanOut()
		if n := w.count(`SELECT COUNT(*) FROM delivery WHERE lane = 1`); n != 3 {
			t.Errorf("%d deliveries after the lease ended, want 3", n)
		}
	})
}

// Who is addressed by uid and by two topics gets one card; the others are
// counted as skipped.
func TestFanout_OneCardAPerson(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		uid := w.follower("o小明", app)
		first, second := w.audience(app, 3), w.topic(app)
		for _, topic := range []push.TopicID{first, second} {
			w.event("o小明", func(t *push.Turn) error { _, err := w.FollowTopic(t, topic, push.ByScan); return err })
		}
		w.send(token, push.Draft{UIDs: []push.UID{uid}, Topics: []push.TopicID{first, second}})
		w.fanOut()
		x := newWeChat(w.clock.Now)
		w.DeliverDue(w.Context(), x)
		x.wantOneCardEach(t, 4)
		for query, want := range map[string]int{
			`SELECT total FROM record WHERE user_id > 0`:                3 - 2,
			`SELECT total FROM record WHERE topic_id = ` + id(first):    3,
			`SELECT skipped FROM record WHERE topic_id = ` + id(first):  1,
			`SELECT total FROM record WHERE topic_id = ` + id(second):   0,
			`SELECT skipped FROM record WHERE topic_id = ` + id(second): 1,
		} {
			if got := w.count(query); got != want {
				t.Errorf("%s: %d, want %d", query, got, want)
			}
		}
	})
}

func TestFanout_LeavesOutWhoMustGetNothing(t *testing.T) {
	for _, c := range []struct {
		name, change string
		audience     int
	}{
		{"left the account", `UPDATE users SET following = 0 WHERE openid = 'fan1'`, 0},
		{"muted everything", `UPDATE users SET muted = 1 WHERE openid = 'fan1'`, 0},
		{"blocked", `UPDATE users SET blocked_at = 1 WHERE openid = 'fan1'`, 0},
		{"rejected", `UPDATE subscription SET rejected = 1 WHERE id = (SELECT MIN(id) FROM subscription)`, 0},
		{"muted the topic", `UPDATE subscription SET muted = 1 WHERE id = (SELECT MIN(id) FROM subscription)`, 0},
		{"has not paid", `UPDATE subscription SET paid_until = 9000000000000 WHERE id > (SELECT MIN(id) FROM subscription)`, 1},
		{"has paid", `UPDATE subscription SET paid_until = 9000000000000 WHERE id = (SELECT MIN(id) FROM subscription)`, 2},
		{"rejected by the app", `INSERT INTO subscription (user_id, kind, target, source, rejected, created_at)
			SELECT id, 0, (SELECT MIN(id) FROM app), 'scan', 1, 1 FROM users WHERE openid = 'fan1'`, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			eachWorld(t, func(w *world) {
				app, token := w.app(push.NewApp{})
				topic := w.audience(app, 3)
				w.exec(c.change)
				w.send(token, push.Draft{Topics: []push.TopicID{topic}})
				w.exec(`UPDATE record SET audience = $1`, c.audience)
				w.fanOut()
				if n := w.count(`SELECT COUNT(*) FROM delivery WHERE state = 0`); n != 2 {
					w.Errorf("%d deliveries, want 2", n)
				}
				if n := w.count(`SELECT skipped FROM record`); n != 1 {
					w.Errorf("%d skipped, want 1", n)
				}
			})
		})
	}
}

func TestFanout_DeletedMessageGoesToNobody(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		w.send(token, push.Draft{Topics: []push.TopicID{w.audience(app, 3)}})
		w.exec(`UPDATE message SET deleted_at = 1`)
		w.fanOut()
		if n := w.count(`SELECT COUNT(*) FROM delivery`); n != 0 {
			t.Errorf("%d deliveries of a deleted message", n)
		}
	})
}

func TestRetain_DeletesWhatIsOldAndKeepsTheRest(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{CallbackURL: "https://dev.example/hook"})
		topic := w.audience(app, 2500)
		w.follower("o小明", app)
		w.CallDue(w.Context(), answers(push.Outcome{Verdict: push.Delivered}))
		old := w.send(token, push.Draft{Topics: []push.TopicID{topic}})
		w.fanOut()
		w.clock.Advance(6 * 24 * time.Hour)
		w.send(token, push.Draft{Topics: []push.TopicID{topic}})
		w.fanOut()
		w.event("o小明", func(t *push.Turn) error { _, err := w.KeepText(t, "重启"); return err })

		w.clock.Advance(23 * time.Hour)
		if _, err := w.Retain(w.Context()); err != nil {
			t.Fatal(err)
		}
		if n := w.count(`SELECT COUNT(*) FROM message`); n != 2 {
			t.Errorf("%d messages before seven days, want 2", n)
		}
		if n := w.count(`SELECT COUNT(*) FROM kept_text`); n != 1 {
			t.Errorf("%d kept texts, want the one that holds the user's last number", n)
		}
		w.clock.Advance(2 * time.Hour)
		if _, err := w.Retain(w.Context()); err != nil {
			t.Fatal(err)
		}
		for table, want := range map[string]int{
			"message": 1, "content": 1, "record": 1, "delivery": 2500,
			"callback": 0, "callback_attempt": 0, "inbound_event": 0, "users": 2501, "subscription": 2501,
		} {
			if n := w.count(`SELECT COUNT(*) FROM ` + table); n != want {
				t.Errorf("%d rows in %s, want %d", n, table, want)
			}
		}
		if _, err := w.Status(w.Context(), old[0].Record); err == nil {
			t.Error("the status of an old message is still known")
		}
	})
}

func id(t push.TopicID) string { return strconv.FormatInt(int64(t), 10) }
