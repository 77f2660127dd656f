package push_test

import (
	"errors"
	"fmt"
	"testing"

	"hongyan/push"
)

const sent = "创建发送任务成功"

func TestSend_StoresMessageRecordAndDelivery_I1(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		uid := w.follower("小明", app)
		out := w.send(token, push.Draft{UIDs: []push.UID{uid}, URL: "https://example.com/a?b=c"})
		if len(out) != 1 || out[0].Failed || out[0].Text != sent || out[0].UID != uid || out[0].Message == 0 || out[0].Record == 0 {
			t.Fatalf("receipts %+v", out)
		}
		for _, table := range []string{"message", "content", "record", "delivery"} {
			if n := w.count(`SELECT count(*) FROM ` + table); n != 1 {
				t.Errorf("%d rows in %s, want 1", n, table)
			}
		}
		if n := w.count(`SELECT count(*) FROM delivery d JOIN record r ON r.id = d.record_id AND r.user_id = d.user_id
			AND r.message_id = d.message_id WHERE d.state = 0 AND d.lane = 0 AND d.app_id = $1 AND d.due_at = r.created_at`, int64(app)); n != 1 {
			t.Error("the delivery is not due for its record")
		}
	})
}

// The items of a call fail alone, each with its own words, users first, in the
// order they were named.
func TestSend_ItemsFailAlone(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		other, _ := w.app(push.NewApp{})
		mine, foreign := w.topic(app), w.topic(other)
		good := w.follower("好", app)
		stranger := w.follower("生人", other)
		rejected := w.follower("被拒", app)
		w.exec(`UPDATE subscription SET rejected = 1 WHERE user_id = (SELECT id FROM users WHERE uid = $1)`, string(rejected))
		appMuted := w.follower("免打扰", app)
		w.exec(`UPDATE subscription SET muted = 1 WHERE user_id = (SELECT id FROM users WHERE uid = $1)`, string(appMuted))
		muted := w.follower("静音", app)
		w.event("静音", func(t *push.Turn) error { return w.Mute(t, true) })
		left := w.follower("走了", app)
		w.event("走了", w.Unsubscribe)
		blocked := w.follower("挡", app)
		w.exec(`UPDATE users SET blocked_at = 1, blocked_reason = '用户拒收' WHERE uid = $1`, string(blocked))
		gone := w.follower("退订", app)
		w.event("退订", func(t *push.Turn) error { return w.UnfollowApp(t, app) })

		out := w.send(token, push.Draft{
			UIDs:   []push.UID{"UID_x", good, stranger, rejected, appMuted, muted, left, blocked, gone, good, "UID_x"},
			Topics: []push.TopicID{foreign, mine, 999, mine},
		})
		want := []string{
			"用户UID=[UID_x]不存在",
			sent,
			fmt.Sprintf("用户UID=[%s]未订阅应用", stranger),
			fmt.Sprintf("用户UID=[%s]已被应用屏蔽", rejected),
			fmt.Sprintf("用户UID=[%s]已拒收该应用的消息", appMuted),
			fmt.Sprintf("用户UID=[%s]消息开关已关闭", muted),
			fmt.Sprintf("用户UID=[%s]已取消关注公众号", left),
			fmt.Sprintf("用户UID=[%s]暂时无法接收消息：用户拒收", blocked),
			fmt.Sprintf("用户UID=[%s]未订阅应用", gone),
			fmt.Sprintf("主题ID=[%d]不存在或不属于该应用", foreign),
			sent,
			"主题ID=[999]不存在或不属于该应用",
		}
		if len(out) != len(want) {
			t.Fatalf("%d receipts, want %d: %+v", len(out), len(want), out)
		}
		for i, r := range out {
			failed := want[i] != sent
			if r.Text != want[i] || r.Failed != failed || (r.Message == 0) != failed || (r.Record == 0) != failed {
				t.Errorf("item %d: got %+v, want %q", i, r, want[i])
			}
		}
		if out[1].Message != out[10].Message || out[1].Record == out[10].Record {
			t.Error("one message per call and one record per item expected")
		}
		if n := w.count(`SELECT count(*) FROM delivery`); n != 1 {
			t.Errorf("%d deliveries, want 1", n)
		}
	})
}

func TestSend_TopicsWaitForTheFanout(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		a, b := w.topic(app), w.topic(app)
		wake, stop := w.db.Listen("fanout")
		defer stop()
		out := w.send(token, push.Draft{Topics: []push.TopicID{b, a}})
		if len(out) != 2 || out[0].Topic != b || out[1].Topic != a || out[0].Record == out[1].Record {
			t.Fatalf("receipts %+v", out)
		}
		if n := w.count(`SELECT count(*) FROM record WHERE fan_after = 0 AND user_id = 0 AND topic_id > 0`); n != 2 {
			t.Errorf("%d cursors, want 2", n)
		}
		<-wake
	})
}

func TestSend_NothingIsWrittenWhenAllFail(t *testing.T) {
	eachWorld(t, func(w *world) {
		_, token := w.app(push.NewApp{})
		out := w.send(token, push.Draft{UIDs: []push.UID{"UID_nobody", "UID_neither"}})
		if len(out) != 2 || !out[0].Failed || !out[1].Failed {
			t.Fatalf("receipts %+v", out)
		}
		if n := w.count(`SELECT count(*) FROM message`); n != 0 {
			t.Errorf("%d messages, want none", n)
		}
	})
}

func TestSend_RefusesTheCall(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		uid := w.follower("小明", app)
		var invalid *push.Invalid
		for _, none := range []push.Draft{{}, {UIDs: []push.UID{""}, Topics: []push.TopicID{0}}} {
			if _, err := w.Send(t.Context(), token, text(none)); !errors.As(err, &invalid) {
				t.Errorf("no receivers: %v", err)
			}
		}
		for _, bad := range []string{"", "AT_nothing", token + "x"} {
			if _, err := w.Send(t.Context(), bad, text(push.Draft{UIDs: []push.UID{uid}})); !errors.Is(err, push.ErrToken) {
				t.Errorf("token %q: %v", bad, err)
			}
		}
		fresh, err := w.ResetToken(t.Context(), app)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Send(t.Context(), token, text(push.Draft{UIDs: []push.UID{uid}})); !errors.Is(err, push.ErrToken) {
			t.Errorf("the old token after a reset: %v", err)
		}
		w.send(fresh, push.Draft{UIDs: []push.UID{uid}})
		if n := w.count(`SELECT count(*) FROM message`); n != 1 {
			t.Errorf("%d messages, want 1", n)
		}
	})
}

func TestSend_TwoThousandUsers(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		w.exec(`INSERT INTO users (openid, uid, spt_hash, spt_sealed, following, created_at)
			WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
			SELECT 'o' || CAST(i AS TEXT), 'UID_' || CAST(i AS TEXT), CAST('h' || CAST(i AS TEXT) AS ` + w.blob() + `), CAST('s' AS ` + w.blob() + `), 1, 0 FROM n`)
		w.exec(`INSERT INTO subscription (user_id, kind, target, source, created_at) SELECT id, 0, $1, 'scan', 0 FROM users`, int64(app))
		uids := make([]push.UID, 2000)
		for i := range uids {
			uids[i] = push.UID(fmt.Sprintf("UID_%d", 2000-i))
		}
		out := w.send(token, push.Draft{UIDs: uids})
		records := make(map[int64]bool)
		for i, r := range out {
			if r.Failed || r.UID != uids[i] || r.Message != out[0].Message || records[r.Record] {
				t.Fatalf("item %d: %+v", i, r)
			}
			records[r.Record] = true
			if st, err := w.Status(t.Context(), r.Record); i%500 == 0 && (err != nil || st.Text != "等待发送") {
				t.Fatalf("status of item %d: %+v %v", i, st, err)
			}
		}
		if n := w.count(`SELECT count(*) FROM delivery d JOIN record r ON r.id = d.record_id AND r.user_id = d.user_id
			WHERE d.lane = 0 AND d.state = 0 AND d.app_id = $1 AND d.due_at = r.created_at`, int64(app)); n != 2000 {
			t.Errorf("%d deliveries with their records, want 2000", n)
		}
		owner := w.word(`SELECT u.uid FROM record r JOIN users u ON u.id = r.user_id ORDER BY r.id LIMIT 1`)
		if push.UID(owner) != uids[0] {
			t.Errorf("the first record is %s's, want %s's", owner, uids[0])
		}
	})
}

func (w *world) blob() string {
	if w.db.Postgres() {
		return "BYTEA"
	}
	return "BLOB"
}

func TestSend_SummaryIsTheBeginningWhenEmpty(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		uid := w.follower("小明", app)
		for summary, want := range map[string]string{"": "标题 正文", "  ": "标题 正文", "自己的": "自己的"} {
			w.send(token, push.Draft{Kind: 2, Content: "<h1>标题</h1><p>正文</p>", Summary: summary, UIDs: []push.UID{uid}})
			if got := w.word(`SELECT summary FROM message ORDER BY id DESC LIMIT 1`); got != want {
				t.Errorf("summary %q: got %q, want %q", summary, got, want)
			}
		}
	})
}
