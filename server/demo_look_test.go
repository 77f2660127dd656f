package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"hongyan/server/browsertest"
)

// reads waits until the page shows a text in an element.
func (w *world) reads(p *browsertest.Page, selector, text string) {
	w.t.Helper()
	w.eventually(text+" in "+selector, func() bool {
		script := `[...document.querySelectorAll(` + "`" + selector + "`" + `)].some(e => e.innerText.includes(` + "`" + text + "`" + `))`
		return browsertest.Eval[bool](p, script)
	})
}

// unlabelled lists the controls that tell nobody what they are.
const unlabelled = `[...document.querySelectorAll("input:not([type=hidden]), textarea, select, button, a, [role=button]")]
	.filter((e) => !(e.labels?.length || e.textContent.trim() || e.getAttribute("aria-label"))).map((e) => e.outerHTML)`

func TestBrowser_TheDemoIsReadableAtBothWidthsInBothSchemes(t *testing.T) {
	w := startWorld(t)
	demo := &follower{w: w, openid: w.file.OpenID}
	demo.say("#97 重启服务器")
	demo.say("#97 一句很长的指令，里面有 https://example.com/" + strings.Repeat("很长的路径", 20) + " 和 <b>标签</b>")
	if resp, err := http.Post(w.base+"/demo/callback", "application/json", strings.NewReader("{}")); err != nil || resp.StatusCode != http.StatusForbidden {
		t.Fatalf("an unsigned callback: %v, %v", resp, err)
	}
	for _, width := range []int{375, 1280} {
		for _, scheme := range []browsertest.Scheme{browsertest.Light, browsertest.Dark} {
			t.Run(fmt.Sprintf("%d-%v", width, scheme), func(t *testing.T) {
				p := browsertest.New(t, width, 900, scheme)
				p.Open(w.base + "/demo/")
				p.Click("#send button[type=submit]")
				w.reads(p, ".stop[aria-current]", "发送成功")
				browsertest.Await[bool](p, `Promise.all(document.getAnimations().map(a => a.finished)).then(() => true)`)
				p.Screenshot(fmt.Sprintf("demo-look-%d-%v", width, scheme))
				p.WantFits()
				p.WantContrast()
				for _, tab := range []string{"python", "node", "go", "java"} {
					p.Click("[for=in-" + tab + "]")
					p.Wait(".pair." + tab + " pre")
					p.WantFits()
				}
				p.WantContrast()
				if got := browsertest.Eval[[]string](p, unlabelled); len(got) > 0 {
					t.Errorf("controls without a label: %q", got)
				}
				p.WantQuiet()
			})
		}
	}
}

// TestBrowser_TheDemoSendsByKeyboard alone, from the address bar on.
func TestBrowser_TheDemoSendsByKeyboard(t *testing.T) {
	w := startWorld(t)
	p := browsertest.New(t, 1280, 900, browsertest.Light)
	p.Open(w.base + "/demo/")
	focus := func() string {
		return browsertest.Eval[string](p, `document.activeElement.name || document.activeElement.type || document.activeElement.tagName`)
	}
	tabTo := func(name string) {
		t.Helper()
		for range 12 {
			if focus() == name {
				return
			}
			p.Press(kb.Tab)
		}
		t.Fatalf("twelve tabs do not lead to %s", name)
	}
	tabTo("to")
	p.Press(kb.ArrowRight)
	tabTo("kind")
	p.Press(kb.ArrowLeft)
	tabTo("content")
	p.Press("只用键盘写的。")
	tabTo("submit")
	p.Press(kb.Enter)
	w.reads(p, ".stop[aria-current]", "发送成功")
	w.reads(p, ".progress", "共 1 人：送达 1")
	w.reads(p, "#receipt details", "看看请求和应答")
	if got := p.Text("#content-wrong"); got != "" {
		t.Errorf("the page says %q", got)
	}
	p.WantQuiet()
}

// TestF35_InTheDemoACallbackRunsNothing, neither when it comes while the page
// stands nor when the page is drawn with it.
func TestF35_InTheDemoACallbackRunsNothing(t *testing.T) {
	w := startWorld(t)
	demo := &follower{w: w, openid: w.file.OpenID}
	p := browsertest.New(t, 1280, 900, browsertest.Light)
	p.Open(w.base + "/demo/")
	for _, hostile := range []string{
		`<script>alert(1)</script>`, `<img src=/evil onerror=alert(1)>`, `</pre></li></ol><svg onload=alert(1)>`,
		`<div hx-get="/evil" hx-trigger="load">`, `<div hx-swap-oob="true" id="receipt"><iframe srcdoc="<script>alert(1)</script>">`,
		"x\r\n\r\nevent: all\r\ndata: <img src=/evil onerror=alert(1)>\r\n\r\n", `{"reply":"<script>alert(1)</script>"}`,
	} {
		demo.say("#97 " + hostile)
	}
	w.reads(p, ".call:first-child .said", `{"reply":`)
	check := func() {
		t.Helper()
		if n := browsertest.Eval[int](p, `document.querySelectorAll(".call :is(script, img, svg, iframe, div)").length`); n > 0 {
			t.Errorf("%d elements stand in callbacks that are no part of the page", n)
		}
		for _, address := range p.Requests() {
			if strings.Contains(address, "/evil") {
				t.Errorf("the page fetched %s", address)
			}
		}
		if got := browsertest.Eval[int](p, `document.querySelectorAll(".call").length`); got != 8 {
			t.Errorf("%d callbacks are shown, want 8", got)
		}
		p.WantQuiet()
	}
	check()
	p.Open(w.base + "/demo/")
	check()
}

// TestDemo_IsSmallAndQuick: everything the page loads, as it leaves the
// server, with as many callbacks as it ever shows.
func TestDemo_IsSmallAndQuick(t *testing.T) {
	w := startWorld(t)
	demo := &follower{w: w, openid: w.file.OpenID}
	for i := range 25 {
		demo.say(fmt.Sprintf("#97 第%d次%s", i, strings.Repeat("重启", 30)))
	}
	weight := 0
	var page string
	for _, path := range []string{"/demo/", "/demo/", "stylesheet", "script", "htmx", "sse", "copy"} {
		if !strings.HasPrefix(path, "/") {
			path = assetOf(t, page, path)
		}
		began := time.Now()
		resp, err := http.Get(w.base + path)
		if err != nil {
			t.Fatal(err)
		}
		first := time.Since(began)
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s, %v", path, resp.Status, err)
		}
		t.Logf("%s: %d bytes, first byte after %s", path, len(body), first)
		if path == "/demo/" && page == "" {
			page = string(body) // the first time templates are prepared
			continue
		}
		weight += len(body)
		if path == "/demo/" && first > 50*time.Millisecond {
			t.Errorf("the page's first byte comes after %s, want 50 ms", first)
		}
	}
	if weight > 200_000 {
		t.Errorf("the page weighs %d bytes, want less than 200 kB", weight)
	}
}

// assetOf is the path of the page's file with the name in it.
func assetOf(t *testing.T, page, name string) string {
	t.Helper()
	before := `src="/ui/` + name + `.`
	switch name {
	case "stylesheet":
		before = `href="/ui/demo.`
	case "script":
		before = `src="/ui/demo.`
	}
	_, after, ok := strings.Cut(page, before)
	end, _, _ := strings.Cut(after, `"`)
	if !ok {
		t.Fatalf("the page loads no %s", name)
	}
	_, path, _ := strings.Cut(before, `"`)
	return path + end
}
