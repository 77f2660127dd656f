package main

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
)

// TestStory_AFollowerLooksAfterThemselves on the pages, from the answer in the
// chat on: over HTTP against the built binary, beside the phone of the sandbox.
func TestStory_AFollowerLooksAfterThemselves(t *testing.T) {
	w := startWorld(t)
	ming := w.newFollower()
	jar, _ := cookiejar.New(nil)
	browser := &http.Client{Jar: jar}
	read := func(resp *http.Response, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		raw, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s, %v: %s", resp.Request.URL.Path, resp.Status, err, raw)
		}
		return string(raw)
	}
	open := func(path string) string {
		t.Helper()
		return read(browser.Get(w.base + "/sandbox/api/followers/" + ming.openid + "/open?url=" + url.QueryEscape(w.base+path)))
	}
	post := func(path string, form url.Values) string {
		t.Helper()
		return read(browser.PostForm(w.base+path, form))
	}
	wants := func(text string, parts ...string) {
		t.Helper()
		for _, part := range parts {
			if !strings.Contains(text, part) {
				t.Errorf("no %q in %.1500s", part, text[strings.Index(text, "<body"):])
			}
		}
	}

	// A link of a README, one tap, and the developer hears of it.
	ming.do("follow", map[string]any{})
	wants(open("/wxuser/?type=1&id=97"), demoName, ">关注</button>")
	wants(post("/follow?type=1&id=97", nil), "已关注")
	w.eventually("app_subscribe by the link", func() bool {
		return contains(w.callbacks(), `"action":"app_subscribe"`, `"source":"link"`)
	})

	// The answer in the chat leads to the page; its UID is the same.
	answer := ming.say("我的UID").Reply
	if !strings.Contains(answer, w.base+"/my/uid") {
		t.Errorf("the answer %q leads to no page", answer)
	}
	uid := answer[strings.Index(answer, "UID_"):][:36]
	wants(open("/my/uid"), uid)

	// Messages off for the app: a send says so. On again: a card.
	wants(post("/my/subscriptions", url.Values{"type": {"1"}, "id": {"97"}, "messages": {"off"}}), "已关闭消息")
	if got := w.send(map[string]any{"content": "听不见", "uids": []string{uid}}); got[0].Code != 1001 {
		t.Errorf("a send to who switched it off: %+v", got)
	}
	post("/my/subscriptions", url.Values{"type": {"1"}, "id": {"97"}, "messages": {"on"}})
	w.send(map[string]any{"content": "听得见", "uids": []string{uid}, "url": "https://example.com/"})
	w.eventually("a card", func() bool { return len(ming.cards()) == 1 })
	message := read(browser.Get(ming.cards()[0].URL))
	_, below, _ := strings.Cut(message, `href="/m/`)
	handle, _, _ := strings.Cut(below, "/")
	wants(open("/m/"+handle+"/go"), "即将离开鸿雁", "example.com")
	wants(post("/m/"+handle+"/mute", url.Values{"what": {"app"}}), "已关闭消息")

	// Whoever takes the phone next is somebody else.
	ming = &follower{w: w, openid: w.file.OpenID}
	wants(open("/my/uid"), w.file.UID)
}
