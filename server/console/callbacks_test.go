package console_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"hongyan/push"
	"hongyan/push/callback"
	"hongyan/server/browsertest"
	"hongyan/store"
)

var _ = addSamples(map[string]sample{
	"GET /console/app/{app}/callbacks":         {},
	"GET /console/app/{app}/callbacks/live":    {},
	"POST /console/app/{app}/callbacks/replay": {},
	"POST /console/app/{app}/callbacks/enable": {make: func(s *site, m *team) map[string]string { s.failedCallback(m); return nil }},
	"GET /console/app/{app}/callbacks/{id}": {make: func(s *site, m *team) map[string]string {
		return map[string]string{"id": s.failedCallback(m)}
	}},
	"POST /console/app/{app}/callbacks/{id}/replay": {make: func(s *site, m *team) map[string]string {
		return map[string]string{"id": s.failedCallback(m)}
	}},
})

// addSamples puts those of one section to the others.
func addSamples(more map[string]sample) bool {
	maps.Copy(samples, more)
	return true
}

// failedCallback leaves one callback of the app that has failed.
func (s *site) failedCallback(m *team) string {
	s.Helper()
	_, err := s.push.SetEndpoint(s.Context(), m.app.ID, "https://developer.example/hook?key=SECRET")
	s.must(err)
	s.wrote++
	id := fmt.Sprintf("msg_%d", s.wrote)
	s.callback(m.app.ID, id, "send_up_cmd", `{"action":"send_up_cmd","data":{"content":"重启服务器 `+id+`"}}`, 4)
	return id
}

// callback writes one with an attempt.
func (s *site) callback(app push.AppID, id, action, body string, state int) {
	s.Helper()
	s.must(s.db.Update(s.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(`INSERT INTO callback (webhook_id, app_id, action, event_key, body, state, due_at, attempts, reason, done_at, created_at)
			VALUES ($1, $2, $3, $1, $4, $5, $6, 1, $7, $6, $6)`, id, int64(app), action, body, state, store.Millis(tx.Now),
			map[bool]string{true: "HTTP 500：<b>boom</b>"}[state == 4])
		if err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO callback_attempt (callback_id, attempt, at, url, request, status, answer, latency_ms, failure)
			SELECT id, 1, $2, 'https://developer.example/hook?key=SECRET', 'webhook-id: x', 500, $3, 42, 'HTTP 500' FROM callback WHERE webhook_id = $1`,
			id, store.Millis(tx.Now), `<script>alert(1)</script>`)
		return err
	}))
}

func TestCallbacks_ListFilterAndReplay(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		m.reader.get("/console/app/97/callbacks")
		m.reader.shows("应用还没有回调地址", "还没有回调")
		id := s.failedCallback(m)
		s.callback(97, "msg_good", "app_subscribe", `{"action":"app_subscribe","data":{"source":"scan","extra":"门店 7"}}`, 3)
		m.reader.get("/console/app/97/callbacks")
		m.reader.shows("重启服务器", "扫码 · 门店 7", "失败", "已送达", "42 ms", "key=***", "HTTP 500：&lt;b&gt;boom")
		if strings.Contains(m.reader.Page, "SECRET") || strings.Contains(m.reader.Page, `action="/console/app/97/callbacks/replay"`) {
			t.Error("the page shows a secret, or a reader a button")
		}
		m.reader.get("/console/app/97/callbacks?state=failed")
		if strings.Contains(m.reader.Page, "门店 7") {
			t.Error("the filter lets a delivered one through")
		}
		m.reader.get("/console/app/97/callbacks?id=" + id)
		m.reader.shows("第 1 次", "HTTP 500", "&lt;script&gt;alert(1)&lt;/script&gt;", "重启服务器")
		if got := m.reader.get("/console/app/97/callbacks/msg_nothing"); got != http.StatusNotFound {
			t.Errorf("an unknown one: %d", got)
		}

		if got := m.developer.send("/console/app/97/callbacks/"+id+"/replay", nil); got != http.StatusOK {
			t.Fatalf("replay answered %d", got)
		}
		m.developer.shows("已重新排队", "等待中")
		m.developer.send("/console/app/97/callbacks/"+id+"/replay", nil)
		m.developer.shows("不用重放")
		s.failedCallback(m)
		s.failedCallback(m)
		m.developer.get("/console/app/97/callbacks")
		m.developer.shows("最近 7 天有 2 个失败的回调")
		m.developer.send("/console/app/97/callbacks/replay", url.Values{"since": {"24h"}})
		m.developer.shows("已把 2 个失败的回调重新排队")
		if n := s.count(`SELECT COUNT(*) FROM audit WHERE action LIKE 'callback.replay%' AND user_id = $1`, int64(m.developerPhone.user().ID)); n != 2 {
			t.Errorf("%d audit rows, want 2", n)
		}
	})
}

func TestCallbacks_ADisabledEndpointIsEnabledAgain(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		id := s.failedCallback(m)
		s.exec(`UPDATE endpoint SET failures = 9, disabled_until = 99999999999999, disabled_reason = '对方应答 410'`)
		m.developer.get("/console/app/97/callbacks")
		m.developer.shows("已停用", "对方应答 410")
		m.developer.send("/console/app/97/callbacks/"+id+"/replay", nil)
		m.developer.shows("回调地址已停用")
		m.developer.send("/console/app/97/callbacks/enable", nil)
		m.developer.shows("已恢复", "正常")
		m.developer.send("/console/app/97/callbacks/"+id+"/replay", nil)
		m.developer.shows("已重新排队")
	})
}

// TestBrowser_CallbacksAppearLive: a follower's command, the developer's
// hostile answer, and nothing of either runs.
func TestBrowser_CallbacksAppearLive(t *testing.T) {
	s := liveSite(t)
	m := s.team()
	hostile := `"><img src=x onerror=alert(1)><script>alert(2)</script>{{7*7}}` + "\u202e"
	developer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusTeapot)
		_, _ = w.Write([]byte(hostile))
	}))
	t.Cleanup(developer.Close)
	s.runCallbacks()
	_, err := s.push.SetEndpoint(t.Context(), 97, developer.URL+"/hook")
	s.must(err)
	p := browsertest.New(t, 1280, 900, browsertest.Light)
	s.open(p, m.reader, "/console/app/97/callbacks")
	p.WaitText("main", "还没有回调")
	ming := s.phone()
	_, err = ming.Follow(t.Context())
	s.must(err)
	ming.say("#97")
	ming.say("#97 " + hostile)
	p.WaitText("main table", "onerror=alert(1)")
	p.WaitUntil(`document.querySelectorAll("main table tbody tr").length === 2`)
	p.WaitText("main table", "418")
	p.Click("main table tbody tr a")
	p.WaitText("h1", "指令")
	p.Click("main details summary")
	p.WaitText("main details", "onerror=alert(1)")
	p.WantQuiet()
	for _, address := range p.Requests() {
		if !strings.HasPrefix(address, s.base) && !strings.HasPrefix(address, "data:") {
			t.Errorf("the page fetched %s", address)
		}
	}
}

// runCallbacks works off callbacks, to loopback too, until the test ends.
func (s *site) runCallbacks() {
	s.Helper()
	ctx, stop := context.WithCancel(context.Background())
	channel := callback.New(callback.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Now: s.db.Now})
	done := make(chan error, 1)
	go func() { done <- s.push.RunCallbacks(ctx, channel) }()
	s.Cleanup(func() { stop(); <-done })
}

// commandsSaid are what followers say to the app.
var commandsSaid = []string{"磁盘", "重启 db-07", "状态", "今天的订单", "静音 2 小时", "值班表 下周", "查一下三号机房昨天夜里所有温度超过 35 度的机柜，按楼层排好发给我，顺便说说哪些已经处理过", "回滚 网关 v2.8.1", "🔥 告警怎么关"}

func TestBrowser_CallbackPages(t *testing.T) {
	s := liveSite(t)
	m := s.team()
	id := s.failedCallback(m)
	for i := range 60 {
		action, data := "send_up_cmd", `"content":"`+commandsSaid[i%len(commandsSaid)]+`"`
		if i%4 == 2 {
			action, data = "app_subscribe", `"source":"scan","extra":"海报-地铁二号线"`
		}
		s.callback(97, fmt.Sprintf("msg_many_%d", i), action, `{"action":"`+action+`","data":{`+data+`}}`, 3+i%7/6)
	}
	s.exec(`UPDATE callback SET created_at = created_at - (61 - id) * (61 - id) * 41000, reason = CASE WHEN reason = '' THEN '' ELSE 'HTTP 502，网关没有连上服务器' END`)
	s.exec(`UPDATE callback_attempt SET status = 502`)
	s.exec(`UPDATE callback_attempt SET status = 200, latency_ms = 18 + callback_id * 7 % 31 WHERE callback_id IN (SELECT id FROM callback WHERE state = 3)`)
	s.eachLook(m.developer, map[string]string{
		"callbacks": "/console/app/97/callbacks", "callback": "/console/app/97/callbacks/" + id, "callbacks-none": "/console/app/97/callbacks?uid=UID_x",
	})
}

// TestCallbacks_TenThousandAreReadByPage: the plan of a page does not grow with
// the list.
func TestCallbacks_TenThousandAreReadByPage(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 10,000 rows")
	}
	s := liveSite(t)
	m := s.team()
	s.failedCallback(m)
	s.exec(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
		INSERT INTO callback (webhook_id, app_id, action, event_key, body, state, due_at, attempts, done_at, created_at)
		SELECT 'many_' || i, 97, 'send_up_cmd', 'e' || i, '{}', 3, 1, 3, 1, 1000 + i FROM n`)
	s.exec(`INSERT INTO callback_attempt (callback_id, attempt, at, url, request, status, answer, latency_ms)
		SELECT c.id, a.n, 1, 'https://x.example/', '', 200, '', 5 FROM callback c, (SELECT 1 AS n UNION SELECT 2 UNION SELECT 3) a WHERE c.webhook_id LIKE 'many_%'`)
	for _, path := range []string{"", "?state=failed", "?uid=UID_nobody", "?still=1"} {
		began := time.Now()
		if got := m.reader.get("/console/app/97/callbacks" + path); got != http.StatusOK {
			t.Errorf("%s: %d", path, got)
		}
		t.Logf("%-20s %v", path, time.Since(began).Round(100*time.Microsecond))
	}
	for pages := 1; ; pages++ {
		next := moreLink.FindStringSubmatch(m.reader.Page)
		if next == nil || pages > 3 {
			if pages < 3 {
				t.Error("the list ends early")
			}
			break
		}
		m.reader.get(strings.ReplaceAll(next[1], "&amp;", "&"))
	}
}
