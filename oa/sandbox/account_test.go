package sandbox_test

import (
	"bytes"
	"errors"
	"fmt"
	"image/jpeg"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"hongyan/oa"
	"hongyan/oa/sandbox"
)

const customPath = "/cgi-bin/message/custom/send"

func customText(openid, text string) string {
	return fmt.Sprintf(`{"touser":%q,"msgtype":"text","text":{"content":%q}}`, openid, text)
}

// Row 11, F15: five messages in 48 hours after a message, three in a minute
// after a tap, a scan or a follow; 45015 outside, 45047 used up.
func TestF15_CustomMessageWindows(t *testing.T) {
	p := newPlatform(t, frozen)
	f := p.member()
	allowed := func() (n, code int) {
		for {
			if a := p.call("POST", customPath, customText(f.OpenID, "好")); a.code != 0 {
				return n, a.code
			}
			n++
		}
	}
	for _, step := range []struct {
		name  string
		do    func()
		count int
		code  int
	}{
		{"after the follow", func() {}, 3, 45047},
		{"a minute later", func() { p.Advance(time.Minute) }, 0, 45015},
		{"after a click", func() { _, _ = f.Click(t.Context(), "K") }, 3, 45047},
		{"after a click that waited", func() { _, _ = f.Click(t.Context(), "K"); p.Advance(time.Minute) }, 0, 45015},
		{"after a message", func() { _, _ = f.Say(t.Context(), "一") }, 5, 45047},
		{"after two messages", func() { _, _ = f.Say(t.Context(), "一"); _, _ = f.Say(t.Context(), "二") }, 5, 45047},
		{"48 h later", func() { p.Advance(48 * time.Hour); p.signIn() }, 0, 45015},
		{"a message and 48 h less a second", func() { _, _ = f.Say(t.Context(), "一"); p.Advance(48*time.Hour - time.Second); p.signIn() }, 5, 45047},
		{"where messages add up", func() {
			p.set(`{"windowAdds":true}`)
			p.Advance(time.Second)
			_, _ = f.Say(t.Context(), "一")
			_, _ = f.Say(t.Context(), "二")
		}, 10, 45047},
		{"after leaving", func() { _, _ = f.Say(t.Context(), "一"); _, _ = f.Unfollow(t.Context()) }, 0, 45015},
	} {
		step.do()
		if n, code := allowed(); n != step.count || code != step.code {
			t.Errorf("%s: %d messages then %d, want %d then %d", step.name, n, code, step.count, step.code)
		}
	}
	p.set(`{"checkWindows":false}`)
	wantCode(t, p.call("POST", customPath, customText(f.OpenID, "好")), 0)
}

// A tapped choice opens the short window only.
func TestF15_TapOpensTheShortWindow(t *testing.T) {
	p := newPlatform(t, frozen)
	f := p.member()
	menu := `{"touser":"` + f.OpenID + `","msgtype":"msgmenu","msgmenu":{"head_content":"选","list":[{"id":"1","content":"甲"}]}}`
	wantCode(t, p.call("POST", customPath, menu), 0)
	p.Advance(2 * time.Minute)
	must[sandbox.Answer](t)(f.Tap(t.Context(), "1"))
	wantCode(t, p.call("POST", customPath, customText(f.OpenID, "好")), 0)
	p.Advance(time.Minute)
	wantCode(t, p.call("POST", customPath, customText(f.OpenID, "好")), 45015)
}

// What customer messages and typing refuse, and what they show.
func TestCustomMessages(t *testing.T) {
	p := newPlatform(t)
	f := p.member()
	must[sandbox.Answer](t)(f.Say(t.Context(), "在"))
	wantCode(t, p.call("POST", customPath, customText("oNobody", "好")), 40003)
	wantCode(t, p.call("POST", customPath, customText(f.OpenID, "")), 44002)
	wantCode(t, p.call("POST", customPath, customText(f.OpenID, strings.Repeat("字", 700))), 45002)
	wantCode(t, p.call("POST", customPath, `{"touser":"`+f.OpenID+`","msgtype":"hologram"}`), 40008)
	news := `{"touser":"` + f.OpenID + `","msgtype":"news","news":{"articles":[{"title":"题","description":"文","url":"https://h"}]}}`
	wantCode(t, p.call("POST", customPath, news), 0)
	chat := f.Chat()
	if got := chat[len(chat)-1]; got.Kind != sandbox.KindCustomer || got.Title != "题" || got.URL != "https://h" {
		t.Errorf("phone shows %+v", got)
	}
	typing := "/cgi-bin/message/custom/typing"
	wantCode(t, p.call("POST", typing, `{"touser":"`+f.OpenID+`","command":"Typing"}`), 0)
	wantCode(t, p.call("POST", typing, `{"touser":"`+f.OpenID+`","command":"Sing"}`), 45072)
	other := p.Add()
	wantCode(t, p.call("POST", typing, `{"touser":"`+other.OpenID+`","command":"Typing"}`), 45080)
}

func (p *platform) qr(body string) (ticket, link string, a answer) {
	p.t.Helper()
	a = p.call("POST", "/cgi-bin/qrcode/create", body)
	ticket, _ = a.doc["ticket"].(string)
	link, _ = a.doc["url"].(string)
	return ticket, link, a
}

// Row 12: create, picture, scan by whoever and however; expiry.
func TestQR_CreateShowScan(t *testing.T) {
	p := newPlatform(t, frozen)
	events := echo(t, p, oa.ModePlain, false)
	ticket, link, a := p.qr(`{"expire_seconds":600,"action_name":"QR_STR_SCENE","action_info":{"scene":{"scene_str":"qrscene_97 甲"}}}`)
	if fmt.Sprint(a.doc["expire_seconds"]) != "600" || a.doc["errcode"] != nil || !strings.HasPrefix(link, "http://weixin.qq.com/q/") {
		t.Fatalf("create answers %s", a.text)
	}
	show := "/cgi-bin/showqrcode?ticket=" + url.QueryEscape(ticket)
	picture := p.ask("GET", show, "")
	shape, err := jpeg.DecodeConfig(bytes.NewReader([]byte(picture.text)))
	if err != nil || shape.Width < 400 {
		t.Errorf("picture %d wide: %v", shape.Width, err)
	}
	if missing := p.ask("GET", "/cgi-bin/showqrcode?ticket=none", ""); missing.status != http.StatusNotFound {
		t.Errorf("bad ticket gets %d", missing.status)
	}
	for i, what := range []string{ticket, link, "http://here/sandbox" + show, "qrscene_97 甲"} {
		f := p.Add()
		if i == 0 {
			if got := must[sandbox.Answer](t)(f.Scan(t.Context(), what)); got.Reply != "欢迎，场景 qrscene_97 甲" {
				t.Errorf("new follower sees %+v", got)
			}
			info := p.call("GET", "/cgi-bin/user/info?openid="+f.OpenID, "")
			if info.doc["subscribe_scene"] != "ADD_SCENE_QR_CODE" || info.doc["qr_scene_str"] != "qrscene_97 甲" {
				t.Errorf("user/info %s", info.text)
			}
		} else {
			must[sandbox.Answer](t)(f.Follow(t.Context()))
		}
		must[sandbox.Answer](t)(f.Scan(t.Context(), what))
		scan, ok := (*events)[len(*events)-1].(*oa.Scan)
		if !ok || scan.Scene != "qrscene_97 甲" || scan.Ticket != ticket {
			t.Errorf("scanning %q posts %+v", what, scan)
		}
	}
	f := p.Add()
	if got := must[sandbox.Answer](t)(f.Scan(t.Context(), "https://example.com/page")); got.URL != "https://example.com/page" {
		t.Errorf("a foreign link opens %+v", got)
	}
	if _, err := f.Scan(t.Context(), "nothing"); !errors.Is(err, sandbox.ErrNoCode) {
		t.Errorf("an unknown code: %v", err)
	}
	p.Advance(10 * time.Minute)
	if _, err := f.Scan(t.Context(), ticket); !errors.Is(err, sandbox.ErrCodeExpired) {
		t.Errorf("an expired code: %v", err)
	}
}

// A scan of our own picture link finds the scene in its last part.
func TestQR_ScanOwnPictureLink(t *testing.T) {
	p := newPlatform(t)
	events := echo(t, p, oa.ModePlain, false)
	p.qr(`{"expire_seconds":600,"action_name":"QR_STR_SCENE","action_info":{"scene":{"scene_str":"Handle_22"}}}`)
	must[sandbox.Answer](t)(p.Add().Scan(t.Context(), "http://127.0.0.1:8080/api/qrcode/Handle_22.jpg"))
	if sub := (*events)[0].(*oa.Subscribe); sub.Scene != "Handle_22" {
		t.Errorf("scene %q", sub.Scene)
	}
}

// Row 12, J: kinds, limits, the default life and the answer that says 0.
func TestQR_KindsAndLimits(t *testing.T) {
	p := newPlatform(t, frozen)
	body := func(action, scene string, more string) string {
		return `{"action_name":"` + action + `",` + more + `"action_info":{"scene":{` + scene + `}}}`
	}
	for _, tc := range []struct {
		body string
		code int
	}{
		{body("QR_SCENE", `"scene_id":4294967295`, ""), 0},
		{body("QR_SCENE", `"scene_id":0`, ""), 40053},
		{body("QR_LIMIT_SCENE", `"scene_id":100000`, ""), 0},
		{body("QR_LIMIT_SCENE", `"scene_id":100001`, ""), 40053},
		{body("QR_STR_SCENE", `"scene_str":""`, ""), 40053},
		{body("QR_STR_SCENE", `"scene_str":"`+strings.Repeat("景", 64)+`"`, ""), 0},
		{body("QR_STR_SCENE", `"scene_str":"`+strings.Repeat("景", 65)+`"`, ""), 40053},
		{body("QR_MAGIC", `"scene_str":"a"`, ""), 40052},
	} {
		_, _, a := p.qr(tc.body)
		wantCode(t, a, tc.code)
	}
	_, _, a := p.qr(body("QR_STR_SCENE", `"scene_str":"a"`, ""))
	if fmt.Sprint(a.doc["expire_seconds"]) != "60" {
		t.Errorf("default life: %s", a.text)
	}
	if _, _, a = p.qr(body("QR_LIMIT_STR_SCENE", `"scene_str":"a"`, "")); a.doc["expire_seconds"] != nil {
		t.Errorf("permanent code: %s", a.text)
	}
	p.set(`{"qrAnswersZero":true,"qrDefaultSeconds":30,"qrPermanentMax":2}`)
	ticket, _, a := p.qr(body("QR_STR_SCENE", `"scene_str":"a"`, ""))
	if fmt.Sprint(a.doc["expire_seconds"]) != "0" {
		t.Errorf("quirk: %s", a.text)
	}
	p.Advance(29 * time.Second)
	must[sandbox.Answer](t)(p.Add().Scan(t.Context(), ticket))
	_, _, a = p.qr(body("QR_LIMIT_STR_SCENE", `"scene_str":"b"`, ""))
	wantCode(t, a, 45029)
}

func authorizeLink(redirect, scope string) string {
	return "https://open.weixin.qq.com/connect/oauth2/authorize?appid=" + appID + "&redirect_uri=" + url.QueryEscape(redirect) +
		"&response_type=code&scope=" + scope + "&state=abc123#wechat_redirect"
}

func exchange(code string) string {
	return "/sns/oauth2/access_token?appid=" + appID + "&secret=" + secret + "&code=" + code + "&grant_type=authorization_code"
}

func codeOf(t *testing.T, back string) string {
	t.Helper()
	u := must[*url.URL](t)(url.Parse(back))
	if u.Query().Get("state") != "abc123" || u.Query().Get("keep") != "1" {
		t.Errorf("returns to %s", back)
	}
	return u.Query().Get("code")
}

// Row 13: auto-approval, one use, five minutes, 40029 and 40163, refresh.
func TestOAuth_CodeOnceWithinFiveMinutes(t *testing.T) {
	p := newPlatform(t, frozen)
	f := p.member()
	code := codeOf(t, must[string](t)(f.Authorize(authorizeLink("https://h/page?keep=1", "snsapi_base"))))
	got := p.ask("GET", exchange(code), "")
	if got.doc["openid"] != f.OpenID || got.doc["scope"] != "snsapi_base" || got.doc["is_snapshotuser"] != nil {
		t.Fatalf("exchange answers %s", got.text)
	}
	wantCode(t, p.ask("GET", exchange(code), ""), 40163)
	wantCode(t, p.ask("GET", exchange("none"), ""), 40029)
	code = codeOf(t, must[string](t)(f.Authorize(authorizeLink("https://h/page?keep=1", "snsapi_base"))))
	p.Advance(5 * time.Minute)
	wantCode(t, p.ask("GET", exchange(code), ""), 40029)

	refresh := "/sns/oauth2/refresh_token?appid=" + appID + "&grant_type=refresh_token&refresh_token=" + fmt.Sprint(got.doc["refresh_token"])
	fresh := p.ask("GET", refresh, "")
	if fresh.doc["openid"] != f.OpenID {
		t.Errorf("refresh answers %s", fresh.text)
	}
	check := "?access_token=" + fmt.Sprint(fresh.doc["access_token"]) + "&openid=" + f.OpenID
	wantCode(t, p.ask("GET", "/sns/auth"+check, ""), 0)
	wantCode(t, p.ask("GET", "/sns/auth"+check+"x", ""), 40003)
	wantCode(t, p.ask("GET", "/sns/userinfo"+check, ""), 48001)
	p.Advance(30 * 24 * time.Hour)
	wantCode(t, p.ask("GET", refresh, ""), 42002)
}

// Row 13, J: snapshot users have another openid, the domain is exact, the
// code's life is a setting.
func TestOAuth_SnapshotDomainAndLife(t *testing.T) {
	p := newPlatform(t, frozen)
	f := p.member()
	p.set(`{"snapshot":true,"oauthDomain":"h.example","codeSeconds":10,"unionID":true}`)
	code := codeOf(t, must[string](t)(f.Authorize(authorizeLink("https://H.example/?keep=1", "snsapi_userinfo"))))
	got := p.ask("GET", exchange(code), "")
	if fmt.Sprint(got.doc["is_snapshotuser"]) != "1" || got.doc["openid"] == f.OpenID || got.doc["unionid"] == nil {
		t.Errorf("snapshot answers %s", got.text)
	}
	if _, err := f.Authorize(authorizeLink("https://www.h.example/?keep=1", "snsapi_base")); err == nil {
		t.Error("another host was allowed")
	}
	if _, err := f.Authorize(strings.Replace(authorizeLink("https://h.example/", "snsapi_base"), appID, "wx1", 1)); err == nil {
		t.Error("another appid was allowed")
	}
	code = codeOf(t, must[string](t)(f.Authorize(authorizeLink("https://h.example/?keep=1", "snsapi_base"))))
	p.Advance(10 * time.Second)
	wantCode(t, p.ask("GET", exchange(code), ""), 40029)
}

// E4: menus are raw UTF-8, within limits, read back as written.
func TestMenu(t *testing.T) {
	p := newPlatform(t)
	wantCode(t, p.call("GET", "/cgi-bin/menu/get", ""), 46003)
	menu := `{"button":[{"name":"我的","sub_button":[{"type":"click","name":"UID","key":"UID"},{"type":"view","name":"页","url":"https://h/?a=1&b=2"}]}]}`
	wantCode(t, p.call("POST", "/cgi-bin/menu/create", menu), 0)
	if got := p.call("GET", "/cgi-bin/menu/get", ""); got.text != `{"menu":`+menu+`}` {
		t.Errorf("menu %s", got.text)
	}
	for body, want := range map[string]int{
		`{"button":[{"type":"click","name":"\u6211","key":"a"}]}`: 40033,
		`{"button":[]}`: 40017,
		`{"button":[{"type":"click","name":"一二三四五六","key":"a"}]}`:                           40018,
		`{"button":[{"type":"click","name":"一","key":"` + strings.Repeat("k", 129) + `"}]}`: 40019,
	} {
		wantCode(t, p.call("POST", "/cgi-bin/menu/create", body), want)
	}
	wantCode(t, p.call("GET", "/cgi-bin/menu/delete", ""), 0)
	wantCode(t, p.call("GET", "/cgi-bin/menu/get", ""), 46003)
}

// E4: users have no names; of someone who left only the openid is told.
func TestUsers(t *testing.T) {
	p := newPlatform(t)
	f, gone := p.member(), p.Add()
	info := p.call("GET", "/cgi-bin/user/info?lang=zh_CN&openid="+f.OpenID, "")
	if fmt.Sprint(info.doc["subscribe"]) != "1" || info.doc["nickname"] != "" || info.doc["subscribe_scene"] != "ADD_SCENE_SEARCH" {
		t.Errorf("user/info %s", info.text)
	}
	if got := p.call("GET", "/cgi-bin/user/info?openid="+gone.OpenID, ""); got.text != `{"subscribe":0,"openid":"`+gone.OpenID+`"}` {
		t.Errorf("of a stranger %s", got.text)
	}
	wantCode(t, p.call("GET", "/cgi-bin/user/info?openid=oNobody", ""), 40003)
	batch := p.call("POST", "/cgi-bin/user/info/batchget", `{"user_list":[{"openid":"`+f.OpenID+`"},{"openid":"`+gone.OpenID+`"}]}`)
	if strings.Count(batch.text, `"subscribe":`) != 2 {
		t.Errorf("batch %s", batch.text)
	}
	p.AddMany(t.Context(), sandbox.Many{Count: 10_050, Follow: true, Silent: true})
	first := p.call("GET", "/cgi-bin/user/get", "")
	second := p.call("GET", "/cgi-bin/user/get?next_openid="+fmt.Sprint(first.doc["next_openid"]), "")
	if fmt.Sprintf("%v %v %v", first.doc["total"], first.doc["count"], second.doc["count"]) != "10051 10000 51" {
		t.Errorf("pages of %v %v %v", first.doc["total"], first.doc["count"], second.doc["count"])
	}
	ticket := p.call("GET", "/cgi-bin/ticket/getticket?type=jsapi", "")
	if ticket.doc["ticket"] == nil || ticket.doc["errmsg"] != "ok" {
		t.Errorf("ticket %s", ticket.text)
	}
}

// Templates: listed, added, deleted; a deleted one fails what is queued.
func TestTemplates(t *testing.T) {
	p := newPlatform(t)
	f := p.member()
	added := p.call("POST", "/cgi-bin/template/api_add_template", `{"template_id_short":"TM1","keyword_name_list":["项目","结果"]}`)
	id := fmt.Sprint(added.doc["template_id"])
	list := p.call("GET", "/cgi-bin/template/get_all_private_template", "")
	if !strings.Contains(list.text, id) || !strings.Contains(list.text, sandbox.DefaultTemplate) || !strings.Contains(list.text, "项目：{{thing1.DATA}}") {
		t.Errorf("list %s", list.text)
	}
	body := strings.Replace(card(f.OpenID, "", "文"), sandbox.DefaultTemplate, id, 1)
	wantCode(t, p.call("POST", sendPath, body), 0)
	wantCode(t, p.call("POST", "/cgi-bin/template/del_private_template", `{"template_id":"`+id+`"}`), 0)
	wantCode(t, p.call("POST", sendPath, body), 40037)
}
