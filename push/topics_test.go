package push_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"hongyan/push"
)

func TestTopics_CountWhoFollowsNow(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{})
		other, _ := w.app(push.NewApp{Name: "别人"})
		first, foreign := w.topic(app), w.topic(other)
		second := w.audience(app, 4)
		w.exec(`UPDATE subscription SET active = 0 WHERE kind = 1 AND user_id = (SELECT MIN(user_id) FROM subscription WHERE kind = 1)`)
		w.exec(`UPDATE subscription SET rejected = 1 WHERE kind = 1 AND user_id = (SELECT MAX(user_id) FROM subscription WHERE kind = 1)`)
		w.exec(`UPDATE subscription SET muted = 1 WHERE kind = 1 AND user_id = (SELECT MIN(user_id) FROM subscription WHERE kind = 1 AND active = 1)`)
		got, err := w.CountTopics(w.Context(), app, 0, 10)
		if err != nil || len(got) != 2 || got[0].ID != first || got[0].Followers != 0 ||
			got[1].ID != second || got[1].Followers != 2 || got[1].Active != 1 {
			w.Fatalf("topics %+v, %v", got, err)
		}
		if got, err = w.CountTopics(w.Context(), app, first, 10); err != nil || len(got) != 1 || got[0].ID != second {
			w.Errorf("behind the first: %+v, %v", got, err)
		}
		if _, err := w.CountTopic(w.Context(), app, foreign); !errors.Is(err, push.ErrNoTopic) {
			w.Errorf("a foreign topic: %v", err)
		}
	})
}

func TestTopics_RenameAndDeleteOwnOnesOnly(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		other, _ := w.app(push.NewApp{Name: "别人"})
		topic := w.audience(app, 2)
		for _, err := range []error{
			errorOf(w.RenameTopic(w.Context(), other, topic, "偷来的")), w.DeleteTopic(w.Context(), other, topic),
			errorOf(w.RenameTopic(w.Context(), app, 999, "没有")), w.DeleteTopic(w.Context(), app, 999),
		} {
			if !errors.Is(err, push.ErrNoTopic) {
				w.Errorf("not one's own: %v", err)
			}
		}
		for range 2 {
			if got, err := w.RenameTopic(w.Context(), app, topic, "优惠 <b>"); err != nil || got.Name != "优惠 <b>" || got.Followers != 2 {
				w.Errorf("renamed: %+v, %v", got, err)
			}
		}
		w.send(token, push.Draft{Topics: []push.TopicID{topic}})
		for range 2 {
			if err := w.DeleteTopic(w.Context(), app, topic); err != nil {
				w.Errorf("deleted: %v", err)
			}
		}
		w.fanOut()
		if n := w.count(`SELECT COUNT(*) FROM delivery`); n != 0 {
			w.Errorf("%d deliveries of a deleted topic", n)
		}
		if out := w.send(token, push.Draft{Topics: []push.TopicID{topic}}); !out[0].Failed {
			w.Errorf("sent to a deleted topic: %+v", out[0])
		}
		if _, err := w.RenameTopic(w.Context(), app, topic, "回来"); !errors.Is(err, push.ErrNoTopic) {
			w.Errorf("a deleted topic was renamed: %v", err)
		}
		if next := w.topic(app); next <= topic {
			w.Errorf("number %d of a deleted topic was given again: %d", topic, next)
		}
	})
}

func errorOf[T any](_ T, err error) error { return err }

func TestFollowers_PagesMeetEverybodyOnce(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{})
		want := map[push.UID]bool{}
		for i := range 7 {
			want[w.follower(push.OpenID(fmt.Sprint("o", i)), app)] = true
		}
		seen := map[push.UID]bool{}
		q := push.Followers{Limit: 2}
		for late := 0; late < 20; late++ {
			some, more, err := w.FollowersOf(w.Context(), app, q)
			if err != nil {
				w.Fatal(err)
			}
			for _, f := range some {
				if seen[f.UID] {
					w.Errorf("%s twice", f.UID)
				}
				seen[f.UID] = true
			}
			if q.After = more; more == "" {
				break
			}
			if late < 3 { // somebody comes meanwhile
				w.follower(push.OpenID(fmt.Sprint("late", late)), app)
			}
		}
		for uid := range want {
			if !seen[uid] {
				w.Errorf("%s was not met", uid)
			}
		}
	})
}

func TestFollowers_Filters(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{})
		topic := w.topic(app)
		ming, hong, gang := w.follower("o_ming", app), w.follower("o_hong", app), w.follower("o_gang", app)
		w.clock.Advance(time.Hour)
		late := w.clock.Now()
		lan := w.follower("o_lan", app)
		if err := w.RejectFollower(w.Context(), app, 0, hong, true); err != nil {
			w.Fatal(err)
		}
		if err := w.AddToTopic(w.Context(), app, topic, ming); err != nil {
			w.Fatal(err)
		}
		w.exec(`UPDATE subscription SET muted = 1 WHERE kind = 0 AND user_id = (SELECT id FROM users WHERE uid = $1)`, string(gang))
		yes, no := true, false
		for name, c := range map[string]struct {
			q    push.Followers
			want []push.UID
		}{
			"all and the rejected": {push.Followers{}, []push.UID{ming, hong, gang, lan}},
			"not rejected":         {push.Followers{Rejected: &no}, []push.UID{ming, gang, lan}},
			"rejected":             {push.Followers{Rejected: &yes}, []push.UID{hong}},
			"muted":                {push.Followers{Muted: &yes}, []push.UID{gang}},
			"since":                {push.Followers{Since: late}, []push.UID{lan}},
			"source":               {push.Followers{Source: push.ByCommand}, nil},
			"one":                  {push.Followers{UID: lan}, []push.UID{lan}},
			"a wildcard":           {push.Followers{UID: "%"}, nil},
			"of the topic":         {push.Followers{Topic: topic}, []push.UID{ming}},
			"by the owner":         {push.Followers{Topic: topic, Source: push.ByOwner}, []push.UID{ming}},
			"paid":                 {push.Followers{Paid: &yes}, nil},
		} {
			c.q.Limit = 10
			got, _, err := w.FollowersOf(w.Context(), app, c.q)
			if err != nil {
				w.Fatal(name, err)
			}
			var uids []push.UID
			for _, f := range got {
				uids = append(uids, f.UID)
			}
			if fmt.Sprint(uids) != fmt.Sprint(c.want) {
				w.Errorf("%s: %v, want %v", name, uids, c.want)
			}
		}
	})
}

// TestI11_NobodyChangesFollowersOfAnother also shows what each verb refuses.
func TestI11_NobodyChangesFollowersOfAnother(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{})
		other, _ := w.app(push.NewApp{Name: "别人"})
		topic, foreign := w.topic(app), w.topic(other)
		ming, stranger := w.follower("o_ming", app), w.follower("o_stranger")
		ctx := w.Context()
		for _, c := range []struct {
			name string
			do   func() error
			want error
		}{
			{"a foreign topic", func() error { return w.AddToTopic(ctx, app, foreign, ming) }, push.ErrNoTopic},
			{"who follows nothing", func() error { return w.AddToTopic(ctx, app, topic, stranger) }, push.ErrNotFollowing},
			{"nobody", func() error { return w.AddToTopic(ctx, app, topic, "UID_x") }, push.ErrNotFollowing},
			{"rejected by another", func() error { return w.RejectFollower(ctx, other, 0, ming, true) }, push.ErrNotFollowing},
			{"out of a foreign topic", func() error { return w.RemoveFromTopic(ctx, app, foreign, ming) }, push.ErrNoTopic},
			{"listed by another", func() error {
				_, _, err := w.FollowersOf(ctx, app, push.Followers{Topic: foreign, Limit: 1})
				return err
			}, push.ErrNoTopic},
			{"in", func() error { return w.AddToTopic(ctx, app, topic, ming) }, nil},
			{"in again", func() error { return w.AddToTopic(ctx, app, topic, ming) }, nil},
			{"out", func() error { return w.RemoveFromTopic(ctx, app, topic, ming) }, nil},
			{"out again", func() error { return w.RemoveFromTopic(ctx, app, topic, ming) }, nil},
			{"rejected on the topic", func() error { return w.RejectFollower(ctx, app, topic, ming, true) }, nil},
			{"in although rejected there", func() error { return w.AddToTopic(ctx, app, topic, ming) }, push.ErrRejected},
			{"lifted", func() error { return w.RejectFollower(ctx, app, topic, ming, false) }, nil},
			{"in after all", func() error { return w.AddToTopic(ctx, app, topic, ming) }, nil},
			{"rejected by the app", func() error { return w.RejectFollower(ctx, app, 0, ming, true) }, nil},
			{"in although rejected", func() error { return w.AddToTopic(ctx, app, topic, ming) }, push.ErrRejected},
		} {
			if err := c.do(); !errors.Is(err, c.want) {
				w.Errorf("%s: %v, want %v", c.name, err, c.want)
			}
		}
	})
}
