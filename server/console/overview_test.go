package console_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"hongyan/push"
	"hongyan/push/content"
	"hongyan/server/browsertest"
	"hongyan/store"
)

var _ = addSamples(map[string]sample{"GET /console/app/{app}/live": {}})

// dayOfSends are how many an app reaches in each hour of a day.
var dayOfSends = [24]int{26, 14, 8, 6, 7, 15, 58, 140, 330, 455, 402, 348, 270, 310, 415, 438, 391, 322, 251, 236, 204, 163, 97, 44}

// busy leaves two days of sends of app 97 in the counts, and a few of now.
func (s *site) busy(m *team) {
	s.Helper()
	ming := s.phone()
	_, err := ming.Follow(s.Context())
	s.must(err)
	ming.say("#97")
	for i := range 3 {
		_, err := s.push.Send(s.Context(), m.token, push.Draft{Content: fmt.Sprint("磁盘将满 ", i), Kind: content.Text, UIDs: []push.UID{ming.user().UID}})
		s.must(err)
	}
	s.exec(`UPDATE delivery SET state = 3, sent_at = (SELECT created_at FROM message WHERE id = message_id) + 42 WHERE message_id < 3`)
	s.exec(`UPDATE record SET confirmed = 1 WHERE message_id < 3`)
	s.exec(`UPDATE delivery SET state = 4, reason = '用户拒收公众号消息，请用户在微信中打开公众号的消息接收' WHERE message_id = 3`)
	s.exec(`UPDATE record SET failed = 1 WHERE message_id = 3`)
	hour := s.db.Now().Truncate(time.Hour)
	for h := range 48 {
		at := store.Millis(hour.Add(time.Duration(-h-1) * time.Hour))
		people := dayOfSends[time.UnixMilli(at).In(time.FixedZone("", 8*3600)).Hour()]
		for name, n := range map[string]int{"messages": 1 + people/60, "people": people, "confirmed": people * 97 / 100, "failed": people / 45, "p50": 180 + people/5 + h%5*7, "p95": 620 + people*2 + h%3*45,
			"commands": people / 9, "told": people / 9, "gained": people / 50, "lost": people / 160, "counted": 1} {
			kind, target := 0, 97
			if name == "counted" {
				kind, target = 2, 0
			}
			s.exec(`INSERT INTO stat (kind, target, name, hour, n) VALUES ($1, $2, $3, $4, $5)`, kind, target, name, at, n)
		}
	}
}

func TestOverview_TellsFiguresReasonsAndWhatToDo(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		m.reader.get("/console/app/97/")
		m.reader.shows("还没有人关注这个应用", "#97", "这段时间没有数据")
		s.clock.Set(s.clock.Now().Truncate(time.Hour).Add(30 * time.Minute))
		s.busy(m)
		s.must(s.push.Pause(s.Context(), s.clock.Now().Add(time.Hour), "今日额度已用完"))
		m.reader.get("/console/app/97/?span=7d")
		m.reader.shows("公众号暂停发送到", "今日额度已用完", "用户拒收公众号消息，请用户在微信中打开公众号的消息接收", "data-chart=", "收到的指令")
		s.must(s.push.Resume(s.Context()))
		m.reader.get("/console/app/97/")
		if strings.Contains(m.reader.Page, "暂停发送到") {
			t.Error("a pause that is over is told")
		}
	})
}

// TestBrowser_OverviewChangesByItself: a warning appears while the page is open.
func TestBrowser_OverviewChangesByItself(t *testing.T) {
	s := liveSite(t)
	m := s.team()
	s.busy(m)
	p := browsertest.New(t, 1280, 900, browsertest.Light)
	s.open(p, m.reader, "/console/app/97/")
	p.Wait(".u-wrap canvas")
	s.must(s.push.Pause(t.Context(), time.Now().Add(time.Hour), "今日额度已用完"))
	p.WaitText(".attention", "今日额度已用完")
	p.WantQuiet()
}

func TestBrowser_OverviewPages(t *testing.T) {
	s := liveSite(t)
	m := s.team()
	s.eachLook(m.owner, map[string]string{"overview-new": "/console/app/97/"})
	s.busy(m)
	topic, err := s.push.CreateTopic(s.Context(), 97, "机房值班")
	s.must(err)
	s.crowd(topic.ID, 386)
	s.exec(`INSERT INTO subscription (user_id, kind, target, source, created_at) SELECT user_id, 0, 97, source, created_at FROM subscription WHERE kind = 1`)
	s.failedCallback(m)
	s.exec(`UPDATE endpoint SET failures = 7`)
	now, recent := store.Millis(s.db.Now()), `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60) `
	s.exec(`INSERT INTO message (id, app_id, summary, content_type, created_at) `+recent+`SELECT 100 + i, 97, '磁盘将满', 1, $1 - i * 150000 FROM n`, now)
	s.exec(`INSERT INTO record (message_id, user_id, total, confirmed, failed, created_at)
		SELECT id, 1, 10 + id % 7, 9 + id % 7, CASE WHEN id % 9 = 0 THEN 1 ELSE 0 END, created_at FROM message WHERE id > 100`)
	s.exec(`INSERT INTO callback (webhook_id, app_id, action, event_key, body, state, due_at, attempts, done_at, created_at) `+recent+`
		SELECT 'recent_' || i, 97, 'send_up_cmd', 'r' || i, '{}', 3, 1, 1, $1 - i * 120000, $1 - i * 120000 FROM n`, now)
	s.eachLook(m.owner, map[string]string{"overview": "/console/app/97/", "overview-7d": "/console/app/97/?span=7d", "overview-30d": "/console/app/97/?span=30d"})
}

func TestOverview_FirstByteWithManyMessages(t *testing.T) {
	s := liveSite(t)
	m := s.team()
	s.busy(m)
	now := store.Millis(s.db.Now())
	s.exec(`WITH RECURSIVE n (i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < 50000)
		INSERT INTO message (id, app_id, summary, content_type, created_at) SELECT i, 97, 'x', 1, $1 - i * 3000 FROM n`, now)
	s.exec(`INSERT INTO record (message_id, user_id, total, confirmed, failed, created_at) SELECT id, 1, 1, 1, 0, created_at FROM message WHERE id >= 10`)
	for range 3 {
		began := time.Now()
		if got := m.reader.get("/console/app/97/"); got != http.StatusOK {
			t.Fatal(got)
		}
		t.Logf("%v", time.Since(began).Round(100*time.Microsecond))
	}
}
