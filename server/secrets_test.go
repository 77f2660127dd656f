package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"hongyan/oa/sandbox"
)

// secretLooks are what no log, metric or error may contain, whatever its value.
var secretLooks = regexp.MustCompile(`(?:AT|SPT|whsec)_[0-9A-Za-z+/=]{6,}|(?i)(?:access_token|appsecret|secret|signature)=[0-9A-Za-z]`)

// TestI10_AWholeStoryLeavesNoSecretInLogsMetricsAndErrors runs at the most
// talkative level, with failures of every side.
func TestI10_AWholeStoryLeavesNoSecretInLogsMetricsAndErrors(t *testing.T) {
	for _, format := range []string{"text", "json"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			failing := newDeveloper(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
			data := t.TempDir()
			w := startWorldIn(t, data, freeAddress(t), "--log-level", "debug", "--log-format", format, "--callback.allow", failing.host)
			app := failing.app(t, w)
			answers := tellStory(t, w, app)
			var metrics string
			w.get("/metrics", &metrics)
			w.stop(t)
			if w.logs.String() == "" {
				t.Fatal("nothing was logged")
			}
			private := append(theirSecrets(t, data), app.token, app.secret, w.file.AppToken, w.file.SPT)
			for place, text := range map[string]string{"log": w.logs.String(), "metrics": metrics, "an error answer": answers} {
				if hit := secretLooks.FindString(text); hit != "" {
					t.Errorf("the %s shows %.12s…:\n%s", place, hit, lineWith(text, hit))
				}
				for _, secret := range private {
					if strings.Contains(text, secret) {
						t.Errorf("the %s shows %.6s…:\n%s", place, secret, lineWith(text, secret))
					}
				}
			}
		})
	}
}

// tellStory does what people do, and what goes wrong for them; it returns all
// answers that are errors.
func tellStory(t *testing.T, w *world, app madeApp) string {
	t.Helper()
	var answers strings.Builder
	ask := func(method, path, body string) {
		r, err := http.NewRequest(method, w.base+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		raw, _ := io.ReadAll(resp.Body)
		if !bytes.Contains(raw, []byte(`"success":true`)) {
			answers.Write(raw)
		}
	}
	demo := &follower{w: w, openid: w.file.OpenID}
	demo.say(fmt.Sprintf("#%d", app.id))
	demo.say(fmt.Sprintf("#%d 失败的回调", app.id))
	demo.say("我的SPT")
	demo.say("SPT_不是令牌 " + app.token)
	ask("GET", "/api/send/message/"+w.file.SPT+"/路径里的令牌", "")
	ask("GET", "/api/send/message?appToken="+w.file.AppToken+"&content=x&uid="+w.file.UID, "")
	ask("POST", "/api/send/message", `{"appToken":"`+w.file.AppToken+`","content":{"bad":1},"uids":["`+w.file.UID+`"]}`)
	ask("POST", "/api/send/message", `{"appToken":"`+app.token+`x","content":"x","uids":["`+w.file.UID+`"]}`)
	ask("POST", "/api/fun/create/qrcode", `{"appToken":"`+w.file.AppToken+`","extra":"`+app.token+`"}`)
	ask("POST", "/wechat/callback?signature=ffffffffffffffffffff&timestamp=1&nonce=2&msg_signature=abcdefabcdef", "<xml/>")
	ask("GET", "/nowhere?access_token=abcdefghijkl&secret=0123456789abcdef", "")
	for _, fault := range []map[string]any{
		{"errcode": 40001, "errmsg": "invalid credential, access_token is invalid", "times": 1},
		{"cut": true, "times": 1}, {"html": true, "times": 1}, {"errcode": 47003, "times": 1},
	} {
		fault["path"] = "/cgi-bin/message/template/send"
		w.post("/sandbox/api/faults", fault, nil)
		w.send(map[string]any{"content": "第一次会失败", "uids": []string{w.file.UID}})
	}
	w.post("/sandbox/api/faults", map[string]any{"path": "/cgi-bin/qrcode/create", "errcode": 45009, "times": 1}, nil)
	ask("POST", "/api/fun/create/qrcode", `{"appToken":"`+w.file.AppToken+`","extra":"额度"}`)
	w.eventually("cards", func() bool { return len(demo.cards()) >= 3 })
	return answers.String()
}

// theirSecrets are WeChat's, and the access tokens it gave.
func theirSecrets(t *testing.T, data string) []string {
	t.Helper()
	a := sandbox.DefaultAccount()
	list := []string{a.Secret, a.Token, a.AESKey}
	raw, err := os.ReadFile(filepath.Join(data, "sandbox", "sandbox-state.json"))
	if err != nil {
		t.Fatal(err)
	}
	var state struct {
		Tokens map[string]json.RawMessage `json:"tokens"`
	}
	if err := json.Unmarshal(raw, &state); err != nil {
		t.Fatal(err)
	}
	for _, given := range state.Tokens {
		var token struct {
			Text string `json:"text"`
		}
		if json.Unmarshal(given, &token) == nil && token.Text != "" {
			list = append(list, token.Text)
		}
	}
	if len(list) < 4 {
		t.Fatal("the sandbox's state names no access token")
	}
	return list
}

func lineWith(text, part string) string {
	for line := range strings.Lines(text) {
		if strings.Contains(line, part) {
			return line
		}
	}
	return ""
}

func TestI10_MaskHidesEverySecretAndNothingElse(t *testing.T) {
	m := newMask([]string{"0123456789abcdef", "短", "a b/c+d=e"})
	for in, want := range map[string]string{
		"token AT_abcdefgh0123 refused":                        "token AT_… refused",
		"/api/send/message/SPT_abcdefgh/hi":                    "/api/send/message/SPT_…/hi",
		"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw is bad":        "whsec_… is bad",
		"GET /cgi-bin/x?access_token=82_abc-DEF&next=1":        "GET /cgi-bin/x?access_token=…&next=1",
		"?appid=wx1&secret=abc&grant_type=x":                   "?appid=wx1&secret=…&grant_type=x",
		"?signature=abc&timestamp=1":                           "?signature=…&timestamp=1",
		`{"access_token":"82_abc","expires_in":7200}`:          `{"access_token":"…","expires_in":7200}`,
		"dial postgres://user:pass@db.example:5432/x: refused": "dial postgres://user:…db.example:5432/x: refused",
		"the known 0123456789abcdef in words":                  "the known … in words",
		"as a query a+b%2Fc%2Bd%3De":                           "as a query …",
		"errcode=45009 errmsg=reach max":                       "errcode=45009 errmsg=reach max",
		"用户UID=[UID_x]不存在":                                     "用户UID=[UID_x]不存在",
		"短 stays: it is no secret but a word":                  "短 stays: it is no secret but a word",
		"token refresh failed: secret unknown":                 "token refresh failed: secret unknown",
	} {
		if got := m.text(in); got != want {
			t.Errorf("%q\n got %q\nwant %q", in, got, want)
		}
	}
}

// attacks try to write a log line of their own, or to steer a terminal.
var attacks = []string{
	"x\nlevel=ERROR msg=forged", "x\r\n2026-01-01 ERROR forged", "x\x1b[2J\x1b[31mred", "x\x00y", "x\u009b31m", "x\u0085y",
	"x\u2028y", "abc\u202egnp.exe", "\u2066x\u2069", `" level=ERROR msg="forged`, `","level":"ERROR","msg":"forged`, "x\x7f\b\b\b", "\xff\xfe坏字节",
}

func TestF42_NoInputWritesALogLineOrSteersATerminal(t *testing.T) {
	for _, format := range []string{"text", "json"} {
		for _, attack := range attacks {
			var out bytes.Buffer
			log := newLogger(&out, format, "debug")
			log.Info(attack, "name", attack, "err", errors.New(attack), "group", slog.GroupValue(slog.String("inner", attack)),
				"header", http.Header{"X": {attack}}, "list", []string{attack})
			checkLine(t, format, attack, out.String())
		}
	}
}

func FuzzLog(f *testing.F) {
	for _, attack := range attacks {
		f.Add(attack)
	}
	f.Fuzz(func(t *testing.T, attack string) {
		for _, format := range []string{"text", "json"} {
			var out bytes.Buffer
			newLogger(&out, format, "debug").Info(attack, "name", attack, "err", errors.New(attack), "header", http.Header{"X": {attack}})
			checkLine(t, format, attack, out.String())
		}
	})
}

// checkLine wants one line of characters that a terminal only shows.
func checkLine(t *testing.T, format, attack, out string) {
	t.Helper()
	line, ended := strings.CutSuffix(out, "\n")
	if !ended {
		t.Errorf("%s %q: the line does not end: %q", format, attack, out)
	}
	for _, r := range line {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' {
			t.Errorf("%s %q: the log has the raw character %U: %q", format, attack, r, line)
			return
		}
	}
	if format == "json" && !json.Valid([]byte(line)) {
		t.Errorf("%q: no JSON: %s", attack, line)
	}
}

// TestFuzzLog_HasItsCorpus: go test runs the inputs of testdata/fuzz.
func TestFuzzLog_HasItsCorpus(t *testing.T) {
	files, err := os.ReadDir("testdata/fuzz/FuzzLog")
	if err != nil || len(files) < 200 {
		t.Errorf("%d inputs, %v", len(files), err)
	}
}
