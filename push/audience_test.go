package push_test

import (
	"fmt"
	"testing"
	"time"

	"hongyan/push"
	"hongyan/push/content"
)

// TestI8_WhoHasPaidIsDecidedOnce: when the delivery is written, by name or by
// the fan-out. What is paid or runs out between that and the call changes
// nothing.
func TestI8_WhoHasPaidIsDecidedOnce(t *testing.T) {
	for _, audience := range []int{push.OnlyPaid, push.NotPaid} {
		t.Run(fmt.Sprint("audience ", audience), func(t *testing.T) {
			eachWorld(t, func(w *world) {
				app, token := w.app(push.NewApp{})
				topic := w.audience(app, 2)
				ming := w.follower("o小明", app)
				w.bind(12, push.Resource{Kind: push.OfApp, Target: int64(app)}, push.Resource{Kind: push.OfTopic, Target: int64(topic)})
				ends := map[int]int64{push.OnlyPaid: w.clock.Now().Add(time.Minute).UnixMilli(), push.NotPaid: 0}
				w.exec(`UPDATE subscription SET paid_until = $1`, ends[audience])
				w.send(token, push.Draft{UIDs: []push.UID{ming}, Topics: []push.TopicID{topic}, Audience: audience})
				w.fanOut()
				later := map[int]int64{push.OnlyPaid: 0, push.NotPaid: 9000000000000}
				w.exec(`UPDATE subscription SET paid_until = $1`, later[audience])
				w.clock.Advance(time.Hour)
				x := newWeChat(w.clock.Now)
				w.DeliverDue(w.Context(), x)
				if got, want := len(x.calls), 3; got != want {
					w.Errorf("%d calls, want %d", got, want)
				}
			})
		})
	}
}

// TestFanout_RecordsWhomTheAudienceDoesNotMean: senders see them as left out,
// with the reason, and not as failures; who muted the topic is not shown.
func TestFanout_RecordsWhomTheAudienceDoesNotMean(t *testing.T) {
	for _, c := range []struct {
		audience int
		reason   string
	}{
		{push.OnlyPaid, "用户未付费或已过期，这条消息只发给付费用户"},
		{push.NotPaid, "用户已付费，这条消息只发给未付费用户"},
	} {
		t.Run(c.reason, func(t *testing.T) {
			eachWorld(t, func(w *world) {
				app, token := w.app(push.NewApp{})
				topic := w.audience(app, 3)
				w.bind(12, push.Resource{Kind: push.OfTopic, Target: int64(topic)})
				w.exec(`UPDATE subscription SET paid_until = 9000000000000 WHERE user_id = (SELECT MIN(user_id) FROM subscription)`)
				w.exec(`UPDATE subscription SET muted = 1 WHERE user_id = (SELECT MAX(user_id) FROM subscription)`)
				r := w.send(token, push.Draft{Topics: []push.TopicID{topic}, Audience: c.audience})
				w.fanOut()
				x := newWeChat(w.clock.Now)
				w.DeliverDue(w.Context(), x)
				if len(x.calls) != 1 {
					w.Fatalf("%d calls, want 1", len(x.calls))
				}
				all, _, err := w.Recipients(w.Context(), app, r[0].Message, push.RecipientFilter{State: push.DeliverySkipped})
				if err != nil || len(all) != 1 {
					w.Fatalf("left out: %d, %v", len(all), err)
				}
				if last := all[0].Timeline[len(all[0].Timeline)-1]; last.Kind != push.StepSkipped || last.Reason != c.reason || last.Remedy == "" {
					w.Errorf("the last step: %+v", last)
				}
				report, err := w.Message(w.Context(), app, r[0].Message)
				if err != nil || report.Counts.Total != 1 || report.Counts.Failed != 0 || report.Counts.Skipped != 2 || len(report.Reasons) != 0 {
					w.Errorf("report %+v, %v", report, err)
				}
				if _, err := w.Open(w.Context(), w.Handle(int64(w.count(`SELECT MAX(id) FROM message`)), push.UserID(w.count(`SELECT user_id FROM delivery WHERE state = 6`)))); err == nil {
					w.Error("somebody left out can open the message")
				}
			})
		})
	}
}

// TestFanout_LeftOutOfOneTopicGetsItByAnother: of the topics of one call, one
// that means somebody is enough, whichever is fanned out first.
func TestFanout_LeftOutOfOneTopicGetsItByAnother(t *testing.T) {
	for _, first := range []string{"sold", "open"} {
		t.Run(first+" first", func(t *testing.T) {
			eachWorld(t, func(w *world) {
				app, token := w.app(push.NewApp{})
				sold, open := w.audience(app, 3), w.topic(app)
				w.exec(`INSERT INTO subscription (user_id, kind, target, source, created_at)
					SELECT user_id, 1, CAST($1 AS BIGINT), 'scan', 1 FROM subscription WHERE kind = 1 AND target = $2`, int64(open), int64(sold))
				w.bind(12, push.Resource{Kind: push.OfTopic, Target: int64(sold)})
				w.exec(`UPDATE subscription SET paid_until = 9000000000000 WHERE target = $1 AND user_id = (SELECT MIN(user_id) FROM subscription)`, int64(sold))
				topics := []push.TopicID{sold, open}
				if first == "open" {
					topics = []push.TopicID{open, sold}
				}
				if _, err := w.Send(w.Context(), token, push.Draft{Content: "行情", Kind: content.Text, Topics: topics, Audience: push.OnlyPaid}); err != nil {
					w.Fatal(err)
				}
				w.fanOut()
				x := newWeChat(w.clock.Now)
				w.DeliverDue(w.Context(), x)
				x.wantOneCardEach(t, 3)
				if n := w.count(`SELECT COUNT(*) FROM delivery`); n != 3 {
					w.Errorf("%d rows, want 3", n)
				}
				if n := w.count(`SELECT COUNT(*) FROM delivery d JOIN record r ON r.id = d.record_id WHERE d.state = 2 AND r.total = 0`); n != 0 {
					w.Errorf("%d cards count for a record without any", n)
				}
			})
		})
	}
}
