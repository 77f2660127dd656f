package push_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hongyan/push"
	"hongyan/push/content"
)

// handle is that of the newest message for the follower.
func (w *world) handle(openid push.OpenID) string {
	w.Helper()
	return w.Handle(int64(w.count(`SELECT MAX(id) FROM message`)), w.user(openid).ID)
}

func TestOpen_ShowsTheMessageAndCountsOnce(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{Name: "运维"})
		uid := w.follower("小明", app)
		w.send(token, push.Draft{Content: "# 告警", Kind: content.Markdown, URL: "https://example.com/", UIDs: []push.UID{uid}})
		want := push.Page{AppName: "运维", Summary: "告警", Kind: content.Markdown, Content: "# 告警", URL: "https://example.com/", At: w.clock.Now()}
		handle, first := w.handle("小明"), w.clock.Now().UnixMilli()
		for range 2 {
			got, err := w.Open(t.Context(), handle)
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("page (-want +got), %v:\n%s", err, diff)
			}
			if link, err := w.Clicked(t.Context(), handle); link != want.URL || err != nil {
				t.Errorf("went on to %q, %v", link, err)
			}
			w.clock.Advance(time.Hour)
		}
		if n := w.count(`SELECT count(*) FROM delivery WHERE opened_at = $1 AND clicked_at = $1`, first); n != 1 {
			t.Error("the first opening and the first click are not what is kept")
		}
		if n := w.count(`SELECT 10 * opened + clicked FROM record`); n != 11 {
			t.Errorf("the record counts %d openings and clicks, want 1 and 1", n)
		}
	})
}

func TestF38_Open_NothingThere(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		uid := w.follower("小明", app)
		other := w.follower("小红", app)
		w.send(token, push.Draft{UIDs: []push.UID{uid}})
		_ = other
		gone := func(what, handle string) {
			t.Helper()
			_, err := w.Open(t.Context(), handle)
			_, err2 := w.Clicked(t.Context(), handle)
			if !errors.Is(err, push.ErrNoMessage) || !errors.Is(err2, push.ErrNoMessage) {
				t.Errorf("%s: %v, %v", what, err, err2)
			}
		}
		gone("no handle", "")
		gone("a made-up handle", strings.Repeat("A", 22))
		gone("somebody else's", w.Handle(1, w.user("小红").ID))
		gone("no message", w.Handle(99, w.user("小明").ID))
		handle := w.handle("小明")
		w.clock.Advance(7*24*time.Hour + time.Millisecond)
		gone("seven days old", handle)
	})
}

func TestOpen_NamesTheTopic(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{Name: "运维"})
		topic := w.topic(app)
		w.follower("小明")
		w.event("小明", func(t *push.Turn) error { _, err := w.FollowTopic(t, topic, push.ByScan); return err })
		w.send(token, push.Draft{Topics: []push.TopicID{topic}})
		if _, err := w.FanOut(t.Context()); err != nil {
			t.Fatal(err)
		}
		if p, err := w.Open(t.Context(), w.handle("小明")); err != nil || p.TopicName != "机房" || p.AppName != "运维" {
			t.Errorf("page %+v, %v", p, err)
		}
	})
}

func TestF37_Remove_TakesThePageAwayForItsOwnApp(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		_, foreign := w.app(push.NewApp{})
		uids := []push.UID{w.follower("小明", app), w.follower("小红", app)}
		byMessage := w.send(token, push.Draft{UIDs: uids})
		first := w.handle("小明")
		byRecord := w.send(token, push.Draft{UIDs: uids})
		second := w.handle("小红")

		for _, id := range []int64{byMessage[0].Message, byRecord[1].Record} {
			if err := w.Remove(t.Context(), foreign, id); !errors.Is(err, push.ErrNoMessage) {
				t.Errorf("another app's: %v", err)
			}
		}
		if err := w.Remove(t.Context(), "AT_x", byMessage[0].Message); !errors.Is(err, push.ErrToken) {
			t.Errorf("no app's: %v", err)
		}
		for _, id := range []int64{0, -5, 1, 1 << 60, w.PublicMessage(77), w.PublicRecord(77)} {
			if err := w.Remove(t.Context(), token, id); !errors.Is(err, push.ErrNoMessage) {
				t.Errorf("%d: %v", id, err)
			}
		}
		for _, handle := range []string{first, second} {
			if _, err := w.Open(t.Context(), handle); err != nil {
				t.Errorf("still there: %v", err)
			}
		}
		for range 2 {
			if err := w.Remove(t.Context(), token, byMessage[0].Message); err != nil {
				t.Error(err)
			}
			if err := w.Remove(t.Context(), token, byRecord[1].Record); err != nil {
				t.Error(err)
			}
		}
		for _, handle := range []string{first, second} {
			if _, err := w.Open(t.Context(), handle); !errors.Is(err, push.ErrNoMessage) {
				t.Errorf("removed: %v", err)
			}
		}
		if st := w.status(byMessage[0].Record); st.Code == 0 {
			t.Error("a removed message has no status")
		}
	})
}
