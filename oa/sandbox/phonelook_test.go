package sandbox_test

import (
	"fmt"
	"testing"

	"hongyan/oa"
	"hongyan/oa/sandbox"
	"hongyan/server/browsertest"
)

// Between phone and desk one column scrolls beside the phone.
func TestPhone_LooksOnATablet(t *testing.T) {
	s := newStage(t, 900, browsertest.Light)
	s.page.Open(s.url + "?as=" + s.inUse(t))
	s.reads(".row .bubble", "正在重启")
	browsertest.Eval[any](s.page, `document.querySelector("#log").scrollIntoView()`)
	s.page.Screenshot("phone-tablet")
	if got := browsertest.Eval[float64](s.page, `document.querySelector("#phone").getBoundingClientRect().top`); got < 0 || got > 100 {
		t.Errorf("the phone stands at %v", got)
	}
	if !browsertest.Eval[bool](s.page, `document.querySelector("#codes").getBoundingClientRect().bottom < document.querySelector("#faults").getBoundingClientRect().top`) {
		t.Error("the parts lie on each other")
	}
	s.page.WantQuiet()
	s.page.WantFits()
	s.page.WantContrast()
}

// The looks: a newcomer's page and one in use, on both screens in both
// schemes; on the narrow one every part as a sheet.
func TestPhone_Looks(t *testing.T) {
	for _, width := range []int{375, 1280} {
		for _, scheme := range []browsertest.Scheme{browsertest.Light, browsertest.Dark} {
			t.Run(fmt.Sprintf("%d-%v", width, scheme), func(t *testing.T) { looks(t, width, scheme) })
		}
	}
}

func looks(t *testing.T, width int, scheme browsertest.Scheme) {
	s := newStage(t, width, scheme)
	look := func(name string) {
		t.Helper()
		s.page.Screenshot(fmt.Sprintf("phone-%s-%d-%v", name, width, scheme))
		s.page.WantFits()
		s.page.WantContrast()
	}
	s.Suggest(sandbox.Hints{Codes: map[string]string{"demo": "演示应用", "topic-12": "演示主题"}, Command: `curl -s http://127.0.0.1:8080/api/send/message -H 'Content-Type: application/json' -d '{"appToken":"AT_a5Zr0yQ2mB8wK1xN7dT4cV9eL6hJ3sUf","content":"你好，鸿雁","uids":["UID_9x2Lq7Bv"]}'`})
	s.page.Open(s.url)
	s.reads("#welcome", "还没有选人")
	look("newcomer")
	who := s.inUse(t)
	s.page.Open(s.url + "?as=" + who)
	s.reads(".said .bubble", "重启服务器")
	s.reads(".row .bubble", "正在重启")
	look("chat")
	if width < 760 {
		for _, part := range []string{"people", "codes", "faults", "time", "log"} {
			s.page.Click(`.tabs [data-sheet="` + part + `"]`)
			s.page.Wait("#" + part + ".up")
			look(part)
			s.page.Click("#sheet-close")
		}
		s.page.Click("#hint-open")
	}
	browsertest.Eval[any](s.page, `document.querySelector("#log-list details").open = true`)
	browsertest.Eval[any](s.page, `document.querySelector("#menu details")?.setAttribute("open", "")`)
	look("open")
	s.page.WantQuiet()
}

// inUse fills the sandbox with what a short use leaves, and returns whose
// phone to look at.
func (s *stage) inUse(t *testing.T) (openid string) {
	t.Helper()
	for _, scene := range []string{"demo", "topic-12", "Jq8aZ0xWv5TnYb2LrKc7", "97"} {
		s.code(scene)
	}
	for range 4 {
		s.member()
	}
	if err := s.oa.CreateMenu(t.Context(), []oa.Button{{Name: "我的订阅", Type: "click", Key: "subs"},
		{Name: "工具", Sub: []oa.Button{{Name: "我的UID", Type: "click", Key: "uid"}, {Name: "我的SPT", Type: "click", Key: "spt"}}},
		{Name: "文档", Type: "view", URL: "https://example.com/docs"}}); err != nil {
		t.Fatal(err)
	}
	f := s.Add()
	must[sandbox.Answer](t)(f.Scan(t.Context(), "demo"))
	if err := s.push(f.OpenID, "服务器 A 磁盘用量 92%"); err != nil {
		t.Fatal(err)
	}
	s.fault(sandbox.Fault{Path: sendPath, ErrCode: -1, Times: 3})
	_ = s.push(f.OpenID, "别的")
	must[sandbox.Answer](t)(f.Say(t.Context(), "#97 重启服务器"))
	return f.OpenID
}
