package sandbox_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hongyan/oa"
	"hongyan/oa/sandbox"
)

// do calls the control API and decodes its answer.
func (p *platform) do(method, path, body string, want int) map[string]any {
	p.t.Helper()
	code, text := p.control(method, path, body)
	if code != want {
		p.t.Fatalf("%s %s answers %d %s, want %d", method, path, code, text, want)
	}
	var doc map[string]any
	_ = json.Unmarshal([]byte(text), &doc)
	return doc
}

// The control API of the design, call by call.
func TestControl_FollowersAct(t *testing.T) {
	p := newPlatform(t)
	echo(t, p, oa.ModePlain, false)
	openid := fmt.Sprint(p.do("POST", "/followers", "", 200)["openid"])
	who := "/followers/" + openid
	p.do("POST", who+"/say", `{"text":"早"}`, 409)
	if got := p.do("POST", who+"/follow", "", 200); got["reply"] != "欢迎，场景 " || got["shown"] != "reply" {
		t.Errorf("follow answers %v", got)
	}
	if got := p.do("POST", who+"/say", `{"text":"重启"}`, 200); got["reply"] != "你说：重启" || got["shown"] != "reply" {
		t.Errorf("say answers %v", got)
	}
	if got := p.do("POST", who+"/click", `{"key":"K"}`, 200); got["reply"] != "" || got["shown"] != "nothing" {
		t.Errorf("click answers %v", got)
	}
	p.call("POST", customPath, `{"touser":"`+openid+`","msgtype":"msgmenu","msgmenu":{"list":[{"id":"5","content":"好"}]}}`)
	if got := p.do("POST", who+"/tap", `{"id":5}`, 200); got["reply"] != "你说：好" {
		t.Errorf("tap answers %v", got)
	}
	ticket, link, _ := p.qr(`{"action_name":"QR_LIMIT_STR_SCENE","action_info":{"scene":{"scene_str":"s1"}}}`)
	p.do("POST", who+"/scan", `{"code":"s1"}`, 200)
	p.do("POST", who+"/scan", `{"url":"`+link+`"}`, 200)
	p.do("POST", who+"/scan", `{"code":"nope"}`, 404)
	p.do("POST", who+"/block", `{"on":true}`, 200)
	wantCode(t, p.send(openid, "m1", "看不见"), 0)
	p.do("POST", who+"/block", `{"on":false}`, 200)
	wantCode(t, p.send(openid, "m2", "看得见"), 0)
	p.do("POST", "/followers/oNobody/say", `{"text":"x"}`, 404)
	p.do("GET", "/followers/oNobody/chat", "", 404)
	p.do("POST", who+"/say", `{"text":`, 400)

	var kinds []string
	_, text := p.control("GET", who+"/chat", "")
	var chat []struct{ Kind, At string }
	if err := json.Unmarshal([]byte(text), &chat); err != nil {
		t.Fatal(err)
	}
	for _, e := range chat {
		kinds = append(kinds, e.Kind)
		if _, err := time.Parse(time.RFC3339, e.At); err != nil {
			t.Error(err)
		}
	}
	if got := strings.Join(kinds, " "); got != "notification reply reply customer reply template" {
		t.Errorf("chat is %s", got)
	}
	if _, all := p.control("GET", who+"/chat?all=1", ""); !strings.Contains(all, `"kind":"said","text":"重启"`) {
		t.Errorf("whole chat %s", all)
	}
	codes := fmt.Sprint(p.do("GET", "/codes", "", 200))
	if !strings.Contains(codes, link) || !strings.Contains(codes, "http://here/sandbox/cgi-bin/showqrcode?ticket="+url.QueryEscape(ticket)) {
		t.Errorf("codes %s", codes)
	}
	if got := fmt.Sprint(p.do("GET", "/followers", "", 200)); !strings.Contains(got, "following:true") || !strings.Contains(got, "total:1") {
		t.Errorf("followers %s", got)
	}
	p.do("POST", who+"/unfollow", "", 200)
	wantCode(t, p.send(openid, "m3", "别的"), 43004)
}

// The dials: profile, settings, clock, faults, counters, menu, ledger.
func TestControl_Dials(t *testing.T) {
	p := newPlatform(t)
	f := p.member()
	p.do("POST", "/profile", `{"name":"bench"}`, 200)
	if p.Settings().Profile != "bench" {
		t.Error("profile was not chosen")
	}
	p.do("POST", "/profile", `{"name":"slow"}`, 400)
	if got := p.do("POST", "/settings", `{"clientMsgIDAnswer":"new","saidQuota":20}`, 200); got["saidQuota"] != 20.0 {
		t.Errorf("settings %v", got)
	}
	p.do("POST", "/settings", `{"clientMsgIDAnswer":"perhaps"}`, 400)
	p.do("POST", "/settings", `{"noSuchThing":1}`, 400)
	before := p.Now()
	p.do("POST", "/clock", `{"advance":"72h"}`, 200)
	if moved := p.Now().Sub(before); moved < 72*time.Hour || moved > 72*time.Hour+time.Minute {
		t.Errorf("clock moved %s", moved)
	}
	p.do("POST", "/clock", `{"advance":"-1h"}`, 400)
	p.do("POST", "/faults", `{"path":"`+sendPath+`","errcode":-1,"times":3}`, 200)
	p.do("POST", "/faults", `{"dropFinish":0.05}`, 200)
	p.do("POST", "/faults", `{"latency":5}`, 400)
	wantCode(t, p.send(f.OpenID, "m", "文"), -1)
	if p.Settings().DropFinish != 0.05 {
		t.Error("dropFinish is not in force")
	}
	if got := fmt.Sprint(p.do("GET", "/faults", "", 200)); !strings.Contains(got, "times:2") {
		t.Errorf("faults %s", got)
	}
	p.do("DELETE", "/faults", "", 200)
	wantCode(t, p.send(f.OpenID, "m", "文"), 0)
	if p.Settings().DropFinish != 0 {
		t.Error("dropFinish stands after DELETE")
	}
	calls := p.do("GET", "/calls", "", 200)["calls"].(map[string]any)[sendPath]
	if got := fmt.Sprint(calls); got != "map[answers:map[-1:1 0:1] calls:2]" {
		t.Errorf("calls %s", got)
	}
	p.call("POST", "/cgi-bin/menu/create", `{"button":[{"type":"click","name":"我","key":"ME"}]}`)
	if _, menu := p.control("GET", "/menu", ""); !strings.Contains(menu, `"key":"ME"`) {
		t.Errorf("menu %s", menu)
	}
	_, ledger := p.control("GET", "/ledger", "")
	var line struct {
		OpenID, Digest string
		ClientMsgID    string `json:"client_msg_id"`
		MsgID, At      int64
	}
	if err := json.Unmarshal([]byte(ledger), &line); err != nil || line.OpenID != f.OpenID || line.ClientMsgID != "m" || line.MsgID == 0 || line.At == 0 || len(line.Digest) != 16 {
		t.Errorf("ledger %q: %+v %v", ledger, line, err)
	}
}

// I10: the log shows both directions and no secret; a reader of server-sent
// events gets what follows.
func TestControl_Log(t *testing.T) {
	p := newPlatform(t)
	f := p.member()
	wantCode(t, p.send(f.OpenID, "m1", "看日志"), 0)
	p.token("POST", "/cgi-bin/stable_token", stable(false))
	_, text := p.control("GET", "/log?limit=50", "")
	for _, want := range []string{`"direction":"callback"`, `"direction":"call"`, sendPath, "看日志"} {
		if !strings.Contains(text, want) {
			t.Errorf("log has no %s", want)
		}
	}
	for _, hidden := range []string{secret, p.access, "signature="} {
		if strings.Contains(text, hidden) {
			t.Errorf("log shows %s", hidden)
		}
	}
	server := httptest.NewServer(p.Handler())
	defer server.Close()
	r, _ := http.NewRequestWithContext(t.Context(), "GET", server.URL+"/sandbox/api/log?limit=1", nil)
	r.Header.Set("Accept", "text/event-stream")
	w := must[*http.Response](t)(http.DefaultClient.Do(r))
	defer w.Body.Close()
	lines := bufio.NewScanner(w.Body)
	lines.Scan()
	wantCode(t, p.send(f.OpenID, "m2", "又一条"), 0)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "又一条") {
			return
		}
	}
	t.Error("the stream ended without the exchange")
}

// A key stands in front of every link of the browser's side.
func TestBrowser_KeyInEveryLink(t *testing.T) {
	p := newPlatform(t, func(o *sandbox.Options) { o.Key = "K3y" })
	browser := p.Browser()
	get := func(path string) int {
		w := httptest.NewRecorder()
		browser.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		return w.Code
	}
	for path, want := range map[string]int{"/": 404, "/api/calls": 404, "/K3x/api/calls": 404, "/K3y/api/calls": 200, "/K3y/": 200} {
		if got := get(path); got != want {
			t.Errorf("%s answers %d, want %d", path, got, want)
		}
	}
	if got := p.Link("/api/calls"); got != "http://here/sandbox/K3y/api/calls" {
		t.Errorf("link %s", got)
	}
}

// A page of another site cannot turn the dials.
func TestBrowser_RefusesOtherOrigins(t *testing.T) {
	p := newPlatform(t)
	r := httptest.NewRequest("POST", "/api/profile", strings.NewReader(`{"name":"bench"}`))
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	w := httptest.NewRecorder()
	p.Browser().ServeHTTP(w, r)
	if w.Code != http.StatusForbidden || p.Settings().Profile != "fast" {
		t.Errorf("answers %d", w.Code)
	}
}

// Opening a page as a follower drops the last one's page cookie, and the
// authorize page then answers as this one.
func TestBrowser_OpenAsFollower(t *testing.T) {
	p := newPlatform(t, func(o *sandbox.Options) { o.PageCookies = []string{"hy_follower"} })
	first, _ := p.member(), p.member()
	w := httptest.NewRecorder()
	p.Browser().ServeHTTP(w, httptest.NewRequest("GET", "/api/followers/"+first.OpenID+"/open?url="+url.QueryEscape("http://here/page"), nil))
	if w.Code != http.StatusFound || w.Header().Get("Location") != "http://here/page" {
		t.Fatalf("answers %d to %s", w.Code, w.Header().Get("Location"))
	}
	var mine *http.Cookie
	for _, c := range w.Result().Cookies() {
		if c.Name == "hy_follower" && c.MaxAge >= 0 {
			t.Error("the page's cookie stands")
		}
		if c.Value == first.OpenID {
			mine = c
		}
	}
	link, _, _ := strings.Cut(strings.TrimPrefix(authorizeLink("http://here/page?keep=1", "snsapi_base"), "https://open.weixin.qq.com"), "#")
	r := httptest.NewRequest("GET", link, nil)
	r.AddCookie(mine)
	w = httptest.NewRecorder()
	p.Browser().ServeHTTP(w, r)
	code := codeOf(t, w.Header().Get("Location"))
	if got := p.ask("GET", exchange(code), ""); got.doc["openid"] != first.OpenID {
		t.Errorf("authorized as %v", got.doc["openid"])
	}
	for path, want := range map[string]int{
		"/api/followers/oNobody/open?url=http://here/":                  404,
		"/api/followers/" + first.OpenID + "/open?url=javascript:alert": 400,
		"/api/followers/" + first.OpenID + "/open?url=//evil":           400,
	} {
		w := httptest.NewRecorder()
		p.Browser().ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if w.Code != want {
			t.Errorf("%s answers %d, want %d", path, w.Code, want)
		}
	}
}

// Many followers call back 64 at a time.
func TestAddMany_IsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t)
		p.account.replies(func(http.ResponseWriter, *http.Request) { time.Sleep(time.Second) }) // bubble time
		began := time.Now()
		made := p.AddMany(t.Context(), sandbox.Many{Count: 640, Follow: true})
		if took := time.Since(began); took != 10*time.Second || made.Faults != 0 || made.Failed != 0 {
			t.Errorf("640 followers took %s, want ten rounds of 64: %d faults", took, made.Faults)
		}
	})
}

// Many followers at once are answered when the call returns; silently, none
// calls back.
func TestControl_ManyFollowers(t *testing.T) {
	p := newPlatform(t)
	p.qr(`{"action_name":"QR_LIMIT_STR_SCENE","action_info":{"scene":{"scene_str":"topic"}}}`)
	var seen atomic.Int64
	p.account.replies(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if strings.Contains(string(body), "qrscene_topic") {
			seen.Add(1)
		}
	})
	got := p.do("POST", "/followers", `{"count":2000,"follow":true,"scan":"topic"}`, 200)
	if got["count"] != 2000.0 || len(got["openids"].([]any)) != 2000 || seen.Load() != 2000 {
		t.Errorf("made %v, %d callbacks", got["count"], seen.Load())
	}
	p.do("POST", "/followers", `{"count":500,"follow":true,"silent":true}`, 200)
	if seen.Load() != 2000 {
		t.Error("silent followers called back")
	}
	if total := p.do("GET", "/followers?limit=10", "", 200)["total"]; total != 2500.0 {
		t.Errorf("%v followers", total)
	}
	p.do("POST", "/followers", `{"count":-1}`, 400)
}
