package push_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"hongyan/push"
)

// suspended is whether an error says so, with the reason.
func suspended(err error, reason string) bool {
	var stopped *push.Suspended
	return errors.As(err, &stopped) && stopped.Reason == reason && strings.Contains(err.Error(), reason)
}

// TestSuspend_StopsSendsFollowsAndCommandsAndLiftingGivesThemBack. What was
// read before can still be read.
func TestSuspend_StopsSendsFollowsAndCommandsAndLiftingGivesThemBack(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{CallbackURL: listening})
		topic := w.topic(app)
		uid := w.follower("小明", app)
		w.follower("小红")
		w.send(token, push.Draft{UIDs: []push.UID{uid}})
		page := w.Handle(1, w.user("小明").ID)
		const why = "群发广告，请先整改 <b>"
		for range 2 {
			if err := w.Suspend(t.Context(), app, why); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.Send(t.Context(), token, text(push.Draft{UIDs: []push.UID{uid}})); !suspended(err, why) {
			t.Errorf("send: %v", err)
		}
		if _, err := w.SendFrom(t.Context(), app, text(push.Draft{Topics: []push.TopicID{topic}})); !suspended(err, why) {
			t.Errorf("send to a topic: %v", err)
		}
		if err := w.follow("小红", app, push.ByScan, ""); !suspended(err, why) {
			t.Errorf("follow: %v", err)
		}
		w.event("小红", func(turn *push.Turn) error {
			if _, err := w.FollowTopic(turn, topic, push.ByScan); !suspended(err, why) {
				t.Errorf("follow a topic: %v", err)
			}
			return nil
		})
		if _, err := w.say("小明", app, "重启"); !suspended(err, why) {
			t.Errorf("command: %v", err)
		}
		if got, err := w.Open(t.Context(), page); err != nil || got.Content == "" {
			t.Errorf("the page of before: %v", err)
		}
		if n := w.count(`SELECT COUNT(*) FROM audit WHERE action = 'app.suspend' AND app_id = $1`, int64(app)); n != 1 {
			t.Errorf("%d lines in the audit log, want 1", n)
		}
		for range 2 {
			if err := w.Unsuspend(t.Context(), app); err != nil {
				t.Fatal(err)
			}
		}
		if out := w.send(token, push.Draft{UIDs: []push.UID{uid}}); out[0].Failed {
			t.Errorf("send after the lifting: %+v", out)
		}
		if err := w.follow("小红", app, push.ByScan, ""); err != nil {
			t.Errorf("follow after the lifting: %v", err)
		}
	})
}

// TestSuspend_EndsWhatWaits: neither a card in the queue nor a fan-out nor a
// scheduled send of a suspended app reaches anybody.
func TestSuspend_EndsWhatWaits(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		topic := w.topic(app)
		uid := w.follower("小明", app)
		if err := w.AddToTopic(t.Context(), app, topic, w.follower("小红", app)); err != nil {
			t.Fatal(err)
		}
		card := w.send(token, push.Draft{UIDs: []push.UID{uid}})[0].Record
		fan := w.send(token, push.Draft{Topics: []push.TopicID{topic}})[0].Record
		if _, _, err := w.Schedule(t.Context(), app, "later", w.clock.Now().Add(time.Minute), text(push.Draft{UIDs: []push.UID{uid}})); err != nil {
			t.Fatal(err)
		}
		if err := w.Suspend(t.Context(), app, "欺诈"); err != nil {
			t.Fatal(err)
		}
		for more := true; more; {
			var err error
			if more, err = w.FanOut(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if n := w.count(`SELECT COUNT(*) FROM delivery`); n != 1 {
			t.Errorf("%d cards in the queue, want the 1 of before", n)
		}
		phone := newWeChat(w.clock.Now)
		w.DeliverDue(t.Context(), phone)
		w.clock.Advance(2 * time.Minute)
		w.SendDue(t.Context())
		w.DeliverDue(t.Context(), phone)
		if len(phone.calls) != 0 {
			t.Errorf("%d cards went to WeChat", len(phone.calls))
		}
		if s, err := w.Status(t.Context(), card); err != nil || !strings.Contains(s.Text, "停用") {
			t.Errorf("the card that waited: %+v, %v", s, err)
		}
		if s, err := w.Status(t.Context(), fan); err != nil || s.Code == push.StatusWaiting {
			t.Errorf("the fan-out is still open: %+v, %v", s, err)
		}
		r, err := w.ScheduledOf(t.Context(), app, "later")
		if err != nil || r.State != push.ScheduledFailed && r.State != push.ScheduledSent || !strings.Contains(r.Reason, "欺诈") {
			t.Errorf("the scheduled send: %+v, %v", r, err)
		}
	})
}

func TestSuspend_RefusesNoReasonAndNoApp(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{})
		var invalid *push.Invalid
		for _, reason := range []string{"", strings.Repeat("长", 201), "a\x00b", "\xff"} {
			if err := w.Suspend(t.Context(), app, reason); !errors.As(err, &invalid) || invalid.Field != "reason" {
				t.Errorf("reason of %d bytes: %v", len(reason), err)
			}
		}
		if err := w.Suspend(t.Context(), 4242, "x"); !errors.Is(err, push.ErrNoApp) {
			t.Errorf("no app: %v", err)
		}
	})
}
