package push_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"hongyan/push"
	"hongyan/store"
	"hongyan/store/storetest"
)

func TestListen_WakesAtTheCommit(t *testing.T) {
	run(t, nil, func(w *world, app push.AppID) {
		w.listen(app, "laptop")
		stop := w.laptop(app, func(push.Job) push.Outcome {
			time.Sleep(3 * time.Second)
			return push.Outcome{Verdict: push.Delivered, Reply: "已重启"}
		})
		defer stop()
		time.Sleep(30 * time.Second)
		began := time.Now()
		if got := w.tells(app, "重启服务器"); got != "已重启" {
			t.Errorf("answer %q", got)
		}
		if took := time.Since(began); took != 3*time.Second {
			t.Errorf("answered after %s, the program took 3 s", took)
		}
		if got := w.word(`SELECT reply_via FROM callback`); got != "passive" {
			t.Errorf("reply_via %q", got)
		}
	})
}

func TestListen_ALateReplyIsSaidOnce(t *testing.T) {
	said := make(chan string, 9)
	run(t, said, func(w *world, app push.AppID) {
		w.listen(app, "laptop")
		stop := w.laptop(app, func(push.Job) push.Outcome {
			time.Sleep(9 * time.Second)
			return push.Outcome{Verdict: push.Delivered, Reply: "已重启"}
		})
		defer stop()
		began := time.Now()
		if got := w.tells(app, "重启服务器"); got != "" || time.Since(began) > 4600*time.Millisecond {
			t.Errorf("answer %q after %s", got, time.Since(began))
		}
		time.Sleep(time.Minute)
		if len(said) != 1 || <-said != "o小明 已重启" {
			t.Errorf("said %d times", len(said))
		}
	})
}

// After a failed attempt no reply comes in time, and nobody waits for one.
func TestListen_AFailedAttemptEndsTheWait(t *testing.T) {
	said := make(chan string, 9)
	run(t, said, func(w *world, app push.AppID) {
		w.listen(app, "laptop")
		n := 0
		stop := w.laptop(app, func(push.Job) push.Outcome {
			if n++; n == 1 {
				time.Sleep(time.Second)
				return push.Outcome{Verdict: push.Temporary, Reason: "502"}
			}
			return push.Outcome{Verdict: push.Delivered, Reply: "已重启"}
		})
		defer stop()
		time.Sleep(time.Second)
		began := time.Now()
		if got := w.tells(app, "重启服务器"); got != "" || time.Since(began) != time.Second {
			t.Errorf("answer %q after %s", got, time.Since(began))
		}
		time.Sleep(time.Minute)
		if len(said) != 1 || <-said != "o小明 已重启" {
			t.Errorf("said %d times", len(said))
		}
	})
}

// Without anybody there the follower waits for nothing.
func TestListen_WithoutAListenerNobodyWaits(t *testing.T) {
	said := make(chan string, 9)
	run(t, said, func(w *world, app push.AppID) {
		w.listen(app, "laptop")
		time.Sleep(time.Minute) // it does not come back
		began := time.Now()
		if got := w.tells(app, "重启服务器"); got != "" || time.Since(began) > time.Second {
			t.Errorf("answer %q after %s", got, time.Since(began))
		}
		stop := w.laptop(app, func(push.Job) push.Outcome {
			return push.Outcome{Verdict: push.Delivered, Reply: "已重启"}
		})
		defer stop()
		time.Sleep(time.Second)
		if len(said) != 1 || <-said != "o小明 已重启" {
			t.Errorf("said %d times when it was back", len(said))
		}
	})
}

func TestListen_AClaimThatWaitsEnds(t *testing.T) {
	run(t, nil, func(w *world, app push.AppID) {
		w.listen(app, "laptop")
		claim := func(ctx context.Context) (time.Duration, error) {
			began := time.Now()
			_, err := w.ClaimCallbacks(ctx, app, push.Claim{Listener: "laptop", Most: 1, Wait: 25 * time.Second})
			return time.Since(began), err
		}
		if took, err := claim(w.Context()); err != nil || took != 25*time.Second {
			t.Errorf("with nothing due: %s, %v", took, err)
		}
		gone, cancel := context.WithTimeout(w.Context(), time.Second)
		defer cancel()
		if took, err := claim(gone); err != nil || took != time.Second {
			t.Errorf("of a caller who went: %s, %v", took, err)
		}
		time.AfterFunc(time.Second, func() { _ = w.StopListening(w.Context(), app) })
		if took, err := claim(w.Context()); !errors.Is(err, push.ErrNotListened) || took != time.Second {
			t.Errorf("when the listening ended: %s, %v", took, err)
		}
		w.listen(app, "laptop")
		time.AfterFunc(time.Second, w.HangUp)
		if took, err := claim(w.Context()); err != nil || took != time.Second {
			t.Errorf("when the process ends: %s, %v", took, err)
		}
	})
}

// laptop fetches an app's callbacks, one after the other, until stop is called.
func (w *world) laptop(app push.AppID, answer func(push.Job) push.Outcome) (stop func()) {
	w.Helper()
	ctx, cancel := context.WithCancel(w.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			jobs, err := w.ClaimCallbacks(ctx, app, push.Claim{Listener: "laptop", Most: 1, Wait: 25 * time.Second})
			if err != nil && ctx.Err() == nil {
				w.Error(err)
				return
			}
			for _, j := range jobs {
				if _, err := w.AnswerCallback(w.Context(), app, "laptop", held(j), answer(j)); err != nil {
					w.Error(err)
				}
			}
		}
	}()
	return func() { cancel(); <-done }
}

// The follower's event is at one node, the listener at another.
func TestListen_TheReplyFindsTheNodeThatWaits(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := &world{T: t, Service: newService(t, db), db: db, clock: storetest.NewClock(time.Now())}
		other := &world{T: t, Service: newService(t, db), db: db, clock: w.clock}
		app, _ := w.listening()
		w.exec(`DELETE FROM callback`)
		w.listen(app, "laptop")
		stop := other.laptop(app, func(push.Job) push.Outcome {
			return push.Outcome{Verdict: push.Delivered, Reply: "已重启"}
		})
		defer stop()
		for range 5 {
			began := time.Now()
			if got := w.tells(app, "重启服务器"); got != "已重启" {
				t.Errorf("answer %q after %s", got, time.Since(began))
			}
			t.Logf("answered after %s", time.Since(began))
		}
	})
}
