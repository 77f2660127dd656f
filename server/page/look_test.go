package page_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"hongyan/push"
	"hongyan/push/content"
	"hongyan/server/browsertest"
	"hongyan/store"
	"hongyan/store/storetest"
)

// unlabelled are the controls that say nothing of themselves to a screen
// reader, and those too small for a thumb.
const unlabelled = `[...document.querySelectorAll("a, button, input:not([type=hidden]), textarea")].flatMap((e) => {
	const words = e.getAttribute("aria-label") || e.innerText?.trim() || [...(e.labels ?? [])].map((l) => l.innerText).join("");
	return words ? [] : [e.outerHTML];
})`

// TestBrowser_OwnPages opens every page of a follower as phones and desktops
// show it.
func TestBrowser_OwnPages(t *testing.T) {
	clock := storetest.NewClock(time.Now())
	s := newSite(t, storetest.Open(t, storetest.SQLiteEngine, store.Options{Now: clock.Now}), clock, true)
	outside := newSite(t, storetest.SQLite(t), clock, false)
	ming, u := s.follower()
	hong, _ := s.member()
	stranger := s.wechat.Add().OpenID
	_, _, err := s.push.CreateApp(t.Context(), push.NewApp{ID: 12, Name: "A股收盘提醒与一个特别长的应用名字看看会不会换行", CallbackURL: "https://x.example/"})
	s.must(err)
	s.event(ming, func(t *push.Turn) error {
		if _, err := s.push.FollowApp(t, 12, push.ByScan, ""); err != nil {
			return err
		}
		return s.push.Silence(t, push.OfApp, 12, true)
	})
	s.exec(`UPDATE subscription SET paid_until = $1 WHERE target = 97 AND kind = 0`, clock.Now().Add(400*24*time.Hour).UnixMilli())
	s.setting(s.base+"/my/help", "0123456789abcdef")
	handle := s.handle(push.Draft{Topics: []push.TopicID{s.topic.ID}, Content: "# 磁盘将满\n\n主机 **db-1** 的磁盘已用 92%，预计两小时后写满。\n\n- `/var/lib/postgresql` 410 GB\n- `/var/log` 38 GB", Kind: content.Markdown, URL: "https://аpple.com/看板?host=db-1"}, u)
	below := "/m/" + handle
	for _, c := range []struct{ name, openid, path string }{
		{"message", ming, "/api/message/" + handle}, {"leave", ming, below + "/go"}, {"mute", ming, below + "/mute"}, {"report", ming, below + "/report"},
		{"follow", hong, "/follow?type=1&id=97"}, {"followed", ming, "/follow?type=1&id=97"}, {"follow-code", stranger, "/follow?type=2&id=1"},
		{"follow-first", stranger, "/my/uid"}, {"subscriptions", ming, "/my/subscriptions"}, {"no-subscriptions", hong, "/my/subscriptions"},
		{"unfollow", ming, "/my/unfollow?type=1&id=97"}, {"uid", ming, "/my/uid"}, {"spt", ming, "/my/spt"}, {"spt-reset", ming, "/my/spt/reset"},
		{"help", ming, "/my/help"}, {"printed", ming, "/app/#/follow?type=1&id=97&jump=none"}, {"no-target", ming, "/follow?type=1&id=4711"}, {"outside", "", "/my/uid"},
	} {
		address := outside.base + c.path
		if c.openid != "" {
			address = s.base + "/sandbox/api/followers/" + c.openid + "/open?url=" + strings.NewReplacer("&", "%26", "#", "%23", "?", "%3F").Replace(c.path)
		}
		p, faults := browsertest.New(t, 375, 812, browsertest.Light), 0 // a browser for each, so that none has another's cookies
		for _, look := range []struct {
			width  int
			scheme browsertest.Scheme
		}{{375, browsertest.Light}, {375, browsertest.Dark}, {1280, browsertest.Light}} {
			t.Run(fmt.Sprintf("%s-%d-%v", c.name, look.width, look.scheme), func(t *testing.T) {
				p := p.In(t)
				p.Look(look.width, 812, look.scheme)
				p.Open(address)
				if c.name == "printed" {
					p.Wait(".button")
				}
				p.Screenshot(fmt.Sprintf("page-%s-%d-%v", c.name, look.width, look.scheme))
				p.WantFits()
				p.WantContrast()
				before := faults
				said := p.Faults()
				faults = len(said)
				for _, fault := range said[before:] {
					if !strings.Contains(fault, "status of 40") { // the page of a refusal says so by its status
						t.Errorf("console: %s", fault)
					}
				}
				if bare := browsertest.Eval[[]string](p, unlabelled); len(bare) > 0 {
					t.Errorf("controls without words:\n%s", strings.Join(bare, "\n"))
				}
			})
		}
	}
}

// TestBrowser_CopiesTheSPT through the one script, under the page's policy.
func TestBrowser_CopiesTheSPT(t *testing.T) {
	clock := storetest.NewClock(time.Now())
	s := newSite(t, storetest.Open(t, storetest.SQLiteEngine, store.Options{Now: clock.Now}), clock, true)
	ming, _ := s.follower()
	p := browsertest.New(t, 375, 812, browsertest.Light)
	p.Open(s.base + "/sandbox/api/followers/" + ming + "/open?url=/my/spt")
	p.Click(".copy-field .copy")
	if got, want := browsertest.Eval[string](p, `document.querySelector(".copy-field .copy").dataset.said`), "已复制"; got != want {
		t.Errorf("button says %q, want %q", got, want)
	}
	p.WantQuiet()
}

// TestBrowser_FormsWork where the browser itself judges origins and cookies:
// from the message page without an origin to a switch of the list.
func TestBrowser_FormsWork(t *testing.T) {
	clock := storetest.NewClock(time.Now())
	s := newSite(t, storetest.Open(t, storetest.SQLiteEngine, store.Options{Now: clock.Now}), clock, true)
	ming, u := s.follower()
	hong, _ := s.member()
	p := browsertest.New(t, 375, 812, browsertest.Light)
	p.Open(s.base + "/api/message/" + s.handle(push.Draft{}, u))
	p.Click(".article-ways a")
	p.Click(".own form button")
	p.Wait(".chip.wait")
	if n := s.count(`SELECT count(*) FROM subscription WHERE muted = 1 AND kind = 0`); n != 1 {
		t.Error("不再接收 did nothing")
	}
	p.Open(s.base + "/sandbox/api/followers/" + ming + "/open?url=/my/subscriptions")
	p.Click(".list form button")
	p.Wait("main:not(:has(.chip.wait))")
	if n := s.count(`SELECT count(*) FROM subscription WHERE muted = 1`); n != 0 {
		t.Error("the switch of the list did nothing")
	}
	p.Open(s.base + "/sandbox/api/followers/" + hong + "/open?url=/follow%3Ftype=1%26id=97")
	p.Click("form button")
	p.Wait(".chip.good")
	p.WantQuiet()
}

// TestOwnPages_AreLightAndQuick: what each weighs, packed as browsers ask for
// it, and how long until its first byte.
func TestOwnPages_AreLightAndQuick(t *testing.T) {
	clock := storetest.NewClock(time.Now())
	s := newSite(t, storetest.Open(t, storetest.SQLiteEngine, store.Options{Now: clock.Now}), clock, true)
	ming, u := s.follower()
	for i := range 60 {
		app, _, err := s.push.CreateApp(t.Context(), push.NewApp{Name: fmt.Sprint("应用", i)})
		s.must(err)
		s.event(ming, func(t *push.Turn) error { _, err := s.push.FollowApp(t, app.ID, push.ByScan, ""); return err })
	}
	b := s.browser()
	b.as(ming, "/my/uid")
	handle := s.handle(push.Draft{URL: "https://example.com/"}, u)
	for _, path := range []string{"/api/message/" + handle, "/m/" + handle + "/go", "/m/" + handle + "/mute", "/m/" + handle + "/report",
		"/follow?type=1&id=97", "/my/subscriptions", "/my/unfollow?type=1&id=97", "/my/uid", "/my/spt", "/my/help", "/app/"} {
		var weight int
		quickest := time.Hour
		for range 15 { // the quickest counts: others work on the machine too
			b.head = http.Header{"Accept-Encoding": {"gzip"}}
			began := time.Now()
			status, text, _ := b.get(path)
			quickest = min(quickest, time.Since(began))
			weight = len(text)
			s.want(path, status, "", 200)
		}
		t.Logf("%-40s %6d bytes, %s", path[:min(len(path), 40)], weight, quickest.Round(100*time.Microsecond))
		if most := 60_000; weight > most {
			t.Errorf("%s weighs %d bytes, want at most %d", path, weight, most)
		}
		if most := 50 * time.Millisecond; quickest > most {
			t.Errorf("%s takes %s, want at most %s", path, quickest, most)
		}
	}
}
