package push_test

import (
	"errors"
	"testing"

	"hongyan/push"
)

func TestEveryApp_CountsFollowersAndNamesEndpoints(t *testing.T) {
	eachWorld(t, func(w *world) {
		quiet, _ := w.app(push.NewApp{Name: "天气预报"})
		heard, _ := w.app(push.NewApp{Name: "运维告警", CallbackURL: "https://dev.example/hook?key=hidden"})
		gone, _ := w.app(push.NewApp{Name: "旧应用"})
		for _, one := range []push.OpenID{"小明", "小红", "小刚"} {
			w.follower(one, quiet, heard, gone)
		}
		w.exec(`UPDATE subscription SET rejected = 1 WHERE kind = 0 AND target = $1 AND user_id = 1`, int64(quiet))
		w.exec(`UPDATE subscription SET active = 0 WHERE kind = 0 AND target = $1 AND user_id = 2`, int64(quiet))
		w.exec(`UPDATE app SET deleted_at = 1 WHERE id = $1`, int64(gone))
		w.exec(`UPDATE endpoint SET disabled_until = $1, disabled_reason = '410'`, w.clock.Now().UnixMilli()+1000)
		apps, err := w.EveryApp(t.Context())
		if err != nil || len(apps) != 2 {
			t.Fatalf("%+v, %v; want two apps", apps, err)
		}
		if a := apps[0]; a.ID != quiet || a.Name != "天气预报" || a.Followers != 1 || a.Listening || a.Endpoint != (push.Endpoint{}) {
			t.Errorf("got %+v", a)
		}
		if a := apps[1]; a.ID != heard || a.Followers != 3 || !a.Listening || !a.Endpoint.Disabled || a.Endpoint.URL != "https://dev.example/hook?key=***" {
			t.Errorf("got %+v", a)
		}
	})
}

func TestCountCallbacks_CountsWhatDidNotArrive(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.listening()
		w.follower("o小红", app)
		w.follower("o小刚", app)
		other, _ := w.app(push.NewApp{CallbackURL: "https://dev.example/other"})
		w.follower("o小丽", other)
		want := func(n push.CallbackCounts) {
			t.Helper()
			if got, err := w.CountCallbacks(t.Context(), app); err != nil || got != n {
				t.Errorf("got %+v, %v; want %+v", got, err, n)
			}
		}
		want(push.CallbackCounts{Waiting: 3})
		w.exec(`UPDATE callback SET lane = 1 WHERE id = (SELECT MIN(id) FROM callback)`)
		want(push.CallbackCounts{Waiting: 3})
		w.exec(`UPDATE callback SET state = 4 WHERE id = (SELECT MIN(id) FROM callback)`)
		want(push.CallbackCounts{Waiting: 2, Failed: 1})
		w.exec(`UPDATE callback SET state = 3 WHERE state = 0`)
		want(push.CallbackCounts{Failed: 1})
	})
}

func TestBelongs_RefusesWhatTheServerCouldNotGoOnWith(t *testing.T) {
	eachWorld(t, func(w *world) {
		wrong := make([]byte, 32)
		if err := push.Belongs(t.Context(), w.db, "sandbox", testSecret); !errors.Is(err, push.ErrNotOurs) {
			t.Errorf("without a stamp: %v", err)
		}
		if err := w.Stamp(t.Context(), "sandbox"); err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			mode   string
			secret []byte
			want   error
		}{
			"the right one":   {"sandbox", testSecret, nil},
			"another account": {"wx5a6e64b0788a97e1", testSecret, push.ErrOtherMode},
			"another key":     {"sandbox", wrong, push.ErrOtherKey},
			"the key is lost": {"sandbox", nil, push.ErrOtherKey},
		} {
			if err := push.Belongs(t.Context(), w.db, c.mode, c.secret); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", name, err, c.want)
			}
		}
		if mode, err := push.StampOf(t.Context(), w.db); err != nil || mode != "sandbox" {
			t.Errorf("stamp %q, %v", mode, err)
		}
	})
}
