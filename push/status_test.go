package push_test

import (
	"errors"
	"testing"
	"time"

	"hongyan/push"
)

// status asks for the record.
func (w *world) status(record int64) push.Status {
	w.Helper()
	st, err := w.Status(w.Context(), record)
	if err != nil {
		w.Fatalf("status: %v", err)
	}
	return st
}

func TestStatus_OfAUser(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		uid := w.follower("小明", app)
		record := w.send(token, push.Draft{UIDs: []push.UID{uid}})[0].Record
		now := w.clock.Now().UnixMilli()
		tests := []struct {
			name   string
			state  int
			sentAt int64
			reason string
			want   push.Status
		}{
			{"queued", 0, 0, "", push.Status{Code: 1, Text: "等待发送"}},
			{"leased", 1, 0, "", push.Status{Code: 1, Text: "等待发送"}},
			{"retrying", 0, 0, "微信系统繁忙", push.Status{Code: 1, Text: "等待发送"}},
			{"accepted", 2, now, "", push.Status{Code: 1, Text: "已交给微信，等待回执"}},
			{"accepted long ago", 2, now - 600_001, "", push.Status{Code: 1, Text: "已交给微信，未收到回执"}},
			{"never confirmed", 5, now, "超过十分钟", push.Status{Code: 1, Text: "已交给微信，未收到回执"}},
			{"confirmed", 3, now, "", push.Status{Code: 2, Text: "发送成功"}},
			{"failed", 4, 0, "用户已取消关注公众号", push.Status{Code: 3, Text: "发送失败：用户已取消关注公众号"}},
			{"failed for no reason", 4, 0, "", push.Status{Code: 3, Text: "发送失败：原因未知"}},
		}
		for _, tt := range tests {
			w.exec(`UPDATE delivery SET state = $1, sent_at = $2, reason = $3`, tt.state, tt.sentAt, tt.reason)
			if got := w.status(record); got != tt.want {
				t.Errorf("%s: got %+v, want %+v", tt.name, got, tt.want)
			}
		}
	})
}

// A topic's record follows what becomes of its followers' deliveries.
func TestStatus_OfATopic(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		topic, empty := w.topic(app), w.topic(app)
		for _, openid := range []push.OpenID{"甲", "乙", "丙"} {
			w.follower(openid)
			w.event(openid, func(t *push.Turn) error { _, err := w.FollowTopic(t, topic, push.ByScan); return err })
		}
		w.event("丙", func(t *push.Turn) error { return w.Mute(t, true) })
		out := w.send(token, push.Draft{Topics: []push.TopicID{topic, empty}})
		record := out[0].Record
		says := func(want push.Status) {
			t.Helper()
			if got := w.status(record); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		}
		says(push.Status{Code: 1, Text: "等待发送（共0人，成功0人，失败0人，略过0人）"})
		for more := true; more; {
			var err error
			if more, err = w.FanOut(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		says(push.Status{Code: 1, Text: "等待发送（共2人，成功0人，失败0人，略过1人）"})
		if got, want := w.status(out[1].Record), (push.Status{Code: 3, Text: "发送失败：主题没有可以接收消息的订阅者（略过0人）"}); got != want {
			t.Errorf("a topic without followers: got %+v, want %+v", got, want)
		}

		one := int64(w.user("甲").ID)
		w.exec(`UPDATE delivery SET state = 4 WHERE user_id = $1`, one)
		w.exec(`UPDATE record SET failed = 1 WHERE total = 2`)
		says(push.Status{Code: 1, Text: "等待发送（共2人，成功0人，失败1人，略过1人）"})
		w.exec(`UPDATE delivery SET state = 2 WHERE user_id <> $1`, one)
		says(push.Status{Code: 1, Text: "等待发送（共2人，成功0人，失败1人，略过1人）"})
		w.exec(`UPDATE delivery SET state = 5 WHERE user_id <> $1`, one)
		says(push.Status{Code: 1, Text: "已交给微信，未收到回执（共2人，成功0人，失败1人，略过1人）"})
		w.exec(`UPDATE delivery SET state = 3 WHERE user_id <> $1`, one)
		w.exec(`UPDATE record SET confirmed = 1 WHERE total = 2`)
		says(push.Status{Code: 2, Text: "发送成功（共2人，成功1人，失败1人，略过1人）"})
		w.exec(`UPDATE record SET confirmed = 0, failed = 2 WHERE total = 2`)
		says(push.Status{Code: 3, Text: "发送失败：共2人，失败2人，略过1人"})
	})
}

func TestF37_Status_OfAnythingElse(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		uid := w.follower("小明", app)
		out := w.send(token, push.Draft{UIDs: []push.UID{uid}})
		for _, id := range []int64{0, -1, 1, 2, 1 << 52, 1<<63 - 1, w.PublicRecord(2), w.PublicMessage(1), out[0].Message} {
			if st, err := w.Status(t.Context(), id); !errors.Is(err, push.ErrNoMessage) {
				t.Errorf("%d: %+v, %v", id, st, err)
			}
		}
		w.clock.Advance(7 * 24 * time.Hour)
		w.status(out[0].Record)
		w.clock.Advance(time.Millisecond)
		if _, err := w.Status(t.Context(), out[0].Record); !errors.Is(err, push.ErrNoMessage) {
			t.Errorf("after seven days: %v", err)
		}
	})
}
