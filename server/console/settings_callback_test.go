package console_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

const callbacks = settings + "/callback"

// TestCallback_IsSavedAfterATrial: the whole way of a careful developer.
func TestCallback_IsSavedAfterATrial(t *testing.T) {
	eachSite(t, func(s *site) {
		m, d := s.team(), s.dev()
		if got := m.owner.send(callbacks+"/test", url.Values{"callbackUrl": {d.URL}}); got != http.StatusUnprocessableEntity || d.calls.Load() != 0 {
			t.Errorf("without a secret: %d, %d calls", got, d.calls.Load())
		}
		m.owner.shows("还没有签名密钥")
		s.clock.Advance(4 * time.Second)
		m.owner.allow(m.ownerPhone, callbacks+"/secret", nil)
		secret := regexp.MustCompile(`whsec_[A-Za-z0-9+/=&#;]+`).FindString(m.owner.Page)
		d.secret.Store(strings.ReplaceAll(secret, "&#43;", "+"))
		if got := m.owner.send(callbacks+"/test", url.Values{"callbackUrl": {d.URL}}); got != http.StatusOK || d.calls.Load() != 2 {
			t.Fatalf("%d, %d calls\n%.900s", got, d.calls.Load(), body(m.owner.Page))
		}
		m.owner.shows("HTTP 200", "HTTP 401", "毫秒", "可以保存了")
		if _, err := s.push.Endpoint(s.Context(), 97); err == nil {
			t.Error("saved by the trial alone")
		}
		proof := field(m.owner.Page, "proof")
		s.clock.Advance(4 * time.Second)
		form := url.Values{"callbackUrl": {d.URL}, "proof": {proof}}
		if got := m.owner.allow(m.ownerPhone, callbacks, form); got != http.StatusOK {
			t.Fatalf("%d\n%.900s", got, body(m.owner.Page))
		}
		m.owner.shows("回调地址已保存", "正常", d.URL)
		if got := s.lastLine(97); got.Action != "callback.url" || got.After != d.URL {
			t.Errorf("the log says %+v", got)
		}

		// What was not tried is not saved.
		for what, form := range map[string]url.Values{
			"another address": {"callbackUrl": {"https://evil.example/"}, "proof": {proof}},
			"no proof":        {"callbackUrl": {d.URL}},
			"a made-up proof": {"callbackUrl": {d.URL}, "proof": {"AAAA"}},
		} {
			s.clock.Advance(4 * time.Second)
			if got := m.owner.allow(m.ownerPhone, callbacks, form); got != http.StatusConflict {
				t.Errorf("%s: %d", what, got)
			}
		}
		other := s.appOf(m.ownerPhone)
		s.clock.Advance(4 * time.Second)
		if got := m.owner.allow(m.ownerPhone, "/console/app/"+other+"/settings/callback", form); got != http.StatusConflict {
			t.Errorf("the proof of another app: %d", got)
		}
		s.clock.Advance(31 * time.Minute)
		if got := m.owner.allow(m.ownerPhone, callbacks, form); got != http.StatusConflict {
			t.Errorf("a proof too late: %d", got)
		}
		if e, err := s.push.Endpoint(s.Context(), 97); err != nil || e.URL != d.URL {
			t.Errorf("endpoint %+v, %v", e, err)
		}
	})
}

// TestCallback_CarelessServerNeedsATick, which the log remembers.
func TestCallback_CarelessServerNeedsATick(t *testing.T) {
	eachSite(t, func(s *site) {
		m, d := s.team(), s.dev()
		s.trust(d, 97)
		d.careless.Store(true)
		d.answer.Store(`<script>alert("答复")</script>`)
		m.owner.send(callbacks+"/test", url.Values{"callbackUrl": {d.URL}})
		m.owner.shows("没有验证签名", "required", "&lt;script&gt;alert(")
		form := url.Values{"callbackUrl": {d.URL}, "proof": {field(m.owner.Page, "proof")}}
		if got := m.owner.allow(m.ownerPhone, callbacks, form); got != http.StatusConflict {
			t.Errorf("without the tick: %d", got)
		}
		s.clock.Advance(4 * time.Second)
		form.Set("unverified", "1")
		m.owner.allow(m.ownerPhone, callbacks, form)
		if got := s.lastLine(97); !strings.Contains(got.After, "没有验证签名") {
			t.Errorf("the log says %+v", got)
		}
	})
}

// TestCallback_ABrokenServerIsNotSaved, and the page says what it answered.
func TestCallback_ABrokenServerIsNotSaved(t *testing.T) {
	eachSite(t, func(s *site) {
		m, d := s.team(), s.dev()
		s.trust(d, 97)
		d.broken.Store(true)
		if got := m.owner.send(callbacks+"/test", url.Values{"callbackUrl": {d.URL}}); got != http.StatusUnprocessableEntity {
			t.Errorf("%d", got)
		}
		m.owner.shows("HTTP 500", "没有保存", `value="`+d.URL)
		if strings.Contains(m.owner.Page, `name="proof"`) || d.calls.Load() != 1 {
			t.Errorf("%d calls, or a way to save it", d.calls.Load())
		}
		for address, want := range map[string]string{"http://10.0.0.1/": "内网", "http://169.254.169.254/": "内网", "ftp://dev.example/": "http://", "": "http://", "http://u:p@dev.example/": "用户名"} {
			if got := m.owner.send(callbacks+"/test", url.Values{"callbackUrl": {address}}); got != http.StatusUnprocessableEntity {
				t.Errorf("%q: %d", address, got)
			}
			m.owner.shows(want)
			s.clock.Advance(10 * time.Second)
		}
		for range 20 {
			m.owner.send(callbacks+"/test", url.Values{"callbackUrl": {d.URL}})
		}
		if got := m.owner.Last.StatusCode; got != http.StatusTooManyRequests {
			t.Errorf("twenty trials in a moment: %d", got)
		}
	})
}

// TestCallback_RotationAndHealth are shown.
func TestCallback_RotationAndHealth(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		_, err := s.push.SetEndpoint(s.Context(), 97, "https://dev.example/hook?key=geheim")
		s.must(err)
		m.owner.allow(m.ownerPhone, callbacks+"/secret", nil)
		m.owner.shows("24 小时", "whsec_")
		m.owner.get(settings)
		m.owner.shows("原来的密钥有效到", "https://dev.example/hook?key=***")
		if strings.Contains(m.owner.Page, "geheim") || strings.Contains(m.owner.Page, "whsec_M") {
			t.Error("a secret is shown")
		}
		s.exec(`UPDATE endpoint SET disabled_until = 253402214400000, disabled_reason = '回调服务器返回 410'`)
		m.developer.get(settings)
		m.developer.shows("已停用", "返回 410", "重新启用")
		m.developer.send(callbacks+"/enable", nil)
		m.developer.shows("正常")
		s.clock.Advance(4 * time.Second)
		m.owner.allow(m.ownerPhone, callbacks+"/stop", nil)
		if _, err := s.push.Endpoint(s.Context(), 97); err == nil {
			t.Error("the address is still there")
		}
		if got := m.developer.send(callbacks+"/enable", nil); got != http.StatusNotFound {
			t.Errorf("enable nothing: %d", got)
		}
	})
}

// field is the value of a hidden field.
func field(page, name string) string {
	m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(page)
	if m == nil {
		return ""
	}
	return m[1]
}
