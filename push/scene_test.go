package push_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"hongyan/push"
)

func (w *world) scan(openid push.OpenID, handle string) (found push.Scene, err error) {
	w.Helper()
	w.event(openid, func(t *push.Turn) error {
		found, err = w.Scanned(t, handle)
		return nil
	})
	return found, err
}

func TestScene_KnowsItsLastScanner(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		code, err := w.NewScene(t.Context(), token, push.NewScene{Extra: "订单 <42>"})
		if err != nil {
			t.Fatal(err)
		}
		if len(code.Handle) != 22 || !code.Expires.Equal(w.clock.Now().Add(30*time.Minute)) {
			t.Errorf("code %+v", code)
		}
		if err := w.SceneLink(t.Context(), code.Handle, "http://weixin.qq.com/q/x"); err != nil {
			t.Fatal(err)
		}
		if _, ok, err := w.LastScanner(t.Context(), code.Handle); ok || err != nil {
			t.Errorf("a scanner before any scan: %v, %v", ok, err)
		}
		for _, openid := range []push.OpenID{"小明", "小红"} {
			got, err := w.scan(openid, code.Handle)
			if err != nil || got.App != app || got.Extra != "订单 <42>" || got.Purpose != push.SceneApp || got.Expired {
				t.Errorf("scene %+v, %v", got, err)
			}
		}
		if uid, ok, err := w.LastScanner(t.Context(), code.Handle); uid != w.user("小红").UID || !ok || err != nil {
			t.Errorf("last scanner %q %v %v", uid, ok, err)
		}
		if got, err := w.Scene(t.Context(), code.Handle); err != nil || got.Link != "http://weixin.qq.com/q/x" {
			t.Errorf("scene %+v, %v", got, err)
		}
	})
}

func TestF41_Scene_ExpiredOrUnknown(t *testing.T) {
	eachWorld(t, func(w *world) {
		_, token := w.app(push.NewApp{})
		code, err := w.NewScene(t.Context(), token, push.NewScene{Extra: "1", Valid: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(time.Minute)
		if got, err := w.scan("小明", code.Handle); err != nil || !got.Expired {
			t.Errorf("scene %+v, %v", got, err)
		}
		if _, ok, _ := w.LastScanner(t.Context(), code.Handle); ok {
			t.Error("an expired code has a scanner")
		}
		for _, bad := range []string{"", "x", strings.Repeat("A", 22), strings.Repeat("\x00", 22), strings.Repeat("雁", 8)} {
			_, err1 := w.scan("小明", bad)
			_, err2 := w.Scene(t.Context(), bad)
			_, _, err3 := w.LastScanner(t.Context(), bad)
			if !errors.Is(err1, push.ErrNoScene) || !errors.Is(err2, push.ErrNoScene) || !errors.Is(err3, push.ErrNoScene) {
				t.Errorf("%q: %v, %v, %v", bad, err1, err2, err3)
			}
		}
		if err := w.SceneLink(t.Context(), strings.Repeat("A", 22), "x"); !errors.Is(err, push.ErrNoScene) {
			t.Errorf("link: %v", err)
		}
	})
}

func TestNewScene_Limits(t *testing.T) {
	eachWorld(t, func(w *world) {
		_, token := w.app(push.NewApp{})
		tests := []struct {
			n    push.NewScene
			good bool
		}{
			{push.NewScene{Extra: strings.Repeat("雁", 64), Valid: 30 * 24 * time.Hour}, true},
			{push.NewScene{Extra: strings.Repeat("雁", 65)}, false},
			{push.NewScene{Extra: ""}, false},
			{push.NewScene{Extra: "a\x00"}, false},
			{push.NewScene{Extra: "a", Valid: 30*24*time.Hour + time.Second}, false},
			{push.NewScene{Extra: "a", Valid: -time.Second}, false},
		}
		for _, tt := range tests {
			_, err := w.NewScene(t.Context(), token, tt.n)
			var invalid *push.Invalid
			if errors.As(err, &invalid) == tt.good || tt.good && err != nil {
				t.Errorf("%+v: %v", tt.n, err)
			}
		}
		if _, err := w.NewScene(t.Context(), "AT_x", push.NewScene{Extra: "a"}); !errors.Is(err, push.ErrToken) {
			t.Errorf("token: %v", err)
		}
	})
}

func TestPermanentScene_IsOnePerPurpose(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{})
		a, err := w.PermanentScene(t.Context(), push.SceneApp, app, 0)
		if err != nil {
			t.Fatal(err)
		}
		again, err := w.PermanentScene(t.Context(), push.SceneApp, app, 0)
		if err != nil || again.Handle != a.Handle {
			t.Errorf("%q and %q, %v", a.Handle, again.Handle, err)
		}
		w.clock.Advance(10 * 365 * 24 * time.Hour)
		if got, err := w.scan("小明", a.Handle); err != nil || got.Expired || got.App != app {
			t.Errorf("scene %+v, %v", got, err)
		}
		if n := w.count(`SELECT count(*) FROM scene`); n != 1 {
			t.Errorf("%d scenes, want 1", n)
		}
	})
}

func TestValidFor_HoldsWhateverIsAsked(t *testing.T) {
	for _, c := range []struct {
		seconds int64
		want    time.Duration // 0: refused
	}{
		{0, 0}, {-1, 0}, {1, time.Second}, {1800, 30 * time.Minute}, {2592000, 30 * 24 * time.Hour}, {2592001, 0},
		{9223372037, 0}, {18446744074, 0}, {1<<63 - 1, 0}, {-1 << 63, 0},
	} {
		got, err := push.ValidFor(c.seconds)
		var invalid *push.Invalid
		if got != c.want || errors.As(err, &invalid) != (c.want == 0) {
			t.Errorf("%d seconds: %s, %v", c.seconds, got, err)
		}
	}
}
