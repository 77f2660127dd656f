package push_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"hongyan/push"
	"hongyan/store/limit"
)

// allowing is the world with so many messages a user and day.
func (w *world) allowing(most int) *limit.Limiter {
	w.Helper()
	l := limit.New(limit.Options{Now: w.clock.Now})
	w.allowingBy(l, most)
	return l
}

// allowingBy counts in a limiter that nodes share.
func (w *world) allowingBy(l *limit.Limiter, most int) {
	w.Helper()
	s, err := push.New(w.Context(), w.db, push.Options{
		BaseURL: "https://push.example", Account: "sandbox", Secret: testSecret,
		Limit: l, Limits: push.Limits{PerUser: limit.Rate{Most: most, Per: 24 * time.Hour}},
	})
	if err != nil {
		w.Fatal(err)
	}
	w.Service = s
}

func TestSend_TellsWhoHasHadAllMessagesOfTheDay(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.allowing(3)
		app, token := w.app(push.NewApp{})
		ming, hong := w.follower("小明", app), w.follower("小红", app)
		for range 3 {
			if out := w.send(token, push.Draft{UIDs: []push.UID{ming}}); out[0].Failed {
				t.Fatalf("within the limit: %+v", out[0])
			}
		}
		out := w.send(token, push.Draft{UIDs: []push.UID{ming, hong}})
		want := "用户UID=[" + string(ming) + "]收到的消息已达上限（每天最多3条），请在8小时0分后再发"
		if !out[0].Failed || out[0].Text != want || out[0].Record != 0 || out[1].Failed {
			t.Errorf("beyond it: %+v\nwant %s", out, want)
		}
		w.clock.Advance(8 * time.Hour)
		if out := w.send(token, push.Draft{UIDs: []push.UID{ming}}); out[0].Failed {
			t.Errorf("eight hours later: %+v", out[0])
		}
	})
}

// A sender whom a user does not follow uses up nothing of theirs.
func TestSend_WhatIsRefusedIsNotCounted(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.allowing(2)
		app, token := w.app(push.NewApp{})
		_, foreign := w.app(push.NewApp{Name: "别人的"})
		uid := w.follower("小明", app)
		for range 10 {
			w.send(foreign, push.Draft{UIDs: []push.UID{uid}})
			_, _ = w.Send(t.Context(), "AT_wrong", text(push.Draft{UIDs: []push.UID{uid}}))
		}
		for i, failed := range []bool{false, false, true} {
			if out := w.send(token, push.Draft{UIDs: []push.UID{uid}}); out[0].Failed != failed {
				t.Errorf("message %d: %+v", i+1, out[0])
			}
		}
	})
}

// What names no uid is counted at its first attempt, and once.
func TestDelivery_TopicsAndSimplePushesAreCountedAtTheFirstAttempt(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.allowing(3)
		app, token := w.app(push.NewApp{})
		topic := w.topic(app)
		uid := w.follower("小明", app)
		if err := w.followTopic("小明", topic); err != nil {
			t.Fatal(err)
		}
		x := newWeChat(w.clock.Now)
		w.send(token, push.Draft{UIDs: []push.UID{uid}}) // one
		w.send(token, push.Draft{Topics: []push.TopicID{topic}})
		for more := true; more; {
			var err error
			if more, err = w.FanOut(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		simple := func() push.Receipt {
			out, err := w.SendSimple(t.Context(), []push.SPT{w.spt("小明")}, text(push.Draft{}))
			if err != nil {
				t.Fatal(err)
			}
			return out[0]
		}
		failing := channel(func(context.Context, push.Job) push.Outcome {
			return push.Outcome{Verdict: push.Temporary, NotSent: true, Reason: "忙"}
		})
		w.DeliverDue(t.Context(), failing) // two with the topic's
		simple()                           // three
		for range 3 {
			w.clock.Advance(20 * time.Second)
			w.DeliverDue(t.Context(), failing)
		}
		last := simple() // four
		w.DeliverDue(t.Context(), x)
		w.clock.Advance(time.Hour)
		w.DeliverDue(t.Context(), x)
		if len(x.calls) != 3 {
			t.Errorf("%d cards, want 3", len(x.calls))
		}
		st, err := w.Status(t.Context(), last.Record)
		if err != nil || st.Code != push.StatusFailed || !strings.HasPrefix(st.Text, "发送失败：用户收到的消息已达上限（每天最多3条），请在7小时") {
			t.Errorf("the fourth: %+v, %v", st, err)
		}
	})
}

func TestWaitText(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "1秒", time.Millisecond: "1秒", time.Second: "1秒", 59001 * time.Millisecond: "1分0秒",
		200 * time.Second: "3分20秒", time.Hour: "1小时0分", 7401 * time.Second: "2小时4分",
	} {
		if got := push.WaitText(d); got != want {
			t.Errorf("%s: %s, want %s", d, got, want)
		}
	}
}
