package push_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"hongyan/push"
)

// TestProfileOf_TellsEverythingInOneAppAndNothingOfAnother. I11.
func TestProfileOf_TellsEverythingInOneAppAndNothingOfAnother(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{CallbackURL: listening})
		other, foreign := w.app(push.NewApp{CallbackURL: listening})
		topic, gone, theirs := w.topic(app), w.topic(app), w.topic(other)
		ming, hong := w.follower("小明", app, other), w.follower("小红", app)
		for _, id := range []push.TopicID{topic, gone} {
			if err := w.AddToTopic(t.Context(), app, id, ming); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.AddToTopic(t.Context(), other, theirs, ming); err != nil {
			t.Fatal(err)
		}
		if err := w.RemoveFromTopic(t.Context(), app, gone, ming); err != nil {
			t.Fatal(err)
		}
		for i := range 12 {
			w.send(token, push.Draft{Content: fmt.Sprint("第", i), UIDs: []push.UID{ming}})
			w.clock.Advance(time.Second)
		}
		w.send(token, push.Draft{Content: "给小红", UIDs: []push.UID{hong}})
		w.send(foreign, push.Draft{Content: "别家", UIDs: []push.UID{ming}})
		for text, to := range map[string]push.AppID{"重启 <服务器>": app, "别家": other} {
			w.event("小明", func(t *push.Turn) error { return w.Uplink(t, to, text) })
		}
		p, err := w.ProfileOf(t.Context(), app, ming)
		if err != nil {
			t.Fatal(err)
		}
		if !p.Of.Follows() || p.Of.Source != push.ByScan || !p.Reachable() {
			t.Errorf("stands %+v %+v", p.Of, p.Reach)
		}
		if len(p.Topics) != 2 || !p.Topics[0].Follows() || p.Topics[1].Follows() || p.Topics[0].Topic != topic {
			t.Errorf("topics %+v", p.Topics)
		}
		if len(p.Messages) != 10 || p.Messages[0].Summary != "第11" || p.Messages[0].State != push.DeliveryWaiting {
			t.Errorf("messages %+v", p.Messages)
		}
		if len(p.Commands) != 1 || p.Commands[0].Content != "重启 <服务器>" || p.Commands[0].State != push.CallbackWaiting {
			t.Errorf("commands %+v", p.Commands)
		}
		w.exec(`UPDATE users SET muted = 1, blocked_at = 1, following = 0 WHERE uid = $1`, string(ming))
		if p, err = w.ProfileOf(t.Context(), app, ming); err != nil || !p.Off || !p.Blocked || !p.Left || p.Reachable() {
			t.Errorf("reach %+v, %v", p.Reach, err)
		}
		stranger := w.follower("路人")
		for _, c := range []struct {
			app push.AppID
			uid push.UID
		}{{other, hong}, {app, stranger}, {app, "UID_x"}, {app, ""}, {app, "\x00"}, {4242, ming}} {
			if _, err := w.ProfileOf(t.Context(), c.app, c.uid); !errors.Is(err, push.ErrNotFollowing) {
				t.Errorf("%d %q: %v", c.app, c.uid, err)
			}
		}
	})
}

// TestRemoveFollower_EndsTheAppAndItsTopics, keeps what was paid, and lifts a
// rejection.
func TestRemoveFollower_EndsTheAppAndItsTopics(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		other, _ := w.app(push.NewApp{})
		topic, theirs := w.topic(app), w.topic(other)
		ming := w.follower("小明", app, other)
		for of, id := range map[push.AppID]push.TopicID{app: topic, other: theirs} {
			if err := w.AddToTopic(t.Context(), of, id, ming); err != nil {
				t.Fatal(err)
			}
		}
		w.exec(`UPDATE subscription SET paid_until = 5 WHERE kind = 0`)
		if err := w.RejectFollower(t.Context(), app, topic, ming, true); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := w.RemoveFollower(t.Context(), app, ming); err != nil {
				t.Fatal(err)
			}
		}
		if n := w.count(`SELECT COUNT(*) FROM subscription WHERE active = 1 OR rejected = 1`); n != 2 {
			t.Errorf("%d subscriptions are left, want the other app's 2", n)
		}
		if n := w.count(`SELECT COUNT(*) FROM audit WHERE action = 'follower.remove'`); n != 2 {
			t.Errorf("%d lines in the audit log, want 2", n)
		}
		if got := w.send(token, push.Draft{UIDs: []push.UID{ming}})[0]; !got.Failed {
			t.Errorf("somebody removed is sent to: %+v", got)
		}
		if err := w.followApp("小明", app); err != nil {
			t.Errorf("following again: %v", err)
		}
		if n := w.count(`SELECT COUNT(*) FROM subscription WHERE kind = 0 AND paid_until = 5`); n != 2 {
			t.Error("what was paid is forgotten")
		}
		if err := w.RemoveFollower(t.Context(), app, w.follower("路人")); !errors.Is(err, push.ErrNotFollowing) {
			t.Errorf("a stranger: %v", err)
		}
	})
}

// TestFollowersOf_NamesTheFirstTopics of each.
func TestFollowersOf_NamesTheFirstTopics(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{})
		ming, hong := w.follower("小明", app), w.follower("小红", app)
		var topics []push.TopicID
		for range 5 {
			topics = append(topics, w.topic(app))
			if err := w.AddToTopic(t.Context(), app, topics[len(topics)-1], ming); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.DeleteTopic(t.Context(), app, topics[0]); err != nil {
			t.Fatal(err)
		}
		page, _, err := w.FollowersOf(t.Context(), app, push.Followers{Topics: 3})
		if err != nil || len(page) != 2 || page[0].UID != hong || len(page[0].Topics) != 0 {
			t.Fatalf("%+v, %v", page, err)
		}
		if got := page[1]; len(got.Topics) != 3 || got.Topics[0].ID != topics[1] || got.MoreTopics != 1 {
			t.Errorf("topics %+v and %d more", got.Topics, got.MoreTopics)
		}
	})
}
