package push_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"hongyan/push"
	"hongyan/store"
)

func TestCreateApp_NumbersAndTokens(t *testing.T) {
	eachWorld(t, func(w *world) {
		a, token, err := w.CreateApp(t.Context(), push.NewApp{ID: 97, Name: "演示"})
		if err != nil || a.ID != 97 || a.Listening || len(token) != 35 || !strings.HasPrefix(token, "AT_") || !strings.HasPrefix(a.Key, "AK_") {
			t.Fatalf("app %+v, token %q, %v", a, token, err)
		}
		if next, _ := w.app(push.NewApp{}); next != 98 {
			t.Errorf("next app is %d, want 98", next)
		}
		if _, _, err := w.CreateApp(t.Context(), push.NewApp{ID: 97, Name: "又"}); !errors.Is(err, store.ErrConflict) {
			t.Errorf("a taken number: %v", err)
		}
		if n := w.count(`SELECT count(*) FROM app WHERE token_hash = $1`, []byte(token)); n != 0 {
			t.Error("the token itself is in the database")
		}
		var invalid *push.Invalid
		for _, bad := range []push.NewApp{{}, {Name: strings.Repeat("长", 65)}, {Name: "a", CallbackURL: "ftp://x"}, {Name: "a\x00"}} {
			if _, _, err := w.CreateApp(t.Context(), bad); !errors.As(err, &invalid) {
				t.Errorf("%+v: %v", bad, err)
			}
		}
	})
}

func TestCreateApp_ManyAtOnce(t *testing.T) {
	eachWorld(t, func(w *world) {
		var running sync.WaitGroup
		for range 8 {
			running.Go(func() {
				if _, _, err := w.CreateApp(t.Context(), push.NewApp{Name: "并发"}); err != nil {
					t.Error(err)
				}
			})
		}
		running.Wait()
		if n := w.count(`SELECT MAX(id) FROM app`); n != 8 {
			t.Errorf("highest number %d, want 8", n)
		}
	})
}

func TestCreateTopic_OfAnApp(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{})
		if a, b := w.topic(app), w.topic(app); b != a+1 {
			t.Errorf("topics %d and %d", a, b)
		}
		if _, err := w.CreateTopic(t.Context(), 9999, "机房"); !errors.Is(err, push.ErrNoApp) {
			t.Errorf("no app: %v", err)
		}
	})
}

func TestSetEndpoint_KeepsTheSecret(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{})
		first, err := w.SetEndpoint(t.Context(), app, listening)
		if err != nil || !strings.HasPrefix(first, "whsec_") {
			t.Fatalf("secret %q, %v", first, err)
		}
		w.exec(`UPDATE endpoint SET failures = 3, disabled_until = 9, disabled_reason = '坏了'`)
		again, err := w.SetEndpoint(t.Context(), app, listening+"/2")
		if err != nil || again != first {
			t.Errorf("secret %q, want %q, %v", again, first, err)
		}
		if n := w.count(`SELECT count(*) FROM endpoint WHERE failures = 0 AND disabled_until = 0 AND disabled_reason = '' AND url = $1`, listening+"/2"); n != 1 {
			t.Error("the new address starts with the old record")
		}
		if _, err := w.SetEndpoint(t.Context(), app, ""); err != nil || w.count(`SELECT count(*) FROM endpoint`) != 0 {
			t.Errorf("an empty address ends callbacks: %v", err)
		}
		if _, err := w.SetEndpoint(t.Context(), 9999, listening); !errors.Is(err, push.ErrNoApp) {
			t.Errorf("no app: %v", err)
		}
		if _, err := w.ResetToken(t.Context(), 9999); !errors.Is(err, push.ErrNoApp) {
			t.Errorf("no app: %v", err)
		}
	})
}
