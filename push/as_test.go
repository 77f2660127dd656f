package push_test

import (
	"errors"
	"testing"
	"time"

	"hongyan/push"
)

func TestSignIn_ATicketWorksOnce(t *testing.T) {
	eachWorld(t, func(w *world) {
		issued := w.clock.Now()
		u, err := w.SignIn(t.Context(), "票一", issued, "小明")
		if err != nil || u.Following || u.UID == "" {
			t.Fatalf("first: %+v, %v", u, err)
		}
		for range 2 {
			if _, err := w.SignIn(t.Context(), "票一", issued, "小红"); !errors.Is(err, push.ErrTicketUsed) {
				t.Errorf("again: %v", err)
			}
		}
		if n := w.count(`SELECT count(*) FROM users`); n != 1 {
			t.Errorf("%d users, want 1: a refused ticket makes nobody", n)
		}
	})
}

func TestAs_UnknownUser(t *testing.T) {
	eachWorld(t, func(w *world) {
		nothing := func(*push.Turn) error { return nil }
		if err := w.As(t.Context(), 4711, nothing); !errors.Is(err, push.ErrNoUser) {
			t.Errorf("As: %v", err)
		}
		if err := w.Look(t.Context(), 4711, nothing); !errors.Is(err, push.ErrNoUser) {
			t.Errorf("Look: %v", err)
		}
	})
}

// TestF18_Recognise_EventsOfALaterTimeDecide: what WeChat tells on asking
// fills a gap and overrules no event.
func TestF18_Recognise_EventsOfALaterTimeDecide(t *testing.T) {
	eachWorld(t, func(w *world) {
		since := w.clock.Now().Add(-time.Hour)
		recognise := func() bool {
			t.Helper()
			u := w.user("小明")
			err := w.As(t.Context(), u.ID, func(t *push.Turn) error { return w.Recognise(t, since) })
			if err != nil {
				t.Fatal(err)
			}
			return w.user("小明").Following
		}
		if !recognise() {
			t.Error("who follows by WeChat's word does not")
		}
		w.event("小明", w.Unsubscribe)
		if recognise() {
			t.Error("an older follow overruled the unsubscribe")
		}
	})
}

func TestSealer_OpensItsOwnUseOnly(t *testing.T) {
	eachWorld(t, func(w *world) {
		a, err := w.Sealer("甲")
		if err != nil {
			t.Fatal(err)
		}
		b, err := newService(t, w.db).Sealer("乙")
		if err != nil {
			t.Fatal(err)
		}
		again, _ := newService(t, w.db).Sealer("甲")
		sealed := a.Seal([]byte("内容"))
		if got, err := again.Open(sealed); err != nil || string(got) != "内容" {
			t.Errorf("another node opens %q, %v", got, err)
		}
		for what, open := range map[string]func() ([]byte, error){
			"another use": func() ([]byte, error) { return b.Open(sealed) },
			"cut":         func() ([]byte, error) { return a.Open(sealed[:len(sealed)-2]) },
			"empty":       func() ([]byte, error) { return a.Open("") },
			"no text":     func() ([]byte, error) { return a.Open("!!") },
		} {
			if got, err := open(); !errors.Is(err, push.ErrSeal) {
				t.Errorf("%s: %q, %v", what, got, err)
			}
		}
	})
}
