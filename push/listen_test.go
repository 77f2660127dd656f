package push_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"hongyan/push"
)

// listen makes the app's callbacks wait for a listener of this name.
func (w *world) listen(app push.AppID, name string) push.Listening {
	w.Helper()
	l, err := w.Listen(w.Context(), app, name, true)
	if err != nil {
		w.Fatalf("listen as %s: %v", name, err)
	}
	return l
}

// claims returns what a listener is given without waiting.
func (w *world) claims(app push.AppID, name string, holding ...push.Held) []push.Job {
	w.Helper()
	jobs, err := w.ClaimCallbacks(w.Context(), app, push.Claim{Listener: name, Most: push.MostClaimed, Holding: holding})
	if err != nil {
		w.Fatalf("claim as %s: %v", name, err)
	}
	return jobs
}

// answers brings back what a listener's program said to a job.
func (w *world) answers(app push.AppID, name string, j push.Job, o push.Outcome) push.Answered {
	w.Helper()
	if o.Attempt == nil {
		o.Attempt = &push.Attempt{At: w.clock.Now(), URL: "http://127.0.0.1:3000/", Status: 200, Answer: o.Reply}
	}
	a, err := w.AnswerCallback(w.Context(), app, name, held(j), o)
	if err != nil {
		w.Fatalf("answer as %s: %v", name, err)
	}
	return a
}

func held(j push.Job) push.Held { return push.Held{ID: j.Call.ID, Attempt: j.Attempt} }

// ids are the webhook-ids of jobs.
func ids(jobs []push.Job) map[string]bool {
	all := make(map[string]bool)
	for _, j := range jobs {
		all[j.Call.ID] = true
	}
	return all
}

// wrongLanes counts open callbacks that stand where nobody looks for them.
func (w *world) wrongLanes() int {
	w.Helper()
	return w.count(`SELECT COUNT(*) FROM callback c LEFT JOIN endpoint e ON e.app_id = c.app_id
		WHERE c.state < 2 AND (c.lane > 1) <> (COALESCE(e.listening, 0) = 1)`)
}

func TestListen_TakesOverAnAddressAndGivesItBack(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.listening()
		if _, err := w.Listen(w.Context(), app, "laptop", false); !errors.Is(err, push.ErrHasEndpoint) {
			t.Fatalf("an app with an address: %v", err)
		}
		l := w.listen(app, "laptop")
		if again := w.listen(app, "laptop"); again != l || l.Aside != "https://dev.example/hook" || l.Waiting != 1 || l.Secret[:6] != "whsec_" {
			t.Errorf("listening %+v, and again %+v", l, again)
		}
		d := answers(push.Outcome{Verdict: push.Delivered})
		w.CallDue(w.Context(), d)
		if len(d.calls) != 0 || w.wrongLanes() != 0 {
			t.Errorf("%d calls while the app is listened to, %d callbacks in the wrong lane", len(d.calls), w.wrongLanes())
		}
		if e, err := w.Endpoint(w.Context(), app); err != nil || !e.Listening || !e.ListenedAt.Equal(w.clock.Now()) || e.URL != l.Aside {
			t.Errorf("endpoint %+v, %v", e, err)
		}
		if back, err := w.Leave(w.Context(), app, "laptop"); err != nil || !back {
			t.Fatalf("leave: %v, %v", back, err)
		}
		w.CallDue(w.Context(), d)
		if len(d.calls) != 1 || d.calls[0].Call.URL != "https://dev.example/hook" || w.wrongLanes() != 0 {
			t.Errorf("%d calls after the address came back, %d callbacks in the wrong lane", len(d.calls), w.wrongLanes())
		}
		if _, err := w.ClaimCallbacks(w.Context(), app, push.Claim{Listener: "laptop", Most: 1}); !errors.Is(err, push.ErrNotListened) {
			t.Errorf("a claim after that: %v", err)
		}
	})
}

func TestListen_TheAddressComesBackWithTheLastListener(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.listening()
		w.listen(app, "a")
		w.listen(app, "b")
		w.listen(app, "killed")
		for name, want := range map[string]bool{"a": false, "stranger": false} {
			if back, err := w.Leave(w.Context(), app, name); err != nil || back != want {
				t.Errorf("%s leaves: %v, %v", name, back, err)
			}
		}
		w.clock.Advance(time.Minute)
		w.claims(app, "b")
		if back, err := w.Leave(w.Context(), app, "b"); err != nil || !back {
			t.Errorf("the last who is there leaves: %v, %v", back, err)
		}
	})
}

func TestListen_WithoutAnAddressCallbacksWait(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{})
		if l, err := w.Listen(w.Context(), app, "laptop", false); err != nil || l.Aside != "" {
			t.Fatalf("listening %+v, %v", l, err)
		}
		if back, err := w.Leave(w.Context(), app, "laptop"); err != nil || back {
			t.Fatalf("leave: %v, %v", back, err)
		}
		w.follower("o小明", app)
		if l := w.listen(app, "laptop"); l.Waiting != 1 {
			t.Errorf("%d wait, want 1", l.Waiting)
		}
		if err := w.StopListening(w.Context(), app); err != nil {
			t.Fatal(err)
		}
		w.CallDue(w.Context(), answers(push.Outcome{}))
		if got, want := w.callback(), `state 4 attempts 1 reply "customer" reason "应用没有回调地址"`; got != want {
			t.Errorf("after the end: %s, want %s", got, want)
		}
		if err := w.StopListening(w.Context(), app); err != nil {
			t.Errorf("ending it again: %v", err)
		}
	})
}

func TestListen_SettingAnAddressEndsIt(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.listening()
		w.listen(app, "laptop")
		if _, err := w.KeepEndpoint(w.Context(), app, "https://dev.example/later"); err != nil {
			t.Fatal(err)
		}
		if e, err := w.Endpoint(w.Context(), app); err != nil || !e.Listening || e.URL != "https://dev.example/later" {
			t.Errorf("kept: %+v, %v", e, err)
		}
		if _, err := w.SetEndpoint(w.Context(), app, "https://dev.example/new"); err != nil {
			t.Fatal(err)
		}
		d := answers(push.Outcome{Verdict: push.Delivered})
		w.CallDue(w.Context(), d)
		if len(d.calls) != 1 || d.calls[0].Call.URL != "https://dev.example/new" {
			t.Errorf("%d calls, want one at the new address", len(d.calls))
		}
		w.follower("o小红", app)
		w.listen(app, "laptop")
		if _, err := w.SetEndpoint(w.Context(), app, ""); err != nil {
			t.Fatal(err)
		}
		if n := w.wrongLanes(); n != 0 {
			t.Errorf("%d callbacks wait for listeners of an app that has none", n)
		}
	})
}

// What is in a node's hand when the mode changes is settled by the node; if it
// failed it waits for a listener. The other way round a listener settles it.
func TestListen_WhatIsInHandChangesHandsWhenItIsOver(t *testing.T) {
	bubble(t, push.Options{}, func(w *world) {
		app, _ := w.listening()
		stop := w.callBack(&developer{answer: func(context.Context, push.Job) push.Outcome {
			time.Sleep(5 * time.Second)
			return push.Outcome{Verdict: push.Temporary, Reason: "502"}
		}})
		defer stop()
		time.Sleep(time.Second)
		w.listen(app, "laptop")
		if jobs := w.claims(app, "laptop"); len(jobs) != 0 {
			t.Fatal("a listener was given what a node has in hand")
		}
		time.Sleep(time.Minute)
		jobs := w.claims(app, "laptop")
		if len(jobs) != 1 || jobs[0].Attempt != 2 {
			t.Fatalf("jobs %+v, want the second attempt", jobs)
		}
		if err := w.StopListening(w.Context(), app); err != nil {
			t.Fatal(err)
		}
		if a := w.answers(app, "laptop", jobs[0], push.Outcome{Verdict: push.Delivered}); !a.Taken || a.State != push.CallbackDelivered {
			t.Errorf("answered %+v", a)
		}
	})
}

// However listening begins and ends between events, no callback is left where
// nobody takes it.
func TestListen_NoCallbackFallsBetweenTheModes(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.listening()
		done := make(chan error)
		go func() {
			for i := range 40 {
				if err := w.StopListening(w.Context(), app); err != nil {
					done <- err
					return
				}
				if _, err := w.Listen(w.Context(), app, fmt.Sprint(i), true); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
		for i := 0; ; i++ {
			select {
			case err := <-done:
				if err != nil {
					t.Fatal(err)
				}
				if n := w.wrongLanes(); n != 0 {
					t.Errorf("%d callbacks in the wrong lane", n)
				}
				if n := w.count(`SELECT COUNT(*) FROM callback`); n < i {
					t.Errorf("%d callbacks of %d follows", n, i)
				}
				return
			default:
				w.follower(push.OpenID(fmt.Sprint("o", i)), app)
			}
		}
	})
}

func TestListen_HasABoundOfListeners(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{})
		for i := range 16 {
			w.listen(app, fmt.Sprint(i))
		}
		if _, err := w.Listen(w.Context(), app, "16", false); !errors.Is(err, push.ErrManyListeners) {
			t.Errorf("the seventeenth: %v", err)
		}
		w.listen(app, "0")
		w.clock.Advance(time.Minute)
		w.listen(app, "16")
		var invalid *push.Invalid
		for _, name := range []string{"", "小明", "a b", "a\x00", string(make([]byte, 65))} {
			if _, err := w.Listen(w.Context(), app, name, false); !errors.As(err, &invalid) {
				t.Errorf("name %q: %v", name, err)
			}
		}
	})
}
