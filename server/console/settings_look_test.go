package console_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"hongyan/push"
	"hongyan/server/browsertest"
	"hongyan/store"
)

// lived is a site whose app 97 has been in use for a while.
func (s *site) lived() *team {
	s.Helper()
	m := s.team()
	name := func(p *phone, text string) { s.must(s.push.SetName(s.Context(), p.user().ID, text)) }
	name(m.ownerPhone, "张伟")
	name(m.developerPhone, "欧阳娜娜🦊 · 基础设施组值班")
	name(m.readerPhone, "Christopher Montgomery-Featherstonehaugh")
	as := func(p *phone) context.Context {
		return push.WithActor(s.Context(), push.Actor{User: p.user().ID, Via: push.ViaConsole, Address: "203.0.113.7"})
	}
	texts := map[string]*string{}
	for field, text := range map[string]string{
		"name": "服务器监控", "greeting": "欢迎关注。发送 #97 加内容可以查询状态，例如 #97 磁盘。", "description": "机房所有主机的告警，平均每天三条；夜里只发严重的。",
		"contact": "运维值班 ops@example.com", "url": "https://dev.example/me?team=运维",
	} {
		texts[field] = &text
	}
	_, err := s.push.EditApp(as(m.developerPhone), 97, push.AppEdit{Greeting: texts["greeting"], Description: texts["description"], Contact: texts["contact"]})
	s.must(err)
	_, err = s.push.EditApp(as(m.ownerPhone), 97, push.AppEdit{SettingURL: texts["url"]})
	s.must(err)
	s.must(s.push.SetLogo(as(m.developerPhone), 97, aLogo()))
	_, err = s.push.SetEndpoint(as(m.ownerPhone), 97, "https://hooks.example.com/wechat/commands/生产环境?key=geheim")
	s.must(err)
	_, err = s.push.RotateSecret(as(m.ownerPhone), 97)
	s.must(err)
	_, err = s.push.ResetToken(as(m.ownerPhone), 97)
	s.must(err)
	for range 3 {
		s.follower().say("#97")
	}
	old, _, err := s.push.CreateApp(s.Context(), push.NewApp{Name: "去年的活动报名", Owner: m.ownerPhone.user().ID})
	s.must(err)
	_, _, err = s.push.CreateApp(s.Context(), push.NewApp{Name: "一个名字特别特别长、看看会不会撑破卡片和侧栏的应用 🎉", Owner: m.ownerPhone.user().ID})
	s.must(err)
	s.must(s.push.DeleteApp(s.Context(), old.ID))
	s.exec(`UPDATE audit SET at = at - (SELECT MAX(id) - audit.id FROM audit a) * 9 * 3600000`)
	s.exec(`UPDATE app_member SET created_at = created_at - 40 * 86400000`)
	return m
}

// TestBrowser_SettingsPages: settings, members and the log as people see them.
func TestBrowser_SettingsPages(t *testing.T) {
	s := liveSite(t)
	m := s.lived()
	s.eachLook(m.owner, map[string]string{
		"settings": settings, "settings-delete": settings + "/delete", "members": members, "log": "/console/app/97/log",
		"apps-gone": "/console/",
	})
	p := browsertest.New(t, 1280, 900, browsertest.Light)
	s.open(p, m.reader, settings)
	wantLook(p, t, "settings-reader", 1280, browsertest.Light)
	s.open(p, m.reader, "/console/app/97/log?kind=topic")
	wantLook(p, t, "log-empty", 1280, browsertest.Light)
	s.open(p, m.owner, "/console/app/97/log")
	browsertest.Eval[string](p, `document.querySelector("#f-kind").value = "member"`)
	p.Click(".filters button")
	p.WaitUntil(`location.search.includes("kind=member")`)
	p.WaitText(".log", "加入了成员")
}

// TestBrowser_CallbackStory goes the owner's way by keyboard: the address is
// tried, the careless server is seen through, the step is allowed on the phone.
func TestBrowser_CallbackStory(t *testing.T) {
	s := liveSite(t)
	m, d := s.team(), s.dev()
	s.trust(d, 97)
	d.careless.Store(true)
	d.answer.Store(`{"reply":"好的"}`)
	for _, width := range []int{1280, 375} {
		p := browsertest.New(t, width, 900, browsertest.Light)
		s.open(p, m.owner, settings)
		p.Type("#f-callbackUrl", d.URL)
		p.Press("\r")
		p.WaitText("main", "没有验证签名")
		wantLook(p, t, "callback-trial", width, browsertest.Light)
	}
	p := browsertest.New(t, 1280, 900, browsertest.Light)
	d.careless.Store(false)
	s.open(p, m.owner, settings)
	p.Type("#f-callbackUrl", d.URL)
	p.Click("form[action$='/callback/test'] .button")
	p.WaitText("main", "可以保存了")
	wantLook(p, t, "callback-trial-good", 1280, browsertest.Light)
	p.Click("form[action$='/settings/callback'] .button")
	p.Wait(".gate .qr")
	handle := browsertest.Eval[string](p, `document.querySelector(".gate .qr").src.match(/qrcode\/(.{22})/)[1]`)
	m.ownerPhone.say(tapped(m.ownerPhone.scan(handle), "允许"))
	p.WaitText("main", "回调地址已保存")
	p.WantQuiet()
	if e, err := s.push.Endpoint(s.Context(), 97); err != nil || e.URL != d.URL {
		t.Errorf("endpoint %+v, %v", e, err)
	}
}

// TestBrowser_NewAppStory makes an app by keyboard, and then another token.
func TestBrowser_NewAppStory(t *testing.T) {
	s := liveSite(t)
	owner := s.phone()
	b := s.browser().signIn(owner)
	for _, width := range []int{1280, 375} {
		p := browsertest.New(t, width, 900, browsertest.Light)
		s.open(p, b, "/console/apps/new")
		p.Type("#f-name", "构建通知")
		p.Press("\r")
		p.WaitText("main", "已建好")
		wantLook(p, t, "app-created", width, browsertest.Light)
	}
	p := browsertest.New(t, 1280, 900, browsertest.Dark)
	s.open(p, b, "/console/app/1/settings")
	p.Click("[popovertarget=p-token]")
	wantLook(p, t, "token-sheet", 1280, browsertest.Dark)
	p.Click("#p-token .loss")
	p.Wait(".gate .qr")
	handle := browsertest.Eval[string](p, `document.querySelector(".gate .qr").src.match(/qrcode\/(.{22})/)[1]`)
	owner.say(tapped(owner.scan(handle), "允许"))
	p.WaitText("main", "只显示这一次")
	wantLook(p, t, "token-once", 1280, browsertest.Dark)
	p.WantQuiet()
}

// TestBrowser_InviteGoesOnByItself: the page notices the new member.
func TestBrowser_InviteGoesOnByItself(t *testing.T) {
	s := liveSite(t)
	m := s.lived()
	p := browsertest.New(t, 1280, 900, browsertest.Light)
	s.open(p, m.owner, members)
	p.Click("form[action$='/invite'] .button")
	p.Wait(".gate .qr")
	wantLook(p, t, "invite", 1280, browsertest.Light)
	handle := browsertest.Eval[string](p, `document.querySelector(".gate .qr").src.match(/qrcode\/(.{22})/)[1]`)
	hong := s.phone()
	asked := hong.scan(handle)
	p.WaitText("#state", "已扫码")
	hong.say(tapped(asked, "允许"))
	p.WaitText("main", "对方已加入")
	p.WaitText(".members", string(hong.user().UID))
	p.Click(".members [popovertarget='p-member-1']")
	wantLook(p, t, "member-sheet", 1280, browsertest.Light)
	p.WantQuiet()
}

// hostileSettings are texts that try to run, to break out of attributes or to turn the
// line around.
var hostileSettings = []string{
	`<script>window.hacked=1</script>`, `"><img src=x onerror=window.hacked=1>`, `'+window.hacked=1+'`, `{{.App.Name}}`, "\u202e反过来\u202c 😀", `</textarea><script>window.hacked=1</script>`,
	`javascript:window.hacked=1`, "\u202e<b onmouseover=window.hacked=1>",
}

// TestF35_HostileTextsRunNothing: what users wrote is text in every page of
// settings, members and the log.
func TestF35_HostileTextsOfSettingsRunNothing(t *testing.T) {
	s := liveSite(t)
	m := s.team()
	p := browsertest.New(t, 1280, 900, browsertest.Light)
	for _, text := range hostileSettings {
		ctx := push.WithActor(s.Context(), push.Actor{User: m.ownerPhone.user().ID, Via: text, Address: text})
		long := strings.Repeat(text, 3)
		name := string([]rune(text)[:min(64, len([]rune(text)))])
		_, err := s.push.EditApp(ctx, 97, push.AppEdit{Name: &name, Greeting: &long, Description: &long, Contact: &text})
		s.must(err)
		s.must(s.push.SetName(ctx, m.ownerPhone.user().ID, name))
		_, err = s.push.SetUnverifiedEndpoint(ctx, 97, "https://dev.example/"+url.PathEscape(text)+"?"+url.QueryEscape(text)+"=x")
		s.must(err)
		s.must(s.db.Update(ctx, func(tx *store.Tx) error {
			return s.push.AuditTx(ctx, tx, push.Change{App: 97, Action: text, Subject: text, Before: text, After: text})
		}))
		for _, path := range []string{settings, settings + "/delete", members, "/console/app/97/log", "/console/app/97/log?kind=" + url.QueryEscape(text) + "&who=" + url.QueryEscape(text), "/console/"} {
			s.open(p, m.owner, path)
			if browsertest.Eval[bool](p, `"hacked" in window || document.querySelector("main script, main [onerror], main [onmouseover], main a[href^='javascript']") !== null`) {
				t.Errorf("%s runs %q", path, text)
			}
			p.WantQuiet()
		}
	}
}

// TestBrowser_ManyApps: whoever looks after many finds one by its name.
func TestBrowser_ManyApps(t *testing.T) {
	s := liveSite(t)
	owner := s.phone()
	b := s.browser().signIn(owner)
	s.exec(`UPDATE users SET admin = 1`)
	for i := range 60 {
		_, _, err := s.push.CreateApp(s.Context(), push.NewApp{Name: []string{"构建通知", "机房告警", "门店日报", "价格监控"}[i%4] + " " + string(rune('A'+i%26)), Owner: owner.user().ID})
		s.must(err)
	}
	p := browsertest.New(t, 1280, 900, browsertest.Light)
	s.open(p, b, "/console/")
	p.Type("#f-q", "门店日报 C")
	p.Press("\r")
	p.WaitUntil(`location.search != "" && document.querySelectorAll(".tile").length == 2`)
	p.WaitText("main", "#3")
	wantLook(p, t, "apps-search", 1280, browsertest.Light)
	small := browsertest.New(t, 375, 812, browsertest.Dark)
	s.open(small, b, "/console/")
	wantLook(small, t, "apps-many", 375, browsertest.Dark)
	b.get("/console/")
	b.get(nextPage(b.Page))
	b.shows("#60")
}
