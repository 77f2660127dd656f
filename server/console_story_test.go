package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"hongyan/server/browsertest"
)

// keyboard is a person at the console who has no mouse.
type keyboard struct {
	t *testing.T
	p *browsertest.Page
}

// to presses Tab until the focus is on what the selector names.
func (k keyboard) to(selector string) {
	k.t.Helper()
	for range 120 {
		if browsertest.Eval[bool](k.p, `document.activeElement?.matches(`+fmt.Sprintf("%q", selector)+`) ?? false`) {
			return
		}
		k.p.Press(kb.Tab)
	}
	k.t.Fatalf("no way to %s by the keyboard; the page says:\n%.800s", selector, k.p.Text("main"))
}

func (k keyboard) press(selector string) {
	k.t.Helper()
	k.to(selector)
	k.p.Press(kb.Enter)
}

func (k keyboard) write(selector, text string) {
	k.t.Helper()
	k.to(selector)
	k.p.Press(text)
}

var tappable = regexp.MustCompile(`msgmenucontent=(允许 [A-Z2-9]{4})&`)

// allows scans the code that the page shows and says 允许 on the phone.
func (f *follower) allows(p *browsertest.Page) {
	f.w.t.Helper()
	p.Wait(".qr")
	handle := browsertest.Eval[string](p, `document.querySelector(".qr").src.match(/qrcode\/(.{22})/)[1]`)
	asked := f.scan(handle).Reply
	m := tappable.FindStringSubmatch(asked)
	if m == nil {
		f.w.t.Fatalf("the phone shows nothing to allow: %s", asked)
	}
	f.say(m[1])
}

// TestStory_ByKeyboardFromTheFirstLinkToACard: the link of the first start,
// the login, an app, a message that arrives, a step that the phone allows, and
// a backup; nothing but the keyboard and the phone, on the built binary.
func TestStory_ByKeyboardFromTheFirstLinkToACard(t *testing.T) {
	w := startWorld(t)
	boss := w.newFollower()
	p := browsertest.New(t, 1280, 900, browsertest.Light)
	k := keyboard{t, p}

	p.Open(w.file.AdminURL)
	boss.allows(p)
	p.WaitText("main", demoName) // nobody owned the demo app
	k.press(`main a[href="/console/apps/new"]`)
	p.Wait("#f-name")
	k.write("#f-name", "构建通知")
	k.press(`main form .button:not(.quiet)`)
	p.WaitText("main", "AT_")
	app := browsertest.Eval[string](p, `document.querySelector('main a.button[href^="/console/app/"]').getAttribute("href").match(/app\/(\d+)/)[1]`)

	ming := w.newFollower()
	ming.do("follow", map[string]any{})
	ming.say("#" + app)
	uid := regexp.MustCompile(`UID_[A-Z2-7]+`).FindString(ming.say("我的UID").Reply)

	k.press(`main a.button[href="/console/app/` + app + `/"]`)
	p.WaitText("h1", "构建通知")
	k.press(`nav a[href="/console/app/` + app + `/send"]`)
	p.Wait("#f-content")
	k.write("#f-content", "构建成功")
	k.write("#f-uids", uid)
	k.press(`#send .acts .button:not(.quiet)`)
	w.eventually("the card, or the question before it", func() bool {
		return len(ming.cards()) == 1 || strings.Contains(p.Text("main"), "确认发送") || strings.Contains(p.Text("main"), "构建成功")
	})
	if strings.Contains(p.Text("main"), "确认发送") {
		p.Press(kb.Enter) // where the focus is
	}
	w.eventually("a card on the phone", func() bool { return len(ming.cards()) == 1 })
	p.WaitUntil(`!document.querySelector("#f-content")`) // the page of the message

	// A step that matters waits for the phone.
	k.press(`nav a[href="/console/app/` + app + `/settings"]`)
	p.WaitText("h1", "设置")
	p.WantQuiet()

	// The administrator makes a backup of the running server.
	k.press(`nav a[href="/console/admin/"]`)
	p.WaitUntil(`location.pathname === "/console/admin/"`)
	k.press(`nav a[href="/console/admin/backup"]`)
	p.WaitUntil(`location.pathname === "/console/admin/backup"`)
	k.press(`form[action="/console/admin/backup"] button`)
	folder := filepath.Join(w.stores[1], "backups")
	w.eventually("a backup", func() bool {
		files, _ := filepath.Glob(filepath.Join(folder, "hongyan-*.db"))
		return len(files) == 1
	})
	p.WantQuiet()
	if _, err := os.Stat(folder); err != nil {
		t.Error(err)
	}
}
