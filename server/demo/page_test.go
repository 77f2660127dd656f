package demo_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func TestPage_AsksForPatienceUntilItKnowsItsValues(t *testing.T) {
	d := newDemo(t, "")
	if rec := get(d, "/demo/"); rec.Code != http.StatusServiceUnavailable || rec.Header().Get("Retry-After") == "" || !strings.Contains(rec.Body.String(), "演示正在准备") {
		t.Errorf("at the start: %d %v", rec.Code, rec.Header())
	}
	introduce(t, d)
	if rec := get(d, "/demo/"); rec.Code != http.StatusOK {
		t.Errorf("afterwards: %d", rec.Code)
	}
}

// TestPage_BelowAKey: everything stands there, and every link of the page
// leads there or to the phone.
func TestPage_BelowAKey(t *testing.T) {
	d := newDemo(t, "/demo/key")
	introduce(t, d)
	if got := d.PageURL(); got != "https://push.test/demo/key/" {
		t.Errorf("the page is at %s", got)
	}
	rec := get(d, "/demo/key/")
	page := rec.Body.String()
	if rec.Code != http.StatusOK {
		t.Fatalf("the page: %d", rec.Code)
	}
	for _, want := range []string{`href="/phone/?code=scene_abc"`, `href="/phone/?as=o_abc"`, `action="send"`, `sse-connect="live?after=`, "#97 重启服务器"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %s", want)
		}
	}
	for _, path := range []string{"/demo/", "/demo/callbacks", "/demo/live", "/demo/sent/1", "/demo/key/nothing"} {
		if rec := get(d, path); rec.Code != http.StatusNotFound {
			t.Errorf("%s answers %d", path, rec.Code)
		}
	}
}

// TestPage_SaysToNobodyElse what it holds, and runs nothing but its own files.
func TestPage_SaysToNobodyElse(t *testing.T) {
	d := newDemo(t, "")
	introduce(t, d)
	rec := get(d, "/demo/")
	policy := rec.Header().Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self';", "style-src 'self';", "frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy lacks %s: %s", want, policy)
		}
	}
	for name, want := range map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "same-origin", "X-Content-Type-Options": "nosniff"} {
		if got := rec.Header().Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	page := rec.Body.String()
	if strings.Contains(policy+page, "unsafe") || strings.Contains(page, " style=") || strings.Contains(page, "<style") || strings.Contains(page, " onclick") {
		t.Error("the page needs something unsafe")
	}
	if !strings.Contains(page, `"includeIndicatorStyles":false,"allowEval":false`) {
		t.Error("htmx is left to write styles and to evaluate")
	}
}

// hostile is what a follower might send to the developer's server.
var hostile = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `</code></pre><svg onload=alert(1)>`, `<div hx-get="/evil" hx-trigger="load">`,
	"x\n\nevent: all\ndata: <script>alert(1)</script>\n\n", "x\r\revent: all\rdata: <b>evil</b>\r\r", `{{template "all"}}`, "\u202e反过来",
}

func TestF35_ACallbackOfAHostileFollowerIsText(t *testing.T) {
	d := newDemo(t, "")
	introduce(t, d)
	clean := strings.Count(get(d, "/demo/").Body.String(), "<script")
	for i, content := range hostile {
		call(t, d, fmt.Sprintf("msg_%d%s", i, "<i>"), command(content), secret)
	}
	page := get(d, "/demo/").Body.String()
	if got := strings.Count(page, "<script"); got != clean {
		t.Errorf("%d scripts in the page, want %d", got, clean)
	}
	for _, bad := range []string{"<img src=x", "<svg", `<div hx-get="/evil"`, "<i>", "<b>evil"} {
		if strings.Contains(page, bad) {
			t.Errorf("the page holds %s", bad)
		}
	}
	if got := strings.Count(page, `class="call"`); got != len(hostile) {
		t.Errorf("%d callbacks are shown, want %d", got, len(hostile))
	}
}

func TestSend_IsForThePageAlone(t *testing.T) {
	d := newDemo(t, "")
	introduce(t, d)
	form := url.Values{"to": {"follower"}, "kind": {"1"}, "content": {"你好"}, "once": {"x"}}
	for _, c := range []struct {
		name, header, value string
		want                int
	}{
		{"another site by Sec-Fetch-Site", "Sec-Fetch-Site", "cross-site", http.StatusForbidden},
		{"another site by Origin", "Origin", "https://evil.test", http.StatusForbidden},
		{"a sandboxed page", "Origin", "null", http.StatusForbidden},
		{"the page", "Origin", "https://push.test", http.StatusUnprocessableEntity}, // its platform does not answer
	} {
		for _, path := range []string{"/demo/send", "/demo/endpoint"} {
			r := httptest.NewRequest("POST", path, strings.NewReader(form.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set(c.header, c.value)
			rec := httptest.NewRecorder()
			d.ServeHTTP(rec, r)
			want := c.want
			if path == "/demo/endpoint" && want != http.StatusForbidden {
				want = http.StatusBadGateway
			}
			if rec.Code != want {
				t.Errorf("%s from %s: %d, want %d", path, c.name, rec.Code, want)
			}
		}
	}
}

// TestSend_KeepsWhatWasTyped when nothing could be sent, without script.
func TestSend_KeepsWhatWasTyped(t *testing.T) {
	d := newDemo(t, "")
	introduce(t, d)
	for _, c := range []struct{ content, want string }{
		{" \n ", "内容是空的"},
		{strings.Repeat("长", 40_001), "内容有 40001 个字符"},
		{"我写的 <b>内容</b>", "平台没有应答"},
	} {
		form := url.Values{"to": {"topic"}, "kind": {"2"}, "content": {c.content}, "summary": {"我的摘要"}, "once": {"MYKEY"}}
		r := httptest.NewRequest("POST", "/demo/send", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		rec := httptest.NewRecorder()
		d.ServeHTTP(rec, r)
		page := rec.Body.String()
		if rec.Code != http.StatusUnprocessableEntity || !strings.Contains(page, c.want) {
			t.Errorf("%.10q: %d, want it to say %q", c.content, rec.Code, c.want)
		}
		for _, kept := range []string{`value="topic" checked`, `value="2" checked`, `value="我的摘要"`, `value="MYKEY"`} {
			if !strings.Contains(page, kept) {
				t.Errorf("%.10q: %s is lost", c.content, kept)
			}
		}
	}
	if page := post(d, url.Values{"content": {strings.Repeat("长", 100_000)}}); page.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("a form of 900 kB: %d", page.Code)
	}
}

func post(d http.Handler, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", "/demo/send", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	rec := httptest.NewRecorder()
	d.ServeHTTP(rec, r)
	return rec
}
