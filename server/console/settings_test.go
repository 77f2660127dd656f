package console_test

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"hongyan/push"
)

const settings = "/console/app/97/settings"

// upload sends a form with a file in it.
func (b *browser) upload(path string, form url.Values, name string, file []byte) int {
	b.s.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for field, values := range form {
		for _, v := range values {
			b.s.must(w.WriteField(field, v))
		}
	}
	b.s.must(w.WriteField("once", b.ticket()))
	part, err := w.CreateFormFile(name, "../logo.svg")
	b.s.must(err)
	_, err = part.Write(file)
	b.s.must(err)
	b.s.must(w.Close())
	r, err := http.NewRequest("POST", b.s.base+path, &body)
	b.s.must(err)
	r.Header.Set("Content-Type", w.FormDataContentType())
	return b.round(r)
}

// aLogo is a good file: three bars on green, wider than high.
func aLogo() []byte {
	p := image.NewNRGBA(image.Rect(0, 0, 300, 200))
	draw.Draw(p, p.Bounds(), image.NewUniform(color.NRGBA{7, 115, 58, 255}), image.Point{}, draw.Src)
	for i, high := range []int{50, 110, 80} {
		bar := image.Rect(95+i*40, 155-high, 125+i*40, 155)
		draw.Draw(p, bar, image.White, image.Point{}, draw.Src)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, p); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// lastLine is the newest of the app's audit log: who, action, before, after.
func (s *site) lastLine(app push.AppID) (c push.Changed) {
	s.Helper()
	all, _, err := s.push.Audit(s.Context(), push.AuditFilter{App: app, Limit: 1})
	s.must(err)
	if len(all) == 0 {
		s.Fatal("nothing in the audit log")
	}
	return all[0]
}

func TestNewApp_ShowsTheTokenOnceAndHowToBegin(t *testing.T) {
	eachSite(t, func(s *site) {
		ming := s.phone()
		b := s.browser().signIn(ming)
		form := url.Values{"name": {"构建通知"}, "description": {"主干的结果"}, "contact": {"wx: 老板"}, "greeting": {"欢迎"}}
		if got := b.upload("/console/apps/new", form, "logo", aLogo()); got != http.StatusOK {
			t.Fatalf("%d\n%.800s", got, body(b.Page))
		}
		token := regexp.MustCompile(`AT_[A-Z2-7]{32}`).FindString(b.Page)
		b.shows("#1", "curl -s "+s.base, string(ming.user().UID), "/console/app/1/settings/code.jpg")
		receipts, err := s.push.Send(s.Context(), token, push.Draft{Content: "你好", Kind: 1, UIDs: []push.UID{ming.user().UID}})
		if err != nil || len(receipts) != 1 {
			t.Errorf("the token: %v, %v", receipts, err)
		}
		if got := b.get("/console/app/1/settings/code.jpg"); got != http.StatusOK || b.Last.Header.Get("Content-Type") != "image/jpeg" {
			t.Errorf("its code: %d, %s", got, b.Last.Header.Get("Content-Type"))
		}
		b.get("/console/")
		b.shows("构建通知", "/app-logo/1/")
		if strings.Contains(b.Page, token) {
			t.Error("the token is shown again")
		}
		b.upload("/console/apps/new", url.Values{"name": {"第二个"}}, "logo", []byte("<svg onload=alert(1)>"))
		b.shows("第二个", "图标没有保存", "SVG", "AT_")
		for range 18 {
			b.send("/console/apps/new", url.Values{"name": {"许多"}})
		}
		if got := b.send("/console/apps/new", url.Values{"name": {"太多"}}); got != http.StatusUnprocessableEntity {
			t.Errorf("the 21st app: %d", got)
		}
		b.shows("最多20个", `value="太多"`)
	})
}

func TestSettings_BasicsAreKeptOrRefusedWithWhatWasTyped(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		form := url.Values{"name": {"机房告警"}, "description": {"两句\r\n话"}, "contact": {"a@b.example"}, "greeting": {""}}
		m.developer.send(settings, form)
		m.developer.shows("已保存", `value="机房告警"`, "两句\n话")
		if got := s.lastLine(97); got.UID != m.developerPhone.user().UID || got.Via != push.ViaConsole || got.Address == "" {
			t.Errorf("the log says %+v", got)
		}
		form.Set("name", "")
		form.Set("contact", strings.Repeat("长", 101))
		if got := m.owner.send(settings, form); got != http.StatusUnprocessableEntity {
			t.Errorf("no name: %d", got)
		}
		m.owner.shows("不能为空", strings.Repeat("长", 101), `aria-invalid="true"`)
		if m.owner.send(settings+"/link", url.Values{"settingUrl": {"ftp://x"}}); m.owner.Last.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("a bad address: %d", m.owner.Last.StatusCode)
		}
		m.owner.shows(`value="ftp://x"`, "http://或https://")
		m.owner.send(settings+"/link", url.Values{"settingUrl": {"https://dev.example/me"}})
		if a := s.app(97); a.SettingURL != "https://dev.example/me" || a.QuerySend {
			t.Errorf("app %+v", a)
		}
		m.reader.get(settings)
		m.reader.shows("机房告警", "a@b.example")
		if strings.Contains(m.reader.Page, `action="`+settings) {
			t.Error("a reader is offered a form")
		}
	})
}

func (s *site) app(id push.AppID) push.App {
	s.Helper()
	a, err := s.push.EditApp(s.Context(), id, push.AppEdit{})
	s.must(err)
	return a
}

func TestSettings_LogoIsServedToEverybody(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		if got := m.developer.upload(settings+"/logo", nil, "logo", aLogo()); got != http.StatusOK {
			t.Fatalf("%d\n%.600s", got, body(m.developer.Page))
		}
		path := s.app(97).Logo
		m.developer.shows(`src="` + path + `"`)
		anybody := s.browser()
		if got := anybody.get(path); got != http.StatusOK {
			t.Fatalf("%s: %d", path, got)
		}
		for name, want := range map[string]string{"Content-Type": "image/", "Cache-Control": "immutable", "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"} {
			if got := anybody.Last.Header.Get(name); !strings.Contains(got, want) {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
		for _, wrong := range []string{"/app-logo/98/x.png", "/app-logo/97/x.png", "/app-logo/x/x.png", "/app-logo/97/"} {
			if got := anybody.get(wrong); got != http.StatusNotFound {
				t.Errorf("%s: %d", wrong, got)
			}
		}
		for name, c := range map[string]struct {
			file   []byte
			status int
			want   string
		}{
			"svg":     {[]byte("<svg xmlns='x'><script>1</script></svg>"), 422, "脚本"},
			"text":    {[]byte("hello"), 422, "看不出"},
			"nothing": {nil, 422, "没有收到"},
			"heavy":   {append(aLogo(), make([]byte, 1<<20)...), 422, "1 MiB"},
			"heavier": {make([]byte, 2<<20), 413, "太大"},
		} {
			if got := m.developer.upload(settings+"/logo", nil, "logo", c.file); got != c.status {
				t.Errorf("%s: %d, want %d", name, got, c.status)
			}
			m.developer.shows(c.want)
		}
		if s.app(97).Logo != path {
			t.Error("a refused file changed the logo")
		}
		m.developer.send(settings+"/logo", url.Values{"remove": {"1"}})
		if s.app(97).Logo != "" {
			t.Error("the logo is still there")
		}
	})
}

// TestSettings_TokenIsShownOnceAfterTheStep: the old one is dead at once.
func TestSettings_TokenIsShownOnceAfterTheStep(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		if got := m.owner.send(settings+"/token", nil); got != http.StatusAccepted {
			t.Fatalf("%d", got)
		}
		m.owner.shows("重置应用「服务器监控」的 AppToken")
		s.clock.Advance(4 * time.Second)
		if got := m.owner.allow(m.ownerPhone, settings+"/token", nil); got != http.StatusOK {
			t.Fatalf("%d\n%.600s", got, body(m.owner.Page))
		}
		token := regexp.MustCompile(`AT_[A-Z2-7]{32}`).FindString(m.owner.Page)
		for what, c := range map[string]struct {
			token string
			works bool
		}{"old": {m.token, false}, "new": {token, true}} {
			if _, err := s.push.AppOfToken(s.Context(), c.token); (err == nil) != c.works {
				t.Errorf("the %s token: %v", what, err)
			}
		}
		m.owner.get(settings)
		if strings.Contains(m.owner.Page, token) {
			t.Error("the token is shown again")
		}
		if got := s.lastLine(97); got.Action != "app.token" || strings.Contains(got.Before+got.After+got.Subject, "AT_") {
			t.Errorf("the log says %+v", got)
		}
	})
}

// TestSettings_LinkKey is shown once and can be ended.
func TestSettings_LinkKey(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		m.owner.allow(m.ownerPhone, settings+"/link-key", nil)
		m.owner.shows("只显示这一次", "settingKey")
		if !s.app(97).SettingSigned {
			t.Error("links are not signed")
		}
		s.clock.Advance(4 * time.Second)
		m.owner.allow(m.ownerPhone, settings+"/link-key", url.Values{"remove": {"1"}})
		if s.app(97).SettingSigned {
			t.Error("links are still signed")
		}
	})
}

// follower is one who follows the account.
func (s *site) follower() *phone {
	s.Helper()
	p := s.phone()
	_, err := p.Follow(s.Context())
	s.must(err)
	return p
}

// TestDeleteApp_NamesWhatStopsAndComesBack through the pages.
func TestDeleteApp_NamesWhatStopsAndComesBack(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		for range 3 {
			s.follower().say("#97")
		}
		m.owner.get(settings + "/delete")
		m.owner.shows("<dd>3</dd>", "3 人将不再收到消息", "#97")
		if got := m.owner.allow(m.ownerPhone, settings+"/delete", nil); got != http.StatusOK || m.owner.Last.Request.URL.Path != "/console/" {
			t.Fatalf("%d at %s", got, m.owner.Last.Request.URL)
		}
		m.owner.shows("已删除", "服务器监控", "可以恢复到")
		for who, b := range map[string]*browser{"owner": m.owner, "developer": m.developer, "administrator": m.admin} {
			if got := b.get("/console/app/97/"); got != http.StatusNotFound {
				t.Errorf("the %s sees it: %d", who, got)
			}
		}
		m.developer.get("/console/")
		if strings.Contains(m.developer.Page, "服务器监控") {
			t.Error("a developer is offered to bring it back")
		}
		for who, c := range map[string]struct {
			b    *browser
			want int
		}{"stranger": {m.stranger, 404}, "reader": {m.reader, 403}, "developer": {m.developer, 403}, "administrator": {m.admin, 403}} {
			if got := c.b.send("/console/app/97/restore", nil); got != c.want {
				t.Errorf("the %s brings it back: %d, want %d", who, got, c.want)
			}
		}
		if got := m.owner.send("/console/app/97/restore", nil); got != http.StatusOK || m.owner.Last.Request.URL.Path != "/console/app/97/" {
			t.Errorf("%d at %s", got, m.owner.Last.Request.URL)
		}
		if _, err := s.push.AppOfToken(s.Context(), m.token); err != nil {
			t.Errorf("its token: %v", err)
		}
		s.clock.Advance(4 * time.Second)
		m.owner.allow(m.ownerPhone, settings+"/delete", nil)
		s.clock.Advance(6*24*time.Hour - time.Hour)
		again := s.browser().signIn(m.ownerPhone)
		s.clock.Advance(24*time.Hour + time.Hour)
		if got := again.send("/console/app/97/restore", nil); got != http.StatusNotFound {
			t.Errorf("after a week: %d", got)
		}
	})
}
