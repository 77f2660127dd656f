package push_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"hongyan/push"
)

func TestListen_SettlesLikeACall(t *testing.T) {
	for name, c := range map[string]struct {
		outcome push.Outcome
		want    string
		after   time.Duration // least time to the next attempt
	}{
		"taken":    {push.Outcome{Verdict: push.Delivered}, `state 3 attempts 1 reply "customer" reason ""`, 0},
		"failed":   {push.Outcome{Verdict: push.Temporary, Reason: "502"}, `state 0 attempts 1 reply "customer" reason "502"`, 5 * time.Second},
		"gone":     {push.Outcome{Verdict: push.Gone, Reason: "410"}, `state 4 attempts 1 reply "customer" reason "410"`, 0},
		"busy":     {push.Outcome{Verdict: push.RetryAfter, RetryAt: time.Date(2026, 11, 2, 13, 0, 0, 0, time.UTC)}, `state 0 attempts 1 reply "customer" reason ""`, time.Hour},
		"no text":  {push.Outcome{Verdict: push.Temporary, Reason: "a\x00\xff"}, `state 0 attempts 1 reply "customer" reason "a��"`, 5 * time.Second},
		"refused":  {push.Outcome{Verdict: push.Permanent, Reason: "不要了"}, `state 4 attempts 1 reply "customer" reason "不要了"`, 0},
		"new word": {push.Outcome{Verdict: push.Verdict(99), Reason: "?"}, `state 0 attempts 1 reply "customer" reason "?"`, 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			eachWorld(t, func(w *world) {
				app, _ := w.listening()
				w.listen(app, "laptop")
				jobs := w.claims(app, "laptop")
				if len(jobs) != 1 || jobs[0].Attempt != 1 || len(jobs[0].Call.Secrets) != 1 || len(jobs[0].Call.Body) == 0 {
					t.Fatalf("claimed %+v", jobs)
				}
				a := w.answers(app, "laptop", jobs[0], c.outcome)
				if got := w.callback(); !a.Taken || got != c.want {
					t.Errorf("%+v, %s, want %s", a, got, c.want)
				}
				if n := w.count(`SELECT COUNT(*) FROM callback_attempt WHERE attempt = 1 AND url = 'http://127.0.0.1:3000/'`); n != 1 {
					t.Errorf("%d attempts logged, want 1", n)
				}
				if wait := a.Next.Sub(w.clock.Now()); c.after > 0 && wait < c.after {
					t.Errorf("again after %s, want %s", wait, c.after)
				}
				if e, err := w.Endpoint(w.Context(), app); err != nil || e.Disabled {
					t.Errorf("endpoint %+v, %v", e, err)
				}
			})
		})
	}
}

// An outcome counts only if the callback is still in the hand of that listener
// and attempt, and once.
func TestListen_FencesByOwnerAndAttempt(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.listening()
		w.listen(app, "a")
		w.listen(app, "b")
		first := w.claims(app, "a")
		if jobs := w.claims(app, "b"); len(jobs) != 0 {
			t.Fatalf("b was given %d of a's callbacks", len(jobs))
		}
		w.clock.Advance(29 * time.Second)
		if jobs := w.claims(app, "b"); len(jobs) != 0 {
			t.Fatal("b was given a's callback before the lease ended")
		}
		w.clock.Advance(2 * time.Second)
		second := w.claims(app, "b")
		if len(second) != 1 || second[0].Call.ID != first[0].Call.ID || second[0].Attempt != 2 {
			t.Fatalf("b was given %+v, want the second attempt", second)
		}
		if a := w.answers(app, "a", first[0], push.Outcome{Verdict: push.Delivered}); a.Taken || a.State != push.CallbackWaiting {
			t.Errorf("a's late outcome: %+v", a)
		}
		if a := w.answers(app, "a", second[0], push.Outcome{Verdict: push.Delivered}); a.Taken {
			t.Errorf("an outcome of a for b's attempt: %+v", a)
		}
		for range 2 { // the first answer may have been lost
			if a := w.answers(app, "b", second[0], push.Outcome{Verdict: push.Delivered}); !a.Taken || a.State != push.CallbackDelivered {
				t.Errorf("b's outcome: %+v", a)
			}
		}
		if n := w.count(`SELECT COUNT(*) FROM callback_attempt`); n != 1 {
			t.Errorf("%d attempts logged, want 1", n)
		}
		other, _ := w.app(push.NewApp{})
		for _, h := range []push.Held{held(first[0]), {ID: "msg_none", Attempt: 1}, {ID: "\x00", Attempt: 1}} {
			if _, err := w.AnswerCallback(w.Context(), other, "a", h, push.Outcome{}); !errors.Is(err, push.ErrNoCallback) {
				t.Errorf("another app's %q: %v", h.ID, err)
			}
		}
	})
}

// What was leased to a listener and never reached it is given to it again at
// once, as the same attempt; what it holds stays its own, however long.
func TestListen_ALostClaimIsHandedOutAgain(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.listening()
		w.listen(app, "laptop")
		lost := w.claims(app, "laptop")
		again := w.claims(app, "laptop")
		if len(again) != 1 || held(again[0]) != held(lost[0]) {
			t.Fatalf("after a lost claim %+v, want %+v", again, lost)
		}
		for range 5 {
			w.clock.Advance(25 * time.Second)
			if jobs := w.claims(app, "laptop", held(again[0])); len(jobs) != 0 {
				t.Fatalf("given again what it holds: %+v", jobs)
			}
			if jobs := w.claims(app, "other"); len(jobs) != 0 {
				t.Fatalf("another was given it: %+v", jobs)
			}
		}
		w.clock.Advance(time.Hour) // without a connection, and nobody else there
		if jobs := w.claims(app, "laptop", held(again[0])); len(jobs) != 0 {
			t.Errorf("given again after a long time: %+v", jobs)
		}
		if a := w.answers(app, "laptop", again[0], push.Outcome{Verdict: push.Delivered}); !a.Taken {
			t.Errorf("answered %+v", a)
		}
	})
}

// Who leaves in order keeps nobody waiting for the end of its leases.
func TestListen_WhoLeavesGivesBackWhatItHolds(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{})
		w.listen(app, "a")
		w.follower("o小明", app)
		mine := w.claims(app, "a")
		if _, err := w.Leave(w.Context(), app, "a"); err != nil {
			t.Fatal(err)
		}
		if jobs := w.claims(app, "b"); len(jobs) != 1 || jobs[0].Call.ID != mine[0].Call.ID {
			t.Errorf("the next was given %+v", jobs)
		}
		if a := w.answers(app, "a", mine[0], push.Outcome{Verdict: push.Delivered}); a.Taken {
			t.Errorf("an outcome after leaving: %+v", a)
		}
	})
}

func TestListen_ListenersShareTheWork(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{})
		w.listen(app, "a")
		for i := range 10 {
			w.follower(push.OpenID(fmt.Sprint("o", i)), app)
		}
		claim := func(name string, most int, holding ...push.Held) []push.Job {
			jobs, err := w.ClaimCallbacks(w.Context(), app, push.Claim{Listener: name, Most: most, Holding: holding})
			if err != nil {
				t.Fatal(err)
			}
			return jobs
		}
		a, b := claim("a", 4), claim("b", 64)
		if both := ids(append(a, b...)); len(a) != 4 || len(b) != 6 || len(both) != 10 {
			t.Errorf("a has %d, b %d, together %d different", len(a), len(b), len(both))
		}
		if jobs := claim("c", 0); len(jobs) != 0 {
			t.Errorf("a claim of nothing was given %d", len(jobs))
		}
	})
}

// A replay goes to who listens, a mass replay behind what happens now.
func TestListen_TakesReplays(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.listening()
		w.CallDue(w.Context(), answers(push.Outcome{Verdict: push.Permanent, Reason: "坏了"}))
		w.listen(app, "laptop")
		if p, err := w.ReplayFailed(w.Context(), app, time.Time{}, ""); err != nil || p.Queued != 1 {
			t.Fatalf("replay: %+v, %v", p, err)
		}
		w.clock.Advance(time.Second)
		w.follower("o小红", app)
		jobs := w.claims(app, "laptop")
		if len(jobs) != 2 || jobs[0].Attempt != 1 || jobs[1].Attempt != 2 || w.wrongLanes() != 0 {
			t.Fatalf("claimed %+v, want what happened now and then the replay", jobs)
		}
		for _, j := range jobs {
			w.answers(app, "laptop", j, push.Outcome{Verdict: push.Delivered})
		}
		if queued, err := w.ReplayCallback(w.Context(), app, jobs[0].Call.ID); err != nil || !queued {
			t.Fatal(queued, err)
		}
		if again := w.claims(app, "laptop"); len(again) != 1 || again[0].Call.ID != jobs[0].Call.ID || again[0].Attempt != 2 || again[0].Before != 1 {
			t.Errorf("a replay was claimed as %+v", again)
		}
	})
}

// A restarted process goes on with its own callbacks and leaves a listener
// those in its hand.
func TestListen_InheritLeavesAListenerItsLeases(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.listening()
		w.listen(app, "a")
		w.claims(app, "a")
		if n, err := w.Inherit(w.Context()); err != nil || n != 0 {
			t.Errorf("inherited %d, %v", n, err)
		}
		if jobs := w.claims(app, "b"); len(jobs) != 0 {
			t.Error("another listener was given it after the restart")
		}
	})
}

// A clock set back does not keep listeners waiting.
func TestListen_AClockSetBackStallsNothing(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.listening()
		w.listen(app, "laptop")
		w.CallDue(w.Context(), answers(push.Outcome{}))
		w.clock.Advance(-time.Hour)
		w.CallDue(w.Context(), answers(push.Outcome{}))
		if jobs := w.claims(app, "laptop"); len(jobs) != 1 {
			t.Errorf("claimed %d an hour earlier, want 1", len(jobs))
		}
	})
}

func TestListen_WhatNobodyFetchesIsKeptForAWeek(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{})
		w.listen(app, "laptop")
		w.follower("o小明", app)
		for days, want := range []int{1, 1, 1, 1, 1, 1, 1, 1, 0} {
			if _, err := w.Retain(w.Context()); err != nil {
				t.Fatal(err)
			}
			if n := w.count(`SELECT COUNT(*) FROM callback`); n != want {
				t.Errorf("%d callbacks after %d days, want %d", n, days, want)
			}
			w.clock.Advance(24 * time.Hour)
		}
	})
}
