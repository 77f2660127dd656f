package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestF42_NoWayInForgesALogLine attacks every way into the built binary, at the
// most talkative level: each log line stays one well-formed line, and shows no
// secret (I10).
func TestF42_NoWayInForgesALogLine(t *testing.T) {
	for _, format := range []string{"text", "json"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			a := newAttacker(t, format)
			for n, attack := range attacks {
				a.attack(n, attack)
			}
			a.w.stop(t)
			logs := a.w.logs.String()
			lines := 0
			for line := range strings.Lines(logs) {
				lines++
				checkLine(t, format, "a way in", line)
				checkForm(t, format, strings.TrimSuffix(line, "\n"))
			}
			// Without these the attacks never came near the log.
			for _, said := range []string{"callback refused", "wechat refused", "trusted-proxies", "Unsolicited response", "follower page"} {
				if !strings.Contains(logs, said) {
					t.Errorf("of %d lines none says %q", lines, said)
				}
			}
			if hit := secretLooks.FindString(logs); hit != "" {
				t.Errorf("the log shows %.12s…:\n%s", hit, lineWith(logs, hit))
			}
			for name, secret := range a.secrets {
				if secret == "" || strings.Contains(logs, secret) {
					t.Errorf("the log shows the %s (%d characters):\n%s", name, len(secret), lineWith(logs, secret))
				}
			}
		})
	}
}

// TestF42_WhatGoRedisPrintsIsALogLine: it complains by itself when nobody is
// there.
func TestF42_WhatGoRedisPrintsIsALogLine(t *testing.T) {
	t.Parallel()
	const password = "geheim12345"
	w := startWorld(t, "--log-format", "json", "--redis", "redis://:"+password+"@127.0.0.1:1/0")
	w.eventually("a complaint", func() bool {
		w.send(map[string]any{"content": "x", "uids": []string{w.file.UID}})
		return strings.Contains(w.logs.String(), "redis: ")
	})
	w.stop(t)
	logs := w.logs.String()
	for line := range strings.Lines(logs) {
		checkLine(t, "json", "go-redis", line)
		checkForm(t, "json", strings.TrimSuffix(line, "\n"))
	}
	if strings.Contains(logs, password) {
		t.Errorf("the log shows the password:\n%s", lineWith(logs, password))
	}
}

// attacker is everybody who may send something to the server: a developer with
// a token and without, a follower, a stranger, and WeChat itself.
type attacker struct {
	*testing.T
	w       *world
	app     madeApp
	ming    *follower
	phone   *browser
	uid     string
	secrets map[string]string
}

func newAttacker(t *testing.T, format string) *attacker {
	hostile := newDeveloper(t, talksOutOfTurn)
	w := startWorld(t, "--log-level", "debug", "--log-format", format, "--callback.allow", hostile.host)
	a := &attacker{T: t, w: w, app: hostile.app(t, w), ming: w.newFollower()}
	a.phone = newBrowser(t, a.ming)
	a.ming.do("follow", nil)
	a.ming.say(fmt.Sprintf("#%d", a.app.id))
	a.uid = regexp.MustCompile(`UID_\w+`).FindString(a.ming.say("我的UID").Reply)
	spt := regexp.MustCompile(`SPT_\w+`).FindString(a.ming.say("我的SPT").Reply)
	a.phone.open("/my/uid")
	base, _ := url.Parse(w.base)
	a.secrets = map[string]string{"demo's token": w.file.AppToken, "token": a.app.token, "callback secret": a.app.secret, "SPT": spt, "openid": a.ming.openid}
	for _, cookie := range a.phone.Jar.Cookies(base) {
		a.secrets["cookie "+cookie.Name] = cookie.Value
	}
	if len(a.secrets) < 6 {
		t.Fatalf("the browser holds no session: %d secrets", len(a.secrets))
	}
	return a
}

// talksOutOfTurn answers a callback with a reply and headers that attack, and
// goes on talking when it should be silent.
func talksOutOfTurn(w http.ResponseWriter, _ *http.Request) {
	conn, buffer, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	reply, _ := json.Marshal(map[string]string{"reply": strings.Join(attacks, " ")})
	fmt.Fprintf(buffer, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Odd: \u009b31m\u202e level=ERROR msg=forged\r\nContent-Length: %d\r\n\r\n%s", len(reply), reply)
	_ = buffer.Flush()
	time.AfterFunc(20*time.Millisecond, func() { // once the connection is idle
		_, _ = io.WriteString(conn, "x\nlevel=ERROR msg=forged \x1b[2J\n{\"level\":\"ERROR\",\"msg\":\"forged\"}\n")
		_ = conn.Close()
	})
}

// attack tries one text by every way in. What it is answered does not matter;
// that the server goes on does.
func (a *attacker) attack(n int, attack string) {
	a.Helper()
	a.sends(attack)
	a.calls(n, attack)
	a.headers(attack)
	a.addresses(attack)
	a.asWeChat(attack)
	a.asFollower(attack)
	if status, _ := fetch(a.T, "GET", a.w.base+"/healthz", ""); status != http.StatusOK {
		a.Fatalf("%q: the server is not well: %d", attack, status)
	}
}

func encoded(v any) string {
	raw, _ := json.Marshal(v)
	return string(raw)
}

// ask sends a request that net/http lets through.
func (a *attacker) ask(method, path, body string, headers ...string) {
	a.Helper()
	r, err := http.NewRequest(method, a.w.base+path, strings.NewReader(body))
	if err != nil {
		a.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := a.phone.Do(r)
	if err != nil {
		a.Fatalf("%s %s: %v", method, path, err)
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
}

// raw sends bytes as they are: an HTTP client would not.
func (a *attacker) raw(request string) {
	a.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(a.w.base, "http://"))
	if err != nil {
		a.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	_, _ = io.WriteString(conn, request)
	_, _ = bufio.NewReader(conn).ReadString('\n')
}

// sends names receivers, tokens, contents, summaries and addresses.
func (a *attacker) sends(attack string) {
	for _, body := range []map[string]any{
		{"appToken": a.app.token, "content": attack, "summary": attack, "uids": []string{a.uid, attack, a.app.token}},
		{"appToken": attack, "content": attack, "uids": []string{a.uid}},
		{"appToken": a.app.token, "content": attack, "url": "https://" + attack, "uids": []string{a.uid}},
		{"appToken": a.app.token, "content": attack, "contentType": attack, "topicIds": []string{attack}},
	} {
		a.ask("POST", "/api/send/message", encoded(body))
	}
	a.ask("POST", "/api/send/message", `{"appToken":"`+a.app.token+`","content":"`+attack)
	a.ask("POST", "/api/send/message/simple-push", encoded(map[string]any{"content": attack, "spt": a.secrets["SPT"], "sptList": []string{attack}}))
	a.ask("POST", "/api/fun/create/qrcode", encoded(map[string]any{"appToken": a.app.token, "extra": attack, "validTime": attack}))
}

// calls are those of /api/v1: names, keys and bodies of webhooks.
func (a *attacker) calls(n int, attack string) {
	bearer := []string{"Authorization", "Bearer " + a.app.token, "Content-Type", "application/json"}
	key := url.PathEscape(attack)
	draft := encoded(map[string]any{"sendAt": attack, "content": attack, "uids": []string{a.uid, attack}})
	for _, c := range []struct{ method, path, body string }{
		{"PATCH", "/app", encoded(map[string]any{"name": attack, "greeting": attack, "settingUrl": attack})},
		{"POST", "/topics", encoded(map[string]any{"name": attack})},
		{"PUT", "/topics/1/followers/" + key, ""},
		{"PUT", "/callbacks/endpoint", encoded(map[string]any{"url": "http://" + attack})},
		{"PUT", "/scheduled/" + key, draft},
		{"PUT", "/scheduled/" + fmt.Sprint(n), encoded(map[string]any{"sendAt": time.Now().Add(-time.Second), "content": attack, "uids": []string{a.uid}})},
		{"GET", "/scheduled/" + key, ""},
		{"DELETE", "/scheduled/" + key, ""},
		{"GET", "/messages?after=" + url.QueryEscape(attack), ""},
		{"POST", "/messages", draft},
		{"POST", "/webhooks/text?uid=" + a.uid + "&uid=" + url.QueryEscape(attack), attack},
		{"POST", "/webhooks/alertmanager?uid=" + a.uid, encoded(map[string]any{"status": attack, "groupKey": attack, "externalURL": attack,
			"alerts": []any{map[string]any{"status": attack, "labels": map[string]any{"alertname": attack, attack: attack}, "generatorURL": attack}}})},
	} {
		a.ask(c.method, "/api/v1"+c.path, c.body, bearer...)
	}
}

// headers puts the attack, and secrets beside it, into every header.
func (a *attacker) headers(attack string) {
	body := encoded(map[string]any{"content": "x", "uids": []string{a.uid}})
	cookie := ""
	for name, secret := range a.secrets {
		if name, is := strings.CutPrefix(name, "cookie "); is {
			cookie = name + "=" + secret
		}
	}
	for _, header := range []string{
		"Host: " + attack, "User-Agent: " + attack, "X-Forwarded-For: " + attack, "X-Real-IP: " + attack, "Forwarded: for=" + attack,
		"Authorization: Bearer " + attack, "Authorization: " + attack + " " + a.app.token,
		"Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(attack+":"+a.app.token)),
		"Idempotency-Key: " + attack, "Idempotency-Key: " + a.app.token + attack, "Content-Type: " + attack, "Accept: " + attack, "Origin: " + attack,
		"Cookie: hongyan_follower=" + attack + "; hongyan_signin=" + attack, "Cookie: " + cookie + "; x=" + attack,
		"Referer: https://push.example/?appToken=" + a.app.token + attack, attack + ": x", "Expect: " + attack, "Transfer-Encoding: " + attack,
	} {
		host := "Host: push.test\r\n"
		if strings.HasPrefix(header, "Host:") {
			host = ""
		}
		auth := "Authorization: Bearer " + a.app.token + "\r\n"
		if strings.HasPrefix(header, "Authorization:") {
			auth = ""
		}
		rest := "Connection: close\r\n" + host + auth + header + "\r\n"
		a.raw(fmt.Sprintf("POST /api/v1/messages HTTP/1.1\r\n%sContent-Length: %d\r\n\r\n%s", rest, len(body), body))
		a.raw("GET /my/subscriptions HTTP/1.1\r\n" + rest + "\r\n")
	}
}

// addresses puts it into methods, paths and queries, escaped and not.
func (a *attacker) addresses(attack string) {
	query, path := url.QueryEscape(attack), url.PathEscape(attack)
	for _, address := range []string{
		"/" + path, "/nowhere?x=" + query + ";y=" + query, "/my/subscriptions?a=1;b=" + query, "/api/" + path,
		"/api/send/message/" + a.secrets["SPT"] + "/" + path, "/api/send/message/" + path + "/x",
		"/api/send/message?appToken=" + a.app.token + "&content=" + query + "&uid=" + query, "/api/send/query/status?sendRecordId=" + query,
		"/api/fun/scan-qrcode-uid?code=" + query, "/api/qrcode/" + path + ".jpg", "/api/message/" + path, "/m/" + path + "/go",
		"/wxuser/?type=" + query + "&id=" + query, "/follow?type=1&id=" + query, "/my/door?id=" + query, "/docs/" + path, "/sandbox/" + path,
		"/my/signin?state=" + query + "&code=" + query, "/my/signin?code=" + a.secrets["SPT"] + "&state=" + a.app.token,
		"/api/product/query-pay-end-time?uid=" + query + "&prodId=" + query,
	} {
		a.ask("GET", address, "")
	}
	for _, line := range []string{"GET /" + attack, attack + " /", "GET /api/send/message/" + a.secrets["SPT"] + "/" + attack, "GET http://" + attack + "/"} {
		a.raw(line + " HTTP/1.1\r\nHost: push.test\r\nConnection: close\r\n\r\n")
	}
	a.ask("POST", "/follow?type=1&id="+query, "messages="+query, "Content-Type", "application/x-www-form-urlencoded")
	a.ask("POST", "/my/subscriptions", "type=1&id="+query, "Content-Type", "application/x-www-form-urlencoded")
}

// asWeChat forges an event, and answers calls with errors and reports that
// attack.
func (a *attacker) asWeChat(attack string) {
	a.ask("POST", "/wechat/callback?signature="+url.QueryEscape(attack)+"&timestamp=1&nonce="+url.QueryEscape(attack)+"&msg_signature="+a.app.token,
		"<xml><ToUserName>"+attack+"</ToUserName><Encrypt>"+attack+"</Encrypt></xml>")
	a.ask("GET", "/wechat/callback?signature=x&timestamp=1&nonce=2&echostr="+url.QueryEscape(attack), "")
	for _, path := range []string{"/cgi-bin/qrcode/create", "/cgi-bin/message/template/send", "/sns/oauth2/access_token"} {
		a.w.post("/sandbox/api/faults", map[string]any{"path": path, "errcode": 45009, "errmsg": attack + " " + a.app.token, "times": 1}, nil)
	}
	a.ask("POST", "/api/fun/create/qrcode", encoded(map[string]any{"appToken": a.app.token, "extra": attack}))
	stranger := newBrowser(a.T, a.ming) // whose sign-in WeChat refuses
	resp, err := stranger.Get(a.w.base + "/sandbox/api/followers/" + a.ming.openid + "/open?url=" + url.QueryEscape(a.w.base+"/my/uid"))
	if err != nil {
		a.Fatal(err)
	}
	resp.Body.Close()
	a.w.post("/sandbox/api/settings", map[string]any{"failFinish": 1, "finishStatus": "failed: " + attack}, nil)
}

// asFollower says it, and commands with it.
func (a *attacker) asFollower(attack string) {
	for _, text := range []string{attack, fmt.Sprintf("#%d %s", a.app.id, attack), "#" + attack, "退订 #" + attack, a.secrets["SPT"] + attack} {
		a.ask("POST", "/sandbox/api/followers/"+a.ming.openid+"/say", encoded(map[string]any{"text": text}))
		a.ask("POST", "/sandbox/api/followers/"+a.ming.openid+"/scan", encoded(map[string]any{"code": text}))
		a.ask("POST", "/sandbox/api/followers/"+a.ming.openid+"/click", encoded(map[string]any{"key": text}))
	}
}

// textLine is a line of slog's text handler: names and values, a value with
// anything odd in it quoted.
var textLine = regexp.MustCompile(`^time=\S+ level=(?:DEBUG|INFO|WARN|ERROR) msg=(?:"(?:[^"\\]|\\.)*"|[^\s"=]+)(?: [\w.]+=(?:"(?:[^"\\]|\\.)*"|[^\s"=]*))*$`)

// checkForm wants a line that its format allows and that says its level once.
func checkForm(t *testing.T, format, line string) {
	t.Helper()
	if format == "text" {
		if !textLine.MatchString(line) {
			t.Errorf("no line of the log's form: %q", line)
		}
		return
	}
	d := json.NewDecoder(strings.NewReader(line))
	names := map[string]int{}
	for depth := 0; ; {
		token, err := d.Token()
		if err != nil {
			break
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		default:
			if name, is := token.(string); is && depth == 1 {
				names[name]++
			}
		}
	}
	if !strings.HasPrefix(line, `{"time":"`) || names["level"] != 1 || names["msg"] != 1 {
		t.Errorf("no line of the log's form: %q", line)
	}
}
