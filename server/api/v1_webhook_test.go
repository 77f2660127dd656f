package api_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"hongyan/store"
	"hongyan/store/storetest"
)

// last returns summary, kind and body of the newest message.
func (w *world) last(t testing.TB) (summary string, kind int, body string) {
	t.Helper()
	err := w.db.View(context.Background(), func(tx *store.Tx) error {
		return tx.QueryRow(`SELECT m.summary, m.content_type, c.body FROM message m JOIN content c ON c.message_id = m.id ORDER BY m.id DESC`).
			Scan(&summary, &kind, &body)
	})
	if err != nil {
		t.Fatal(err)
	}
	return summary, kind, body
}

func TestV1_TakesAlerts(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	to := fmt.Sprintf("/api/v1/webhooks/alertmanager?uid=%s&uid=%s&topicId=%d", w.uids[0], w.uids[1], w.topic.ID)
	alerts := func(status string) string {
		return `{"status":"` + status + `","groupKey":"g","alerts":[{"status":"` + status + `","labels":{"alertname":"磁盘将满"}}]}`
	}
	w.story(t,
		step{"POST", to, alerts("firing"), 201, "创建发送任务成功"},
		step{"POST", to, alerts("firing"), 201, "创建发送任务成功"}, // a retry, or another peer of the cluster
		step{"POST", to, alerts("resolved"), 201, "创建发送任务成功"},
		step{"POST", to, `{"hello":"world"}`, 422, "不是 Alertmanager"},
		step{"POST", to, `[]`, 422, "不是 Alertmanager"},
		step{"POST", "/api/v1/webhooks/alertmanager", alerts("firing"), 422, "没有接收者"},
		step{"POST", to, `{"title":"` + strings.Repeat("x", 1<<20) + `"}`, 413, ""},
	)
	if summary, kind, _ := w.last(t); summary != "【恢复】磁盘将满（1 条恢复）" || kind != 3 {
		t.Errorf("summary %q kind %d", summary, kind)
	}
	if n := w.rows(t, "message"); n != 2 {
		t.Errorf("%d messages, want 2", n)
	}
}

func TestV1_TakesAnything(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	to := fmt.Sprintf("/api/v1/webhooks/text?uid=%s", w.uids[0])
	for _, c := range []struct {
		contentType, body string
		kind              int
		want              string
	}{
		{"text/plain", "备份完成 <b>\n# 2 GB", 1, "备份完成 <b>\n# 2 GB"},
		{"application/json", `{"a":"\u4e2d"}`, 3, "```json\n{\n  \"a\": \"中\"\n}\n```"},
		{"application/x-www-form-urlencoded", "a=1&b=2", 1, "a=1&b=2"},
	} {
		status, answer := w.v1(t, "POST", to, c.body, "Content-Type", c.contentType)
		if _, kind, body := w.last(t); status != 201 || kind != c.kind || body != c.want {
			t.Errorf("%s: HTTP %d %s, kind %d, %q, want %d %q", c.contentType, status, answer, kind, body, c.kind, c.want)
		}
	}
	w.story(t,
		step{"POST", to, strings.Repeat("长", 40001), 422, "最多40000个字符"},
		step{"POST", to, "\xff", 422, "UTF-8"},
		step{"POST", to, "", 400, "缺少请求体"},
	)
}

// The token may stand in the address only where a tool can put it nowhere else.
func TestV1_TokenInTheAddressOfWebhooksOnly(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	for _, c := range []struct {
		target string
		status int
	}{
		{"/api/v1/webhooks/text?uid=" + string(w.uids[0]) + "&appToken=" + w.token, 201},
		{"/api/v1/webhooks/text?uid=" + string(w.uids[0]) + "&appToken=AT_x", 401},
		{"/api/v1/webhooks/text?uid=" + string(w.uids[0]), 401},
		{"/api/v1/messages?appToken=" + w.token, 401},
	} {
		if status, answer := w.v1(t, "POST", c.target, "x", "Authorization", ""); status != c.status || strings.Contains(answer, w.token) {
			t.Errorf("%.40s: HTTP %d %s, want %d", c.target, status, answer, c.status)
		}
	}
}
