package push_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hongyan/push"
	"hongyan/store"
	"hongyan/store/storetest"
)

func TestUser_IsMadeAtTheFirstEvent(t *testing.T) {
	eachWorld(t, func(w *world) {
		u := w.user("小明")
		if !strings.HasPrefix(string(u.UID), "UID_") || len(u.UID) != 36 || u.Following {
			t.Errorf("user %+v", u)
		}
		if again := w.user("小明"); again.ID != u.ID || again.UID != u.UID {
			t.Errorf("another user: %+v", again)
		}
		if spt := w.spt("小明"); !strings.HasPrefix(string(spt), "SPT_") || len(spt) != 36 {
			t.Errorf("SPT %q", spt)
		}
		if other := w.user("小红"); other.UID == u.UID || w.spt("小红") == w.spt("小明") {
			t.Error("two users share a name")
		}
	})
}

func TestSubscribe_IsFreshWhenNotFollowingBefore(t *testing.T) {
	eachWorld(t, func(w *world) {
		fresh := func(at time.Time) (fresh bool) {
			w.eventAt("小明", at, func(t *push.Turn) (err error) {
				fresh, err = w.Subscribe(t)
				return err
			})
			return fresh
		}
		now := w.clock.Now()
		if !fresh(now) || fresh(now.Add(time.Second)) {
			t.Error("want fresh, then not")
		}
		w.eventAt("小明", now.Add(2*time.Second), w.Unsubscribe)
		if w.user("小明").Following {
			t.Error("still following")
		}
		if fresh(now.Add(time.Second)) {
			t.Error("an older subscribe came later and was fresh")
		}
		if w.user("小明").Following {
			t.Error("an older subscribe undid the unsubscribe")
		}
		if !fresh(now.Add(3 * time.Second)) {
			t.Error("following again is fresh")
		}
	})
}

// The state after any arrival of subscribe and unsubscribe events is that of
// the last one by (CreateTime, arrival).
func TestF18_FollowState_IsTheLastEventByCreateTimeAndArrival(t *testing.T) {
	for _, engine := range []string{storetest.SQLiteEngine, storetest.PostgresEngine} {
		t.Run(engine, func(t *testing.T) {
			w := &world{T: t, db: storetest.Open(t, engine, store.Options{})}
			w.Service = newService(t, w.db)
			base := time.UnixMilli(1_790_000_000_000)
			users := 0
			rapid.Check(t, func(r *rapid.T) {
				users++
				openid := push.OpenID(fmt.Sprintf("o%d", users))
				seconds := rapid.SliceOfN(rapid.IntRange(0, 4), 1, 6).Draw(r, "CreateTime")
				want, latest := false, -1
				for i, sec := range seconds {
					on := rapid.Bool().Draw(r, fmt.Sprintf("subscribe %d", i))
					w.eventAt(openid, base.Add(time.Duration(sec)*time.Second), func(t *push.Turn) (err error) {
						if on {
							_, err = w.Subscribe(t)
							return err
						}
						return w.Unsubscribe(t)
					})
					if sec >= latest {
						want, latest = on, sec
					}
				}
				if got := w.count(`SELECT following FROM users WHERE openid = $1`, string(openid)) == 1; got != want {
					r.Fatalf("following %v, want %v", got, want)
				}
			})
		})
	}
}

// A code may be scanned, and a word said, before the subscribe event arrives.
func TestF18_ActingBeforeTheSubscribeEvent(t *testing.T) {
	eachWorld(t, func(w *world) {
		at := w.clock.Now()
		w.eventAt("小明", at, func(t *push.Turn) error { return w.Window(t, push.Said) })
		if !w.user("小明").Following {
			t.Error("who speaks follows")
		}
		w.eventAt("小明", at, w.Unsubscribe) // of the same second, later by arrival
		if w.user("小明").Following {
			t.Error("the unsubscribe was lost")
		}
		w.eventAt("小明", at, func(t *push.Turn) error { return w.Window(t, push.Said) })
		if w.user("小明").Following {
			t.Error("a word as old as the unsubscribe undid it")
		}
	})
}

func TestSubscribe_LiftsABlock(t *testing.T) {
	eachWorld(t, func(w *world) {
		lift := map[string]func(*push.Turn) error{
			"follow": func(t *push.Turn) error { _, err := w.Subscribe(t); return err },
			"say":    func(t *push.Turn) error { return w.Window(t, push.Said) },
		}
		for name, fn := range lift {
			openid := push.OpenID(name)
			w.follower(openid)
			w.exec(`UPDATE users SET blocked_at = 5, blocked_reason = '用户拒收' WHERE openid = $1`, name)
			if got := w.user(openid).Blocked; got != "用户拒收" {
				t.Errorf("blocked %q", got)
			}
			w.event(openid, fn)
			if got := w.user(openid).Blocked; got != "" {
				t.Errorf("%s: still blocked: %q", name, got)
			}
		}
	})
}
