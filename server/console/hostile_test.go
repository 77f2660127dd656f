package console_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestF36_LeadsNowhereElse: no way through the console ends on another site.
func TestF36_LeadsNowhereElse(t *testing.T) {
	eachSite(t, func(s *site) {
		ming := s.phone()
		for _, to := range []string{
			"https://evil.example/", "//evil.example/", "/\\evil.example/", "/console//evil.example", "javascript:alert(1)", "/console/\r\nX: y",
			"http:evil.example", "/consoleX", "/console/../../evil", "", "data:text/html,x", "weixin://x", "/api/qrcode/x",
		} {
			b := s.browser()
			b.get("/console/login")
			parts := strings.SplitN(b.cookie("hongyan_login"), "|", 3)
			b.setCookie("hongyan_login", parts[0]+"|"+parts[1]+"|"+to)
			s.clock.Advance(4 * time.Second)
			ming.say(tapped(ming.scan(parts[1]), "允许"))
			b.post("/console/login", nil)
			if at := b.Last.Request.URL; at.Host != strings.TrimPrefix(s.base, "http://") || !strings.HasPrefix(at.Path, "/") {
				t.Errorf("after a login with %q the browser is at %s", to, at)
			}
			b.post("/console/lang", url.Values{"lang": {"en"}, "to": {to}})
			if at := b.Last.Request.URL; at.Host != strings.TrimPrefix(s.base, "http://") || !strings.HasPrefix(at.Path, "/console") {
				t.Errorf("the language switch with %q led to %s", to, at)
			}
		}
	})
}

// TestF38_AnAppOfOthersLooksLikeNone: in status, text and what is read.
func TestF38_AnAppOfOthersLooksLikeNone(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		own := regexp.MustCompile(`(?s)<nav.*?</nav>|name="once" value="[^"]*"|value="/console/app/\d+[^"]*"|/console/app/\d+`)
		page := func(path string) (int, string) {
			status := m.stranger.get(path)
			return status, own.ReplaceAllString(m.stranger.Page, "")
		}
		for _, r := range s.console.Routes() {
			method, path, _ := strings.Cut(r.Pattern, " ")
			if r.Role == "" || method != http.MethodGet || strings.HasSuffix(path, "/live") {
				continue
			}
			path = strings.NewReplacer("{$}", "", "{id}", "x", "{handle}", "x", "{uid}", "x", "{topic}", "1").Replace(path)
			foreign, foreignText := page(strings.Replace(path, "{app}", "97", 1))
			none, noText := page(strings.Replace(path, "{app}", "4711", 1))
			if foreign != http.StatusNotFound || foreign != none || foreignText != noText {
				t.Errorf("%s: an app of others answers %d, none %d\n%.200s\n%.200s", r.Pattern, foreign, none, body(foreignText), body(noText))
			}
		}
		if got := m.stranger.get("/console/app/97x/"); got != http.StatusNotFound {
			t.Errorf("no number at all: %d", got)
		}
	})
}

// TestF40_HeadersOfEveryPage: nobody's frame, no script but ours, nothing kept.
func TestF40_HeadersOfEveryPage(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		for _, b := range []*browser{s.browser(), m.owner} {
			for _, path := range []string{"/console/login", "/console/", "/console/app/97/", "/console/nowhere", "/console/app/4711/"} {
				b.get(path)
				h := b.Last.Header
				csp := h.Get("Content-Security-Policy")
				if strings.Contains(csp, "unsafe") || !strings.Contains(csp, "frame-ancestors 'none'") || !strings.Contains(csp, "script-src 'self'") || !strings.Contains(csp, "base-uri 'none'") {
					t.Errorf("%s: policy %q", path, csp)
				}
				if h.Get("X-Frame-Options") != "DENY" || h.Get("Cache-Control") != "no-store" || h.Get("X-Content-Type-Options") != "nosniff" {
					t.Errorf("%s: headers %v", path, h)
				}
				if strings.Contains(b.Page, " style=") || strings.Contains(b.Page, "<style") || regexp.MustCompile(`<script(?: [^>]*)?>[^<]`).MatchString(b.Page) || regexp.MustCompile(` on[a-z]+="`).MatchString(b.Page) {
					t.Errorf("%s holds a script or a style of its own", path)
				}
			}
		}
	})
}
