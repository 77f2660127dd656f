package push_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hongyan/push"
	"hongyan/store"
)

// all walks through a list to its end.
func all[T any](t *testing.T, list func(after string) ([]T, string, error)) (rows []T) {
	t.Helper()
	after := ""
	for range 1000 {
		page, next, err := list(after)
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, page...)
		if next == "" {
			return rows
		}
		after = next
	}
	t.Fatal("the list has no end")
	return nil
}

func (w *world) summaries(app push.AppID, f push.MessageFilter) string {
	w.Helper()
	var found []string
	for _, m := range all(w.T, func(after string) ([]push.Message, string, error) {
		f.After = after
		return w.Messages(w.Context(), app, f)
	}) {
		found = append(found, m.Summary)
	}
	return strings.Join(found, " ")
}

func TestMessages_FiltersAndSearch(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		uid := w.follower("o小明", app)
		topic := w.topic(app)
		for _, d := range []push.Draft{
			{Summary: "磁盘100%", UIDs: []push.UID{uid}},
			{Summary: "磁盘1000", UIDs: []push.UID{uid}},
			{Summary: `CPU_过高\n`, Topics: []push.TopicID{topic}},
		} {
			w.clock.Advance(time.Minute)
			w.send(token, d)
		}
		w.exec(`UPDATE record SET failed = 1 WHERE id = 1`)
		w.exec(`UPDATE record SET confirmed = 1 WHERE id = 2`)
		now := w.clock.Now()
		for _, c := range []struct {
			name string
			f    push.MessageFilter
			want string
		}{
			{"newest first", push.MessageFilter{}, `CPU_过高\n 磁盘1000 磁盘100%`},
			{"Chinese", push.MessageFilter{Search: "磁盘"}, `磁盘1000 磁盘100%`},
			{"a percent sign is itself", push.MessageFilter{Search: "0%"}, `磁盘100%`},
			{"an underscore is itself", push.MessageFilter{Search: "_"}, `CPU_过高\n`},
			{"a backslash is itself", push.MessageFilter{Search: `\`}, `CPU_过高\n`},
			{"either case", push.MessageFilter{Search: "cpu"}, `CPU_过高\n`},
			{"nothing", push.MessageFilter{Search: "内存"}, ``},
			{"topic", push.MessageFilter{Topic: topic}, `CPU_过高\n`},
			{"failed", push.MessageFilter{State: push.MessagesFailed}, `磁盘100%`},
			{"open", push.MessageFilter{State: push.MessagesOpen}, `CPU_过高\n`},
			{"since", push.MessageFilter{Since: now.Add(-time.Minute)}, `CPU_过高\n 磁盘1000`},
			{"until", push.MessageFilter{Until: now.Add(-time.Minute)}, `磁盘100%`},
			{"one by one", push.MessageFilter{Limit: 1}, `CPU_过高\n 磁盘1000 磁盘100%`},
			{"searched one by one", push.MessageFilter{Search: "磁盘", Limit: 1}, `磁盘1000 磁盘100%`},
		} {
			if got := w.summaries(app, c.f); got != c.want {
				t.Errorf("%s: got %q, want %q", c.name, got, c.want)
			}
		}
	})
}

// A list is walked to its end although messages are added meanwhile.
func TestMessages_PagesWithRowsAdded(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		uid := w.follower("o小明", app)
		for i := range 25 { // all of one millisecond
			w.send(token, push.Draft{Summary: fmt.Sprint(i), UIDs: []push.UID{uid}})
		}
		seen := map[int64]int{}
		rows := all(t, func(after string) ([]push.Message, string, error) {
			w.send(token, push.Draft{Summary: "新的", UIDs: []push.UID{uid}})
			return w.Messages(w.Context(), app, push.MessageFilter{After: after, Limit: 4})
		})
		for _, m := range rows {
			seen[m.ID]++
		}
		if len(seen) != len(rows) || len(rows) != 26 || rows[25].Summary != "0" {
			t.Errorf("%d rows, %d distinct, the last %q; want the 26 of the first page's time", len(rows), len(seen), rows[len(rows)-1].Summary)
		}
	})
}

func TestMessage_CountsAndReasons(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		topic := w.audience(app, 7)
		out := w.send(token, push.Draft{Topics: []push.TopicID{topic}})
		w.fanOut()
		users := w.count(`SELECT MIN(user_id) FROM delivery`)
		set := func(at int, query string) { w.exec(`UPDATE delivery SET `+query+` WHERE user_id = $1`, users+at) }
		now := store.Millis(w.clock.Now())
		set(0, `state = 3, opened_at = 5, clicked_at = 6`)
		set(1, `state = 4, reason = '消息已被撤回或已过期'`)
		set(2, `state = 4, reason = '消息已被撤回或已过期'`)
		set(3, `state = 4, reason = '微信错误 43019：用户在公众号黑名单中，请移出。'`)
		set(4, fmt.Sprintf(`state = 2, opened_at = 5, sent_at = %d`, now))
		set(5, `state = 2, sent_at = 1`)
		w.exec(`UPDATE record SET confirmed = 1, failed = 3, opened = 2, clicked = 1`)
		for _, id := range []int64{out[0].Message, out[0].Record} {
			r, err := w.Message(w.Context(), app, id)
			if err != nil {
				t.Fatal(err)
			}
			got := fmt.Sprint(r.Counts, r.Waiting, r.Sent, r.Unconfirmed, r.Opened, r.Clicked, r.Sampled, r.Topics, r.ID == out[0].Message)
			if want := fmt.Sprint("{7 1 3 0 false 7} 1 1 1 2 1 false [", topic, "] true"); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			if len(r.Reasons) != 2 || r.Reasons[0].Count != 2 || r.Reasons[0].Remedy == "" || r.Reasons[1].Count != 1 || r.Reasons[1].Remedy == "" {
				t.Errorf("reasons %+v", r.Reasons)
			}
		}
		for state, want := range map[push.DeliveryState]int{
			"": 7, push.DeliveryWaiting: 1, push.DeliverySent: 1, push.DeliveryUnconfirmed: 1, push.DeliveryConfirmed: 1, push.DeliveryFailed: 3,
		} {
			rows := all(t, func(after string) ([]push.Recipient, string, error) {
				return w.Recipients(w.Context(), app, out[0].Message, push.RecipientFilter{State: state, After: after, Limit: 2})
			})
			if len(rows) != want || state != "" && rows[0].State != state {
				t.Errorf("%q: %d recipients, want %d: %+v", state, len(rows), want, rows)
			}
			if len(rows) == 7 {
				one, next, err := w.Recipients(w.Context(), app, out[0].Message, push.RecipientFilter{UID: rows[3].UID})
				if err != nil || next != "" || len(one) != 1 || one[0].UID != rows[3].UID || !strings.HasPrefix(string(one[0].UID), "UID_") {
					t.Errorf("by uid: %+v %q %v", one, next, err)
				}
			}
		}
	})
}

// What is another app's is not there, by either id.
func TestI11_MessagesOfOthers(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{CallbackURL: "https://dev.example/hook"})
		other, _ := w.app(push.NewApp{CallbackURL: "https://other.example/hook"})
		out := w.send(token, push.Draft{Summary: "密", UIDs: []push.UID{w.follower("o小明", app)}})
		if got := w.summaries(other, push.MessageFilter{}); got != "" {
			t.Errorf("another app lists %q", got)
		}
		for _, id := range []int64{out[0].Message, out[0].Record, 0, -1, 1 << 60} {
			if _, err := w.Message(w.Context(), other, id); !errors.Is(err, push.ErrNoMessage) {
				t.Errorf("message: %v, want ErrNoMessage", err)
			}
			if _, _, err := w.Recipients(w.Context(), other, id, push.RecipientFilter{}); !errors.Is(err, push.ErrNoMessage) {
				t.Errorf("recipients: %v, want ErrNoMessage", err)
			}
		}
		id := w.word(`SELECT webhook_id FROM callback`)
		w.exec(`UPDATE callback SET state = 4`)
		if rows, _, err := w.Callbacks(w.Context(), other, push.CallbackFilter{}); err != nil || len(rows) != 0 {
			t.Errorf("another app's callbacks: %+v %v", rows, err)
		}
		if _, err := w.Callback(w.Context(), other, id); !errors.Is(err, push.ErrNoCallback) {
			t.Errorf("callback: %v, want ErrNoCallback", err)
		}
		if _, err := w.ReplayCallback(w.Context(), other, id); !errors.Is(err, push.ErrNoCallback) {
			t.Errorf("replay: %v, want ErrNoCallback", err)
		}
		if p, err := w.ReplayFailed(w.Context(), other, time.Time{}, ""); err != nil || p.Queued != 0 {
			t.Errorf("replay of all: %+v %v", p, err)
		}
		if n := w.count(`SELECT COUNT(*) FROM callback WHERE state = 4`); n != 1 {
			t.Error("another app replayed it")
		}
	})
}

func TestCursor_OnlyItsOwnListsCursor(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		uid := w.follower("o小明", app)
		w.send(token, push.Draft{UIDs: []push.UID{uid}})
		w.send(token, push.Draft{UIDs: []push.UID{uid}})
		_, next, err := w.Messages(w.Context(), app, push.MessageFilter{Limit: 1})
		if err != nil || next == "" {
			t.Fatal(next, err)
		}
		var invalid *push.Invalid
		for _, after := range []string{"1", "游标", next + "A", next[1:], strings.Repeat("A", 300)} {
			if _, _, err := w.Messages(w.Context(), app, push.MessageFilter{After: after}); !errors.As(err, &invalid) {
				t.Errorf("%.20q: %v, want *Invalid", after, err)
			}
		}
		if _, _, err := w.Callbacks(w.Context(), app, push.CallbackFilter{After: next}); !errors.As(err, &invalid) {
			t.Errorf("another list's cursor: %v, want *Invalid", err)
		}
	})
}

// The lists walk along their indexes (SQLite says how).
func TestLists_UseTheirIndexes(t *testing.T) {
	onSQLite(t, func(w *world) {
		for _, c := range []struct{ query, index string }{
			{`SELECT id FROM message WHERE app_id = 1 AND created_at >= 0 AND (created_at, id) < (9, 9) AND (created_at, id) >= (0, 0) ORDER BY created_at DESC, id DESC LIMIT 9`, "message_app"},
			{`SELECT id FROM callback WHERE app_id = 1 AND created_at >= 0 AND (created_at, id) < (9, 9) ORDER BY created_at DESC, id DESC LIMIT 9`, "callback_app"},
			{`SELECT id FROM callback WHERE app_id = 1 AND created_at >= 0 AND (created_at, id) > (0, 0) AND state = 4 ORDER BY created_at, id LIMIT 9`, "callback_failed"},
			{`SELECT reason FROM delivery WHERE message_id = 1 AND state = 4 AND user_id > 5 ORDER BY user_id LIMIT 9`, "delivery_failed"},
		} {
			plan := w.plan(c.query)
			if !strings.Contains(plan, c.index) || strings.Contains(plan, "SCAN") || strings.Contains(plan, "TEMP B-TREE") {
				t.Errorf("%s\n%s", c.query, plan)
			}
		}
	})
}

// plan is SQLite's plan of a query.
func (w *world) plan(query string) string {
	w.Helper()
	var steps []string
	err := w.db.View(w.Context(), func(tx *store.Tx) (err error) {
		steps, err = store.Collect(tx, func(r *store.Rows) (s string, err error) {
			var a, b, c int
			return s, r.Scan(&a, &b, &c, &s)
		}, `EXPLAIN QUERY PLAN `+query)
		return err
	})
	if err != nil {
		w.Fatal(err)
	}
	return strings.Join(slices.Compact(steps), "\n")
}

func onSQLite(t *testing.T, f func(w *world)) {
	t.Helper()
	bubble(t, push.Options{}, f)
}
