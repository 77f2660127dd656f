package push_test

import (
	"errors"
	"fmt"
	"testing"

	"hongyan/push"
)

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
