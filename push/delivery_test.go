package push_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hongyan/push"
)

// one is a world with one follower of one app, to whom one message was sent.
func one(w *world) (x *wechat, token string) {
	w.Helper()
	app, token := w.app(push.NewApp{})
	uid := w.follower("o小明", app)
	w.send(token, push.Draft{UIDs: []push.UID{uid}})
	return newWeChat(w.clock.Now), token
}

func TestDelivery_CardReachesFollowerAndIsConfirmed(t *testing.T) {
	eachWorld(t, func(w *world) {
		x, _ := one(w)
		w.DeliverDue(w.Context(), x)
		if len(x.calls) != 1 {
			t.Fatalf("%d calls, want 1", len(x.calls))
		}
		job := x.calls[0]
		handle := job.Card.ClientMsgID
		if job.Attempt != 1 || job.Card.OpenID != "o小明" || job.Card.AppName != "运维告警" || job.Card.Summary != "磁盘将满" ||
			len(handle) != 22 || job.Card.PageURL != "https://push.example/api/message/"+handle {
			t.Errorf("job %d %+v", job.Attempt, job.Card)
		}
		if got, want := w.row(), `state 2 attempts 1 reason ""`; got != want {
			t.Errorf("after the send: %s, want %s", got, want)
		}
		w.confirm(x.last, true, "success")
		if got, want := w.row(), `state 3 attempts 1 reason ""`; got != want {
			t.Errorf("after the report: %s, want %s", got, want)
		}
		if got, want := w.record(), "total 1 confirmed 1 failed 0"; got != want {
			t.Errorf("record: %s, want %s", got, want)
		}
	})
}

// Every verdict means something for the row, the record, the follower and the
// account.
func TestF15_EachVerdict(t *testing.T) {
	for _, c := range []struct {
		verdict  push.Verdict
		retry    time.Duration // Outcome.RetryAt, from now
		state    int
		attempts int
		pause    [2]time.Duration // the next attempt is due within
		failed   int
	}{
		{verdict: push.Accepted, state: 2, attempts: 1},
		{verdict: push.Delivered, state: 3, attempts: 1},
		{verdict: push.Permanent, state: 4, attempts: 1, failed: 1},
		{verdict: push.Stopped, state: 4, attempts: 1, failed: 1},
		{verdict: push.Unconfirmed, state: 5, attempts: 1},
		{verdict: push.Temporary, state: 0, attempts: 1, pause: [2]time.Duration{time.Second, 1300 * time.Millisecond}},
		{verdict: push.Throttled, retry: time.Minute, state: 0, attempts: 1, pause: [2]time.Duration{time.Minute, time.Minute}},
		{verdict: push.RetryAfter, retry: time.Minute, state: 0, attempts: 1, pause: [2]time.Duration{time.Minute, time.Minute}},
		{verdict: push.RetryAfter, retry: -time.Hour, state: 0, attempts: 1, pause: [2]time.Duration{time.Second, time.Second}},
		{verdict: push.RetryAfter, retry: 999 * time.Hour, state: 0, attempts: 1, pause: [2]time.Duration{24 * time.Hour, 24 * time.Hour}},
		{verdict: push.Paused, retry: time.Hour, state: 0, attempts: 0},
	} {
		t.Run(fmt.Sprintf("%d after %s", c.verdict, c.retry), func(t *testing.T) {
			eachWorld(t, func(w *world) {
				x, _ := one(w)
				o := push.Outcome{Verdict: c.verdict, Reason: "因为"}
				if c.retry != 0 {
					o.RetryAt = w.clock.Now().Add(c.retry)
				}
				x.says(o)
				w.DeliverDue(w.Context(), x)
				if got := w.count(`SELECT state FROM delivery`); got != c.state {
					w.Errorf("state %d, want %d", got, c.state)
				}
				if got := w.count(`SELECT attempts FROM delivery`); got != c.attempts {
					w.Errorf("attempts %d, want %d", got, c.attempts)
				}
				if got := w.count(`SELECT failed FROM record`); got != c.failed {
					w.Errorf("record counts %d failures, want %d", got, c.failed)
				}
				if c.state == 0 {
					due := time.UnixMilli(int64(w.count(`SELECT due_at FROM delivery`))).Sub(w.clock.Now())
					if due < c.pause[0] || due > c.pause[1] {
						w.Errorf("due in %s, want %v", due, c.pause)
					}
				}
			})
		})
	}
}

func TestF15_StoppedUserGetsNothingUntilTheyFollowAgain(t *testing.T) {
	eachWorld(t, func(w *world) {
		x, token := one(w)
		uid := w.user("o小明").UID
		w.clock.Advance(time.Minute)
		x.says(push.Outcome{Verdict: push.Stopped, Reason: "用户拉黑了公众号"})
		w.DeliverDue(w.Context(), x)
		if got := w.user("o小明").Blocked; got != "用户拉黑了公众号" {
			t.Errorf("blocked %q", got)
		}
		if out := w.send(token, push.Draft{UIDs: []push.UID{uid}}); !out[0].Failed {
			t.Error("a stopped user was accepted as receiver")
		}
		w.clock.Advance(time.Minute)
		w.event("o小明", func(t *push.Turn) error { _, err := w.Subscribe(t); return err })
		x.answer = nil
		w.send(token, push.Draft{UIDs: []push.UID{uid}})
		w.DeliverDue(w.Context(), x)
		x.wantOneCardEach(t, 1)
	})
}

// Who followed while the call was under way is not stopped by its answer.
func TestF15_StoppedComesLaterThanTheNextFollow(t *testing.T) {
	eachWorld(t, func(w *world) {
		x, _ := one(w)
		x.answer = func(push.Job) push.Outcome {
			w.clock.Advance(2 * time.Second)
			w.event("o小明", func(t *push.Turn) error { _, err := w.Subscribe(t); return err })
			return push.Outcome{Verdict: push.Stopped, Reason: "未关注"}
		}
		w.DeliverDue(w.Context(), x)
		if got := w.user("o小明").Blocked; got != "" {
			t.Errorf("blocked %q", got)
		}
	})
}

// A quota that is used up pauses the account by one row: nothing is called
// before its end, attempts are not counted, nothing is lost.
func TestF15_PauseHoldsAllDeliveriesAndCountsNoAttempt(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		topic := w.audience(app, 300)
		w.send(token, push.Draft{Topics: []push.TopicID{topic}})
		w.fanOut()
		x := newWeChat(w.clock.Now)
		until := w.clock.Now().Add(3 * time.Hour)
		x.says(push.Outcome{Verdict: push.Paused, RetryAt: until, Reason: "今日配额已用完"})
		w.DeliverDue(w.Context(), x)
		called := len(x.calls)
		if called == 0 || called > 64 {
			t.Errorf("%d calls before the pause, want at most those under way", called)
		}
		w.clock.Advance(time.Hour)
		w.DeliverDue(w.Context(), x)
		w.another().DeliverDue(w.Context(), x)
		if len(x.calls) != called {
			t.Errorf("%d calls during the pause", len(x.calls)-called)
		}
		if n := w.count(`SELECT COUNT(*) FROM delivery WHERE state = 0 AND attempts = 0 AND first_at = 0`); n != 300 {
			t.Errorf("%d deliveries wait untouched, want 300", n)
		}
		w.clock.Advance(2 * time.Hour)
		x.answer = nil
		w.DeliverDue(w.Context(), x)
		x.wantOneCardEach(t, 300)
	})
}

func TestPause_ResumeEndsIt(t *testing.T) {
	eachWorld(t, func(w *world) {
		x, _ := one(w)
		if err := w.Pause(w.Context(), w.clock.Now().Add(time.Hour), "维护"); err != nil {
			t.Fatal(err)
		}
		w.DeliverDue(w.Context(), x)
		if len(x.calls) != 0 {
			t.Error("called during the pause")
		}
		if err := w.Resume(w.Context()); err != nil {
			t.Fatal(err)
		}
		w.DeliverDue(w.Context(), x)
		x.wantOneCardEach(t, 1)
	})
}

func TestDelivery_GivesUpAfterADay(t *testing.T) {
	eachWorld(t, func(w *world) {
		x, _ := one(w)
		began := w.clock.Now()
		x.says(push.Outcome{Verdict: push.Temporary, NotSent: true, Reason: "连不上微信"})
		for range 60 {
			w.DeliverDue(w.Context(), x)
			if w.count(`SELECT state FROM delivery`) != 0 {
				break
			}
			w.clock.Set(time.UnixMilli(int64(w.count(`SELECT due_at FROM delivery`))))
		}
		if got, want := w.row(), `state 4 attempts 29 reason "多次重试仍未成功：连不上微信"`; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		if spent := w.clock.Now().Sub(began); spent < 23*time.Hour || spent > 30*time.Hour {
			t.Errorf("gave up after %s", spent)
		}
	})
}

// A call that may have arrived is repeated only while WeChat knows its client
// message id; then it ends as unconfirmed.
func TestDelivery_UnknownIsRepeatedForTenMinutesOnly(t *testing.T) {
	eachWorld(t, func(w *world) {
		x, _ := one(w)
		began := w.clock.Now()
		x.answer = func(j push.Job) push.Outcome {
			x.show(j)
			if w.clock.Now().Sub(began) >= 10*time.Minute {
				t.Errorf("called %s after the first call", w.clock.Now().Sub(began))
			}
			return push.Outcome{Verdict: push.Temporary, Reason: "超时"}
		}
		for range 20 {
			w.DeliverDue(w.Context(), x)
			if w.count(`SELECT state FROM delivery`) != 0 {
				break
			}
			w.clock.Set(time.UnixMilli(int64(w.count(`SELECT due_at FROM delivery`))))
		}
		if got := w.row(); !strings.HasPrefix(got, `state 5 attempts 6 reason "微信没有应答`) {
			t.Error(got)
		}
		x.wantOneCardEach(t, 1)
	})
}

// Whoever has left, muted, blocked or was rejected by the time of the send gets
// nothing (I8).
func TestI8_DecisionIsMadeBeforeTheCall(t *testing.T) {
	for _, c := range []struct{ change, reason string }{
		{`UPDATE users SET following = 0`, "用户未关注公众号，请用户重新关注后再发"},
		{`UPDATE users SET blocked_at = 1, blocked_reason = '拉黑'`, "拉黑"},
		{`UPDATE users SET muted = 1`, "用户已关闭消息开关，可由用户在菜单中重新打开"},
		{`UPDATE subscription SET active = 0`, "用户未订阅应用"},
		{`UPDATE subscription SET rejected = 1`, "用户已被应用拒收名单拦截，可在应用的用户列表中解除"},
		{`UPDATE subscription SET muted = 1`, "用户已关闭该应用的消息"},
		{`UPDATE app SET deleted_at = 1`, "应用已删除"},
		{`UPDATE message SET deleted_at = 1`, "消息已被撤回或已过期"},
	} {
		t.Run(c.change, func(t *testing.T) {
			eachWorld(t, func(w *world) {
				x, _ := one(w)
				w.exec(c.change)
				w.DeliverDue(w.Context(), x)
				if len(x.calls) != 0 {
					w.Errorf("%d calls", len(x.calls))
				}
				if got, want := w.row(), fmt.Sprintf("state 4 attempts 1 reason %q", c.reason); got != want {
					w.Errorf("%s, want %s", got, want)
				}
				if got, want := w.record(), "total 1 confirmed 0 failed 1"; got != want {
					w.Errorf("record: %s, want %s", got, want)
				}
			})
		})
	}
}

func TestI8_TopicDecision(t *testing.T) {
	for _, c := range []struct{ change, reason string }{
		{`UPDATE subscription SET active = 0`, "用户未订阅主题"},
		{`UPDATE subscription SET rejected = 1`, "用户已被应用拒收名单拦截，可在应用的用户列表中解除"},
		{`UPDATE subscription SET muted = 1`, "用户已关闭该主题的消息"},
		{`UPDATE topic SET deleted_at = 1`, "主题已删除"},
	} {
		t.Run(c.change, func(t *testing.T) {
			eachWorld(t, func(w *world) {
				app, token := w.app(push.NewApp{})
				w.send(token, push.Draft{Topics: []push.TopicID{w.audience(app, 1)}})
				w.fanOut()
				for change := range strings.SplitSeq(c.change, ";") {
					w.exec(change)
				}
				x := newWeChat(w.clock.Now)
				w.DeliverDue(w.Context(), x)
				if got, want := w.row(), fmt.Sprintf("state 4 attempts 1 reason %q", c.reason); got != want || len(x.calls) != 0 {
					w.Errorf("%s and %d calls, want %s", got, len(x.calls), want)
				}
			})
		})
	}
}

func TestPause_LongerOneRemains(t *testing.T) {
	eachWorld(t, func(w *world) {
		now := w.clock.Now()
		for _, c := range []struct{ asked, want time.Duration }{
			{2 * time.Hour, 2 * time.Hour}, {time.Hour, 2 * time.Hour}, {3 * time.Hour, 3 * time.Hour},
		} {
			if err := w.Pause(w.Context(), now.Add(c.asked), "配额"); err != nil {
				t.Fatal(err)
			}
			got := time.UnixMilli(int64(w.count(`SELECT paused_until FROM account`))).Sub(now)
			if got != c.want {
				t.Errorf("paused for %s after asking for %s, want %s", got, c.asked, c.want)
			}
		}
	})
}

// A call that surely did nothing does not undo what an earlier one may have
// done.
func TestDelivery_UnknownThenUnreachableIsStillUnknown(t *testing.T) {
	eachWorld(t, func(w *world) {
		x, _ := one(w)
		x.says(push.Outcome{Verdict: push.Temporary, Reason: "超时"})
		w.DeliverDue(w.Context(), x)
		x.says(push.Outcome{Verdict: push.Temporary, NotSent: true, Reason: "连不上微信"})
		w.clock.Advance(2 * time.Second)
		w.DeliverDue(w.Context(), x)
		x.says(push.Outcome{Verdict: push.Paused, RetryAt: w.clock.Now().Add(time.Hour), Reason: "配额"})
		w.clock.Advance(10 * time.Second)
		w.DeliverDue(w.Context(), x)
		if len(x.calls) != 3 {
			t.Fatalf("%d calls, want 3", len(x.calls))
		}
		x.answer = nil
		w.clock.Advance(2 * time.Hour)
		w.DeliverDue(w.Context(), x)
		if got := w.count(`SELECT state FROM delivery`); got != 5 || len(x.calls) != 3 {
			t.Errorf("state %d after %d calls, want 5 after 3", got, len(x.calls))
		}
	})
}
