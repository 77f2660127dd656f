package api_test

import (
	"net/http/httptest"
	"strings"
	"testing"

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
