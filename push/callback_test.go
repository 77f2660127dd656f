package push_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"hongyan/push"
)

// developer answers callbacks as told and keeps what came.
type developer struct {
	mu     sync.Mutex
	calls  []push.Job
	answer func(context.Context, push.Job) push.Outcome
}

func (d *developer) Deliver(ctx context.Context, j push.Job) push.Outcome {
	d.mu.Lock()
	d.calls = append(d.calls, j)
	d.mu.Unlock()
	o := d.answer(ctx, j)
	if o.Attempt == nil {
		o.Attempt = &push.Attempt{At: time.Now(), URL: j.Call.URL, Request: "POST", Answer: o.Reply, Failure: o.Reason}
	}
	return o
}

func answers(o push.Outcome) *developer {
	return &developer{answer: func(context.Context, push.Job) push.Outcome { return o }}
}

// listening is an app with an endpoint and one follower.
func (w *world) listening() (push.AppID, push.UID) {
	w.Helper()
	app, _ := w.app(push.NewApp{CallbackURL: "https://dev.example/hook"})
	return app, w.follower("o小明", app)
}

// callback describes the one callback there is.
func (w *world) callback() string {
	w.Helper()
	return fmt.Sprintf("state %d attempts %d reply %q reason %q", w.count(`SELECT state FROM callback`),
		w.count(`SELECT attempts FROM callback`), w.word(`SELECT reply_via FROM callback`), w.word(`SELECT reason FROM callback`))
}

func TestCallback_TellsTheDeveloperWhoFollowed(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, uid := w.listening()
		d := answers(push.Outcome{Verdict: push.Delivered})
		w.CallDue(w.Context(), d)
		if len(d.calls) != 1 {
			t.Fatalf("%d calls, want 1", len(d.calls))
		}
		call := d.calls[0].Call
		if call.App != app || call.URL != "https://dev.example/hook" || len(call.ID) != 30 || call.ID[:4] != "msg_" ||
			len(call.Secrets) != 1 || call.OpenID != "o小明" || w.user("o小明").UID != uid {
			t.Errorf("call %+v", call)
		}
		if got, want := w.callback(), `state 3 attempts 1 reply "customer" reason ""`; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		if n := w.count(`SELECT COUNT(*) FROM callback_attempt WHERE attempt = 1`); n != 1 {
			t.Errorf("%d attempts logged, want 1", n)
		}
	})
}

func TestCallback_NoEndpointNoRow(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{})
		w.follower("o小明", app)
		if n := w.count(`SELECT COUNT(*) FROM callback`); n != 0 {
			t.Errorf("%d callbacks for an app without an endpoint", n)
		}
	})
}

// Eight attempts on the contract's schedule, each logged, all with one id; then
// the callback is a dead letter with its reason (I7, F22, F26).
func TestI7_ScheduleAndDeadLetter(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.listening()
		d := answers(push.Outcome{Verdict: push.Temporary, Reason: "15 秒内没有应答"})
		began := w.clock.Now()
		var at []time.Duration
		for range 20 {
			w.CallDue(w.Context(), d)
			at = append(at, w.clock.Now().Sub(began).Round(time.Second))
			if w.count(`SELECT state FROM callback`) != 0 {
				break
			}
			w.clock.Set(time.UnixMilli(int64(w.count(`SELECT due_at FROM callback`))))
		}
		if got, want := w.callback(), `state 4 attempts 8 reply "customer" reason "多次重试仍未成功：15 秒内没有应答"`; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		if last := at[len(at)-1]; len(d.calls) != 8 || last < 27*time.Hour || last > 34*time.Hour {
			t.Errorf("%d calls at %v", len(d.calls), at)
		}
		for i, j := range d.calls {
			if j.Call.ID != d.calls[0].Call.ID || j.Attempt != i+1 {
				t.Errorf("call %d: id %s attempt %d", i, j.Call.ID, j.Attempt)
			}
		}
		if n := w.count(`SELECT COUNT(*) FROM callback_attempt WHERE failure = '15 秒内没有应答'`); n != 8 {
			t.Errorf("%d attempts logged, want 8", n)
		}
		if n := w.count(`SELECT failures FROM endpoint`); n != 8 {
			t.Errorf("the endpoint failed %d times in a row, want 8", n)
		}
	})
}

func TestF25_GoneDisablesTheEndpoint(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.listening()
		d := answers(push.Outcome{Verdict: push.Gone})
		w.CallDue(w.Context(), d)
		if got := w.word(`SELECT disabled_reason FROM endpoint`); got != "对方回答 410，回调地址已停用" {
			t.Errorf("disabled %q", got)
		}
		w.follower("o小红", app)
		w.CallDue(w.Context(), d)
		if len(d.calls) != 1 {
			t.Errorf("%d calls, want none after 410", len(d.calls))
		}
		if n := w.count(`SELECT COUNT(*) FROM callback WHERE state = 4`); n != 2 {
			t.Errorf("%d failed callbacks, want 2", n)
		}
		if _, err := w.SetEndpoint(w.Context(), app, "https://dev.example/new"); err != nil {
			t.Fatal(err)
		}
		w.follower("o小刚", app)
		d.answer = func(context.Context, push.Job) push.Outcome { return push.Outcome{Verdict: push.Delivered} }
		w.CallDue(w.Context(), d)
		if len(d.calls) != 2 || d.calls[1].Call.URL != "https://dev.example/new" {
			t.Errorf("%d calls, want one at the new address", len(d.calls))
		}
	})
}

func TestF25_RetryAfterIsObeyed(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.listening()
		w.CallDue(w.Context(), answers(push.Outcome{Verdict: push.RetryAfter, RetryAt: w.clock.Now().Add(40 * time.Minute)}))
		d := answers(push.Outcome{Verdict: push.Delivered})
		w.clock.Advance(39 * time.Minute)
		w.CallDue(w.Context(), d)
		if len(d.calls) != 0 {
			t.Error("called before the time it asked for")
		}
		w.clock.Advance(time.Minute)
		w.CallDue(w.Context(), d)
		if len(d.calls) != 1 {
			t.Error("not called at the time it asked for")
		}
	})
}

// What a developer's server sends is stored on both engines, whatever it is.
func TestF22_AnswersThatAreNoText(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.listening()
		w.CallDue(w.Context(), answers(push.Outcome{Verdict: push.Temporary, Reason: "a\x00b", Attempt: &push.Attempt{
			Answer: "GBK \xc4\xe3\x00", Failure: "\xff", URL: "https://dev.example/hook",
		}}))
		if got, want := w.word(`SELECT answer FROM callback_attempt`), "GBK ��"; got != want {
			t.Errorf("answer %q, want %q", got, want)
		}
	})
}

func TestReply_InTimeIsThePassiveAnswer(t *testing.T) {
	said := make(chan string, 9)
	run(t, said, func(w *world, app push.AppID) {
		stop := w.callBack(answers(push.Outcome{Verdict: push.Delivered, Reply: "已重启"}))
		defer stop()
		if got := w.tells(app, "重启服务器"); got != "已重启" {
			t.Errorf("answer %q", got)
		}
		time.Sleep(time.Minute)
		if len(said) != 0 {
			t.Errorf("said again: %q", <-said)
		}
		if got := w.word(`SELECT reply_via FROM callback WHERE action = 'send_up_cmd'`); got != "passive" {
			t.Errorf("reply_via %q", got)
		}
	})
}

func TestReply_LateIsSaidOnce(t *testing.T) {
	said := make(chan string, 9)
	run(t, said, func(w *world, app push.AppID) {
		stop := w.callBack(&developer{answer: func(context.Context, push.Job) push.Outcome {
			time.Sleep(9 * time.Second)
			return push.Outcome{Verdict: push.Delivered, Reply: "已重启"}
		}})
		defer stop()
		began := time.Now()
		if got := w.tells(app, "重启服务器"); got != "" {
			t.Errorf("answer %q", got)
		}
		if spent := time.Since(began); spent > 4600*time.Millisecond {
			t.Errorf("answered after %s", spent)
		}
		time.Sleep(2 * time.Minute)
		if len(said) != 1 || <-said != "o小明 已重启" {
			t.Errorf("said %d times", len(said))
		}
		if got := w.word(`SELECT reply_via FROM callback WHERE action = 'send_up_cmd'`); got != "said" {
			t.Errorf("reply_via %q", got)
		}
	})
}

func TestReply_OfALaterAttemptIsSaid(t *testing.T) {
	said := make(chan string, 9)
	run(t, said, func(w *world, app push.AppID) {
		calls := 0
		stop := w.callBack(&developer{answer: func(ctx context.Context, j push.Job) push.Outcome {
			if calls++; calls == 1 {
				return push.Outcome{Verdict: push.Temporary, Reason: "502"}
			}
			return push.Outcome{Verdict: push.Delivered, Reply: "已重启"}
		}})
		defer stop()
		if got := w.tells(app, "重启服务器"); got != "" {
			t.Errorf("answer %q", got)
		}
		time.Sleep(time.Minute)
		if len(said) != 1 || <-said != "o小明 已重启" {
			t.Errorf("said %d times", len(said))
		}
	})
}

// Without workers an upstream message is kept and the follower not kept
// waiting.
func TestUplink_WithoutWorkersIsQueued(t *testing.T) {
	run(t, nil, func(w *world, app push.AppID) {
		began := time.Now()
		if got := w.tells(app, "重启服务器"); got != "" || time.Since(began) > 0 {
			t.Errorf("answer %q after %s", got, time.Since(began))
		}
		if n := w.count(`SELECT COUNT(*) FROM callback WHERE action = 'send_up_cmd' AND state = 0`); n != 1 {
			t.Errorf("%d callbacks due, want 1", n)
		}
	})
}

// One app's dead server with 100,000 queued callbacks delays no other app's.
func TestF23_DeadAppDelaysNobody(t *testing.T) {
	run(t, nil, func(w *world, app push.AppID) {
		dead, _ := w.app(push.NewApp{Name: "坏了", CallbackURL: "https://dead.example/hook"})
		w.exec(`INSERT INTO callback (webhook_id, app_id, action, event_key, body, due_at, created_at)
			WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
			SELECT 'msg_' || CAST(i AS TEXT), $1, 'send_up_cmd', 'dead ' || CAST(i AS TEXT), '{}', 1, 1 FROM n`, int64(dead))
		var mu sync.Mutex
		flying, most := 0, 0
		stop := w.callBack(&developer{answer: func(ctx context.Context, j push.Job) push.Outcome {
			if j.Call.App != dead {
				time.Sleep(50 * time.Millisecond)
				return push.Outcome{Verdict: push.Delivered, Reply: "好"}
			}
			mu.Lock()
			flying++
			most = max(most, flying)
			mu.Unlock()
			select {
			case <-time.After(15 * time.Second):
			case <-ctx.Done():
			}
			mu.Lock()
			flying--
			mu.Unlock()
			return push.Outcome{Verdict: push.Temporary, Reason: "没有应答"}
		}})
		time.Sleep(time.Second) // before the first call to the dead app has timed out
		var took []time.Duration
		for range 100 {
			began := time.Now()
			if got := w.tells(app, "状态"); got != "好" {
				t.Errorf("answer %q", got)
			}
			took = append(took, time.Since(began))
			time.Sleep(time.Second)
		}
		stop()
		if worst := slices.Max(took); worst > 100*time.Millisecond {
			t.Errorf("slowest answer %s, want as fast as without the dead app", worst)
		}
		if most > 640 {
			t.Errorf("%d calls at once to the dead app, want at most 640 of the 1,024 workers", most)
		}
	})
}

// run is a bubble with an app that listens and its follower. What is said by
// customer message goes to said.
func run(t *testing.T, said chan string, f func(w *world, app push.AppID)) {
	t.Helper()
	o := push.Options{Say: func(_ context.Context, to push.OpenID, text string) error {
		said <- string(to) + " " + text
		return nil
	}}
	bubble(t, o, func(w *world) {
		app, _ := w.listening()
		w.exec(`DELETE FROM callback`) // of the follow
		f(w, app)
	})
}

func (w *world) callBack(ch push.Channel) (stop func()) {
	w.Helper()
	ctx, cancel := context.WithCancel(w.Context())
	var running sync.WaitGroup
	running.Go(func() {
		if err := w.RunCallbacks(ctx, ch); err != nil {
			w.Error(err)
		}
	})
	time.Sleep(time.Millisecond) // of the bubble: the workers have started
	return func() {
		cancel()
		running.Wait()
	}
}

// tells is the follower saying something to an app, up to the passive answer.
func (w *world) tells(app push.AppID, words string) string {
	w.Helper()
	w.events++
	a, err := w.Once(w.Context(), push.Inbound{Key: fmt.Sprintf("say %d", w.events), OpenID: "o小明", At: time.Now()},
		func(t *push.Turn) error { return w.Uplink(t, app, words) })
	if err != nil {
		w.Fatalf("say: %v", err)
	}
	if a.Pending == nil {
		return a.Reply
	}
	return a.Pending.Wait(w.Context())
}

// Several dead apps together do not take all the workers for long: each is
// left with one call at a time.
func TestF23_ManyDeadAppsLeaveWorkersForOthers(t *testing.T) {
	bubble(t, push.Options{CallbackWorkers: 16}, func(w *world) {
		app, _ := w.listening()
		w.exec(`DELETE FROM callback`) // of the follow
		for i := range 5 {
			dead, _ := w.app(push.NewApp{Name: "坏了", CallbackURL: "https://dead.example/hook"})
			w.exec(`INSERT INTO callback (webhook_id, app_id, action, event_key, body, due_at, created_at)
				WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
				SELECT $2 || CAST(i AS TEXT), $1, 'send_up_cmd', $2 || CAST(i AS TEXT), '{}', 1, 1 FROM n`,
				int64(dead), fmt.Sprintf("dead %d ", i))
		}
		stop := w.callBack(&developer{answer: func(ctx context.Context, j push.Job) push.Outcome {
			if j.Call.App == app {
				return push.Outcome{Verdict: push.Delivered, Reply: "好"}
			}
			select {
			case <-time.After(15 * time.Second):
			case <-ctx.Done():
			}
			return push.Outcome{Verdict: push.Temporary, Reason: "没有应答"}
		}})
		defer stop()
		time.Sleep(2 * time.Minute)
		for range 20 {
			began := time.Now()
			if got := w.tells(app, "状态"); got != "好" || time.Since(began) > time.Second {
				t.Errorf("answer %q after %s", got, time.Since(began))
			}
			time.Sleep(time.Second)
		}
	})
}
