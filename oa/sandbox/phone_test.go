package sandbox_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"hongyan/oa"
	"hongyan/oa/sandbox"
	"hongyan/server/browsertest"
)

// A stage is a sandbox with an open phone page and a small account that
// greets, answers and sends cards.
type stage struct {
	*platform
	page *browsertest.Page
	url  string
	oa   *oa.Client
}

func newStage(t *testing.T, width int, scheme browsertest.Scheme, change ...func(*sandbox.Options)) *stage {
	t.Helper()
	p := newPlatform(t, append([]func(*sandbox.Options){func(o *sandbox.Options) { o.Mode = oa.ModeSafe }}, change...)...)
	s := &stage{platform: p, oa: newClient(p)}
	small, err := oa.NewHandler(oa.Account{AppID: appID, Secret: secret, OriginalID: origin, Token: token, AESKey: aesKey, Mode: oa.ModeSafe},
		oa.HandlerOptions{Handle: greet})
	if err != nil {
		t.Fatal(err)
	}
	p.account.answer = small
	running(t, p)
	server := httptest.NewServer(p.Handler())
	t.Cleanup(func() { p.HangUp(); server.Close() })
	s.url = server.URL + "/sandbox/"
	s.page = browsertest.New(t, width, 812, scheme)
	return s
}

// greet is the whole account.
func greet(_ context.Context, ev oa.Event) (oa.Reply, error) {
	switch e := ev.(type) {
	case *oa.Subscribe:
		return oa.TextReply{Content: "你好，这里是鸿雁。发送 " + tapLink("help", "帮助") + " 查看能做什么，" +
			"或看看 <a href=\"https://example.com/文档\">文档</a>。<a href=\"javascript:alert(1)\">坏链接</a> <b>不是粗体</b>"}, nil
	case *oa.Scan:
		return oa.TextReply{Content: "你已关注「演示应用」(#97)。"}, nil
	case *oa.Text:
		if e.MenuID != "" {
			return oa.TextReply{Content: "你点了 " + e.Content + "，编号 " + e.MenuID}, nil
		}
		if what, ok := strings.CutPrefix(e.Content, "#97 重启"); ok {
			return oa.TextReply{Content: "好的，正在重启" + what}, nil
		}
		return oa.TextReply{Content: "收到：" + e.Content}, nil
	}
	return nil, nil
}

func tapLink(id, text string) string {
	return `<a href="weixin://bizmsgmenu?msgmenucontent=` + text + `&msgmenuid=` + id + `">` + text + `</a>`
}

// push sends a card and says when its id is not one.
func (s *stage) push(openid, text string) error {
	_, err := s.oa.SendTemplate(s.t.Context(), oa.TemplateMessage{ToUser: openid, TemplateID: sandbox.DefaultTemplate, URL: "https://example.com/message",
		Data: map[string]string{"thing1": "演示应用", "thing2": text, "time3": "2026-11-21 09:38", "character_string4": "m7Kq2"}})
	return err
}

// reads waits until the page shows a text in an element.
func (s *stage) reads(selector, text string) {
	s.t.Helper()
	script := fmt.Sprintf(`new Promise((yes) => {
		const until = performance.now() + 5000;
		const look = () => {
			const shown = [...document.querySelectorAll(%q)].map((e) => e.innerText).join("\n");
			if (shown.includes(%q) || performance.now() > until) yes(shown); else requestAnimationFrame(look);
		};
		look();
	})`, selector, text)
	if got := browsertest.Await[string](s.page, script); !strings.Contains(got, text) {
		s.t.Fatalf("%s shows %q, want %q in it", selector, got, text)
	}
}

// code has the account show a QR code.
func (s *stage) code(scene string) {
	s.t.Helper()
	if _, err := s.oa.CreateQR(s.t.Context(), scene, time.Hour); err != nil {
		s.t.Fatal(err)
	}
}

// The newest user is the one that was added last.
func (s *stage) newest() string {
	s.t.Helper()
	list := s.do("GET", "/followers?limit=1", "", 200)["followers"].([]any)
	return list[0].(map[string]any)["openid"].(string)
}

// The story of the first steps, on a wide screen.
func TestPhone_FirstSteps(t *testing.T) {
	s := newStage(t, 1280, browsertest.Light)
	s.Suggest(sandbox.Hints{Command: "curl -s http://127.0.0.1/api/send/message", Codes: map[string]string{"demo": "演示应用"}})
	s.code("demo")
	p := s.page
	p.Open(s.url)
	s.reads("#command", "curl -s http://127.0.0.1/api")
	s.reads("#welcome", "还没有选人")
	s.reads("#codes-list", "演示应用")
	p.Click("#people-add")
	s.reads("#welcome", "还没有关注")
	s.reads("#step-1.done", "选一个关注者")
	p.Click("#codes-list button")
	s.reads(".row .bubble", "你好，这里是鸿雁")
	s.reads(".notice-line", "你已关注该公众号")
	s.reads("#step-2.done", "二维码")
	if err := s.push(s.newest(), "服务器 A 磁盘告警"); err != nil {
		t.Fatal(err)
	}
	s.reads("a.template-card", "服务器 A 磁盘告警")
	s.reads("a.template-card dt", "内容")
	s.reads("#step-3.done", "卡片")
	p.Type("#say-text", "#97 重启服务器")
	p.Click("#say-send")
	s.reads(".said .bubble", "#97 重启服务器")
	s.reads(".row .bubble", "好的，正在重启服务器")
	s.reads("#step-5.done", "重启")
	p.Type("#say-text", "按回车发送\r")
	s.reads(".row .bubble", "收到：按回车发送")
	if got := browsertest.Eval[string](p, `document.querySelector("#say-text").value`); got != "" {
		t.Errorf("the field keeps %q", got)
	}
	s.reads("#log-list", "发模板消息")
	s.reads("#log-list", "说话")
	s.reads("#log-list", "送达回执")
	p.WantQuiet()
}

// What an account writes is text: only menu links and pages come alive.
func TestPhone_LinksAreSafe(t *testing.T) {
	s := newStage(t, 1280, browsertest.Light)
	f := must[sandbox.Answer](t)
	who := s.Add()
	f(who.Follow(t.Context()))
	s.page.Open(s.url + "?as=" + who.OpenID)
	s.reads(".row .bubble", "坏链接 <b>不是粗体</b>")
	got := browsertest.Eval[[]string](s.page, `[...document.querySelectorAll(".bubble a, .bubble b, .bubble button")].map((e) => e.tagName + " " + e.textContent + " " + (e.getAttribute("href") ?? ""))`)
	want := []string{"BUTTON 帮助 ", "A 文档 api/followers/" + who.OpenID + "/open?url=https%3A%2F%2Fexample.com%2F%E6%96%87%E6%A1%A3"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("alive are %q, want %q", got, want)
	}
	s.page.Click(".bubble .tap")
	s.reads(".row .bubble", "你点了 帮助，编号 help")
	if err := s.oa.SendMenu(t.Context(), who.OpenID, oa.Menu{Head: "交给哪个应用？", Items: []oa.MenuItem{{ID: "1", Content: "演示应用"}, {ID: "2", Content: "家庭服务器"}}, Tail: "点一下即可"}); err != nil {
		t.Fatal(err)
	}
	s.reads(".bubble .tap", "家庭服务器")
	browsertest.Eval[any](s.page, `[...document.querySelectorAll(".tap")].at(-1).click()`)
	s.reads(".row .bubble", "你点了 家庭服务器，编号 2")
	s.page.WantQuiet()
}

// Faults are dialled in by one click, stand until used up, and are cleared.
func TestPhone_Faults(t *testing.T) {
	s := newStage(t, 1280, browsertest.Light)
	who := s.member()
	s.page.Open(s.url + "?as=" + who.OpenID)
	browsertest.Eval[any](s.page, `document.querySelector("input[name=times][value='3']").click()`)
	s.page.Click("[data-dial=quota]")
	s.reads("#standing", "还剩 3 次")
	if err := s.push(who.OpenID, "一"); err == nil || !strings.Contains(err.Error(), "45009") {
		t.Errorf("send answers %v, want 45009", err)
	}
	s.reads("#standing", "还剩 2 次")
	s.reads("#log-list", "45009")
	s.page.Click("[data-dial=receipt]")
	s.reads("#standing", "丢失回执")
	s.page.Click("#faults-clear")
	s.reads("#toast", "已全部恢复")
	if got := s.Faults(); len(got) != 0 || s.Settings().DropFinish != 0 {
		t.Errorf("faults %v still stand", got)
	}
	browsertest.Eval[any](s.page, `document.querySelector("input[name=profile][value=bench]").click()`)
	s.reads("#profile-about", "没有额度")
	if got := s.Settings().Profile; got != "bench" {
		t.Errorf("profile %s", got)
	}
	s.page.WantQuiet()
}

// Each tab is the follower its address names; a refusal is said, not logged.
func TestPhone_SeveralFollowers(t *testing.T) {
	s := newStage(t, 1280, browsertest.Light)
	first, second := s.member(), s.member()
	s.page.Open(s.url + "?as=" + first.OpenID)
	s.page.Type("#say-text", "我是第一位\r")
	s.reads(".row .bubble", "收到：我是第一位")
	s.page.Click(`.person[data-key="` + second.OpenID + `"]`)
	s.reads(".notice-line", "你已关注该公众号")
	if got := s.page.Text("#chat"); strings.Contains(got, "第一位") {
		t.Errorf("the second one's phone shows %q", got)
	}
	if got := browsertest.Eval[string](s.page, `location.search`); got != "?as="+second.OpenID {
		t.Errorf("address %s", got)
	}
	s.page.Click(".chosen .acts button:nth-child(2)")
	browsertest.Eval[any](s.page, `document.querySelector(".acts input").value = ""`)
	s.page.Type(".acts input", "小雁\r")
	s.reads(".chosen b", "小雁")
	s.page.Click(".chosen .acts button") // leaves
	s.reads(".chosen .chip", "未关注")
	s.reads("#follow", "关注公众号")
	s.page.Click("#follow-do")
	s.reads(".chosen .chip", "已关注")
	s.page.Click(".chosen .acts button:last-child") // refuses
	s.reads(".chosen .chip", "拒收")
	s.page.Type("#scan-text", "没有的码\r")
	s.reads("#toast", "没有这个二维码")
	browsertest.Eval[any](s.page, `document.querySelector("#scan-text").value = ""`)
	s.page.Type("#scan-text", "https://example.com/别的\r")
	s.reads("#ask", "https://example.com/别的")
	s.page.WantQuiet()
}

// A link to a code shows it first, however many came after it, and one click
// or Enter scans it.
func TestPhone_OpenedForACode(t *testing.T) {
	for _, width := range []int{375, 1280} {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			s := newStage(t, width, browsertest.Light)
			s.Suggest(sandbox.Hints{Codes: map[string]string{"demo": "演示应用"}})
			s.code("demo")
			for i := range 20 {
				s.code(fmt.Sprintf("later-%d", i))
			}
			s.Add()
			s.page.Open(s.url + "?code=demo")
			s.reads("#codes-list li:first-child.wanted", "演示应用")
			s.reads("#codes-list li:first-child.wanted", "扫这个")
			if got := browsertest.Eval[int](s.page, `document.querySelectorAll("#codes-list li").length`); got != 12 {
				t.Errorf("%d codes are shown, want 12", got)
			}
			s.page.Wait("#codes-list .wanted img")
			s.page.Screenshot(fmt.Sprintf("phone-wanted-%d", width))
			s.page.WantContrast()
			s.page.Press("\r")
			s.reads(".row .bubble", "你好，这里是鸿雁")
			s.page.Open(s.url + "?code=<img src=x onerror=alert(1)>")
			s.reads("#codes-list li:first-child:not(.wanted)", "later-19")
			s.page.WantQuiet()
		})
	}
}

// Everything works below a key, with nothing but the page's own files.
func TestPhone_BelowAKey(t *testing.T) {
	s := newStage(t, 1280, browsertest.Dark, func(o *sandbox.Options) { o.Key = "k3y" })
	who := s.member()
	s.page.Open(s.url + "k3y/?as=" + who.OpenID)
	s.page.Type("#say-text", "在吗\r")
	s.reads(".row .bubble", "收到：在吗")
	for _, address := range s.page.Requests() {
		if !strings.HasPrefix(address, s.url+"k3y/") && !strings.HasPrefix(address, "data:") {
			t.Errorf("page fetched %s", address)
		}
	}
	s.page.WantQuiet()
}
