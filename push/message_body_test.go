package push_test

import (
	"errors"
	"fmt"
	"testing"

	"hongyan/push"
	"hongyan/push/content"
)

func TestBody_IsTheSendersOwn(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		other, _ := w.app(push.NewApp{})
		topic := w.audience(app, 1)
		r := w.send(token, push.Draft{Content: "# 告警", Kind: content.Markdown, Summary: "告警", URL: "https://a.example/x", Topics: []push.TopicID{topic}})
		for _, id := range []int64{r[0].Message, r[0].Record} {
			p, err := w.Body(w.Context(), app, id)
			if err != nil || p.Content != "# 告警" || p.Kind != content.Markdown || p.Summary != "告警" || p.URL != "https://a.example/x" || p.TopicName != "机房" || p.AppName != "运维告警" {
				t.Errorf("%+v, %v", p, err)
			}
		}
		if _, err := w.Body(w.Context(), other, r[0].Message); !errors.Is(err, push.ErrNoMessage) {
			t.Errorf("another app reads it: %v", err)
		}
		if _, err := w.Progress(w.Context(), other, r[0].Message); !errors.Is(err, push.ErrNoMessage) {
			t.Errorf("another app follows it: %v", err)
		}
		must(t, w.RemoveMessage(w.Context(), app, r[0].Message))
		if _, err := w.Body(w.Context(), app, r[0].Message); !errors.Is(err, push.ErrNoMessage) {
			t.Errorf("the body of a removed message: %v", err)
		}
	})
}

// Before the fan-out begins nobody knows how many there will be; then it says,
// and in the end it is what was counted.
func TestProgress_KnowsHowManyThereWillBe(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.SmallChunks(10)
		app, token := w.app(push.NewApp{})
		topic := w.audience(app, 25)
		w.exec(`UPDATE subscription SET muted = 1 WHERE user_id = (SELECT MAX(user_id) FROM subscription)`)
		r := w.send(token, push.Draft{Topics: []push.TopicID{topic}, UIDs: []push.UID{w.follower("o小明", app)}})
		for _, want := range []string{"1 of 1, more to come", "11 of 26, more to come", "21 of 26, more to come", "26 of 26"} {
			m, err := w.Progress(w.Context(), app, r[0].Message)
			must(t, err)
			got := fmt.Sprintf("%d of %d", m.Counts.Total+m.Counts.Skipped, m.Counts.Expected)
			if m.Counts.FanningOut {
				got += ", more to come"
			}
			if got != want {
				t.Errorf("%s, want %s", got, want)
			}
			w.FanOut(w.Context())
		}
	})
}

func TestFailedUIDs_AreThoseToSendToAgain(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		a, b := w.follower("o一", app), w.follower("o二", app)
		r := w.send(token, push.Draft{UIDs: []push.UID{a, b}})
		w.exec(`UPDATE delivery SET state = 4 WHERE user_id = (SELECT id FROM users WHERE uid = $1)`, string(b))
		uids, err := w.FailedUIDs(w.Context(), app, r[0].Message)
		if err != nil || len(uids) != 1 || uids[0] != b {
			t.Errorf("%v, %v; want %s", uids, err, b)
		}
	})
}

func TestSells_TellsWhetherPayersCanBeMeant(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{})
		sells := func() bool {
			is, err := w.Sells(w.Context(), app)
			must(t, err)
			return is
		}
		if sells() {
			t.Error("without a product")
		}
		for _, r := range []push.Resource{{Kind: push.OfApp, Target: int64(app)}, {Kind: push.OfTopic, Target: int64(w.topic(app))}} {
			w.bind(1, r)
			if !sells() {
				t.Errorf("not with %+v", r)
			}
		}
	})
}

// A program's sends are its traffic, a person's are written down.
func TestSendFrom_IsWrittenDownForPeople(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		uid := w.follower("o小明", app)
		w.send(token, push.Draft{UIDs: []push.UID{uid}})
		if got := w.actions(app); got != "" {
			t.Errorf("a program's send: %s", got)
		}
		ctx := push.WithActor(w.Context(), push.Actor{User: 1, Via: push.ViaConsole})
		for range 2 {
			_, err := w.SendFrom(ctx, app, text(push.Draft{UIDs: []push.UID{uid}, Key: "k"}))
			must(t, err)
		}
		_, err := w.SendFrom(ctx, app, text(push.Draft{UIDs: []push.UID{"UID_nobody"}}))
		must(t, err)
		if got, want := w.actions(app), "message.send"; got != want {
			t.Errorf("audit log: %q, want %q", got, want)
		}
	})
}
