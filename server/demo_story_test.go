package main

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"hongyan/server/browsertest"
)

// TestStory_TheDemoShowsWhatTheDeveloperIsTold as somebody lives it who has
// just started the sandbox: two tabs, the demo and the phone.
func TestStory_TheDemoShowsWhatTheDeveloperIsTold(t *testing.T) {
	w := startWorld(t, "--profile", "real") // with WeChat's delays
	demo := browsertest.New(t, 1280, 900, browsertest.Light)
	demo.Open(w.base + "/demo/")
	w.reads(demo, ".call", "有人关注了应用") // the demo follower, at the start

	// A message goes out by the form, and its way is shown as it goes it, while
	// WeChat takes its time and its report does not come.
	w.post("/sandbox/api/faults", map[string]any{"path": "/cgi-bin/message/template/send", "latencyMs": 1500, "times": 1}, nil)
	w.post("/sandbox/api/faults", map[string]any{"dropFinish": 1}, nil)
	browsertest.Eval[any](demo, watchStops)
	demo.Click("#send button[type=submit]")
	w.reads(demo, ".stop[aria-current]", "已交给微信")
	if got, want := strings.Join(browsertest.Eval[[]string](demo, `stops`), " → "), "等待发送 → 已交给微信"; got != want {
		t.Errorf("the page showed %s, want %s", got, want)
	}
	fetch(t, "DELETE", w.base+"/sandbox/api/faults", "")

	// The same form again is another message, and this one arrives.
	demo.Click("#send button[type=submit]")
	w.reads(demo, ".stop[aria-current]", "发送成功")
	me := &follower{w: w, openid: w.file.OpenID}
	w.eventually("two cards", func() bool { return len(me.cards()) == 2 })

	// Its link leads to the follower's phone, where the card is. There the
	// follower gives a command.
	phone := browsertest.New(t, 1280, 900, browsertest.Light)
	phone.Open(browsertest.Eval[string](demo, `document.querySelector(".progress a").href`))
	w.reads(phone, "a.template-card", "服务器 A 磁盘告警")
	phone.Type("#say-text", "#97 重启服务器")
	phone.Click("#say-send")

	// The developer is told while the page stands, and the reply is in the chat.
	w.reads(demo, ".call:first-child", "有人发来指令")
	w.reads(demo, ".call:first-child", "重启服务器")
	w.reads(demo, ".call:first-child", "签名正确")
	w.reads(demo, ".call:first-child .reply", "已收到，正在重启服务器")
	w.reads(phone, ".row .bubble", "已收到，正在重启服务器")
	browsertest.Await[bool](demo, `Promise.all(document.getAnimations().map(a => a.finished)).then(() => true)`)
	demo.Screenshot("demo")
	narrow := browsertest.New(t, 375, 812, browsertest.Light)
	narrow.Open(w.base + "/demo/")
	narrow.Click("[for=in-python]")
	narrow.Screenshot("demo-375")

	// The button leads to the phone with the code; a new person scans it.
	phone.Open(w.base + "/sandbox/")
	w.reads(phone, "#people", demoFollower) // the page is at work
	phone.Click("#people-add")
	w.reads(phone, "#welcome", "还没有关注")
	newcomer := browsertest.Eval[string](phone, `location.search`)
	scan := browsertest.Eval[string](demo, `document.querySelector(".app .button").href`)
	phone.Open(scan + strings.Replace(newcomer, "?", "&", 1))
	phone.Click("#codes-list .wanted button")
	w.reads(demo, ".call:first-child", "有人关注了应用")

	// What a hostile follower says is read, not run.
	phone.Type("#say-text", `#97 <img src=x onerror="document.title='evil'"><script>document.title='evil'</script>`)
	phone.Click("#say-send")
	w.reads(demo, ".call:first-child .said", `<img src=x onerror=`)
	if title := browsertest.Eval[string](demo, `document.title`); title != "鸿雁演示" {
		t.Errorf("F35: the title is %q", title)
	}
	demo.WantQuiet()
	phone.WantQuiet()

	// A server that stops does not wait for the page, which says that it is
	// alone, and does not lose what is typed.
	address := strings.TrimPrefix(w.base, "http://")
	if took := w.stop(t); took > 5*time.Second {
		t.Errorf("F46: with a page open the server takes %s to stop", took)
	}
	w.reads(demo, "#lost:not([hidden])", "正在重连")
	demo.Click("#send button[type=submit]")
	w.reads(demo, "#unsent:not([hidden])", "再点一次发送")

	// When it is back, so is the page, by itself, with what the new server was
	// told.
	again := startWorldIn(t, w.stores[1], address)
	again.reads(demo, ".told .none", "还没有收到回调")
	(&follower{w: again, openid: again.file.OpenID}).say("#97 还在吗")
	again.reads(demo, ".call:first-child", "还在吗")
	demo.Click("#send button[type=submit]")
	again.reads(demo, ".stop[aria-current]", "发送成功")
	again.eventually("no complaint", func() bool {
		return browsertest.Eval[bool](demo, `document.querySelectorAll("#lost[hidden], #unsent[hidden]").length === 2`)
	})
}

// watchStops keeps where the page says that the message is.
const watchStops = `window.stops = []; new MutationObserver(() => {
	const now = document.querySelector(".stop[aria-current] b")?.textContent;
	if (now && now !== stops.at(-1)) stops.push(now);
}).observe(document.querySelector("main"), { subtree: true, childList: true }); null`

var sentTo = regexp.MustCompile(`\?sent=(\d+)#receipt$`)

// TestDemo_WorksWithoutScript: forms and links alone.
func TestDemo_WorksWithoutScript(t *testing.T) {
	w := startWorld(t)
	me := &follower{w: w, openid: w.file.OpenID}
	me.say("#97 先说一句")
	page := func() string {
		_, text := fetch(t, "GET", w.base+"/demo/", "")
		return string(text)
	}
	wantParts(t, page(), "有人发来指令", "先说一句", `href="./"`)
	once := regexp.MustCompile(`name="once" type="hidden" value="(\w+)"`).FindStringSubmatch(page())[1]
	form := url.Values{"to": {"topic"}, "kind": {"2"}, "content": {"<b>粗</b>\r\n体"}, "summary": {""}, "once": {once}}
	send := func(form url.Values) string {
		t.Helper()
		r, err := http.NewRequest("POST", w.base+"/demo/send", strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", w.base)
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		found := sentTo.FindStringSubmatch(resp.Header.Get("Location"))
		if resp.StatusCode != http.StatusSeeOther || found == nil {
			t.Fatalf("the form answers %s, %s", resp.Status, resp.Header.Get("Location"))
		}
		return found[1]
	}

	// A double click is one message; another text is another one.
	first := send(form)
	if again := send(form); again != first {
		t.Errorf("the form sent twice made %s and %s", first, again)
	}
	w.eventually("a card", func() bool { return len(me.cards()) == 1 })
	form.Set("content", "别的内容")
	if other := send(form); other == first {
		t.Error("another text under the same form is the same message")
	}
	w.eventually("another card", func() bool { return len(me.cards()) == 2 })
	w.eventually("the page at the form's address says it arrived", func() bool {
		_, text := fetch(t, "GET", w.base+"/demo/?sent="+first, "")
		return strings.Contains(string(text), "发送成功") && strings.Contains(string(text), "共 1 人：送达 1，失败 0，略过 0")
	})

	// What will not go, and what is nobody's, is said.
	w.post("/sandbox/api/followers/"+me.openid+"/block", map[string]any{"on": true}, nil)
	form.Set("content", "会被拒收")
	refused := send(form)
	w.eventually("the page says why it failed and what to do", func() bool {
		_, text := fetch(t, "GET", w.base+"/demo/?sent="+refused, "")
		return strings.Contains(string(text), "发送失败") && strings.Contains(string(text), "接收消息")
	})
	if _, text := fetch(t, "GET", w.base+"/demo/?sent=4503599627370001", ""); !strings.Contains(string(text), "没有这项内容") {
		t.Error("a record that is none is not told apart")
	}
}
