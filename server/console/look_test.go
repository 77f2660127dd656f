package console_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"hongyan/server/browsertest"
	"hongyan/server/ui"
)

// looks are how every page is looked at.
var looks = []struct {
	width, height int
	scheme        browsertest.Scheme
}{
	{375, 812, browsertest.Light}, {375, 812, browsertest.Dark}, {1280, 900, browsertest.Light}, {1280, 900, browsertest.Dark},
}

// unlabelled are the controls that say nothing of themselves to a screen
// reader.
const unlabelled = `[...document.querySelectorAll("a, button, select, summary, input:not([type=hidden]), textarea")].flatMap((e) => {
	const words = e.getAttribute("aria-label") || e.innerText?.trim() || e.textContent?.trim() || [...(e.labels ?? [])].map((l) => l.innerText).join("");
	return words ? [] : [e.outerHTML.slice(0, 120)];
})`

// mostWeight is the most a page may weigh, with all it fetches, unpacked.
const mostWeight = 200_000

// open opens a page in Chromium with the cookies of a signed-in browser.
func (s *site) open(p *browsertest.Page, b *browser, path string) {
	s.Helper()
	u, _ := url.Parse(s.base)
	for _, c := range b.jar.Cookies(u) {
		p.SetCookie(s.base, c.Name, c.Value)
	}
	p.Open(s.base + path)
}

// wantLook checks a page that is open, and keeps a picture of it as
// console-<name>-<width>-<scheme>.png.
func wantLook(p *browsertest.Page, t *testing.T, name string, width int, scheme browsertest.Scheme) {
	t.Helper()
	p.WantQuiet()
	p.WantFits()
	p.WantContrast()
	if bad := browsertest.Eval[[]string](p, unlabelled); len(bad) > 0 {
		t.Errorf("controls without words:\n%s", strings.Join(bad, "\n"))
	}
	p.Screenshot(fmt.Sprintf("console-%s-%d-%v", name, width, scheme))
}

// eachLook opens each page as the browser's person and looks at it in every
// size and both schemes.
func (s *site) eachLook(b *browser, pages map[string]string) {
	s.Helper()
	p := browsertest.New(s, looks[0].width, looks[0].height, looks[0].scheme)
	for name, path := range pages {
		if got := b.get(path); got != http.StatusOK {
			s.Errorf("%s: %d", name, got)
		}
		if n := s.weight(b.Page); n > mostWeight {
			s.Errorf("%s weighs %d bytes", name, n)
		}
		s.open(p, b, path)
		for _, look := range looks {
			p.Look(look.width, look.height, look.scheme)
			if os.Getenv("HONGYAN_TEST_SCREENSHOTS") != "" {
				p.Open(s.base + path) // what is drawn takes its colours when it is drawn
			}
			wantLook(p, s.T, name, look.width, look.scheme)
		}
	}
}

var assetOf = regexp.MustCompile(`(?:src|href)="(/ui/[^"]+)"`)

// weight is a page with the scripts and styles it fetches, unpacked; those that
// draw only where there is a chart.
func (s *site) weight(page string) int {
	s.Helper()
	fetched := map[string]bool{}
	for _, m := range assetOf.FindAllStringSubmatch(page, -1) {
		fetched[m[1]] = true
	}
	if strings.Contains(page, "data-chart=") {
		fetched[ui.AssetPath("uplot.js")], fetched[ui.AssetPath("uplot.css")] = true, true
	}
	n, files := len(page), s.browser()
	for path := range fetched {
		if got := files.get(path); got != http.StatusOK {
			s.Errorf("%s: %d", path, got)
		}
		n += len(files.Page)
	}
	return n
}

// TestBrowser_FirstPages: the login, a step, the person and the apps.
func TestBrowser_FirstPages(t *testing.T) {
	s := liveSite(t)
	m := s.team()
	s.eachLook(m.owner, map[string]string{
		"apps": "/console/", "app-new": "/console/apps/new", "me": "/console/me", "overview": "/console/app/97/",
	})
	s.eachLook(s.browser(), map[string]string{"login": "/console/login"})
}

// TestBrowser_LoginGoesOnByItself: the page notices the scan and the answer.
func TestBrowser_LoginGoesOnByItself(t *testing.T) {
	s := liveSite(t)
	ming := s.phone()
	p := browsertest.New(t, 1280, 900, browsertest.Light)
	p.Open(s.base + "/console/apps/new")
	handle := browsertest.Eval[string](p, `document.querySelector(".qr").src.match(/qrcode\/(.{22})/)[1]`)
	asked := ming.scan(handle)
	p.WaitText("#state", "已扫码")
	ming.say(tapped(asked, "允许"))
	p.Wait("#f-name")
	p.WantQuiet()
}
