package console_test

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"hongyan/push"
	"hongyan/server/console"
	"hongyan/store/storetest"
)

// A sample is one good request for a route: what stands for the names in its
// path, after a ?, and in its form. make prepares what the request is about;
// it is called before every try, as the team's owner would have done it.
type sample struct {
	path map[string]string
	form url.Values
	make func(s *site, m *team) map[string]string // more for path or, with a leading "=", for form
}

// samples has one for every route.
var samples = sampled(firstSamples, peopleSamples, sendSamples)

func sampled(all ...map[string]sample) map[string]sample {
	one := make(map[string]sample)
	for _, m := range all {
		maps.Copy(one, m)
	}
	return one
}

// firstSamples are those of the frame, the person and the apps.
var firstSamples = map[string]sample{
	"GET /console/login":       {},
	"GET /console/login/state": {},
	"POST /console/login":      {},
	"GET /console/first/{secret}": {make: func(s *site, _ *team) map[string]string {
		secret, err := s.push.AdminLink(s.Context(), true)
		s.must(err)
		return map[string]string{"secret": secret}
	}},
	"POST /console/lang":                   {form: url.Values{"lang": {"zh-CN"}}},
	"POST /console/logout":                 {},
	"GET /console/step/{handle}":           {path: map[string]string{"handle": "AAAAAAAAAAAAAAAAAAAAAA"}},
	"GET /console/me":                      {},
	"POST /console/me/name":                {form: url.Values{"name": {"小明"}}},
	"POST /console/me/sessions/end":        {form: url.Values{"session": {"x"}}},
	"POST /console/me/sessions/end-others": {},
	"GET /console/{$}":                     {},
	"GET /console/apps/new":                {},
	"POST /console/apps/new":               {form: url.Values{"name": {"新应用"}}},
	"GET /console/app/{app}/{$}":           {},
}

// TestF37_RoutesByRole calls every route as everybody: who may come in is
// answered, who may not changes nothing and reads nothing.
func TestF37_RoutesByRole(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		changed := storetest.Watch(s, s.db, held(s)...)
		for _, r := range s.console.Routes() {
			one, ok := samples[r.Pattern]
			if !ok {
				one, ok = adminSamples()[r.Pattern]
			}
			if !ok {
				s.Errorf("%s has no sample", r.Pattern)
				continue
			}
			for who, b := range map[string]*browser{
				"anonymous": s.browser(), "stranger": m.stranger, "reader": m.reader, "developer": m.developer, "owner": m.owner, "admin": m.admin,
			} {
				s.call(m, r, one, who, b, changed)
			}
		}
	})
}

func (s *site) call(m *team, r console.RouteInfo, one sample, who string, b *browser, changed func() string) {
	s.Helper()
	method, path, _ := strings.Cut(r.Pattern, " ")
	form := url.Values{}
	for k, v := range one.form {
		form[k] = v
	}
	path = strings.ReplaceAll(path, "{$}", "")
	path = strings.ReplaceAll(path, "{app}", "97")
	fill := func(values map[string]string) {
		for name, v := range values {
			if field, ok := strings.CutPrefix(name, "="); ok {
				form.Set(field, v)
			} else {
				path = strings.ReplaceAll(path, "{"+name+"}", v)
			}
		}
	}
	fill(one.path)
	if one.make != nil {
		fill(one.make(s, m))
	}
	admitted, want := admission(r, who)
	if r.Step && s.clock != nil { // one address gets a code every three seconds
		s.clock.Advance(4 * time.Second)
	}
	if strings.HasSuffix(r.Pattern, "/logout") && admitted {
		b = s.browser().signIn(s.phone())
	}
	if s.clock != nil { // one address gets a code every three seconds
		s.clock.Advance(4 * time.Second)
	}
	if method == http.MethodPost && b.cookie("hongyan_console") != "" {
		form.Set("once", b.ticket())
	}
	if !admitted {
		changed() // so far
	}
	if strings.HasSuffix(path, "/live") { // a stream; the door is what is tested
		return
	}
	got := b.do(method, path, form, nil)
	switch {
	case admitted && r.Step && got != http.StatusAccepted:
		s.Errorf("%s as %s: %d, want a step to allow\n%.300s", r.Pattern, who, got, body(b.Page))
	case admitted && got >= 400:
		s.Errorf("%s as %s: %d\n%.300s", r.Pattern, who, got, body(b.Page))
	case !admitted && want == 0 && b.Last.Request.URL.Path != "/console/login":
		s.Errorf("%s as %s: %d at %s, want the login", r.Pattern, who, got, b.Last.Request.URL)
	case !admitted && want != 0 && got != want:
		s.Errorf("%s as %s: %d, want %d", r.Pattern, who, got, want)
	}
	if !admitted {
		if rows := changed(); rows != "" {
			s.Errorf("%s as %s changed something:\n%s", r.Pattern, who, rows)
		}
		member := r.Admin && who != "stranger" // whose own rail names the app
		if want != http.StatusForbidden && !member && strings.Contains(b.Page, m.app.Name) {
			s.Errorf("%s as %s tells the app's name", r.Pattern, who)
		}
	}
}

// admission is who may do what: 0 is the way to the login.
func admission(r console.RouteInfo, who string) (admitted bool, want int) {
	switch {
	case !r.SignedIn:
		return true, 0
	case who == "anonymous":
		return false, 0
	case r.Admin:
		return who == "admin", http.StatusNotFound
	case r.Role == "":
		return true, 0
	case who == "stranger":
		return false, http.StatusNotFound
	}
	has := push.Role(who)
	if who == "admin" {
		has = push.Reader
	}
	return has.Covers(push.Role(r.Role)), http.StatusForbidden
}

// unheld are tables that every request of a signed-in browser writes.
var unheld = []string{"session", "quota", "approval", "scene", "cron_run"}

// held are all other tables.
func held(t testing.TB) []string {
	return slices.DeleteFunc(storetest.Tables(t), func(table string) bool { return slices.Contains(unheld, table) })
}
