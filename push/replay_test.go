package push_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"hongyan/push"
	"hongyan/store"
)

// dead fills in n failed callbacks of the app, a second apart from the clock's
// time on.
func (w *world) dead(app push.AppID, n int) {
	w.Helper()
	w.exec(`INSERT INTO callback (webhook_id, app_id, action, event_key, body, state, attempts, due_at, done_at, reason, created_at)
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $2)
		SELECT 'msg_dead' || CAST(i AS TEXT), CAST($1 AS BIGINT), 'send_up_cmd', 'dead ' || CAST(i AS TEXT), '{}', 4, 8, 1, 1, '多次重试仍未成功', CAST($3 AS BIGINT) + i * 1000 FROM n`,
		int64(app), n, store.Millis(w.clock.Now()))
}

// A replay repeats the id, starts the schedule over and logs its attempts
// behind the old ones (I7).
func TestI7_ReplayStartsTheScheduleOver(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.listening()
		d := answers(push.Outcome{Verdict: push.Temporary, Reason: "502"})
		untilDead := func() (took time.Duration) {
			began := w.clock.Now()
			for range 20 {
				w.CallDue(w.Context(), d)
				if w.count(`SELECT state FROM callback`) != 0 {
					return w.clock.Now().Sub(began)
				}
				w.clock.Set(time.UnixMilli(int64(w.count(`SELECT due_at FROM callback`))))
			}
			t.Fatal("it never ends")
			return 0
		}
		untilDead()
		id := w.word(`SELECT webhook_id FROM callback`)
		w.clock.Advance(time.Hour)
		if queued, err := w.ReplayCallback(w.Context(), app, id); err != nil || !queued {
			t.Fatal(queued, err)
		}
		if queued, err := w.ReplayCallback(w.Context(), app, id); err != nil || queued {
			t.Errorf("replayed twice: %v %v", queued, err)
		}
		if took := untilDead(); took < 27*time.Hour || took > 34*time.Hour {
			t.Errorf("the second schedule took %s", took)
		}
		if len(d.calls) != 16 || d.calls[15].Call.ID != id || d.calls[15].Attempt != 16 {
			t.Errorf("%d calls, the last of %s as attempt %d", len(d.calls), d.calls[len(d.calls)-1].Call.ID, d.calls[len(d.calls)-1].Attempt)
		}
		if n := w.count(`SELECT COUNT(*) FROM callback_attempt`); n != 16 {
			t.Errorf("%d attempts logged, want 16", n)
		}
		c, err := w.Callback(w.Context(), app, id)
		if err != nil || len(c.Calls) != 16 || c.Calls[0].Number != 16 || c.State != push.CallbackFailed || c.Remedy == "" || c.ReplayedAt.IsZero() {
			t.Errorf("%d attempts shown, %+v, %v", len(c.Calls), c.Callback, err)
		}
	})
}

// A replay of what was delivered tells the developer again, and the follower
// nothing.
func TestReplay_OldReplyIsNotSaidTwice(t *testing.T) {
	said := make(chan string, 9)
	run(t, said, func(w *world, app push.AppID) {
		stop := w.callBack(answers(push.Outcome{Verdict: push.Delivered, Reply: "已重启"}))
		defer stop()
		if got := w.tells(app, "重启服务器"); got != "已重启" {
			t.Fatalf("answer %q", got)
		}
		w.exec(`UPDATE callback SET reply_via = 'said' WHERE action <> 'send_up_cmd'`)
		for range 2 {
			time.Sleep(time.Minute) // nobody waits for a passive answer any more
			if queued, err := w.ReplayCallback(w.Context(), app, w.word(`SELECT webhook_id FROM callback WHERE action = 'send_up_cmd'`)); err != nil || !queued {
				t.Fatal(queued, err)
			}
		}
		time.Sleep(time.Minute)
		if n := w.count(`SELECT COUNT(*) FROM callback_attempt a JOIN callback c ON c.id = a.callback_id WHERE c.action = 'send_up_cmd'`); n != 3 {
			t.Errorf("%d attempts, want 3", n)
		}
		if len(said) != 0 {
			t.Errorf("said again: %q", <-said)
		}
	})
}

// What is under way is neither disturbed nor queued a second time.
func TestReplay_LeavesACallbackInFlightAlone(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.listening()
		id := w.word(`SELECT webhook_id FROM callback`)
		d := &developer{answer: func(context.Context, push.Job) push.Outcome {
			if queued, err := w.ReplayCallback(w.Context(), app, id); err != nil || queued {
				t.Errorf("replayed in flight: %v %v", queued, err)
			}
			if p, err := w.ReplayFailed(w.Context(), app, time.Time{}, ""); err != nil || p.Queued != 0 {
				t.Errorf("replayed in flight: %+v %v", p, err)
			}
			return push.Outcome{Verdict: push.Delivered}
		}}
		w.CallDue(w.Context(), d)
		if got, want := w.callback(), `state 3 attempts 1 reply "customer" reason ""`; got != want || len(d.calls) != 1 {
			t.Errorf("%d calls, %s, want %s", len(d.calls), got, want)
		}
	})
}

// An endpoint that said 410 takes no replay until it is set again; what to do
// stands in its report.
func TestF25_ReplayNeedsAnEndpointThatTakesCalls(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{CallbackURL: "https://u:p@dev.example/hook?key=topsecret&barekey"})
		w.follower("o小明", app)
		w.CallDue(w.Context(), answers(push.Outcome{Verdict: push.Gone}))
		id := w.word(`SELECT webhook_id FROM callback`)
		var off *push.EndpointOff
		if _, err := w.ReplayCallback(w.Context(), app, id); !errors.As(err, &off) || off.Reason == "" {
			t.Errorf("one: %v, want *EndpointOff", err)
		}
		if _, err := w.ReplayFailed(w.Context(), app, time.Time{}, ""); !errors.As(err, &off) {
			t.Errorf("all: %v, want *EndpointOff", err)
		}
		e, err := w.Endpoint(w.Context(), app)
		if err != nil || e.URL != "https://dev.example/hook?key=***&***" || !e.Disabled || !e.DisabledUntil.IsZero() || e.Failures != 1 ||
			!strings.Contains(e.Remedy, "PUT /api/v1/callbacks/endpoint") {
			t.Errorf("endpoint %+v %v", e, err)
		}
		if _, err := w.SetEndpoint(w.Context(), app, "https://dev.example/new"); err != nil {
			t.Fatal(err)
		}
		if p, err := w.ReplayFailed(w.Context(), app, time.Time{}, ""); err != nil || p != (push.ReplayProgress{Queued: 1}) {
			t.Errorf("%+v %v", p, err)
		}
		if _, err := w.SetEndpoint(w.Context(), app, ""); err != nil {
			t.Fatal(err)
		}
		if _, err := w.ReplayFailed(w.Context(), app, time.Time{}, ""); !errors.Is(err, push.ErrNoEndpoint) {
			t.Errorf("%v, want ErrNoEndpoint", err)
		}
	})
}

// A replay of all is stopped after any of its transactions and called again,
// from the beginning or with the cursor: each callback is queued once.
func TestF4_ReplayIsResumedAnywhere(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{CallbackURL: "https://dev.example/hook"})
		began := w.clock.Now()
		w.dead(app, 6200)
		w.clock.Advance(3 * time.Hour)
		for k := range 4 { // crash before the k-th transaction
			w.exec(`UPDATE callback SET state = 4, replayed_at = 0, lane = 0`)
			p, err := w.ReplayFailed(crash{w.Context(), w, k * 500}, app, began, "")
			if !errors.Is(err, context.Canceled) || p.Queued != k*500 || w.count(`SELECT COUNT(*) FROM callback WHERE state = 0`) != p.Queued {
				t.Fatalf("crash %d: %+v %v", k, p, err)
			}
			again := p.Next
			if k%2 == 0 {
				again = "" // its answer was lost
			}
			total := p.Queued
			for more := true; more; more = again != "" {
				p, err := w.ReplayFailed(w.Context(), app, began, again)
				if err != nil || p.Queued > 5000 {
					t.Fatal(p, err)
				}
				total, again = total+p.Queued, p.Next
			}
			if n := w.count(`SELECT COUNT(*) FROM callback WHERE state = 0 AND lane = 1 AND replayed_from = 8`); n != 6200 || total != 6200 {
				t.Errorf("crash %d: %d due, %d queued, want 6200", k, n, total)
			}
			if p, err := w.ReplayFailed(w.Context(), app, began, ""); err != nil || p.Queued != 0 {
				t.Errorf("called again: %+v %v", p, err)
			}
		}
	})
}

// crash is a context that ends when so many callbacks are queued.
type crash struct {
	context.Context
	w      *world
	queued int
}

func (c crash) Err() error {
	if c.w.count(`SELECT COUNT(*) FROM callback WHERE state = 0`) >= c.queued {
		return context.Canceled
	}
	return nil
}

// What fails again at once is left to the next run, and what failed before the
// time asked for is left alone.
func TestReplay_ARunTakesEachOnce(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{CallbackURL: "https://dev.example/hook"})
		began := w.clock.Now()
		w.dead(app, 10)
		w.clock.Advance(time.Hour)
		p, err := w.ReplayFailed(w.Context(), app, began.Add(6*time.Second), "")
		if err != nil || p.Queued != 5 {
			t.Fatalf("%+v %v, want the five written since", p, err)
		}
		d := answers(push.Outcome{Verdict: push.Permanent, Reason: "不要了"})
		w.CallDue(w.Context(), d)
		if len(d.calls) != 5 || d.calls[0].Attempt != 9 {
			t.Errorf("%d calls, the first attempt %d", len(d.calls), d.calls[0].Attempt)
		}
		w.clock.Advance(time.Second)
		if p, err := w.ReplayFailed(w.Context(), app, began, ""); err != nil || p.Queued != 10 {
			t.Errorf("the next run: %+v %v, want all ten", p, err)
		}
	})
}

// Two nodes replay the same callbacks at once: each is queued by one of them.
func TestReplay_OnTwoNodesAtOnce(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{CallbackURL: "https://dev.example/hook"})
		began := w.clock.Now()
		w.dead(app, 3000)
		w.clock.Advance(time.Hour)
		var mu sync.Mutex
		var both sync.WaitGroup
		total := 0
		for _, node := range []*push.Service{w.Service, newService(t, w.db)} {
			both.Go(func() {
				p, err := node.ReplayFailed(w.Context(), app, began, "")
				mu.Lock()
				defer mu.Unlock()
				if total += p.Queued; err != nil || p.Next != "" {
					t.Errorf("%+v %v", p, err)
				}
			})
		}
		both.Wait()
		if n := w.count(`SELECT COUNT(*) FROM callback WHERE state = 0 AND replayed_from = 8`); n != 3000 || total != 3000 {
			t.Errorf("%d due, %d queued, want 3000", n, total)
		}
	})
}

// A replay of 10,000 to a slow developer delays neither another app's
// commands nor the app's own.
func TestF23_ReplayDelaysNobody(t *testing.T) {
	run(t, nil, func(w *world, app push.AppID) {
		slow, _ := w.app(push.NewApp{Name: "刚修好", CallbackURL: "https://slow.example/hook"})
		w.event("o小明", func(turn *push.Turn) error {
			_, err := w.FollowApp(turn, slow, push.ByScan, "")
			return err
		})
		w.exec(`DELETE FROM callback`)
		w.dead(slow, 10_000)
		stop := w.callBack(&developer{answer: func(_ context.Context, j push.Job) push.Outcome {
			if strings.HasPrefix(j.Call.ID, "msg_dead") {
				time.Sleep(3 * time.Second)
			}
			return push.Outcome{Verdict: push.Delivered, Reply: "好"}
		}})
		defer stop()
		p, err := w.ReplayFailed(w.Context(), slow, time.Time{}, "")
		if err != nil || p.Queued != 5000 || p.Next == "" {
			t.Fatal(p, err)
		}
		if p, err = w.ReplayFailed(w.Context(), slow, time.Time{}, p.Next); err != nil || p.Queued != 5000 {
			t.Fatal(p, err)
		}
		time.Sleep(time.Second)
		for i := range 8 {
			for _, to := range []push.AppID{app, slow} {
				began := time.Now()
				if got := w.tells(to, "状态"); got != "好" || time.Since(began) > 100*time.Millisecond {
					t.Errorf("%d: app %d answers %q after %s", i, to, got, time.Since(began))
				}
			}
			time.Sleep(time.Second)
		}
		time.Sleep(5 * time.Minute)
		if n := w.count(`SELECT COUNT(*) FROM callback WHERE state = 3 AND webhook_id LIKE 'msg_dead%'`); n != 10_000 {
			t.Errorf("%d replayed, want 10,000", n)
		}
	})
}

func TestCallbacks_FiltersAndPages(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, uid := w.listening()
		w.follower("o小红", app)
		since := w.clock.Now().Add(time.Second)
		w.dead(app, 30)
		for _, c := range []struct {
			f    push.CallbackFilter
			want int
		}{
			{push.CallbackFilter{}, 32},
			{push.CallbackFilter{State: push.CallbackFailed}, 30},
			{push.CallbackFilter{State: push.CallbackWaiting}, 2},
			{push.CallbackFilter{State: push.CallbackDelivered}, 0},
			{push.CallbackFilter{Action: "app_subscribe"}, 2},
			{push.CallbackFilter{UID: uid}, 1},
			{push.CallbackFilter{UID: "UID_没有"}, 0},
			{push.CallbackFilter{Since: since}, 30},
			{push.CallbackFilter{State: push.CallbackFailed, Action: "send_up_cmd", Since: since.Add(20 * time.Second)}, 10},
		} {
			seen := map[string]bool{}
			for _, one := range all(t, func(after string) ([]push.Callback, string, error) {
				c.f.After, c.f.Limit = after, 7
				return w.Callbacks(w.Context(), app, c.f)
			}) {
				seen[one.ID] = true
			}
			if len(seen) != c.want {
				t.Errorf("%+v: %d callbacks, want %d", c.f, len(seen), c.want)
			}
		}
	})
}

// A callback that was replayed shortly before it is too old is kept until it
// is over.
func TestRetain_KeepsAReplayedCallback(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{CallbackURL: "https://dev.example/hook"})
		w.dead(app, 2)
		w.clock.Advance(6*24*time.Hour + 23*time.Hour)
		if _, err := w.ReplayCallback(w.Context(), app, "msg_dead1"); err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(2 * time.Hour)
		if _, err := w.Retain(w.Context()); err != nil {
			t.Fatal(err)
		}
		if got := w.word(`SELECT webhook_id FROM callback`); got != "msg_dead1" {
			t.Errorf("kept %q", got)
		}
		d := answers(push.Outcome{Verdict: push.Delivered})
		w.CallDue(w.Context(), d)
		if _, err := w.Retain(w.Context()); err != nil || len(d.calls) != 1 || w.count(`SELECT COUNT(*) FROM callback`) != 0 {
			t.Errorf("%d calls, %v", len(d.calls), err)
		}
	})
}
