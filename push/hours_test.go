package push_test

import (
	"testing"
	"time"

	"hongyan/push"
	"hongyan/store"
)

// TestCountHours_CountsAgainUntilItIsRight: an hour is counted when it is over
// and once more when its cards are confirmed; twice is once; what is not
// counted yet is told as it stands.
func TestCountHours_CountsAgainUntilItIsRight(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		other, otherToken := w.app(push.NewApp{Name: "别的"})
		uid := w.follower("o1", app, other)
		w.clock.Set(w.clock.Now().Truncate(time.Hour).Add(10 * time.Minute))
		began := w.clock.Now()
		w.send(token, push.Draft{UIDs: []push.UID{uid}})
		w.send(token, push.Draft{UIDs: []push.UID{uid}})
		w.send(otherToken, push.Draft{UIDs: []push.UID{uid}})
		want := func(when string, of push.AppID, name string, n int64) {
			w.Helper()
			h, err := w.History(w.Context(), of, began.Add(-time.Hour))
			if err != nil {
				w.Fatal(err)
			}
			if got := h.Sum(name); got != n {
				w.Errorf("%s: app %d has %d %s, want %d", when, of, got, name, n)
			}
		}
		count := func() {
			w.Helper()
			if _, err := w.CountHours(w.Context()); err != nil {
				w.Fatal(err)
			}
		}
		want("at once", app, push.CountMessages, 2)
		want("at once", 0, push.CountMessages, 3)
		count()
		want("before the hour is over", app, push.CountPeople, 2)
		w.clock.Advance(time.Hour)
		count()
		count()
		want("counted twice", app, push.CountMessages, 2)
		want("counted twice", 0, push.CountPeople, 3)
		want("counted twice", other, push.CountMessages, 1)
		if n := w.count(`SELECT COUNT(*) FROM stat WHERE name = 'messages' AND kind = 0`); n != 2 {
			w.Errorf("%d rows, want one for each app", n)
		}

		w.exec(`UPDATE record SET confirmed = 1`)
		w.exec(`UPDATE delivery SET state = 3, sent_at = $1`, store.Millis(began.Add(2*time.Second)))
		w.clock.Advance(3 * time.Hour)
		count()
		want("confirmed late", app, push.CountConfirmed, 2)
		h, err := w.History(w.Context(), app, began)
		if err != nil {
			w.Fatal(err)
		}
		if got := h[push.CountHalf][began.Truncate(time.Hour).UTC()]; got != 2000 {
			w.Errorf("half of the cards took %d ms, want 2000", got)
		}

		// The rows go after a week, the counts stay a year.
		w.clock.Advance(8 * 24 * time.Hour)
		if _, err := w.Retain(w.Context()); err != nil {
			w.Fatal(err)
		}
		if n := w.count(`SELECT COUNT(*) FROM message`); n != 0 {
			w.Fatalf("%d messages are kept", n)
		}
		count()
		want("after a week", app, push.CountMessages, 2)
		w.clock.Advance(400 * 24 * time.Hour)
		if _, err := w.Retain(w.Context()); err != nil {
			w.Fatal(err)
		}
		want("after a year", app, push.CountMessages, 0)
	})
}

func TestHistory_WithoutTheJobTellsTheLastDay(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		uid := w.follower("o1", app)
		w.send(token, push.Draft{UIDs: []push.UID{uid}})
		w.clock.Advance(20 * time.Hour)
		h, err := w.History(w.Context(), app, w.clock.Now().Add(-24*time.Hour))
		if err != nil || h.Sum(push.CountMessages) != 1 {
			w.Errorf("%v, %v", h, err)
		}
	})
}

func TestFailureReasons_TheCommonestFirst(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		uid := w.follower("o1", app)
		for range 3 {
			w.send(token, push.Draft{UIDs: []push.UID{uid}})
		}
		w.exec(`UPDATE delivery SET state = 4, reason = CASE WHEN message_id = 1 THEN '' ELSE '用户拒收' END`)
		got, err := w.FailureReasons(w.Context(), app, w.clock.Now().Add(-time.Hour))
		if err != nil || len(got) != 2 || got[0].Reason != "用户拒收" || got[0].Count != 2 || got[1].Remedy == "" {
			w.Errorf("%+v, %v", got, err)
		}
		if got, err := w.FailureReasons(w.Context(), app+1, w.clock.Now().Add(-time.Hour)); err != nil || len(got) != 0 {
			w.Errorf("another app's: %+v, %v", got, err)
		}
	})
}

func TestAccountState_TellsPauseAndQuota(t *testing.T) {
	eachWorld(t, func(w *world) {
		a, err := w.AccountState(w.Context())
		if err != nil || a.Paused(w.clock.Now()) || a.Quota.Limit != 0 {
			w.Errorf("a new account: %+v, %v", a, err)
		}
		if err := w.KeepQuota(w.Context(), 100_000, 4); err != nil {
			w.Fatal(err)
		}
		if err := w.Pause(w.Context(), w.clock.Now().Add(time.Hour), "额度"); err != nil {
			w.Fatal(err)
		}
		a, err = w.AccountState(w.Context())
		if err != nil || !a.Paused(w.clock.Now()) || a.Quota.Limit != 100_000 || a.Quota.Left != 4 || a.PauseReason != "额度" {
			w.Errorf("%+v, %v", a, err)
		}
	})
}
