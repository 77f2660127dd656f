package push_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"hongyan/push"
)

// say sends words upstream and returns what Uplink said to it.
func (w *world) say(openid push.OpenID, app push.AppID, words string) (a push.Answer, err error) {
	w.Helper()
	a = w.event(openid, func(t *push.Turn) error {
		err = w.Uplink(t, app, words)
		return nil
	})
	return a, err
}

func TestUplink_BodyIsExact(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{ID: 97, Name: "运维", CallbackURL: listening})
		uid := w.follower("小明", app)
		w.exec(`DELETE FROM callback`)
		if a, err := w.say("小明", app, "重启 <web&db> \"1\"\n第二行"); err != nil || a.Pending == nil {
			t.Fatalf("answer %+v, %v", a, err)
		}
		want := fmt.Sprintf(`{"action":"send_up_cmd","data":{"uid":"%s","appId":97,"appKey":"%s","appName":"运维","time":%d,"content":"重启 <web&db> \"1\"\n第二行"}}`,
			uid, w.word(`SELECT app_key FROM app`), w.clock.Now().UnixMilli())
		if got := w.word(`SELECT body FROM callback`); got != want {
			t.Errorf("body\n%s, want\n%s", got, want)
		}
	})
}

func TestUplink_OnlyFromFollowersOfAListeningApp(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{CallbackURL: listening})
		deaf, _ := w.app(push.NewApp{})
		w.follower("小明", app, deaf)
		w.follower("被拒", app)
		w.exec(`UPDATE subscription SET rejected = 1 WHERE user_id = $1`, int64(w.user("被拒").ID))
		w.follower("退订", app)
		w.event("退订", func(t *push.Turn) error { return w.UnfollowApp(t, app) })
		w.exec(`DELETE FROM callback`)
		for openid, want := range map[push.OpenID]error{"生人": push.ErrNotFollowing, "被拒": push.ErrNotFollowing, "退订": push.ErrNotFollowing} {
			if a, err := w.say(openid, app, "喂"); !errors.Is(err, want) || a.Pending != nil {
				t.Errorf("%s: %+v, %v", openid, a, err)
			}
		}
		if _, err := w.say("小明", 9999, "喂"); !errors.Is(err, push.ErrNoApp) {
			t.Errorf("no app: %v", err)
		}
		if a, err := w.say("小明", deaf, "喂"); err != nil || a.Pending != nil {
			t.Errorf("an app that is not listening: %+v, %v", a, err)
		}
		if n := w.count(`SELECT count(*) FROM callback`); n != 0 {
			t.Errorf("%d callbacks, want none", n)
		}
	})
}

func TestF24_Uplink_IsLimitedPerUserAndApp(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{CallbackURL: listening})
		other, _ := w.app(push.NewApp{CallbackURL: listening})
		w.follower("话多", app, other)
		w.follower("小红", app)
		w.exec(`DELETE FROM callback`)
		for i := range 20 {
			if _, err := w.say("话多", app, "刷屏"); err != nil {
				t.Fatalf("word %d: %v", i+1, err)
			}
		}
		if _, err := w.say("话多", other, "刷屏"); !errors.Is(err, push.ErrTooFast) {
			t.Errorf("word 21, to another app: %v", err)
		}
		if _, err := w.say("小红", app, "还能说"); err != nil {
			t.Errorf("another user: %v", err)
		}
		w.exec(`UPDATE quota SET used = 5000 WHERE name LIKE 'uplink app %'`)
		if _, err := w.say("小红", app, "再说"); !errors.Is(err, push.ErrTooFast) {
			t.Errorf("word 5,001 to the app: %v", err)
		}
		w.clock.Advance(10 * time.Second)
		for _, openid := range []push.OpenID{"话多", "小红"} {
			if _, err := w.say(openid, app, "又能说"); err != nil {
				t.Errorf("%s, ten seconds later: %v", openid, err)
			}
		}
		if n := w.count(`SELECT count(*) FROM callback`); n != 23 {
			t.Errorf("%d callbacks, want 23", n)
		}
	})
}
