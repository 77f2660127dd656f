package page_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"hongyan/push"
	"hongyan/server/page"
	"hongyan/store"
	"hongyan/store/storetest"
)

func TestSignIn_IsTheFollowerWhoseBrowserItIs(t *testing.T) {
	eachSite(t, func(s *site) {
		ming, a := s.follower()
		hong, b := s.follower()
		browser := s.browser()
		status, text, at := browser.as(ming, "/my/uid")
		s.want("as A", status, text, 200, string(a.UID))
		if at != "/my/uid" {
			t.Errorf("ended at %s", at)
		}
		status, text, _ = browser.as(hong, "/my/uid?x=1")
		s.want("as B", status, text, 200, string(b.UID))
		if strings.Contains(text, string(a.UID)) {
			t.Error("B's page shows A's UID")
		}
		for _, name := range page.Cookies(s.base) {
			if c := browser.cookie(name); strings.Contains(c, string(b.UID)) || strings.Contains(c, hong) {
				t.Errorf("cookie %s tells who it is of", name)
			}
		}
	})
}

// TestF40_SignIn_RefusesWhatIsNotThisBrowsers: a state that was made up, that
// of another browser, one used before, one ten minutes old.
func TestF40_SignIn_RefusesWhatIsNotThisBrowsers(t *testing.T) {
	eachSite(t, func(s *site) {
		ming, _ := s.follower()
		session, ticket := page.Cookies(s.base)[0], page.Cookies(s.base)[1]
		// start goes as far as WeChat's answer, without coming back.
		start := func(b *browser) (back string) {
			t.Helper()
			b.stay = true
			b.as(ming, "/my/uid")
			_, _, authorize := b.get("/my/uid")
			_, _, back = b.get(authorize)
			if !strings.Contains(back, "code=") {
				t.Fatalf("WeChat answered %s", back)
			}
			return back
		}
		refused := func(what string, b *browser, address string) {
			t.Helper()
			status, text, _ := b.get(address)
			s.want(what, status, text, 400, "登录没有完成")
			if b.cookie(session) != "" {
				t.Errorf("%s: the browser is signed in", what)
			}
		}
		victim := s.browser()
		refused("another browser's answer", victim, start(s.browser()))
		mine := s.browser()
		address := start(mine)
		u, _ := url.Parse(address)
		q := u.Query()
		q.Set("state", "MADEUP")
		refused("made up", mine, "/my/signin?"+q.Encode())

		again := s.browser()
		address = start(again)
		kept := again.cookie(ticket)
		if status, _, at := again.get(address); status != 303 || at != "/my/uid" {
			t.Fatalf("a good answer: %d to %s", status, at)
		}
		thief := s.browser()
		thief.stay = true
		thief.setCookie(ticket, kept)
		fresh, _ := url.Parse(start(s.browser())) // a code that was not used
		u, _ = url.Parse(address)
		q = u.Query()
		q.Set("code", fresh.Query().Get("code"))
		refused("used before", thief, "/my/signin?"+q.Encode())

		late := s.browser()
		address = start(late)
		s.clock.Advance(10*time.Minute + time.Second)
		refused("too late", late, address)
	})
}

func TestSignIn_ADeadCodeStartsAgainOnce(t *testing.T) {
	eachSite(t, func(s *site) {
		ming, _ := s.follower()
		b := s.browser()
		b.stay = true
		b.as(ming, "/my/uid")
		_, _, authorize := b.get("/my/uid")
		for _, want := range []int{http.StatusSeeOther, http.StatusBadRequest} {
			u, _ := url.Parse(authorize)
			status, text, at := b.get("/my/signin?code=made-up&state=" + u.Query().Get("state"))
			s.want("a dead code", status, text, want)
			authorize = at
		}
	})
}

// TestSignIn_ASnapshotIsNobody: WeChat's snapshot of a page has a made-up
// follower.
func TestSignIn_ASnapshotIsNobody(t *testing.T) {
	eachSite(t, func(s *site) {
		rules := s.wechat.Settings()
		rules.Snapshot = true
		s.must(s.wechat.Set(rules))
		ming, _ := s.follower()
		b := s.browser()
		b.stay = true
		b.as(ming, "/my/uid")
		_, _, authorize := b.get("/my/uid")
		_, _, back := b.get(strings.Replace(authorize, "snsapi_base", "snsapi_userinfo", 1))
		status, text, _ := b.get(back)
		s.want("a snapshot", status, text, 403, "使用完整服务")
		if b.cookie(page.Cookies(s.base)[0]) != "" || s.count(`SELECT count(*) FROM users`) != 1 {
			t.Error("the snapshot's follower was taken in")
		}
	})
}

func TestSession_EndsAndCannotBeForged(t *testing.T) {
	eachSite(t, func(s *site) {
		ming, _ := s.follower()
		session := page.Cookies(s.base)[0]
		b := s.browser()
		b.as(ming, "/my/uid")
		b.stay = true
		good := b.cookie(session)
		if status, _, _ := b.get("/my/uid"); status != 200 {
			t.Fatalf("signed in: %d", status)
		}
		other, err := s.push.Sealer("something else")
		s.must(err)
		for what, value := range map[string]string{
			"changed": flip(good), "cut": good[:len(good)-4], "none": "", "of another use": other.Seal(make([]byte, 16)),
		} {
			b.setCookie(session, value)
			if status, _, at := b.get("/my/uid"); status != http.StatusSeeOther || !strings.Contains(at, "authorize") {
				t.Errorf("%s: %d to %s, want the way to WeChat", what, status, at)
			}
			status, text, _ := b.post("/my/subscriptions", url.Values{"messages": {"off"}})
			s.want(what, status, text, 401, "登录已过期")
		}
		b.setCookie(session, good)
		s.clock.Advance(2 * time.Hour)
		if status, _, _ := b.get("/my/uid"); status != http.StatusSeeOther {
			t.Errorf("after two hours: %d", status)
		}
		if n := s.count(`SELECT count(*) FROM users WHERE muted = 1`); n != 0 {
			t.Error("a forged session changed something")
		}
	})
}

func flip(s string) string {
	b := []byte(s)
	b[20] ^= 1
	return string(b)
}

func TestSession_WhoLeftTheAccountIsAskedToFollow(t *testing.T) {
	eachSite(t, func(s *site) {
		ming, _ := s.follower()
		b := s.browser()
		b.as(ming, "/my/uid")
		s.event(ming, s.push.Unsubscribe)
		status, text, _ := b.get("/my/uid")
		s.want("left", status, text, 403, "请先关注公众号", "/api/qrcode/")
		status, text, _ = b.post("/follow?type=1&id=97", url.Values{})
		s.want("follows as one who left", status, text, 403, "请先关注公众号")
	})
}

// TestF40_ChangesComeFromOurPagesOnly and reading changes nothing.
func TestF40_ChangesComeFromOurPagesOnly(t *testing.T) {
	eachSite(t, func(s *site) {
		ming, u := s.follower()
		b := s.browser()
		b.as(ming, "/my/uid")
		handle := s.handle(push.Draft{}, u)
		state := func() (all [6]int) {
			for i, query := range []string{
				`SELECT count(*) FROM users WHERE muted = 1`, `SELECT count(*) FROM subscription WHERE muted = 1`,
				`SELECT count(*) FROM subscription WHERE active = 1`, `SELECT count(*) FROM report`,
				`SELECT count(*) FROM callback`, `SELECT count(*) FROM subscription`,
			} {
				all[i] = s.count(query)
			}
			return all
		}
		before := state()
		changes := map[string]url.Values{
			"/my/subscriptions":         {"messages": {"off"}},
			"/my/unfollow?type=1&id=97": {},
			"/my/spt/reset":             {},
			"/follow?type=1&id=97":      {},
			"/m/" + handle + "/mute":    {"what": {"app"}},
			"/m/" + handle + "/report":  {"reason": {"其他"}},
		}
		_, sptPage, _ := b.get("/my/spt")
		for path, form := range changes {
			for _, head := range []http.Header{{"Sec-Fetch-Site": {"cross-site"}}, {"Sec-Fetch-Site": {"same-site"}}, {"Origin": {"https://evil.example"}}, {"Origin": {"null"}}} {
				b.head = head
				status, text, _ := b.post(path, form)
				s.want("cross-site "+path, status, text, 403, "没有执行")
			}
			b.head = http.Header{}
			b.get(path)
		}
		for _, path := range []string{"/my/subscriptions?messages=off", "/m/" + handle + "/mute?what=app", "/m/" + handle + "/report?reason=其他", "/follow?type=1&id=97&jump=auto"} {
			b.get(path)
		}
		if got := state(); got != before {
			t.Errorf("state %v, want %v", got, before)
		}
		if _, now, _ := b.get("/my/spt"); now != sptPage {
			t.Error("the SPT was replaced")
		}
		b.head = http.Header{"Origin": {s.base}} // a browser that knows no Sec-Fetch-Site
		status, text, at := b.post("/my/subscriptions", url.Values{"messages": {"off"}})
		s.want("our own form", status, text, 200, "什么消息都不会收到")
		if at != "/my/subscriptions" {
			t.Errorf("ended at %s", at)
		}
	})
}

// TestOutside_ShowsTheWayIntoWeChat: a real account's pages open in WeChat only.
func TestOutside_ShowsTheWayIntoWeChat(t *testing.T) {
	storetest.EachClock(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		s := newSite(t, db, clock, false)
		b := s.browser()
		b.stay = true
		for agent, outside := range map[string]bool{
			"": true, "Mozilla/5.0 (iPhone) Safari/604.1": true, "Mozilla/5.0 (iPhone) MicroMessenger/8.0.50": false,
			"Mozilla/5.0 wxwork/4.1 MicroMessenger/7.0.1": true,
		} {
			b.head = http.Header{"User-Agent": {agent}}
			status, text, _ := b.get("/my/uid")
			if outside {
				s.want(agent, status, text, 200, "请在微信里打开", "data:image/png;base64,")
			} else if status != http.StatusSeeOther {
				t.Errorf("%s: %d, want the way to WeChat", agent, status)
			}
			status, text, _ = b.get("/follow?type=1&id=97")
			if outside {
				s.want(agent, status, text, 200, "关注应用「服务器监控」", "/api/qrcode/")
			} else if status != http.StatusSeeOther {
				t.Errorf("%s: follow page %d", agent, status)
			}
		}
	})
}
