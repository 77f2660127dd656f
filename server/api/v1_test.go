package api_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"hongyan/push"
	"hongyan/store"
	"hongyan/store/storetest"
)

// TestV1_BearsTheToken: /api/v1 answers with HTTP statuses, and only to a token.
func TestV1_BearsTheToken(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	for _, c := range []struct {
		method, target, authorization string
		status                        int
		says                          string
	}{
		{"GET", "/api/v1/app", "Bearer " + w.token, 200, `"name":"构建"`},
		{"GET", "/api/v1/app", "bearer  " + w.token, 200, `"id":1`},
		{"GET", "/api/v1/app", "", 401, "appToken不正确"},
		{"GET", "/api/v1/app", w.token, 401, "appToken不正确"},
		{"GET", "/api/v1/app", "Bearer AT_00000000000000000000000000000000", 401, "appToken不正确"},
		{"GET", "/api/v1/nothing", "Bearer " + w.token, 404, "没有这个接口"},
		{"PUT", "/api/v1/app", "Bearer " + w.token, 404, "没有这个接口"},
	} {
		r := httptest.NewRequest(c.method, c.target, nil)
		if c.authorization != "" {
			r.Header.Set("Authorization", c.authorization)
		}
		rec := httptest.NewRecorder()
		w.ServeHTTP(rec, r)
		if rec.Code != c.status || !strings.Contains(rec.Body.String(), c.says) {
			t.Errorf("%s %s with %.12q: HTTP %d %s, want %d with %s", c.method, c.target, c.authorization, rec.Code, rec.Body, c.status, c.says)
		}
	}
}

// bad bodies for an operation that stores, each with its status. F28.
var badV1Bodies = []struct {
	name, body string
	status     int
	says       string
}{
	{"empty", "", 400, "缺少请求体"},
	{"broken", `{"name":"`, 400, "JSON"},
	{"trailing document", `{"name":"a"} {}`, 400, "JSON"},
	{"a million deep", strings.Repeat("[", 1_000_000), 400, "JSON"},
	{"array", `[1]`, 422, "应为对象"},
	{"null", `null`, 422, "应为对象"},
	{"wrong type", `{"name":7}`, 422, "name 应为字符串"},
	{"huge number", `{"name":1e999}`, 400, "JSON"},
	{"null for a text", `{"name":null}`, 422, "name 应为字符串"},
	{"no name", `{}`, 422, "缺少字段 name"},
	{"unknown field", `{"name":"a","nmae":"b"}`, 422, "nmae 没有这个字段"},
	{"empty name", `{"name":""}`, 422, "至少 1 个字符"},
	{"65 characters", `{"name":"` + strings.Repeat("雁", 65) + `"}`, 422, "最多 64 个字符"},
	{"NUL", `{"name":"a\u0000b"}`, 422, "NUL"},
	{"over 1 MiB", `{"name":"` + strings.Repeat("a", 1<<20) + `"}`, 413, "1 MiB"},
	{"a hundred thousand fields", `{"name":"a"` + distinctFields(100_000) + `}`, 413, "1 MiB"},
	{"ten thousand fields", `{"name":"a"` + distinctFields(10_000) + `}`, 422, "没有这个字段"},
}

func distinctFields(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"f%d":%d`, i, i)
	}
	return b.String()
}

func TestF28_V1RefusesBadBodiesAndStoresNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newTenants(t, db)
		before := w.rowsOfOwner(t)
		for _, c := range badV1Bodies {
			t.Run(c.name, func(t *testing.T) {
				rec := w.send("POST", "/api/v1/topics", c.body, w.token)
				if rec.Code != c.status || !strings.Contains(rec.Body.String(), c.says) {
					t.Errorf("answered %d %.200s, want %d with %q", rec.Code, rec.Body, c.status, c.says)
				}
				if rec.Header().Get("Content-Type") != "application/problem+json" || rec.Body.Len() > 4000 {
					t.Errorf("%d bytes of %s", rec.Body.Len(), rec.Header().Get("Content-Type"))
				}
			})
		}
		for _, target := range []string{"/api/v1/followers?limit=0", "/api/v1/followers?limit=x", "/api/v1/followers?since=gestern",
			"/api/v1/followers?uid=%00", "/api/v1/followers?after=UID_x", "/api/v1/topics?after=x", "/api/v1/followers?source=x", "/api/v1/topics/1/followers?rejected=1"} {
			if rec := w.send("GET", target, "", w.token); rec.Code != 422 {
				t.Errorf("%s answered %d %s", target, rec.Code, rec.Body)
			}
		}
		for _, target := range []string{"/api/v1/topics/1/followers/UID_%00", "/api/v1/topics/x/followers/UID_1", "/api/v1/topics/99999999999999999999/followers/UID_1"} {
			if rec := w.send("PUT", target, "", w.token); rec.Code != 422 {
				t.Errorf("%s answered %d %s", target, rec.Code, rec.Body)
			}
		}
		if after := w.rowsOfOwner(t); after != before {
			t.Errorf("stored\n%s", storetest.Difference(before, after))
		}
	})
}

// TestF28_V1AnswersAHundredMegabytes over a real connection.
func TestF28_V1AnswersAHundredMegabytes(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	server := httptest.NewServer(w)
	defer server.Close()
	r, err := http.NewRequest("POST", server.URL+"/api/v1/topics", io.LimitReader(endless(100<<20), 100<<20))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+w.token)
	resp, err := server.Client().Do(r)
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("answered %d", resp.StatusCode)
	}
}

// TestV1_PagesFollowersAndTopics to the end, each once.
func TestV1_PagesFollowersAndTopics(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newTenants(t, db)
		for i := range 5 {
			w.follow(t, push.OpenID(fmt.Sprint("o_", i)))
			if rec := w.send("POST", "/api/v1/topics", fmt.Sprintf(`{"name":"主题 %d"}`, i), w.token); rec.Code != 201 {
				t.Fatalf("answered %d %s", rec.Code, rec.Body)
			}
		}
		for path, key := range map[string]string{"/api/v1/followers": "uid", "/api/v1/topics/1/followers": "uid", "/api/v1/topics": "id"} {
			var seen []string
			for after, pages := "", 0; ; pages++ {
				rec := w.send("GET", path+"?limit=2&after="+after, "", w.token)
				var got struct {
					Items []map[string]any
					Next  string
				}
				if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil || rec.Code != 200 || pages > 10 {
					t.Fatalf("%s answered %d %s", path, rec.Code, rec.Body)
				}
				for _, item := range got.Items {
					seen = append(seen, fmt.Sprint(item[key]))
				}
				if after = got.Next; after == "" {
					break
				}
			}
			want := map[string]int{"uid": 7, "id": 6}[key]
			if all := len(seen); all != want || len(slices.Compact(slices.Sorted(slices.Values(seen)))) != want {
				t.Errorf("%s lists %q, want %d", path, seen, want)
			}
		}
	})
}
