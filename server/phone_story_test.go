package main

import (
	"strings"
	"testing"

	"hongyan/server/browsertest"
)

// TestStory_OnThePhonePage is the main job as a person in a browser lives it:
// scan, read the greeting, get a card, open it, command, read the reply. It
// leaves the pictures of the READMEs.
func TestStory_OnThePhonePage(t *testing.T) {
	w := startWorld(t)
	p := browsertest.New(t, 1280, 960, browsertest.Light)
	p.Open(w.base + "/sandbox/")

	// A person adds a follower and scans the demo app's code.
	w.reads(p, "#people", demoFollower) // the page is at work
	p.Click("#people-add")
	w.reads(p, "#welcome", "还没有关注")
	w.reads(p, "#codes-list", demoName)
	browsertest.Eval[bool](p, `[...document.querySelectorAll("#codes-list button")].find(e => e.innerText.includes("`+demoName+`")).click() ?? true`)
	w.reads(p, ".row .bubble", "你已关注「"+demoName+"」")
	ming := &follower{w: w, openid: browsertest.Eval[string](p, `new URL(location).searchParams.get("as")`)}
	w.eventually("app_subscribe with the extra", func() bool {
		return contains(w.callbacks(), `"action":"app_subscribe"`, `"extra":"`+demoExtra+`"`)
	})

	// The follower asks for the UID; the curl line's call puts a card there.
	uid := strings.TrimSpace(ming.say("我的UID").Reply)
	uid = uid[strings.Index(uid, "UID_"):]
	uid = uid[:strings.IndexFunc(uid+" ", func(c rune) bool { return !strings.ContainsRune("UID_ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", c) })]
	got := w.send(map[string]any{"content": "服务器 A 的磁盘已用 **91%**", "contentType": 3, "summary": "服务器 A 磁盘告警", "uids": []string{uid}})
	w.reads(p, "a.template-card", "服务器 A 磁盘告警")
	p.Screenshot("card")

	// The command reaches the developer, whose reply stands in the chat.
	p.Type("#say-text", "#97 重启服务器")
	p.Click("#say-send")
	w.reads(p, ".row .bubble", "已收到，正在重启服务器")
	browsertest.Await[bool](p, `Promise.all(document.getAnimations().map(a => a.finished)).then(() => true)`)
	w.eventually("send_up_cmd", func() bool { return contains(w.callbacks(), "send_up_cmd", "重启服务器", uid) })
	w.eventually("status 2", func() bool { code, _ := w.status(got[0].RecordID); return code == 2 })
	p.Screenshot("phone")
	p.WantQuiet()
	p.WantFits()

	// The card leads to the message page.
	page := browsertest.New(t, 375, 812, browsertest.Light)
	page.Open(w.base + "/sandbox/api/followers/" + ming.openid + "/open?url=" + ming.cards()[0].URL)
	if text := page.Text("main.article-content"); !strings.Contains(text, "服务器 A 的磁盘已用 91%") {
		t.Errorf("the message page reads %q", text)
	}
	page.Screenshot("message")
	page.WantQuiet()
	page.WantFits()
}
