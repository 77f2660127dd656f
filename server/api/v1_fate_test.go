package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"hongyan/push"
	"hongyan/store"
	"hongyan/store/storetest"
)

// askAs asks /api/v1 as the app that owns the token.
func (w *world) askAs(t testing.TB, token, method, path, body string, into any) (status int, raw string) {
	t.Helper()
	r := httptest.NewRequest(method, "/api/v1"+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+token)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, r)
	if into != nil {
		if err := json.Unmarshal(rec.Body.Bytes(), into); err != nil {
			t.Fatalf("%s %s: HTTP %d %s", method, path, rec.Code, rec.Body)
		}
	}
	return rec.Code, rec.Body.String()
}

// TestV1_MessagesTellEveryFate: the list, the report and the timeline of a
// message, by both of its ids and for its app only.
func TestV1_MessagesTellEveryFate(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		body := fmt.Sprintf(`{"appToken":"%s","content":"磁盘将满","uids":["%s","%s"]}`, w.token, w.uids[0], w.uids[1])
		sent := w.ask(t, "POST", "/api/send/message", "application/json", body).items(t)
		_, other, err := w.push.CreateApp(context.Background(), push.NewApp{Name: "别人"})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			token, path string
			status      int
			says        string
		}{
			{w.token, "/messages", 200, `"summary":"磁盘将满"`},
			{w.token, "/messages?search=%E7%A3%81%E7%9B%98&limit=1", 200, `"total":2,"confirmed":0,"failed":0,"open":2`},
			{w.token, "/messages?state=failed", 200, `{"items":[],"next":""}`},
			{w.token, "/messages?since=2000-01-01T00:00:00%2B08:00", 200, `+08:00"`},
			{w.token, "/messages?limit=101", 422, `"status":422`},
			{w.token, "/messages?after=x", 422, `游标`},
			{w.token, "/messages?state=x", 422, `"status":422`},
			{w.token, fmt.Sprintf("/messages/%d", sent[0].ContentID), 200, `"open":{"waiting":2,"sent":0,"unconfirmed":0}`},
			{w.token, fmt.Sprintf("/messages/%d", sent[0].RecordID), 200, fmt.Sprintf(`"id":%d`, sent[0].ContentID)},
			{w.token, fmt.Sprintf("/messages/%d/recipients", sent[0].ContentID), 200, `"step":"queued"`},
			{w.token, fmt.Sprintf("/messages/%d/recipients?uid=%s", sent[0].ContentID, w.uids[1]), 200, string(w.uids[1])},
			{w.token, "/messages/1", 404, "没有这项内容"},
			{w.token, "/messages/x", 422, `"status":422`},
			{other, "/messages", 200, `{"items":[],"next":""}`},
			{other, fmt.Sprintf("/messages/%d", sent[0].ContentID), 404, "没有这项内容"},
			{other, fmt.Sprintf("/messages/%d/recipients", sent[0].RecordID), 404, "没有这项内容"},
		} {
			status, raw := w.askAs(t, c.token, "GET", c.path, "", nil)
			if status != c.status || !strings.Contains(raw, c.says) {
				t.Errorf("GET %s: HTTP %d %s, want %d with %s", c.path, status, raw, c.status, c.says)
			}
			if strings.Contains(raw, "o_ming") || strings.Contains(raw, "o_hong") {
				t.Errorf("GET %s tells an openid: %s", c.path, raw)
			}
		}
	})
}

// TestV1_CallbacksAreReplayed: a developer's server was away, says 410, is set
// again and gets what it missed under the old ids.
func TestV1_CallbacksAreReplayed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		if status, raw := w.askAs(t, w.token, "GET", "/callbacks/endpoint", "", nil); status != 404 || !strings.Contains(raw, "保存一个") {
			t.Errorf("HTTP %d %s", status, raw)
		}
		var set struct{ Secret string }
		if status, raw := w.askAs(t, w.token, "PUT", "/callbacks/endpoint", `{"url":"https://dev.example/hook?key=topsecret"}`, &set); status != 200 || !strings.HasPrefix(set.Secret, "whsec_") {
			t.Fatalf("HTTP %d %s", status, raw)
		}
		w.follow(t, "o_gang")
		gone := func() {
			err := w.db.Update(context.Background(), func(tx *store.Tx) error {
				if _, err := tx.Exec(`UPDATE callback SET state = 4, attempts = 8, done_at = 1, reason = '502'`); err != nil {
					return err
				}
				_, err := tx.Exec(`UPDATE endpoint SET failures = 8, disabled_until = 253402214400000, disabled_reason = '回答 410'`)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		gone()
		var list struct {
			Items []struct{ ID, State, Reason, Remedy string }
		}
		if status, raw := w.askAs(t, w.token, "GET", "/callbacks?state=failed", "", &list); status != 200 || len(list.Items) != 1 || list.Items[0].Remedy == "" {
			t.Fatalf("HTTP %d %s", status, raw)
		}
		id := list.Items[0].ID
		since := "?since=" + time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)
		for _, c := range []struct {
			method, path, body string
			status             int
			says               string
		}{
			{"GET", "/callbacks/" + id, "", 200, `"calls":[]`},
			{"GET", "/callbacks/msg_none", "", 404, "没有这项内容"},
			{"GET", "/callbacks/endpoint", "", 200, `key=***","failures":8,"disabled":true,"reason":"回答 410","remedy":"请修好`},
			{"POST", "/callbacks/" + id + "/replay", "", 409, "回调地址已停用"},
			{"POST", "/callbacks/replay" + since, "", 409, "回答 410"},
			{"POST", "/callbacks/replay", "", 422, `"status":422`},
			{"PUT", "/callbacks/endpoint", `{"url":"ftp://dev.example"}`, 422, "http"},
			{"PUT", "/callbacks/endpoint", `{"url":"https://dev.example/hook"}`, 200, set.Secret},
			{"POST", "/callbacks/replay" + since, "", 200, `{"queued":1,"next":""}`},
			{"POST", "/callbacks/replay" + since, "", 200, `{"queued":0,"next":""}`},
			{"POST", "/callbacks/" + id + "/replay", "", 200, `{"queued":0,"next":""}`},
			{"GET", "/callbacks/" + id, "", 200, `"state":"waiting","attempts":8`},
		} {
			status, raw := w.askAs(t, w.token, c.method, c.path, c.body, nil)
			if status != c.status || !strings.Contains(raw, c.says) {
				t.Errorf("%s %s: HTTP %d %s, want %d with %s", c.method, c.path, status, raw, c.status, c.says)
			}
			if strings.Contains(raw, "topsecret") {
				t.Errorf("%s %s tells a secret: %s", c.method, c.path, raw)
			}
		}
	})
}
