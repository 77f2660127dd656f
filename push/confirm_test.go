package push_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"hongyan/push"
)

func TestF17_ReportBeforeItsSendIsSettled(t *testing.T) {
	eachWorld(t, func(w *world) {
		x, _ := one(w)
		settle := w.DeliverButDoNotSettle(w.Context(), x)
		w.confirm(x.last, true, "success")
		if n := w.count(`SELECT COUNT(*) FROM finish_parked`); n != 1 {
			t.Fatalf("%d reports parked, want 1", n)
		}
		settle()
		if got, want := w.row(), `state 3 attempts 1 reason ""`; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		if got, want := w.record(), "total 1 confirmed 1 failed 0"; got != want {
			t.Errorf("record: %s, want %s", got, want)
		}
		if n := w.count(`SELECT COUNT(*) FROM finish_parked`); n != 0 {
			t.Errorf("%d reports still parked", n)
		}
	})
}

func TestF17_RepeatedAndContradictoryReportsCountOnce(t *testing.T) {
	type report struct {
		ok     bool
		status string
	}
	success, blocked := report{true, "success"}, report{false, "failed:user block"}
	for _, c := range []struct {
		name    string
		reports []report
		row     string
		record  string
	}{
		{"success twice", []report{success, success}, `state 3 attempts 1 reason ""`, "total 1 confirmed 1 failed 0"},
		{"failure after success", []report{success, blocked}, `state 3 attempts 1 reason ""`, "total 1 confirmed 1 failed 0"},
		{"success after failure", []report{blocked, success}, `state 4 attempts 1 reason "用户拒收公众号消息，请用户在微信中打开公众号的消息接收"`, "total 1 confirmed 0 failed 1"},
		{"with a space", []report{{false, "failed: user block"}}, `state 4 attempts 1 reason "用户拒收公众号消息，请用户在微信中打开公众号的消息接收"`, "total 1 confirmed 0 failed 1"},
		{"system", []report{{false, "failed: system failed"}}, `state 4 attempts 1 reason "微信系统失败，请稍后重新发送"`, "total 1 confirmed 0 failed 1"},
		{"frequency", []report{{false, "failed:freq limit"}}, `state 4 attempts 1 reason "微信限制了对该用户的发送频率，请减少发送后重试"`, "total 1 confirmed 0 failed 1"},
		{"unheard of", []report{{false, "failed:新的\x00状态"}}, `state 4 attempts 1 reason "微信回执：failed:新的�状态"`, "total 1 confirmed 0 failed 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			eachWorld(t, func(w *world) {
				x, _ := one(w)
				w.DeliverDue(w.Context(), x)
				for _, r := range c.reports {
					w.confirm(x.last, r.ok, r.status)
				}
				if got := w.row(); got != c.row {
					w.Errorf("%s, want %s", got, c.row)
				}
				if got := w.record(); got != c.record {
					w.Errorf("record: %s, want %s", got, c.record)
				}
				if n := w.count(`SELECT COUNT(*) FROM finish_parked`); n != 0 {
					w.Errorf("%d reports parked", n)
				}
			})
		})
	}
}

func TestF17_UnknownReportIsParkedOnceAndForgotten(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.confirm(42, false, "failed:user block")
		w.confirm(42, true, "success")
		if got := w.word(`SELECT status FROM finish_parked WHERE msgid = 42`); got != "failed:user block" {
			t.Errorf("parked %q, want the first", got)
		}
		w.clock.Advance(25 * time.Hour)
		if _, err := w.Retain(w.Context()); err != nil {
			t.Fatal(err)
		}
		if n := w.count(`SELECT COUNT(*) FROM finish_parked`); n != 0 {
			t.Errorf("%d reports parked after a day", n)
		}
	})
}

// A report that never comes makes the delivery neither a success nor a
// failure; one that comes late still counts.
func TestF17_NeverReportedIsUnconfirmedAndUpgradedByALateReport(t *testing.T) {
	for _, late := range []struct {
		ok     bool
		status string
		row    string
	}{
		{true, "success", `state 3 attempts 1 reason ""`},
		{false, "failed: system failed", `state 4 attempts 1 reason "微信系统失败，请稍后重新发送"`},
	} {
		t.Run(late.status, func(t *testing.T) {
			eachWorld(t, func(w *world) {
				x, _ := one(w)
				w.DeliverDue(w.Context(), x)
				w.clock.Advance(9 * time.Minute)
				if n, err := w.SweepUnconfirmed(w.Context()); n != 0 || err != nil {
					w.Fatalf("swept %d too early, %v", n, err)
				}
				w.clock.Advance(2 * time.Minute)
				if n, err := w.SweepUnconfirmed(w.Context()); n != 1 || err != nil {
					w.Fatalf("swept %d, %v, want 1", n, err)
				}
				if got, want := w.row(), `state 5 attempts 1 reason "已交给微信，未收到回执"`; got != want {
					w.Errorf("%s, want %s", got, want)
				}
				if got, want := w.record(), "total 1 confirmed 0 failed 0"; got != want {
					w.Errorf("record: %s, want %s", got, want)
				}
				w.confirm(x.last, late.ok, late.status)
				if got := w.row(); got != late.row {
					w.Errorf("%s, want %s", got, late.row)
				}
			})
		})
	}
}

func TestJoinParked_ClosesWhatTheLocksMissed(t *testing.T) {
	eachWorld(t, func(w *world) {
		x, _ := one(w)
		w.DeliverDue(w.Context(), x)
		w.exec(`INSERT INTO finish_parked (msgid, status, parked_at) VALUES ($1, 'success', 1)`, x.last)
		if n, err := w.JoinParked(w.Context()); n != 1 || err != nil {
			t.Errorf("joined %d, %v, want 1", n, err)
		}
		if got, want := w.record(), "total 1 confirmed 1 failed 0"; got != want {
			t.Errorf("record: %s, want %s", got, want)
		}
	})
}

// Reports and settlements that meet in any order leave nothing parked.
func TestF17_ReportsRaceWithTheirSends(t *testing.T) {
	eachWorld(t, func(w *world) {
		const cards = 300
		app, token := w.app(push.NewApp{})
		w.send(token, push.Draft{Topics: []push.TopicID{w.audience(app, cards)}})
		w.fanOut()
		x := newWeChat(w.clock.Now)
		var reports sync.WaitGroup
		ch := channel(func(ctx context.Context, j push.Job) push.Outcome {
			o := x.Deliver(ctx, j)
			reports.Go(func() { w.confirm(o.MsgID, true, "success") })
			return o
		})
		before := w.db.Stats().Commits
		w.DeliverDue(w.Context(), ch)
		reports.Wait()
		if got, want := w.record(), "total 300 confirmed 300 failed 0"; got != want {
			t.Errorf("record: %s, want %s", got, want)
		}
		if n := w.count(`SELECT COUNT(*) FROM finish_parked`); n != 0 {
			t.Errorf("%d reports parked", n)
		}
		if commits := w.db.Stats().Commits - before; commits > cards/2 {
			t.Errorf("%d commits for %d cards: reports are not batched", commits, cards)
		}
	})
}
