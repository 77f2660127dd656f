package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"hongyan/push/session"
)

func TestLogin_ByScanAndTap(t *testing.T) {
	eachSite(t, func(s *site) {
		ming := s.phone()
		b := s.browser()
		if got := b.get("/console/"); got != http.StatusOK || b.Last.Request.URL.Path != "/console/login" {
			t.Fatalf("a stranger got %d at %s", got, b.Last.Request.URL)
		}
		handle := handleOf.FindStringSubmatch(b.Page)[1]
		b.post("/console/login", nil)
		if b.cookie("hongyan_console") != "" {
			t.Fatal("signed in without a scan")
		}
		asked := ming.scan(handle)
		for _, part := range []string{"登录鸿雁控制台", "127.0.0.1", "核对码"} {
			if !strings.Contains(asked, part) {
				t.Errorf("the phone shows no %q: %s", part, asked)
			}
		}
		b.get("/console/login/state")
		b.shows("已扫码")
		b.post("/console/login", nil)
		if b.cookie("hongyan_console") != "" {
			t.Fatal("signed in by a scan alone")
		}
		ming.say(tapped(asked, "允许"))
		b.post("/console/login", nil)
		b.get("/console/")
		b.shows("还没有应用")
		if n := s.count(`SELECT COUNT(*) FROM session`); n != 1 {
			t.Errorf("%d sessions", n)
		}
	})
}

// TestF41_LoginCannotBeHijacked: each row is somebody who should not get in.
func TestF41_LoginCannotBeHijacked(t *testing.T) {
	eachSite(t, func(s *site) {
		ming, mallory := s.phone(), s.phone()
		begin := func() (*browser, string) {
			b := s.browser()
			b.get("/console/login")
			return b, handleOf.FindStringSubmatch(b.Page)[1]
		}
		want := func(what string, b *browser) {
			t.Helper()
			b.post("/console/login", nil)
			if b.cookie("hongyan_console") != "" {
				t.Errorf("%s got in", what)
			}
		}
		refuse := func(what, reply string) {
			t.Helper()
			if !strings.Contains(reply, "不能用了") || tapped(reply, "允许") != "" {
				t.Errorf("%s was answered %q", what, reply)
			}
		}

		b, handle := begin()
		allow := tapped(ming.scan(handle), "允许")
		refuse("a second scanner", mallory.scan(handle))
		if reply := mallory.say(allow); strings.Contains(reply, "已允许") {
			t.Errorf("somebody else allowed it: %s", reply)
		}
		ming.say(allow)
		other := s.browser()
		other.get("/console/login")
		want("another browser", other)
		secret, _, _ := strings.Cut(other.cookie("hongyan_login"), "|")
		other.setCookie("hongyan_login", secret+"|"+handle+"|/console/")
		want("a browser that names the code", other)
		b.post("/console/login", nil)
		if b.cookie("hongyan_console") == "" {
			t.Fatal("the right browser did not get in")
		}

		b, handle = begin()
		ming.say(tapped(ming.scan(handle), "拒绝"))
		want("a refused browser", b)

		b, handle = begin()
		allow = tapped(ming.scan(handle), "允许")
		s.clock.Advance(session.Valid + time.Second)
		refuse("an answer too late", ming.say(allow))
		want("a late browser", b)
		b, handle = begin()
		s.clock.Advance(session.Valid + time.Second)
		if answer, err := ming.Scan(s.Context(), handle); err == nil { // WeChat itself refuses it
			t.Errorf("an old code was answered %q", answer.Reply)
		}
		want("a browser with an old code", b)

		// What the code is for cannot be changed: a login is no step and no member.
		b, handle = begin()
		ming.say(tapped(ming.scan(handle), "允许"))
		if err := s.sessions.Take(s.Context(), handle, strings.SplitN(b.cookie("hongyan_login"), "|", 2)[0], ming.user().ID, nil); err == nil {
			t.Error("a login was taken for a step")
		}
	})
}

// TestF41_OneLoginOneSession: the same browser twice at once.
func TestF41_OneLoginOneSession(t *testing.T) {
	eachSite(t, func(s *site) {
		ming, b := s.phone(), s.browser()
		b.get("/console/login")
		ming.say(tapped(ming.scan(handleOf.FindStringSubmatch(b.Page)[1]), "允许"))
		ticket := b.cookie("hongyan_login")
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				twin := s.browser()
				twin.setCookie("hongyan_login", ticket)
				twin.post("/console/login", nil)
			})
		}
		wg.Wait()
		if n := s.count(`SELECT COUNT(*) FROM session`); n != 1 {
			t.Errorf("%d sessions, want 1", n)
		}
	})
}

// TestF40_ANewIDAtLogin: a session somebody planted before is not the one.
func TestF40_ANewIDAtLogin(t *testing.T) {
	eachSite(t, func(s *site) {
		b := s.browser()
		b.setCookie("hongyan_console", "PLANTED")
		b.signIn(s.phone())
		if got := b.cookie("hongyan_console"); got == "PLANTED" || len(got) < 40 {
			t.Errorf("session cookie %q", got)
		}
	})
}

func TestSession_EndsWhenItsUserSaysSo(t *testing.T) {
	eachSite(t, func(s *site) {
		ming := s.phone()
		here, there := s.browser().signIn(ming), s.browser().signIn(ming)
		list, err := s.sessions.List(s.Context(), ming.user().ID)
		s.must(err)
		if len(list) != 2 {
			t.Fatalf("%d sessions listed", len(list))
		}
		here.send("/console/me/sessions/end-others", nil)
		here.shows("已退出其他所有浏览器")
		there.get("/console/")
		if there.Last.Request.URL.Path != "/console/login" {
			t.Error("the other browser is still in")
		}
		here.send("/console/logout", nil)
		here.get("/console/")
		if here.Last.Request.URL.Path != "/console/login" {
			t.Error("still in after signing out")
		}
	})
}

func TestSession_EndsByTime(t *testing.T) {
	eachSite(t, func(s *site) {
		b := s.browser().signIn(s.phone())
		for range 29 {
			s.clock.Advance(24 * time.Hour)
			if b.get("/console/"); b.Last.Request.URL.Path != "/console/" {
				t.Fatal("a session in use ended early")
			}
		}
		s.clock.Advance(25 * time.Hour)
		if b.get("/console/"); b.Last.Request.URL.Path == "/console/" {
			t.Error("a session outlived its month")
		}
		idle := s.browser().signIn(s.phone())
		s.clock.Advance(session.Idle + time.Minute)
		if idle.get("/console/"); idle.Last.Request.URL.Path == "/console/" {
			t.Error("an unused session outlived its week")
		}
		s.clock.Advance(2 * time.Hour) // the login pages seen above are over too
		if n, err := s.sessions.Retain(s.Context()); err != nil || n == 0 {
			t.Errorf("retained %d, %v", n, err)
		}
		if n := s.count(`SELECT COUNT(*) FROM session`) + s.count(`SELECT COUNT(*) FROM approval`); n != 0 {
			t.Errorf("%d rows are kept", n)
		}
	})
}

// TestFirstAdministrator_LinkWorksOnce and gives the apps nobody owns.
func TestFirstAdministrator_LinkWorksOnce(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		if !m.adminPhone.user().Admin {
			t.Fatal("no administrator")
		}
		if secret, err := s.push.AdminLink(s.Context(), false); err != nil || secret != "" {
			t.Errorf("a second link %q, %v", secret, err)
		}
		secret, err := s.push.AdminLink(s.Context(), true)
		s.must(err)
		second := s.browser()
		if got := second.get("/console/first/WRONG" + secret); got != http.StatusNotFound {
			t.Errorf("a wrong link answered %d", got)
		}
		second.signInAt("/console/first/"+secret, m.strangerPhone)
		if !m.strangerPhone.user().Admin {
			t.Error("the operator's link made no administrator")
		}
		if got := s.browser().get("/console/first/" + secret); got != http.StatusNotFound {
			t.Errorf("a used link answered %d", got)
		}
	})
}

// TestF40_FormsCountOnceAndOnlyHere: replayed, forged and foreign forms change
// nothing.
func TestF40_FormsCountOnceAndOnlyHere(t *testing.T) {
	eachSite(t, func(s *site) {
		b, other := s.browser().signIn(s.phone()), s.browser().signIn(s.phone())
		apps := func() int { return s.count(`SELECT COUNT(*) FROM app`) }
		form := url.Values{"name": {"构建通知"}, "once": {b.ticket()}}
		if got := b.post("/console/apps/new", form); got != http.StatusOK || apps() != 1 {
			t.Fatalf("%d, %d apps", got, apps())
		}
		b.shows("AT_", "构建通知")
		for what, c := range map[string]struct {
			form   url.Values
			head   http.Header
			status int
		}{
			"replayed":         {form, nil, http.StatusConflict},
			"without a ticket": {url.Values{"name": {"x"}}, nil, http.StatusForbidden},
			"of another":       {url.Values{"name": {"x"}, "once": {other.ticket()}}, nil, http.StatusForbidden},
			"made up":          {url.Values{"name": {"x"}, "once": {"AAAA"}}, nil, http.StatusForbidden},
			"from elsewhere":   {url.Values{"name": {"x"}, "once": {b.ticket()}}, http.Header{"Sec-Fetch-Site": {"cross-site"}}, http.StatusForbidden},
			"of old browsers":  {url.Values{"name": {"x"}, "once": {b.ticket()}}, http.Header{"Origin": {"https://evil.example"}}, http.StatusForbidden},
			"htmx replayed":    {form, http.Header{"Hx-Request": {"true"}}, http.StatusConflict},
		} {
			if got := b.do("POST", "/console/apps/new", c.form, c.head); got != c.status {
				t.Errorf("%s: %d, want %d", what, got, c.status)
			}
		}
		old := b.ticket()
		s.clock.Advance(13 * time.Hour)
		if got := b.post("/console/apps/new", url.Values{"name": {"x"}, "once": {old}}); got != http.StatusForbidden {
			t.Errorf("an old form: %d", got)
		}
		if apps() != 1 {
			t.Errorf("%d apps, want 1", apps())
		}
	})
}
