package push_test

import (
	"bytes"
	"testing"
	"time"

	"hongyan/push"
)

func TestF1_AbandonedLeasesEndAndNothingIsLostOrDoubled(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		w.send(token, push.Draft{Topics: []push.TopicID{w.audience(app, 400)}})
		w.fanOut()
		x := newWeChat(w.clock.Now)
		if err := w.Abandon(w.Context()); err != nil { // killed with leases in hand
			t.Fatal(err)
		}
		leased := w.count(`SELECT COUNT(*) FROM delivery WHERE state = 1`)
		if leased == 0 {
			t.Fatal("nothing was leased")
		}
		next := w.another()
		next.DeliverDue(w.Context(), x)
		if len(x.calls) != 400-leased {
			t.Errorf("%d calls while the leases lasted, want %d", len(x.calls), 400-leased)
		}
		w.clock.Advance(31 * time.Second)
		next.DeliverDue(w.Context(), x)
		x.wantOneCardEach(t, 400)
		if n := w.count(`SELECT COUNT(*) FROM delivery WHERE state = 2`); n != 400 {
			t.Errorf("%d accepted, want 400", n)
		}
		if n := w.count(`SELECT COUNT(*) FROM delivery WHERE attempts = 2`); n != leased {
			t.Errorf("%d deliveries have two attempts, want the %d leased", n, leased)
		}
	})
}

func TestF2_CrashAfterWeChatsAnswerShowsOneCard(t *testing.T) {
	eachWorld(t, func(w *world) {
		x, _ := one(w)
		w.DeliverAndCrash(w.Context(), x)
		w.clock.Advance(31 * time.Second)
		next := w.another()
		next.DeliverDue(w.Context(), x)
		if len(x.calls) != 2 || x.calls[0].Card.ClientMsgID != x.calls[1].Card.ClientMsgID {
			t.Fatalf("%d calls, want a second with the same client message id", len(x.calls))
		}
		if x.calls[1].Attempt != 2 || !x.calls[1].FirstAt.Equal(x.calls[0].FirstAt) {
			t.Errorf("attempt %d, first at %s, want 2 and %s", x.calls[1].Attempt, x.calls[1].FirstAt, x.calls[0].FirstAt)
		}
		x.wantOneCardEach(t, 1)
		next.confirm(x.last, true, "success")
		if got, want := w.row(), `state 3 attempts 2 reason ""`; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	})
}

// After ten minutes WeChat no longer knows the client message id, and a repeat
// could be a second card.
func TestF2_LongAfterACrashNothingIsRepeated(t *testing.T) {
	eachWorld(t, func(w *world) {
		x, _ := one(w)
		w.DeliverAndCrash(w.Context(), x)
		w.clock.Advance(11 * time.Minute)
		w.another().DeliverDue(w.Context(), x)
		if len(x.calls) != 1 {
			t.Errorf("%d calls, want 1", len(x.calls))
		}
		if got := w.count(`SELECT state FROM delivery`); got != 5 {
			t.Errorf("state %d, want 5", got)
		}
	})
}

// A lease that ended and went to another node fences the outcome of the first.
func TestDelivery_LateOutcomeDoesNotOverwriteANewerAttempt(t *testing.T) {
	eachWorld(t, func(w *world) {
		x, _ := one(w)
		x.says(push.Outcome{Verdict: push.Permanent, Reason: "旧"})
		settle := w.DeliverButDoNotSettle(w.Context(), x)
		w.clock.Advance(31 * time.Second)
		x.answer = nil
		w.another().DeliverDue(w.Context(), x)
		settle()
		if got, want := w.row(), `state 2 attempts 2 reason ""`; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		if got, want := w.record(), "total 1 confirmed 0 failed 0"; got != want {
			t.Errorf("record: %s, want %s", got, want)
		}
		if got := w.Stats().Deliveries.Lost; got != 1 {
			t.Errorf("%d outcomes lost, want 1", got)
		}
	})
}

func TestF20_ClockForwardFreesNoLeaseInHand(t *testing.T) {
	eachWorld(t, func(w *world) {
		x, _ := one(w)
		settle := w.DeliverButDoNotSettle(w.Context(), x)
		w.clock.Advance(time.Hour)
		w.Claim(w.Context())
		settle()
		if len(x.calls) != 1 {
			t.Errorf("%d calls, want 1", len(x.calls))
		}
		if got, want := w.row(), `state 2 attempts 1 reason ""`; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	})
}

func TestF20_ClockBackStallsNothing(t *testing.T) {
	for _, jump := range []time.Duration{-time.Hour, -24 * time.Hour} {
		t.Run(jump.String(), func(t *testing.T) {
			eachWorld(t, func(w *world) {
				app, token := w.app(push.NewApp{})
				never, leased, again := w.follower("o1", app), w.follower("o2", app), w.follower("o3", app)
				x := newWeChat(w.clock.Now)

				w.send(token, push.Draft{UIDs: []push.UID{again}})
				x.says(push.Outcome{Verdict: push.Temporary, NotSent: true})
				w.DeliverDue(w.Context(), x) // waits for its second attempt
				x.answer = nil
				w.send(token, push.Draft{UIDs: []push.UID{leased}})
				w.another().Abandon(w.Context()) // leased by a node that died
				w.send(token, push.Draft{UIDs: []push.UID{never}})

				w.clock.Advance(jump)
				w.DeliverDue(w.Context(), x)
				w.clock.Advance(2 * time.Second)
				w.DeliverDue(w.Context(), x)
				w.clock.Advance(31 * time.Second)
				w.DeliverDue(w.Context(), x)
				x.wantOneCardEach(w.T, 3)
			})
		})
	}
}

func TestF20_FanoutGoesOnAfterTheClockWentBack(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		w.send(token, push.Draft{Topics: []push.TopicID{w.audience(app, 3)}})
		w.exec(`UPDATE record SET fan_due = $1`, w.clock.Now().Add(time.Hour).UnixMilli())
		w.fanOut()
		if n := w.count(`SELECT COUNT(*) FROM delivery`); n != 3 {
			t.Errorf("%d deliveries, want 3", n)
		}
	})
}

// Two processes of one name, an old one that drains and its successor, are told
// apart by the attempt.
func TestF46_SuccessorOfTheSameNameIsNotOverwritten(t *testing.T) {
	eachWorld(t, func(w *world) {
		named := func() *world {
			node := *w
			s, err := push.New(t.Context(), w.db, push.Options{Account: "sandbox", Node: "n1", Secret: bytes.Repeat([]byte("k"), 32)})
			if err != nil {
				t.Fatal(err)
			}
			node.Service = s
			return &node
		}
		x, _ := one(w)
		before, after := named(), named()
		x.says(push.Outcome{Verdict: push.Permanent, Reason: "旧"})
		settleOld := before.DeliverButDoNotSettle(w.Context(), x)
		w.clock.Advance(31 * time.Second)
		x.answer = nil
		settleNew := after.DeliverButDoNotSettle(w.Context(), x)
		settleOld()
		settleNew()
		if got, want := w.row(), `state 2 attempts 2 reason ""`; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	})
}
