package api_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"hongyan/store/storetest"
)

// v1 asks /api/v1 as the app and returns the status and the answer.
func (w *world) v1(t testing.TB, method, target, body string, headers ...string) (int, string) {
	t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+w.token)
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, r)
	return rec.Code, rec.Body.String()
}

// step is one request of a story.
type step struct {
	method, target, body string
	status               int
	says                 string
}

func (w *world) story(t *testing.T, steps ...step) {
	t.Helper()
	for _, s := range steps {
		if status, answer := w.v1(t, s.method, s.target, s.body); status != s.status || !strings.Contains(answer, s.says) {
			t.Errorf("%s %s %.60s: HTTP %d %s, want %d with %s", s.method, s.target, s.body, status, answer, s.status, s.says)
		}
	}
}

func TestV1_SendsAndCancels(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	body := fmt.Sprintf(`{"content":"磁盘将满","uids":["%s","UID_x"],"topicIds":[%d]}`, w.uids[0], w.topic.ID)
	status, first := w.v1(t, "POST", "/api/v1/messages", body, "Idempotency-Key", "k")
	var sent struct {
		MessageID int64
		Receipts  []struct {
			UID     string
			TopicID int64
			Record  int64 `json:"sendRecordId"`
			Failed  bool
			Status  string
		}
	}
	if err := json.Unmarshal([]byte(first), &sent); err != nil || status != 201 || sent.MessageID == 0 || len(sent.Receipts) != 3 ||
		sent.Receipts[0].Record == 0 || !sent.Receipts[1].Failed || sent.Receipts[1].Status != "用户UID=[UID_x]不存在" || sent.Receipts[2].TopicID == 0 {
		t.Fatalf("HTTP %d %s %v", status, first, err)
	}
	if status, again := w.v1(t, "POST", "/api/v1/messages", body, "Idempotency-Key", "k"); status != 201 || again != first {
		t.Errorf("the repeat: HTTP %d %s", status, again)
	}
	if status, other := w.v1(t, "POST", "/api/v1/messages", `{"content":"x","uids":["UID_x"]}`, "Idempotency-Key", "k"); status != 422 || !strings.Contains(other, "已经用于另一条") {
		t.Errorf("another draft: HTTP %d %s", status, other)
	}
	if status, empty := w.v1(t, "POST", "/api/v1/messages", body, "Idempotency-Key", ""); status != 422 || !strings.Contains(empty, "Idempotency-Key") {
		t.Errorf("an empty key: HTTP %d %s", status, empty)
	}
	w.story(t,
		step{"POST", "/api/v1/messages", `{"content":"x"}`, 422, "没有接收者"},
		step{"POST", "/api/v1/messages", `{"content":"","uids":["UID_x"]}`, 422, "参数content不能为空"},
		step{"POST", "/api/v1/messages", `{"content":"x","uids":["UID_x"]}`, 422, "用户UID=[UID_x]不存在"},
		step{"POST", "/api/v1/messages", `{"content":"x","contentType":9,"uids":["UID_x"]}`, 422, "contentType"},
		step{"POST", "/api/v1/messages", `{`, 400, ""},
		step{"POST", fmt.Sprintf("/api/v1/messages/%d/cancel", sent.MessageID), "", 200, `{"stopped":1,"gone":0,"inHand":0}`},
		step{"POST", fmt.Sprintf("/api/v1/messages/%d/cancel", sent.Receipts[0].Record), "", 200, `{"stopped":1,"gone":0,"inHand":0}`},
		step{"POST", "/api/v1/messages/1/cancel", "", 404, "没有这项内容"},
		step{"POST", "/api/v1/messages/x/cancel", "", 422, ""},
	)
	if n := w.rows(t, "message"); n != 1 {
		t.Errorf("%d messages, want 1", n)
	}
}

func TestV1_Schedules(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	soon := w.db.Now().AddDate(0, 0, 1)
	put := func(at any, content string) string {
		raw, _ := json.Marshal(map[string]any{"sendAt": at, "content": content, "uids": []any{w.uids[0]}})
		return string(raw)
	}
	w.story(t,
		step{"GET", "/api/v1/scheduled", "", 200, `"items":[]`},
		step{"PUT", "/api/v1/scheduled/" + "%E4%BC%9A%E8%AE%AE", put(soon.UnixMilli(), "十点开会"), 201, `"key":"会议"`},
		step{"PUT", "/api/v1/scheduled/" + "%E4%BC%9A%E8%AE%AE", put(soon.Format("2006-01-02T15:04:05Z07:00"), "改到十一点"), 200, `"state":"waiting"`},
		step{"GET", "/api/v1/scheduled/" + "%E4%BC%9A%E8%AE%AE", "", 200, `"content":"改到十一点"`},
		step{"PUT", "/api/v1/scheduled/now", put(w.db.Now().UnixMilli(), "现在"), 201, `"state":"sent"`},
		step{"PUT", "/api/v1/scheduled/now", put(soon.UnixMilli(), "又一条"), 409, "已经结束"},
		step{"DELETE", "/api/v1/scheduled/now", "", 409, "已经结束"},
		step{"GET", "/api/v1/scheduled?limit=1", "", 200, `"next":"会议"`},
		step{"GET", "/api/v1/scheduled?limit=1&after=%E4%BC%9A%E8%AE%AE", "", 200, `"key":"now"`},
		step{"GET", "/api/v1/scheduled?after=nothing", "", 422, "after 不是上一页"},
		step{"GET", "/api/v1/scheduled/nothing", "", 404, "没有这项内容"},
		step{"DELETE", "/api/v1/scheduled/nothing", "", 404, "没有这项内容"},
		step{"DELETE", "/api/v1/scheduled/" + "%E4%BC%9A%E8%AE%AE", "", 200, `"state":"cancelled"`},
		step{"PUT", "/api/v1/scheduled/s", put(soon.Unix(), "秒"), 422, "毫秒"},
		step{"PUT", "/api/v1/scheduled/s", put("明天", "时间"), 422, "sendAt"},
		step{"PUT", "/api/v1/scheduled/s", put(soon.AddDate(1, 0, 0).UnixMilli(), "太远"), 422, "一年"},
		step{"PUT", "/api/v1/scheduled/s", `{"content":"x","uids":["UID_x"]}`, 422, "sendAt"},
	)
}
