package main

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
)

// browser is the one in a follower's WeChat.
type browser struct {
	*http.Client
	t *testing.T
	*follower
}

func newBrowser(t *testing.T, f *follower) *browser {
	jar, _ := cookiejar.New(nil)
	return &browser{&http.Client{Jar: jar}, t, f}
}

// read is the page that came, which must have this status.
func (b *browser) read(status int, resp *http.Response, err error) string {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != status {
		b.t.Fatalf("%s: %s, %v, want %d: %s", resp.Request.URL.Path, resp.Status, err, status, raw)
	}
	return string(raw)
}

// open opens a page as the follower.
func (b *browser) open(path string) string {
	b.t.Helper()
	resp, err := b.Get(b.w.base + "/sandbox/api/followers/" + b.openid + "/open?url=" + url.QueryEscape(b.w.base+path))
	return b.read(http.StatusOK, resp, err)
}

// post sends a form of a page and reads the page that follows.
func (b *browser) post(path string, form url.Values) string {
	b.t.Helper()
	resp, err := b.PostForm(b.w.base+path, form)
	return b.read(http.StatusOK, resp, err)
}

func wantParts(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("no %q in %.1500s", part, text[max(0, strings.Index(text, "<body")):])
		}
	}
}

// TestStory_AFollowerLooksAfterThemselves on the pages, from the answer in the
// chat on: over HTTP against the built binary, beside the phone of the sandbox.
func TestStory_AFollowerLooksAfterThemselves(t *testing.T) {
	w := startWorld(t)
	ming := w.newFollower()
	phone := newBrowser(t, ming)
	wants := func(text string, parts ...string) {
		t.Helper()
		wantParts(t, text, parts...)
	}

	// A link of a README, one tap, and the developer hears of it.
	ming.do("follow", map[string]any{})
	wants(phone.open("/wxuser/?type=1&id=97"), demoName, ">关注</button>")
	wants(phone.post("/follow?type=1&id=97", nil), "已关注")
	w.eventually("app_subscribe by the link", func() bool {
		return contains(w.callbacks(), `"action":"app_subscribe"`, `"source":"link"`)
	})

	// The answer in the chat leads to the page; its UID is the same.
	answer := ming.say("我的UID").Reply
	if !strings.Contains(answer, w.base+"/my/uid") {
		t.Errorf("the answer %q leads to no page", answer)
	}
	uid := answer[strings.Index(answer, "UID_"):][:36]
	wants(phone.open("/my/uid"), uid)

	// Messages off for the app: a send says so. On again: a card.
	wants(phone.post("/my/subscriptions", url.Values{"type": {"1"}, "id": {"97"}, "messages": {"off"}}), "已关闭消息")
	if got := w.send(map[string]any{"content": "听不见", "uids": []string{uid}}); got[0].Code != 1001 {
		t.Errorf("a send to who switched it off: %+v", got)
	}
	phone.post("/my/subscriptions", url.Values{"type": {"1"}, "id": {"97"}, "messages": {"on"}})
	w.send(map[string]any{"content": "听得见", "uids": []string{uid}, "url": "https://example.com/"})
	w.eventually("a card", func() bool { return len(ming.cards()) == 1 })
	resp, err := phone.Get(ming.cards()[0].URL)
	message := phone.read(http.StatusOK, resp, err)
	_, below, _ := strings.Cut(message, `href="/m/`)
	handle, _, _ := strings.Cut(below, "/")
	wants(phone.open("/m/"+handle+"/go"), "即将离开鸿雁", "example.com")
	wants(phone.post("/m/"+handle+"/mute", url.Values{"what": {"app"}}), "已关闭消息")

	// Whoever takes the phone next is somebody else.
	phone.follower = &follower{w: w, openid: w.file.OpenID}
	wants(phone.open("/my/uid"), w.file.UID)
}

// TestPages_UnknownPathsAnswerAPage that a follower can read, and leave the
// other faces alone.
func TestPages_UnknownPathsAnswerAPage(t *testing.T) {
	w := startWorld(t)
	for _, tt := range []struct {
		method, path string
		status       int
		says         string
	}{
		{"GET", "/nope", http.StatusNotFound, "没有这个页面"},
		{"GET", "/favicon.ico", http.StatusNotFound, "没有这个页面"},
		{"GET", "/a/../%2e%2e/passwd?x=1", http.StatusNotFound, "没有这个页面"},
		{"POST", "/healthz", http.StatusNotFound, "没有这个页面"},
		{"GET", "/healthz", http.StatusOK, "ok"},
		{"GET", "/docs", http.StatusOK, "curl -X POST"},
		{"GET", "/api/nope", http.StatusOK, `"code":1004`},
		{"GET", "/api/v1/nope", http.StatusNotFound, `"status":404`},
	} {
		r, err := http.NewRequest(tt.method, w.base+tt.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != tt.status || !strings.Contains(string(body), tt.says) {
			t.Errorf("%s %s: %s, want %d and %q: %.300s", tt.method, tt.path, resp.Status, tt.status, tt.says, body)
		}
	}
}
