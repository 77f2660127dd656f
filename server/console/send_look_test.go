package console_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"hongyan/push"
	"hongyan/push/content"
	"hongyan/server/browsertest"
)

const report = "# 磁盘告警\n\n**三号机房** `db-07` 的磁盘使用率到了 **91%**，请在今天下班前清理。\n\n| 分区 | 已用 | 剩余 |\n|---|---|---|\n| /data | 91% | 180 GB |\n| /var/log | 78% | 22 GB |\n\n1. 先看 `/data/backup` 里一个月以前的备份\n2. 再看日志\n\n> 超过 95% 会停止写入。"

// history fills the app with messages in every state, and returns one to a
// topic with failures and one that is on its way.
func (s *site) sentHistory(m *team) (mixed, running int64) {
	s.Helper()
	var topics []push.TopicID
	for _, name := range []string{"优惠", "机房值班（华东、华北与海外节点的全部同事）", "🔥紧急"} {
		topic, err := s.push.CreateTopic(s.Context(), 97, name)
		s.must(err)
		topics = append(topics, topic.ID)
	}
	s.crowd(topics[0], 312)
	send := func(d push.Draft) int64 {
		receipts, err := s.push.SendFrom(s.Context(), 97, d)
		s.must(err)
		return receipts[0].Message
	}
	uid := s.follows(97).user().UID
	send(push.Draft{Kind: content.Text, Content: "今晚 22:00–23:00 例行维护，期间后台只能看不能改", UIDs: []push.UID{uid}})
	send(push.Draft{Kind: content.HTML, Content: "<p>周报</p>", Summary: "一条非常非常长的摘要，长到列表里一行放不下，手机上要换好几行才看得完，用来看看表格会不会被撑坏🙂", UIDs: []push.UID{uid}})
	s.exec(`UPDATE delivery SET state = 3, sent_at = $1, done_at = $1, opened_at = $1`, s.db.Now().UnixMilli())
	s.exec(`UPDATE record SET confirmed = total`)
	mixed = send(push.Draft{Kind: content.Markdown, Content: report, Summary: "磁盘告警：三号机房 db-07 的磁盘使用率到了 91%", URL: "https://grafana.example.com/d/disk", Topics: topics[:1]})
	s.fanOutAll()
	now := s.db.Now().UnixMilli()
	last := `message_id = (SELECT MAX(id) FROM message)`
	s.exec(`UPDATE delivery SET state = 3, attempts = 1, msgid = user_id, sent_at = $1, done_at = $1 WHERE `+last, now)
	s.exec(`UPDATE delivery SET opened_at = $1 WHERE user_id % 3 = 0 AND `+last, now)
	s.exec(`UPDATE delivery SET clicked_at = $1 WHERE user_id % 9 = 0 AND `+last, now)
	s.exec(`UPDATE delivery SET state = 4, reason = '用户拒收公众号消息，请用户在微信中打开公众号的消息接收' WHERE user_id % 20 = 1 AND ` + last)
	s.exec(`UPDATE delivery SET state = 4, reason = '用户未关注公众号，请用户重新关注后再发' WHERE user_id % 50 = 2 AND ` + last)
	s.exec(`UPDATE delivery SET state = 2 WHERE user_id % 40 = 3 AND ` + last)
	s.exec(`UPDATE record SET confirmed = (SELECT COUNT(*) FROM delivery d WHERE d.record_id = record.id AND state = 3),
		failed = (SELECT COUNT(*) FROM delivery d WHERE d.record_id = record.id AND state = 4), skipped = 7,
		opened = (SELECT COUNT(*) FROM delivery d WHERE d.record_id = record.id AND opened_at > 0),
		clicked = (SELECT COUNT(*) FROM delivery d WHERE d.record_id = record.id AND clicked_at > 0) WHERE ` + last)
	running = send(push.Draft{Kind: content.Markdown, Content: report, Summary: "双十一优惠今晚开始", Topics: topics[:1]})
	s.fanOutAll()
	s.exec(`UPDATE delivery SET state = 3, sent_at = $1, done_at = $1 WHERE user_id % 2 = 0 AND `+last, now)
	s.exec(`UPDATE record SET expected = 500, fan_after = 5, fan_due = $1, confirmed = (SELECT COUNT(*) FROM delivery d WHERE d.record_id = record.id AND state = 3) WHERE `+last, now)
	for i, name := range []string{"周会提醒", "月度账单", "一条定时的长摘要，长到在手机上要换好几行，里面有 <b>标签</b> 和 🙂"} {
		_, _, err := s.push.Schedule(s.Context(), 97, fmt.Sprint("plan-", i), s.db.Now().Add(time.Duration(i+1)*7*time.Hour),
			push.Draft{Kind: content.Text, Content: name, UIDs: []push.UID{uid}, Topics: topics[:i]})
		s.must(err)
	}
	return mixed, running
}

// crowd is n followers of a topic, written straight into the database.
func (s *site) crowd(topic push.TopicID, n int) {
	s.Helper()
	blob := "CAST(CAST(i AS TEXT) || '-' || $2 AS BLOB)"
	if s.db.Postgres() {
		blob = "convert_to(CAST(i AS TEXT) || '-' || CAST($2 AS TEXT), 'UTF8')"
	}
	s.exec(`INSERT INTO users (openid, uid, spt_hash, spt_sealed, following, created_at)
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
		SELECT 'fan' || CAST($2 AS TEXT) || '-' || CAST(i AS TEXT), 'UID_' || CAST($2 AS TEXT) || 'MZXW6YTBOI7EAQ3PNVSXG5' || CAST(100000 + i AS TEXT), `+blob+`, `+blob+`, 1, 1 FROM n`, n, fmt.Sprint(topic))
	s.exec(`INSERT INTO subscription (user_id, kind, target, source, created_at)
		SELECT id, 1, CAST($1 AS BIGINT), 'scan', 1 FROM users WHERE openid LIKE 'fan' || CAST($2 AS TEXT) || '-%'`, int64(topic), fmt.Sprint(topic))
}

// fanOutAll fans out until nothing is left to.
func (s *site) fanOutAll() {
	s.Helper()
	s.run(s.push.RunFanout, func() bool {
		return s.count(`SELECT COUNT(*) FROM record WHERE fan_after >= 0`)+s.count(`SELECT COUNT(*) FROM message WHERE moving > 0`) == 0
	})
}

// run lets part of the platform run until it has done what it should.
func (s *site) run(part func(context.Context) error, done func() bool) {
	s.Helper()
	ctx, stop := context.WithCancel(s.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); part(ctx) }()
	for end := time.Now().Add(20 * time.Second); !done(); runtime.Gosched() {
		if time.Now().After(end) {
			s.Error("it does not come to an end")
			break
		}
	}
	stop()
	<-ended
}

// TestBrowser_SendPages: the form empty and filled, and the question before
// many are sent to.
func TestBrowser_SendPages(t *testing.T) {
	s := liveSite(t)
	m := s.team()
	mixed, running := s.sentHistory(m)
	message := func(id int64, more string) string { return fmt.Sprintf("/console/app/97/messages/%d%s", id, more) }
	uid := s.word(`SELECT u.uid FROM users u JOIN delivery d ON d.user_id = u.id WHERE d.state = 4 LIMIT 1`)
	s.eachLook(m.developer, map[string]string{
		"send": "/console/app/97/send", "send-copy": fmt.Sprintf("/console/app/97/send?from=%d&failed=1", mixed),
		"scheduled": "/console/app/97/send/scheduled", "scheduled-past": "/console/app/97/send/scheduled?past=1",
		"messages": "/console/app/97/messages", "messages-none": "/console/app/97/messages?q=没有这样的",
		"message": message(mixed, ""), "message-running": message(running, ""),
		"recipients": message(mixed, "/people"), "recipients-failed": message(mixed, "/people?state=failed"), "recipient": message(mixed, "/people/"+uid),
	})
}

// TestBrowser_WriteAndSend is the whole way of a message in a browser: the
// preview follows what is typed, the page is the one readers get, followers are
// found by typing, and it is sent after the question.
func TestBrowser_WriteAndSend(t *testing.T) {
	s := liveSite(t)
	m := s.team()
	topic, err := s.push.CreateTopic(s.Context(), 97, "优惠")
	s.must(err)
	s.crowd(topic.ID, 40)
	uid := string(s.follows(97).user().UID)
	p := browsertest.New(t, 1280, 1100, browsertest.Light)
	s.open(p, m.developer, "/console/app/97/send")
	p.Click("input[name=kind][value='3']")
	p.Type("#f-content", report)
	p.WaitText("#card", "磁盘告警")
	p.Type("input[name=q]", uid[len(uid)-5:])
	p.WaitText("#found", uid)
	p.Click("#found input[value='" + uid + "']")
	p.Click("input[name=topic]")
	p.WaitText("#card", "指定的 1 人")
	pages := 0
	for _, request := range p.Requests() {
		if strings.Contains(request, "/send/page") {
			pages++
		}
	}
	if pages != 1 {
		t.Errorf("the page was asked for %d times for one text", pages)
	}
	p.Screenshot("console-send-typed")
	p.Click("#send button.button:not(.quiet)")
	p.WaitText("#ask-title", "确认发送")
	if n := s.count(`SELECT COUNT(*) FROM message`); n != 0 {
		t.Fatalf("%d messages before anybody agreed", n)
	}
	p.Screenshot("console-send-confirm")
	p.Click("[name=agreed]")
	p.WaitText(".toast", "正在发送")
	p.WantQuiet()
	if n := s.count(`SELECT COUNT(*) FROM message`); n != 1 {
		t.Errorf("%d messages", n)
	}
	if got := s.count(`SELECT COUNT(*) FROM audit WHERE action = 'message.send' AND user_id > 0`); got != 1 {
		t.Errorf("%d lines in the audit log", got)
	}
	// and now it runs: the page follows by itself
	s.fanOutAll()
	p.WaitText(".progress-line", "/ 41")
	s.exec(`UPDATE record SET confirmed = total`)
	p.WaitText(".progress-line", "41 / 41")
	p.WaitText(".progress-line", "已送达")
	p.WantQuiet()
}

// TestBrowser_PauseByKeyboard stops a message on its way and lets it go on with
// the keyboard alone; cancelling asks first, and Escape takes it back.
func TestBrowser_PauseByKeyboard(t *testing.T) {
	s := liveSite(t)
	m := s.team()
	_, running := s.sentHistory(m)
	p := browsertest.New(t, 1280, 900, browsertest.Light)
	s.open(p, m.developer, fmt.Sprintf("/console/app/97/messages/%d", running))
	focus := func(selector string) {
		if !browsertest.Eval[bool](p, fmt.Sprintf(`(() => { const e = document.querySelector(%q); e.focus(); return document.activeElement === e; })()`, selector)) {
			t.Fatalf("%s takes no focus", selector)
		}
	}
	focus("[popovertarget=ask-cancel]")
	p.Press("\r")
	p.WaitUntil(`document.querySelector("#ask-cancel").matches(":popover-open")`)
	p.Press("\u001b")
	p.WaitUntil(`!document.querySelector("#ask-cancel").matches(":popover-open")`)
	focus("form[action$='/pause'] button")
	p.Press("\r")
	p.WaitText(".toast", "已暂停")
	p.WaitText(".progress-line", "已暂停")
	focus("form[action$='/resume'] button")
	p.Press("\r")
	p.WaitText(".toast", "已继续发送")
	p.WantQuiet()
	if got := s.count(`SELECT COUNT(*) FROM audit WHERE action IN ('message.pause', 'message.resume')`); got != 2 {
		t.Errorf("%d lines in the audit log", got)
	}
}
