package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// TestDemo_EverySnippetRunsAsItStandsOnThePage: the push puts a card on the
// follower's phone; the receiver believes a real callback and nothing else,
// and its reply is read in the chat.
func TestDemo_EverySnippetRunsAsItStandsOnThePage(t *testing.T) {
	need(t, "curl", "python3", "node", "go", "java")
	for _, c := range []struct{ language, push, receive, summary, reply string }{
		{"curl", "push.sh", "", "curl：任务完成", ""},
		{"Python", "push.py", "receive.py", "Python：备份完成", "Python 收到："},
		{"Node", "push.mjs", "receive.mjs", "Node：构建通过", "Node 收到："},
		{"Go", "push.go", "receive.go", "Go：部署完成", "Go 收到："},
		{"Java", "Push.java", "Receive.java", "Java：同步完成", "Java 收到："},
	} {
		t.Run(c.language, func(t *testing.T) {
			t.Parallel()
			w := newCopier(t)
			me := &follower{w: w.world, openid: w.file.OpenID}
			if said := w.run(c.push); !strings.Contains(said, "创建发送任务成功") {
				t.Errorf("%s printed %s", c.push, said)
			}
			w.eventually("a card", func() bool { return len(me.cards()) > 0 })
			if cards := me.cards(); len(cards) != 1 || !strings.Contains(fmt.Sprint(w.phoneText(me)), c.summary) {
				t.Errorf("%d cards, want one with %s: %s", len(cards), c.summary, w.phoneText(me))
			}
			if c.receive == "" {
				return
			}
			if untidy := runCommand(t, w.dir, os.Environ(), "gofmt -l ."); untidy != "" {
				t.Errorf("gofmt would change %s", untidy)
			}
			w.serve(c.receive)
			var moved struct{ Secret string }
			if said := w.run("endpoint.sh"); json.Unmarshal([]byte(said), &moved) != nil || !strings.HasPrefix(moved.Secret, "whsec_") {
				t.Errorf("endpoint.sh printed %s", said)
			}
			for _, content := range []string{"重启服务器", `引号 " 反斜杠 \ 尖括号 <b> 表情 🚀` + "\n第二行"} {
				if got := me.say("#97 " + content); got.Reply != c.reply+content {
					t.Errorf("the reply to %q is %+v", content, got)
				}
			}
			w.wantForgeriesRefused(c.receive, moved.Secret)

			// The page says where callbacks go, and takes them back.
			_, page := fetch(t, "GET", w.base+"/demo/", "")
			wantParts(t, string(page), "回调现在发往别处", receiverAt(w.base))
			if status, to := fetch(t, "POST", w.base+"/demo/endpoint", ""); status != http.StatusSeeOther {
				t.Errorf("taking callbacks back: %d %s", status, to)
			}
			if got := me.say("#97 回来"); got.Reply != "收到：回来" {
				t.Errorf("the reply afterwards is %+v", got)
			}
		})
	}
}

// phoneText is everything the follower's phone shows, as JSON.
func (w *world) phoneText(f *follower) (text string) {
	w.get("/sandbox/api/followers/"+f.openid+"/chat", &text)
	return text
}

// wantForgeriesRefused tries what a stranger might, and one who has seen a
// callback.
func (c *copier) wantForgeriesRefused(file, secret string) {
	c.t.Helper()
	const body, other = `{"action":"send_up_cmd","data":{"content":"x"}}`, `{"action":"send_up_cmd","data":{"content":"y"}}`
	const strange = "whsec_QW5vdGhlciBrZXkgb2YgMjQgYnl0ZXM="
	now := time.Now()
	for _, f := range []struct {
		name         string
		at           time.Time
		secret, sent string
		status       int
	}{
		{"a real one", now, secret, body, http.StatusOK},
		{"one signed with another secret", now, strange, body, http.StatusForbidden},
		{"one of ten minutes ago", now.Add(-10 * time.Minute), secret, body, http.StatusForbidden},
		{"one of the future", now.Add(10 * time.Minute), secret, body, http.StatusForbidden},
		{"one with another body", now, secret, other, http.StatusForbidden},
		{"one without a signature", time.Time{}, secret, body, http.StatusForbidden},
	} {
		r, err := http.NewRequest("POST", "http://"+receiverAt(c.base)+"/", strings.NewReader(f.sent))
		if err != nil {
			c.t.Fatal(err)
		}
		if !f.at.IsZero() {
			hook, err := standardwebhooks.NewWebhook(f.secret)
			if err != nil {
				c.t.Fatal(err)
			}
			signature, err := hook.Sign("msg_1", f.at, []byte(body))
			if err != nil {
				c.t.Fatal(err)
			}
			r.Header = http.Header{"Webhook-Id": {"msg_1"}, "Webhook-Timestamp": {fmt.Sprint(f.at.Unix())}, "Webhook-Signature": {"v1,AAAA " + signature}}
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			c.t.Fatalf("%s, %s: %v", file, f.name, err)
		}
		resp.Body.Close()
		if resp.StatusCode != f.status {
			c.t.Errorf("%s answers %d to %s, want %d", file, resp.StatusCode, f.name, f.status)
		}
	}
}

// TestDemo_APublicSandboxSaysWhatToAllow: strangers with the key may be about,
// so the port of the receivers is reached only where the operator says so.
func TestDemo_APublicSandboxSaysWhatToAllow(t *testing.T) {
	t.Parallel()
	address := addressWithReceiver(t)
	receiver := receiverAt("http://" + address)
	called := make(chan struct{}, 10)
	l, err := net.Listen("tcp", receiver)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called <- struct{}{} }))
	server.Listener.Close()
	server.Listener = l
	server.Start()
	t.Cleanup(server.Close)
	for _, c := range []struct {
		args  []string
		calls int
	}{
		{[]string{"--sandbox-public"}, 0},
		{[]string{"--sandbox-public", "--callback.allow", receiver}, 1},
	} {
		w := startWorldIn(t, t.TempDir(), address, c.args...)
		_, key, _ := strings.Cut(strings.Trim(w.file.SandboxURL, "/"), "/sandbox/")
		page := w.base + "/demo/" + key + "/"
		_, text := fetch(t, "GET", page, "")
		wantParts(t, string(text), "--callback.allow "+receiver)
		dir := t.TempDir()
		for _, one := range offersOf(t, page) {
			write(t, filepath.Join(dir, one.file), one.code)
		}
		if said := runCommand(t, dir, os.Environ(), "sh endpoint.sh"); !strings.Contains(said, "whsec_") {
			t.Errorf("endpoint.sh printed %s", said)
		}
		fetch(t, "POST", w.file.SandboxURL+"api/followers/"+w.file.OpenID+"/say", `{"text":"#97 在吗"}`)
		if got := len(called); got != c.calls {
			t.Errorf("%v: the receiver was called %d times, want %d", c.args, got, c.calls)
		}
		w.stop(t)
	}
}
