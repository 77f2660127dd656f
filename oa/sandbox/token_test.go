package sandbox_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"hongyan/oa/sandbox"
)

const tokenPath = "/cgi-bin/token?grant_type=client_credential&appid=" + appID + "&secret=" + secret

func stable(force bool) string {
	return fmt.Sprintf(`{"grant_type":"client_credential","appid":%q,"secret":%q,"force_refresh":%t}`, appID, secret, force)
}

// works says which errcode a token gets.
func (p *platform) works(token string) int {
	p.t.Helper()
	return p.ask("GET", "/cgi-bin/getcallbackip?access_token="+token, "").code
}

func (p *platform) token(method, path, body string) (string, int) {
	p.t.Helper()
	a := p.ask(method, path, body)
	text, _ := a.doc["access_token"].(string)
	seconds := 0
	_, _ = fmt.Sscan(fmt.Sprint(a.doc["expires_in"]), &seconds)
	return text, seconds
}

// Row 4: /token gives a new token each time; the last one lives 5 minutes on.
func TestToken_FiveMinuteOverlap(t *testing.T) {
	p := newPlatform(t, frozen)
	first, seconds := p.token("GET", tokenPath, "")
	second, _ := p.token("GET", tokenPath, "")
	if first == second || seconds != 7200 || len(first) > 512 {
		t.Fatalf("tokens %q %q of %d s", first, second, seconds)
	}
	for _, step := range []struct {
		after         time.Duration
		first, second int
	}{
		{0, 0, 0},
		{299 * time.Second, 0, 0},
		{time.Second, 40001, 0},
		{2 * time.Hour, 40001, 42001},
	} {
		p.Advance(step.after)
		if got := p.works(first); got != step.first {
			t.Errorf("%s later the first token gets %d, want %d", step.after, got, step.first)
		}
		if got := p.works(second); got != step.second {
			t.Errorf("%s later the second token gets %d, want %d", step.after, got, step.second)
		}
	}
	if got := p.works("neverGiven"); got != 40001 {
		t.Errorf("a foreign token gets %d", got)
	}
	wantCode(t, p.ask("GET", "/cgi-bin/getcallbackip", ""), 41001)
}

// Row 4: stable_token gives one token, a new one in its last five minutes,
// and forces 20 times a day, 30 s apart.
func TestStableToken_Rules(t *testing.T) {
	p := newPlatform(t, frozen)
	plain, _ := p.token("GET", tokenPath, "")
	first, seconds := p.token("POST", "/cgi-bin/stable_token", stable(false))
	if seconds != 7200 || first == plain {
		t.Fatalf("stable token %q for %d s beside %q", first, seconds, plain)
	}
	p.Advance(time.Hour)
	if again, left := p.token("POST", "/cgi-bin/stable_token", stable(false)); again != first || left != 3600 {
		t.Errorf("after an hour %q with %d s left", again, left)
	}
	p.Advance(55 * time.Minute)
	second, _ := p.token("POST", "/cgi-bin/stable_token", stable(false))
	if second == first || p.works(first) != 0 || p.works(second) != 0 {
		t.Error("the last five minutes give no new token beside the old one")
	}
	forced, _ := p.token("POST", "/cgi-bin/stable_token", stable(true))
	if forced == second || p.works(second) != 40001 || p.works(forced) != 0 {
		t.Error("a forced refresh did not kill the last token at once")
	}
	if again, _ := p.token("POST", "/cgi-bin/stable_token", stable(true)); again != forced {
		t.Error("forced again within 30 s")
	}
	fresh := map[string]bool{forced: true}
	for range 25 {
		p.Advance(31 * time.Second)
		text, _ := p.token("POST", "/cgi-bin/stable_token", stable(true))
		fresh[text] = true
	}
	if len(fresh) != 20 {
		t.Errorf("%d forced tokens in a day, want 20", len(fresh))
	}
	if a := p.ask("GET", "/cgi-bin/stable_token", ""); a.code != 43002 {
		t.Errorf("GET gets %d", a.code)
	}
}

// Row 4, F13: death at once, by setting and by fault, with each code.
func TestF13_TokenDiesMidRun(t *testing.T) {
	for _, code := range []int{40001, 40014, 42001} {
		p := newPlatform(t)
		f := p.member()
		wantCode(t, p.send(f.OpenID, "a", "一"), 0)
		p.fault(sandbox.Fault{ErrCode: code, Overlay: sandbox.Overlay{KillTokens: true}})
		wantCode(t, p.send(f.OpenID, "b", "二"), code)
		p.signIn()
		wantCode(t, p.send(f.OpenID, "b", "二"), 0)

		p.set(`{"tokenOverlapSeconds":0,"tokenDeathCode":%d}`, code)
		old := p.access
		p.signIn()
		if got := p.works(old); got != code {
			t.Errorf("without overlap the old token gets %d, want %d", got, code)
		}
	}
}

// C1: what the token calls refuse.
func TestToken_Refusals(t *testing.T) {
	p := newPlatform(t)
	for query, want := range map[string]int{
		"grant_type=x&appid=" + appID + "&secret=" + secret:                 40002,
		"grant_type=client_credential&secret=" + secret:                     41002,
		"grant_type=client_credential&appid=wx1&secret=" + secret:           40013,
		"grant_type=client_credential&appid=" + appID:                       41004,
		"grant_type=client_credential&appid=" + appID + "&secret=wrong":     40001,
		"grant_type=client_credential&appid=" + appID + "&secret=" + secret: 0,
	} {
		wantCode(t, p.ask("GET", "/cgi-bin/token?"+query, ""), want)
	}
}

// Row 16: address list, administrator's confirm, frozen account.
func TestF15_AccountRefusals(t *testing.T) {
	p := newPlatform(t)
	f := p.member()
	p.signIn()
	p.set(`{"allowIPs":["203.0.113.7"]}`)
	a := p.send(f.OpenID, "", "一")
	wantCode(t, a, 40164)
	if !strings.Contains(a.text, "invalid ip 127.0.0.1, not in whitelist") {
		t.Errorf("answer %s", a.text)
	}
	p.set(`{"allowIPs":["127.0.0.1"]}`)
	wantCode(t, p.send(f.OpenID, "", "一"), 0)
	for _, code := range []int{48001, 48004, 50002} {
		p.set(`{"accountCode":%d}`, code)
		wantCode(t, p.send(f.OpenID, "", "二"), code)
	}
	p.set(`{"accountCode":0,"tokenCode":89503}`)
	wantCode(t, p.ask("GET", tokenPath, ""), 89503)
}

var rid = regexp.MustCompile(` rid: ([0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8})$`)

// Row 5: every errmsg ends with a rid, which openapi/rid/get explains for
// seven days, without a secret in it.
func TestRID_InEveryErrorAndExplained(t *testing.T) {
	p := newPlatform(t)
	a := p.send("oNobody", "x", "内容")
	wantCode(t, a, 40003)
	found := rid.FindStringSubmatch(fmt.Sprint(a.doc["errmsg"]))
	if found == nil {
		t.Fatalf("errmsg %v has no rid", a.doc["errmsg"])
	}
	ask := `{"rid":"` + found[1] + `"}`
	got := p.call("POST", "/cgi-bin/openapi/rid/get", ask)
	if !strings.Contains(got.text, "oNobody") || !strings.Contains(got.text, sendPath) || strings.Contains(got.text, p.access) {
		t.Errorf("explained as %s", got.text)
	}
	p.Advance(7*24*time.Hour + time.Second)
	p.signIn()
	wantCode(t, p.call("POST", "/cgi-bin/openapi/rid/get", ask), 76023)
}

// Unknown paths answer 404 with JSON; wrong methods their own codes.
func TestUnknownPathAndMethod(t *testing.T) {
	p := newPlatform(t)
	a := p.ask("POST", "/cgi-bin/message/mass/sendall", "{}")
	if a.status != 404 || a.code != 40066 || !rid.MatchString(fmt.Sprint(a.doc["errmsg"])) {
		t.Errorf("unknown path: %d %s", a.status, a.text)
	}
	wantCode(t, p.call("GET", sendPath, ""), 43002)
	wantCode(t, p.call("POST", "/cgi-bin/menu/get", "{}"), 43001)
	wantCode(t, p.call("POST", sendPath, ""), 44002)
	wantCode(t, p.call("POST", sendPath, "{"), 47001)
	wantCode(t, p.call("POST", sendPath, strings.Repeat("x", 1<<20+1)), 45002)
}

// C3: quota/get, the daily wall, the reset at Beijing's midnight, early
// 45009 and the clearing calls.
func TestF15_Quota(t *testing.T) {
	at := time.Date(2026, 3, 1, 15, 59, 0, 0, time.UTC) // 23:59 in Beijing
	p := newPlatform(t, func(o *sandbox.Options) { o.Now = func() time.Time { return at } })
	f := p.member()
	p.set(`{"quotas":{%q:3}}`, sendPath)
	used := func() string { return p.call("POST", "/cgi-bin/openapi/quota/get", `{"cgi_path":"`+sendPath+`"}`).text }
	for i := range 3 {
		wantCode(t, p.send(f.OpenID, "", fmt.Sprint(i)), 0)
	}
	wantCode(t, p.send(f.OpenID, "", "x"), 45009)
	if got := used(); !strings.Contains(got, `"daily_limit":3,"remain":0,"used":3`) {
		t.Errorf("quota %s", got)
	}
	p.Advance(time.Minute)
	wantCode(t, p.send(f.OpenID, "", "x"), 0)
	p.set(`{"quotaEarly":2}`)
	wantCode(t, p.send(f.OpenID, "", "y"), 0)
	wantCode(t, p.send(f.OpenID, "", "z"), 45009)
	if got := used(); !strings.Contains(got, `"remain":1,"used":2`) {
		t.Errorf("quota tells of the early wall: %s", got)
	}
	p.set(`{"quotaEarly":0,"clearQuotaPerMonth":2}`)
	wantCode(t, p.send(f.OpenID, "", "z"), 0)
	wantCode(t, p.send(f.OpenID, "", "w"), 45009)
	wantCode(t, p.call("POST", "/cgi-bin/clear_quota", `{"appid":"`+appID+`"}`), 0)
	wantCode(t, p.send(f.OpenID, "", "w"), 0)
	wantCode(t, p.call("POST", "/cgi-bin/openapi/quota/clear", `{"cgi_path":"`+sendPath+`"}`), 0)
	wantCode(t, p.ask("POST", "/cgi-bin/clear_quota/v2?appid="+appID+"&appsecret="+secret, ""), 48006)
	wantCode(t, p.call("POST", "/cgi-bin/openapi/quota/get", `{"cgi_path":"/nope"}`), 76021)
}

// J: the hour of the quota's reset is a setting.
func TestQuota_ResetLaterThanMidnight(t *testing.T) {
	at := time.Date(2026, 3, 1, 15, 59, 0, 0, time.UTC)
	p := newPlatform(t, func(o *sandbox.Options) { o.Now = func() time.Time { return at } })
	f := p.member()
	p.set(`{"quotas":{%q:1},"quotaResetMinutes":10}`, sendPath)
	wantCode(t, p.send(f.OpenID, "", "a"), 0)
	p.Advance(10 * time.Minute)
	wantCode(t, p.send(f.OpenID, "", "b"), 45009)
	p.Advance(2 * time.Minute)
	wantCode(t, p.send(f.OpenID, "", "b"), 0)
}
