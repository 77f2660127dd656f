package push_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"hongyan/push"
	"hongyan/store"
	"hongyan/store/storetest"
)

const listening = "https://dev.example/callback"

var someday = time.Date(2026, 11, 2, 4, 0, 0, 0, time.UTC)

// follow returns the error of following the app.
func (w *world) follow(openid push.OpenID, app push.AppID, via push.Source, extra string) (err error) {
	w.Helper()
	w.event(openid, func(t *push.Turn) error {
		_, err = w.FollowApp(t, app, via, extra)
		return nil
	})
	return err
}

func TestFollowApp_TellsTheDeveloperOnce(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{Name: `告警 <b>&"A"`, CallbackURL: listening})
		key := w.word(`SELECT app_key FROM app`)
		uid := w.follower("小明")
		extra := "渠道<1>&\u2028\"\\"
		if err := w.follow("小明", app, push.ByScan, extra); err != nil {
			t.Fatal(err)
		}
		at := w.clock.Now().UnixMilli()
		want := fmt.Sprintf(`{"action":"app_subscribe","data":{"appId":%d,"appKey":"%s","appName":"告警 <b>&\"A\"","source":"scan",`+
			`"userName":"","userHeadImg":"","time":%d,"uid":"%s","extra":"渠道<1>&\u2028\"\\"}}`, app, key, at, uid)
		if got := w.word(`SELECT body FROM callback`); got != want {
			t.Errorf("body\n%s, want\n%s", got, want)
		}
		if err := w.follow("小明", app, push.ByCommand, ""); err != nil {
			t.Errorf("following again: %v", err)
		}
		if n := w.count(`SELECT count(*) FROM callback`); n != 1 {
			t.Errorf("%d callbacks, want 1", n)
		}
		if got := w.word(`SELECT source FROM subscription`); got != "scan" {
			t.Errorf("source %q, want that of the first follow", got)
		}
		w.event("小明", func(t *push.Turn) error { return w.UnfollowApp(t, app) })
		if err := w.follow("小明", app, push.ByLink, ""); err != nil {
			t.Errorf("following after an unfollow: %v", err)
		}
		if n := w.count(`SELECT count(*) FROM callback`); n != 2 {
			t.Errorf("%d callbacks, want 2", n)
		}
	})
}

func TestFollowApp_Refuses(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{CallbackURL: listening})
		w.follower("小明", app)
		w.exec(`UPDATE subscription SET rejected = 1, active = 0`)
		if err := w.follow("小明", app, push.ByScan, ""); !errors.Is(err, push.ErrRejected) {
			t.Errorf("rejected: %v", err)
		}
		if n := w.count(`SELECT active FROM subscription`); n != 0 {
			t.Error("a rejected follower is back")
		}
		if err := w.follow("小明", 9999, push.ByScan, ""); !errors.Is(err, push.ErrNoApp) {
			t.Errorf("no app: %v", err)
		}
		w.exec(`UPDATE app SET deleted_at = 1`)
		if err := w.follow("小红", app, push.ByScan, ""); !errors.Is(err, push.ErrNoApp) {
			t.Errorf("deleted app: %v", err)
		}
	})
}

func TestFollowTopic_SendsNoCallback(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{CallbackURL: listening})
		topic := w.topic(app)
		w.event("小明", func(t *push.Turn) error {
			for range 2 {
				if found, err := w.FollowTopic(t, topic, push.ByLink); err != nil || found.App != app || found.Name != "机房" {
					w.Errorf("topic %+v, %v", found, err)
				}
			}
			if _, err := w.FollowTopic(t, 9999, push.ByLink); !errors.Is(err, push.ErrNoTopic) {
				w.Errorf("no topic: %v", err)
			}
			return nil
		})
		if n := w.count(`SELECT count(*) FROM callback`); n != 0 {
			t.Errorf("%d callbacks, want none", n)
		}
	})
}

func TestSubscriptions_ListsWhatIsFollowed(t *testing.T) {
	eachWorld(t, func(w *world) {
		a, _ := w.app(push.NewApp{Name: "甲"})
		b, _ := w.app(push.NewApp{Name: "乙", CallbackURL: listening})
		gone, _ := w.app(push.NewApp{Name: "没了"})
		topic := w.topic(b)
		w.follower("小明", b, gone, a)
		w.exec(`UPDATE app SET deleted_at = 1 WHERE id = $1`, int64(gone))
		w.event("小明", func(t *push.Turn) error {
			if _, err := w.FollowTopic(t, topic, push.ByLink); err != nil {
				return err
			}
			got, err := w.Subscriptions(t)
			now := t.Tx.Now
			want := []push.Subscription{
				{Kind: push.OfApp, App: a, AppName: "甲", Source: push.ByScan, FollowedAt: now},
				{Kind: push.OfApp, App: b, AppName: "乙", Source: push.ByScan, FollowedAt: now},
				{Kind: push.OfTopic, App: b, Topic: topic, AppName: "乙", TopicName: "机房", Source: push.ByLink, FollowedAt: now},
			}
			if diff := cmp.Diff(want, got); diff != "" {
				w.Errorf("subscriptions (-want +got):\n%s", diff)
			}
			apps, err2 := w.FollowedApps(t)
			if len(apps) != 2 || apps[0].ID != a || apps[0].Listening || apps[1].ID != b || !apps[1].Listening {
				w.Errorf("apps %+v", apps)
			}
			return errors.Join(err, err2)
		})
	})
}

// Follow and unfollow in any order end in the last one's state, and every
// change from "not following" to "following" is told once.
func TestFollowApp_AnyOrder(t *testing.T) {
	for _, engine := range []string{storetest.SQLiteEngine, storetest.PostgresEngine} {
		t.Run(engine, func(t *testing.T) {
			w := newWorld(t, storetest.Open(t, engine, store.Options{}), storetest.NewClock(someday))
			app, _ := w.app(push.NewApp{CallbackURL: listening})
			users := 0
			rapid.Check(t, func(r *rapid.T) {
				users++
				openid := push.OpenID(fmt.Sprintf("o%d", users))
				active, told := false, 0
				for i, on := range rapid.SliceOfN(rapid.Bool(), 1, 6).Draw(r, "follow") {
					if on && !active {
						told++
					}
					active = on
					if on {
						if err := w.follow(openid, app, push.ByCommand, fmt.Sprint(i)); err != nil {
							r.Fatal(err)
						}
						continue
					}
					w.event(openid, func(t *push.Turn) error { return w.UnfollowApp(t, app) })
				}
				const mine = ` FROM users u LEFT JOIN subscription s ON s.user_id = u.id AND s.active = 1
					LEFT JOIN callback c ON c.user_id = u.id WHERE u.openid = $1`
				if n := w.count(`SELECT count(DISTINCT s.id)`+mine, string(openid)); n == 1 != active {
					r.Errorf("%d active subscriptions, want %v", n, active)
				}
				if n := w.count(`SELECT count(DISTINCT c.id)`+mine, string(openid)); n != told {
					r.Errorf("%d callbacks, want %d", n, told)
				}
			})
		})
	}
}
