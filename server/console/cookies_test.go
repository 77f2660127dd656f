package console_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"hongyan/server/console"
)

// TestF40_CookiesBehindHTTPS: their names keep other hosts of the domain from
// setting them, and no script reads them.
func TestF40_CookiesBehindHTTPS(t *testing.T) {
	eachSite(t, func(s *site) {
		c, err := console.New(console.Options{Push: s.push, Sessions: s.sessions, WeChat: s.client, BaseURL: "https://push.example", Now: s.db.Now})
		s.must(err)
		jar := map[string]*http.Cookie{}
		do := func(method, path string) *httptest.ResponseRecorder {
			t.Helper()
			r := httptest.NewRequest(method, "https://push.example"+path, nil)
			for _, cookie := range jar {
				r.AddCookie(cookie)
			}
			w := httptest.NewRecorder()
			c.ServeHTTP(w, r)
			for _, cookie := range w.Result().Cookies() {
				if !strings.HasPrefix(cookie.Name, "__Host-hongyan_") || !cookie.Secure || !cookie.HttpOnly || cookie.Path != "/" || cookie.Domain != "" || cookie.SameSite != http.SameSiteLaxMode {
					t.Errorf("%s %s sets %+v", method, path, cookie)
				}
				jar[cookie.Name] = cookie
			}
			return w
		}
		page := do("GET", "/console/login").Body.String()
		ming := s.phone()
		ming.say(tapped(ming.scan(handleOf.FindStringSubmatch(page)[1]), "允许"))
		if got := do("POST", "/console/login").Code; got != http.StatusSeeOther || jar["__Host-hongyan_console"] == nil {
			t.Fatalf("%d, cookies %v", got, jar)
		}
		if got := do("GET", "/console/me"); got.Code != http.StatusOK || got.Header().Get("X-Frame-Options") != "DENY" || !strings.Contains(got.Header().Get("Content-Security-Policy"), "frame-ancestors 'none'") {
			t.Errorf("%d, %v", got.Code, got.Header())
		}
		// The same value under the plain name, which a neighbour could set, is nothing.
		jar = map[string]*http.Cookie{"hongyan_console": {Name: "hongyan_console", Value: jar["__Host-hongyan_console"].Value}}
		if got := do("GET", "/console/me"); got.Header().Get("Location") != "/console/login" {
			t.Errorf("a session under the plain name: %d to %q", got.Code, got.Header().Get("Location"))
		}
	})
}
