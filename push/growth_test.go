package push_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"hongyan/push"
)

// total is how many followers the curve of something ends with.
func (w *world) total(on push.Resource) int {
	w.Helper()
	curve, err := w.Growth(w.Context(), on, w.clock.Now(), false)
	if err != nil || len(curve) != 1 {
		w.Fatalf("%d points, %v", len(curve), err)
	}
	return int(curve[0].Total)
}

// TestGrowth_AgreesWithTheFollowers: after any changes by any way, what came
// less what went is who is there, counted or not.
func TestGrowth_AgreesWithTheFollowers(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		topic := w.topic(app)
		dice := rand.New(rand.NewPCG(1, 2))
		names := []push.OpenID{"小明", "小红", "小刚", "阿强"}
		uid := map[push.OpenID]push.UID{}
		for _, name := range names {
			uid[name] = w.follower(name)
		}
		ctx := w.Context()
		for i := range 150 {
			who, on := names[dice.IntN(len(names))], topic*push.TopicID(dice.IntN(2))
			switch dice.IntN(9) {
			case 0, 1:
				w.event(who, func(t *push.Turn) error { _, err := w.FollowApp(t, app, push.ByScan, ""); _ = err; return nil })
			case 2, 3:
				w.event(who, func(t *push.Turn) error { _, err := w.FollowTopic(t, topic, push.ByScan); _ = err; return nil })
			case 4:
				w.event(who, func(t *push.Turn) error { return w.UnfollowApp(t, app) })
			case 5:
				_ = w.RejectFollower(ctx, app, on, uid[who], dice.IntN(2) == 0)
			case 6:
				_ = w.AddToTopic(ctx, app, topic, uid[who])
				_ = w.RemoveFromTopic(ctx, app, topic, uid[names[dice.IntN(len(names))]])
			case 7:
				found, _, err := w.People(ctx, token, push.PeopleQuery{UID: uid[who]})
				if err == nil && len(found) > 0 {
					_ = w.Reject(ctx, token, found[0].ID, dice.IntN(2) == 0)
					_ = w.RemovePerson(ctx, token, found[len(found)-1].ID)
				}
			case 8:
				_ = w.RemoveFollower(ctx, app, uid[who])
			}
			if i%40 == 13 {
				if _, err := w.CountGrowth(ctx); err != nil {
					t.Fatal(err)
				}
			}
			for _, r := range []push.Resource{{Kind: push.OfApp, Target: int64(app)}, {Kind: push.OfTopic, Target: int64(topic)}} {
				want := w.count(`SELECT COUNT(*) FROM subscription WHERE kind = $1 AND target = $2 AND active = 1 AND rejected = 0`, int64(r.Kind), r.Target)
				if got := w.total(r); got != want {
					t.Fatalf("after change %d: %d of %+v, want %d", i, got, r, want)
				}
			}
		}
	})
}

// TestGrowth_IsToldByTheDaysOfChina, one point for each, and by the hour.
func TestGrowth_IsToldByTheDaysOfChina(t *testing.T) {
	eachWorld(t, func(w *world) {
		china := time.FixedZone("CST", 8*3600)
		first := time.Date(2040, 2, 28, 23, 30, 0, 0, china) // past 2038
		w.clock.Advance(first.Sub(w.clock.Now()))
		app, _ := w.app(push.NewApp{})
		ming := w.follower("小明", app)
		w.clock.Advance(time.Hour) // the next day there, the same in UTC
		w.follower("小红", app)
		if err := w.RejectFollower(t.Context(), app, 0, ming, true); err != nil {
			t.Fatal(err)
		}
		if n, err := w.CountGrowth(t.Context()); err != nil || n < 3 {
			t.Errorf("counted %d, %v", n, err)
		}
		w.clock.Advance(48 * time.Hour)
		w.follower("小刚", app)
		on := push.Resource{Kind: push.OfApp, Target: int64(app)}
		lines := func(since time.Time, day bool, form string) (all []string) {
			curve, err := w.Growth(t.Context(), on, since, day)
			if err != nil {
				t.Fatal(err)
			}
			for _, g := range curve {
				all = append(all, fmt.Sprintf("%s +%d -%d =%d", g.At.In(china).Format(form), g.Gained, g.Lost, g.Total))
			}
			return all
		}
		want := []string{"02-28 +1 -0 =1", "02-29 +1 -1 =1", "03-01 +0 -0 =1", "03-02 +1 -0 =2"}
		if got := lines(first, true, "01-02"); !slices.Equal(got, want) {
			t.Errorf("days %q, want %q", got, want)
		}
		if got := lines(first.Add(2*time.Hour), true, "01-02"); !slices.Equal(got, want[1:]) {
			t.Errorf("days %q, want %q", got, want[1:])
		}
		if got, want := lines(w.clock.Now().Add(-time.Hour), false, "15"), []string{"23 +0 -0 =1", "00 +1 -0 =2"}; !slices.Equal(got, want) {
			t.Errorf("hours %q, want %q", got, want)
		}
		if got := lines(time.Time{}, false, "15"); len(got) != 1000 {
			t.Errorf("%d hours since ever, want the last 1000", len(got))
		}
		if got := lines(w.clock.Now().Add(time.Hour), true, "01-02"); !slices.Equal(got, want[3:]) {
			t.Errorf("days from tomorrow %q, want the present", got)
		}
	})
}

// TestGrowth_OfEverythingIsTheAccounts: following and leaving the official
// account, once each, whatever is repeated.
func TestGrowth_OfEverythingIsTheAccounts(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{})
		for _, name := range []push.OpenID{"小明", "小红", "小明"} {
			w.follower(name, app)
		}
		if got := w.total(push.Everything); got != 2 {
			t.Errorf("%d follow the account, want 2", got)
		}
		for range 2 {
			w.event("小明", w.Unsubscribe)
		}
		if got := w.total(push.Everything); got != 1 {
			t.Errorf("%d follow the account, want 1", got)
		}
		if got := w.total(push.Resource{Kind: push.OfApp, Target: int64(app)}); got != 2 {
			t.Errorf("%d follow the app, want 2: a subscription waits for who left", got)
		}
	})
}

// TestCountGrowth_CountsEachOnce: whoever counts at the same time, and while
// followers come.
func TestCountGrowth_CountsEachOnce(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{})
		var wait sync.WaitGroup
		for i := range 3 {
			wait.Go(func() {
				for range 20 {
					if _, err := w.CountGrowth(w.Context()); err != nil {
						t.Error(err)
					}
				}
			})
			wait.Go(func() {
				for j := range 30 {
					key := fmt.Sprintf("%d %d", i, j)
					_, err := w.Once(w.Context(), push.Inbound{Key: key, OpenID: push.OpenID(key), At: w.clock.Now()}, func(t *push.Turn) error {
						_, err := w.FollowApp(t, app, push.ByScan, "")
						return err
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		wait.Wait()
		if _, err := w.CountGrowth(w.Context()); err != nil {
			t.Fatal(err)
		}
		if got := w.count(`SELECT COALESCE(SUM(n), 0) FROM stat WHERE kind = 0 AND name = 'gained'`); got != 90 {
			t.Errorf("%d counted, want 90", got)
		}
		if got := w.count(`SELECT COUNT(*) FROM growth`); got != 0 {
			t.Errorf("%d rows left", got)
		}
	})
}
