package push_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"hongyan/push"
)

// uids lists who the filters mean, page by page.
func (w *world) uids(app push.AppID, f push.Followers) (all []push.UID) {
	w.Helper()
	for pages := 0; ; pages++ {
		page, more, err := w.FollowersOf(w.Context(), app, f)
		if err != nil || pages > 50 {
			w.Fatalf("page %d: %v", pages, err)
		}
		for _, one := range page {
			all = append(all, one.UID)
		}
		if more == "" {
			return all
		}
		f.After = more
	}
}

func TestFollowersOf_FindsByEachFilter(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{})
		other, _ := w.app(push.NewApp{})
		uid := map[string]push.UID{}
		for _, name := range []string{"屏蔽", "静音", "付费", "到期", "离开", "平常"} {
			uid[name] = w.follower(push.OpenID(name), app)
		}
		w.follower("别家", other)
		set := func(name, columns string) {
			w.exec(`UPDATE subscription SET `+columns+` WHERE user_id = (SELECT id FROM users WHERE openid = $1)`, name)
		}
		now := w.clock.Now()
		set("静音", "muted = 1")
		set("付费", fmt.Sprintf("paid_until = %d, source = 'order'", now.Add(time.Hour).UnixMilli()))
		set("到期", fmt.Sprintf("paid_until = %d, created_at = %d", now.UnixMilli(), now.Add(-time.Hour).UnixMilli()))
		set("离开", "active = 0")
		for _, name := range []string{"静音", "平常", "离开"} {
			set(name, "extra = '海报 <1>'")
		}
		if err := w.RejectFollower(t.Context(), app, 0, uid["屏蔽"], true); err != nil {
			t.Fatal(err)
		}
		yes, no := true, false
		for _, c := range []struct {
			name string
			f    push.Followers
			want []string
		}{
			{"all", push.Followers{}, []string{"屏蔽", "静音", "付费", "到期", "平常"}},
			{"uid", push.Followers{UID: uid["静音"]}, []string{"静音"}},
			{"uid of one who left", push.Followers{UID: uid["离开"]}, nil},
			{"unknown uid", push.Followers{UID: "UID_x"}, nil},
			{"end of a uid", push.Followers{UIDEnd: string(uid["付费"][len(uid["付费"])-6:])}, []string{"付费"}},
			{"long end of a uid", push.Followers{UIDEnd: string(uid["付费"][len(uid["付费"])-20:])}, []string{"付费"}},
			{"wrong in the long end", push.Followers{UIDEnd: "." + string(uid["付费"][len(uid["付费"])-6:])}, nil},
			{"no end of any uid", push.Followers{UIDEnd: "雁雁雁雁雁雁"}, nil},
			{"end of one who left", push.Followers{UIDEnd: string(uid["离开"][len(uid["离开"])-6:])}, nil},
			{"extra", push.Followers{Extra: "海报 <1>"}, []string{"静音", "平常"}},
			{"extra and a filter", push.Followers{Extra: "海报 <1>", Muted: &yes}, []string{"静音"}},
			{"no extra like that", push.Followers{Extra: "海报"}, nil},
			{"rejected", push.Followers{Rejected: &yes}, []string{"屏蔽"}},
			{"not rejected", push.Followers{Rejected: &no}, []string{"静音", "付费", "到期", "平常"}},
			{"muted", push.Followers{Muted: &yes}, []string{"静音"}},
			{"paid", push.Followers{Paid: &yes}, []string{"付费"}},
			{"not paid", push.Followers{Paid: &no, Rejected: &no, Muted: &no}, []string{"到期", "平常"}},
			{"source", push.Followers{Source: push.ByOrder}, []string{"付费"}},
			{"since", push.Followers{Since: now, Rejected: &no, Muted: &no}, []string{"付费", "平常"}},
		} {
			for _, limit := range []int{1, 2, 100} {
				c.f.Limit = limit
				var want []push.UID
				for _, name := range slices.Backward(c.want) { // the last comes first
					want = append(want, uid[name])
				}
				if got := w.uids(app, c.f); !slices.Equal(got, want) {
					t.Errorf("%s by %d: %q, want %q", c.name, limit, got, want)
				}
			}
		}
	})
}

func TestMembership_PutsFollowersIntoTopicsAndTakesThemOut(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{CallbackURL: listening})
		other, _ := w.app(push.NewApp{})
		topic, foreign := w.topic(app), w.topic(other)
		in, stranger := w.follower("小明", app), w.follower("小红", other)
		members := func() []push.UID { return w.uids(app, push.Followers{Topic: topic, Limit: 10}) }
		for range 2 {
			if err := w.AddToTopic(t.Context(), app, topic, in); err != nil {
				t.Fatal(err)
			}
			if got := members(); !slices.Equal(got, []push.UID{in}) {
				t.Errorf("members %q, want %q", got, in)
			}
		}
		for _, c := range []struct {
			name  string
			topic push.TopicID
			uid   push.UID
			want  error
		}{
			{"somebody else's topic", foreign, in, push.ErrNoTopic},
			{"no topic", 4242, in, push.ErrNoTopic},
			{"somebody else's follower", topic, stranger, push.ErrNotFollowing},
			{"nobody", topic, "UID_x", push.ErrNotFollowing},
		} {
			if err := w.AddToTopic(t.Context(), app, c.topic, c.uid); !errors.Is(err, c.want) {
				t.Errorf("add, %s: %v, want %v", c.name, err, c.want)
			}
			if err := w.RejectFollower(t.Context(), app, c.topic, c.uid, true); !errors.Is(err, c.want) {
				t.Errorf("reject, %s: %v, want %v", c.name, err, c.want)
			}
		}
		for range 2 {
			if err := w.RemoveFromTopic(t.Context(), app, topic, in); err != nil {
				t.Fatal(err)
			}
			if got := members(); len(got) != 0 {
				t.Errorf("members %q, want none", got)
			}
		}
		if err := w.RejectFollower(t.Context(), app, 0, in, true); err != nil {
			t.Fatal(err)
		}
		if err := w.AddToTopic(t.Context(), app, topic, in); !errors.Is(err, push.ErrRejected) {
			t.Errorf("add a rejected follower: %v", err)
		}
	})
}

// TestRejectFollower_EndsSendsAtOnceAndLiftingGivesAllBack. I8.
func TestRejectFollower_EndsSendsAtOnceAndLiftingGivesAllBack(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		uid := w.follower("小明", app)
		for range 2 {
			if err := w.RejectFollower(t.Context(), app, 0, uid, true); err != nil {
				t.Fatal(err)
			}
		}
		if got := w.send(token, push.Draft{UIDs: []push.UID{uid}})[0]; !got.Failed {
			t.Errorf("a rejected follower is sent to: %+v", got)
		}
		w.event("小明", func(turn *push.Turn) error { return w.UnfollowApp(turn, app) })
		if err := w.follow("小明", app, push.ByScan, ""); !errors.Is(err, push.ErrRejected) {
			t.Errorf("following again: %v", err)
		}
		for range 2 {
			if err := w.RejectFollower(t.Context(), app, 0, uid, false); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.follow("小明", app, push.ByScan, ""); err != nil {
			t.Errorf("following after the lifting: %v", err)
		}
		if got := w.send(token, push.Draft{UIDs: []push.UID{uid}})[0]; got.Failed {
			t.Errorf("a follower is not sent to after the lifting: %+v", got)
		}
	})
}
