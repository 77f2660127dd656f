package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"hongyan/server/cli/wxpusher"
)

// snippet is a fenced block of a guide: its language, the file it is meant to
// stand in, if any, and its text.
type snippet struct{ language, file, text string }

var fence = regexp.MustCompile("(?ms)^```(\\w+)(?: (\\S+))?\n(.*?)^```$")

func snippetsOf(t *testing.T, guide string) (all []snippet) {
	t.Helper()
	text, err := os.ReadFile("../docs/" + guide)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range fence.FindAllStringSubmatch(string(text), -1) {
		all = append(all, snippet{m[1], m[2], m[3]})
	}
	return all
}

// named is the snippet that stands in the file.
func named(t *testing.T, all []snippet, file string) string {
	t.Helper()
	i := slices.IndexFunc(all, func(s snippet) bool { return s.file == file })
	if i < 0 {
		t.Fatalf("the guide has no %s", file)
	}
	return all[i].text
}

func TestGuides_SnippetsAreTheSameInBothLanguages(t *testing.T) {
	for _, guide := range []string{"repoint", "migrate-from-wxpusher"} {
		english, chinese := snippetsOf(t, guide+".md"), snippetsOf(t, guide+".zh-CN.md")
		if len(english) < 5 || !slices.Equal(english, chinese) {
			t.Errorf("%s: %d snippets in English, %d in Chinese, or they differ", guide, len(english), len(chinese))
		}
	}
}

// need skips where a program is missing, unless nothing may be skipped.
func need(t *testing.T, programs ...string) {
	t.Helper()
	for _, program := range programs {
		if _, err := exec.LookPath(program); err == nil {
			continue
		}
		if os.Getenv("HONGYAN_TEST_STRICT") == "1" {
			t.Fatalf("%s is missing: scripts/setup installs it", program)
		}
		t.Skipf("%s is missing: scripts/setup installs it", program)
	}
}

// island is a private network and a private /etc/hosts, where port 443 is free
// and a name can be overridden.
type island struct {
	t       *testing.T
	dir     string
	pid     int
	env     []string
	replace *strings.Replacer
}

func newIsland(t *testing.T) *island {
	t.Helper()
	need(t, "unshare", "nsenter", "ip", "mount")
	if os.Getuid() != 0 {
		if os.Getenv("HONGYAN_TEST_STRICT") == "1" {
			t.Fatal("a private network needs root")
		}
		t.Skip("a private network needs root")
	}
	dir, bin := t.TempDir(), t.TempDir()
	server, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	write := func(path, text string, mode os.FileMode) {
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(dir, "hosts"), "127.0.0.1 localhost\n", 0o644)
	write(filepath.Join(bin, "sudo"), "#!/bin/sh\nexec \"$@\"\n", 0o755)
	if err := os.Symlink(server, filepath.Join(bin, "hongyan")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("unshare", "--mount", "--net", "sh", "-c",
		"ip link set lo up && mount --bind "+dir+"/hosts /etc/hosts && echo there && exec sleep 300")
	out := &printed{}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	(&world{t: t, process: &process{cmd: cmd, output: out, done: make(chan struct{})}}).eventuallyQuiet("a private network", func() bool {
		return strings.Contains(out.String(), "there")
	})
	return &island{t: t, dir: dir, pid: cmd.Process.Pid, env: append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH")), replace: strings.NewReplacer()}
}

// eventuallyQuiet is eventually for something that is no server.
func (w *world) eventuallyQuiet(what string, holds func() bool) {
	w.t.Helper()
	for end := time.Now().Add(20 * time.Second); !holds(); {
		if time.Now().After(end) {
			w.t.Fatalf("never happened: %s", what)
		}
		<-time.After(5 * time.Millisecond)
	}
}

// command is a shell line on the island.
func (i *island) command(line string) *exec.Cmd {
	cmd := exec.Command("nsenter", "--target", fmt.Sprint(i.pid), "--mount", "--net", "--wdns="+i.dir, "sh", "-c", i.replace.Replace(line))
	cmd.Dir, cmd.Env = i.dir, i.env
	return cmd
}

func (i *island) run(line string) string {
	i.t.Helper()
	out, err := i.command(line).CombinedOutput()
	if err != nil {
		i.t.Errorf("%s: %v\n%s", line, err, out)
	}
	return string(out)
}

// background starts a line that does not end by itself.
func (i *island) background(line string) {
	i.t.Helper()
	cmd := i.command("exec " + line)
	out := &printed{}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		i.t.Fatal(err)
	}
	i.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if i.t.Failed() {
			i.t.Logf("%s said: %s", line, out)
		}
	})
}

// TestGuide_RepointEverySnippetRuns goes through the guide on a machine where
// the name has another address, and wants a card for each send.
func TestGuide_RepointEverySnippetRuns(t *testing.T) {
	need(t, "openssl", "curl", "python3", "node", "java", "keytool", "go")
	if err := exec.Command("python3", "-c", "import requests").Run(); err != nil {
		t.Skip("python3-requests is missing: scripts/setup installs it")
	}
	i := newIsland(t)
	if err := os.WriteFile(filepath.Join(i.dir, "hongyan.yaml"), []byte("data: "+i.dir+"/data\nprofile: fast\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var file sandboxFile
	var sends []string
	for _, s := range snippetsOf(t, "repoint.md") {
		switch {
		case s.language == "nginx":
			continue // has a test of its own
		case s.file != "":
			if err := os.WriteFile(filepath.Join(i.dir, s.file), []byte(i.replace.Replace(s.text)), 0o600); err != nil {
				t.Fatal(err)
			}
			continue
		}
		for _, line := range strings.Split(strings.TrimSpace(s.text), "\n") {
			if strings.HasPrefix(line, "hongyan ") {
				i.replace = strings.NewReplacer(" :443", " 127.0.0.1:443")
				i.background(line)
				w := &world{t: t}
				w.eventuallyQuiet("the server answers by HTTPS", func() bool {
					out, _ := i.command("curl -s --cacert ca.crt --resolve wxpusher.zjiecode.com:443:127.0.0.1 -o /dev/null -w '%{http_code}' https://wxpusher.zjiecode.com/readyz").Output()
					return string(out) == "200"
				})
				file = readSandboxFile(filepath.Join(i.dir, "data", "sandbox.json"))
				i.replace = strings.NewReplacer("203.0.113.10", "127.0.0.1", "AT_xxx", file.AppToken, "UID_xxx", file.UID)
				continue
			}
			out := i.run(line)
			if strings.Contains(out, `"code"`) {
				sends = append(sends, line)
				if !strings.Contains(out, "创建发送任务成功") {
					t.Errorf("%s answered %s", line, out)
				}
			}
		}
	}
	if len(sends) != 7 {
		t.Errorf("%d sends, want curl, requests, urllib, node, java, go and proxy: %q", len(sends), sends)
	}
	w := &world{t: t}
	var cards int
	w.eventuallyQuiet("a card for each send", func() bool {
		var chat []bubble
		raw, _ := i.command("curl -s http://127.0.0.1:8080/sandbox/api/followers/" + file.OpenID + "/chat").Output()
		cards = 0
		_ = json.Unmarshal(raw, &chat)
		for _, one := range chat {
			if one.Kind == "template" {
				cards++
			}
		}
		return cards >= len(sends)
	})
	if cards != len(sends) {
		t.Errorf("%d cards for %d sends", cards, len(sends))
	}
	// Without the authority nobody believes the server, and the authority may
	// sign for no other name.
	if out, err := i.command("curl -sS https://wxpusher.zjiecode.com/readyz").CombinedOutput(); err == nil {
		t.Errorf("curl believes the certificate by itself: %s", out)
	}
	i.run("openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=example.com -keyout x.key -out x.csr")
	i.run("printf 'subjectAltName=DNS:example.com\n' > x.ext; openssl x509 -req -in x.csr -CA ca.crt -CAkey ca.key -days 1 -extfile x.ext -out x.crt")
	if out, err := i.command("openssl verify -CAfile ca.crt x.crt").CombinedOutput(); err == nil || !strings.Contains(string(out), "permitted subtree") {
		t.Errorf("the authority signs for example.com too: %s", out)
	}
}

// TestGuide_RepointNginx runs the guide's server block in front of a server.
func TestGuide_RepointNginx(t *testing.T) {
	need(t, "nginx", "openssl", "curl")
	w := startWorld(t)
	all := snippetsOf(t, "repoint.md")
	dir := t.TempDir()
	for _, line := range strings.Split(strings.TrimSpace(all[0].text), "\n") {
		runCommand(t, dir, os.Environ(), line)
	}
	at := freeAddress(t)
	block := all[slices.IndexFunc(all, func(s snippet) bool { return s.language == "nginx" })].text
	block = strings.NewReplacer("listen 8443", "listen "+at, "127.0.0.1:8080", strings.TrimPrefix(w.base, "http://"),
		" server.crt", " "+dir+"/server.crt", " server.key", " "+dir+"/server.key").Replace(block)
	conf := "pid " + dir + "/pid; error_log stderr; daemon off; master_process off; events {}\nhttp { access_log off; client_body_temp_path " +
		dir + "/b; proxy_temp_path " + dir + "/p; fastcgi_temp_path " + dir + "/f; uwsgi_temp_path " + dir + "/u; scgi_temp_path " + dir + "/s;\n" + block + "}\n"
	if err := os.WriteFile(dir+"/nginx.conf", []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("nginx", "-c", dir+"/nginx.conf")
	out := &printed{}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(out)
		}
	})
	_, port, _ := strings.Cut(at, ":")
	ask := "curl -sS --cacert ca.crt --resolve wxpusher.zjiecode.com:" + port + ":127.0.0.1 https://wxpusher.zjiecode.com:" + port
	w.eventually("nginx answers", func() bool {
		c := exec.Command("sh", "-c", ask+"/readyz")
		c.Dir = dir
		return c.Run() == nil
	})
	answer := runCommand(t, dir, os.Environ(), ask+"/api/send/message/"+w.file.SPT+"/https%3A%2F%2Fa//b")
	if !strings.Contains(answer, "处理成功") {
		t.Errorf("a send through nginx answered %s", answer)
	}
}

// TestGuide_MigrateEveryCommandRuns types the guide's commands one after
// another.
func TestGuide_MigrateEveryCommandRuns(t *testing.T) {
	need(t, "curl")
	old := newOldPlatform(t)
	old.users[0] = []wxpusher.Record{{UID: "UID_a", Owner: 7}, {UID: "UID_b", Owner: 7, Reject: true}}
	w := startWorld(t)
	server, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	env := append(os.Environ(), "HONGYAN_DATA="+w.stores[1], "HONGYAN_BASE_URL="+w.base, "PATH="+filepath.Dir(server)+":"+os.Getenv("PATH"))
	// The next free number behind the demo app's is 98.
	replace := strings.NewReplacer("--app 1 ", "--app 98 ", "--old-token-file", "--from "+old.URL+" --old-token-file",
		"AT_old", oldToken, "https://push.example.com", w.base, "AT_xxx", w.file.AppToken, "UID_xxx", w.file.UID)
	var last string
	commands := 0
	for _, s := range snippetsOf(t, "migrate-from-wxpusher.md") {
		if s.language != "sh" {
			continue
		}
		for _, line := range strings.Split(strings.TrimSpace(s.text), "\n") {
			commands++
			last = runCommand(t, dir, env, replace.Replace(line))
			if strings.Contains(line, "--status") && !strings.Contains(last, "invited         1 ") {
				t.Errorf("%s: %s", line, last)
			}
		}
	}
	if len(old.sent) != 1 || commands < 9 || !strings.Contains(last, "创建发送任务成功") {
		t.Errorf("%d invited by %d commands; the last answered %s", len(old.sent), commands, last)
	}
}

// TestGuide_Webhooks posts what each tool would send by its recipe.
func TestGuide_Webhooks(t *testing.T) {
	w := startWorld(t)
	demo := &follower{w: w, openid: w.file.OpenID}
	all := snippetsOf(t, "repoint.md")
	replace := strings.NewReplacer("https://push.example.com", w.base, "AT_xxx", w.file.AppToken, "UID_xxx", w.file.UID)
	cards := 0
	arrived := func(name string, resp *http.Response, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var raw bytes.Buffer
		_, _ = raw.ReadFrom(resp.Body)
		resp.Body.Close()
		if resp.StatusCode/100 != 2 || strings.Contains(raw.String(), `"success":false`) {
			t.Fatalf("%s answered %s: %s", name, resp.Status, raw.String())
		}
		cards++
		w.eventually("a card by "+name, func() bool { return len(demo.cards()) == cards })
	}
	t.Run("Uptime Kuma", func(t *testing.T) {
		message, _ := json.Marshal("[官网] [🔴 Down] connect \"ECONNREFUSED\"\n127.0.0.1:80")
		body := strings.Replace(replace.Replace(named(t, all, "kuma.json")), "{{ msg | json }}", string(message), 1)
		resp, err := http.Post(w.base+"/api/send/message", "application/json", strings.NewReader(body))
		arrived("Uptime Kuma", resp, err)
	})
	t.Run("qinglong", func(t *testing.T) {
		line := regexp.MustCompile(`WEBHOOK_URL='([^']+)'`).FindStringSubmatch(replace.Replace(named(t, all, "qinglong.env")))
		address := strings.NewReplacer("$title", url.PathEscape("签到 & 领豆"), "$content", url.PathEscape("京东\n账号1：成功 50%")).Replace(line[1])
		resp, err := http.Get(address)
		arrived("qinglong", resp, err)
	})
	const alerts = `{"receiver":"wechat","status":"firing","alerts":[{"status":"firing","labels":{"alertname":"DiskFull","severity":"critical","instance":"a:9100"},"annotations":{"summary":"磁盘将满"},"startsAt":"2026-11-27T01:02:03.000Z","endsAt":"0001-01-01T00:00:00Z","generatorURL":"http://prometheus:9090/graph","fingerprint":"c6a1b2"}],"groupLabels":{"alertname":"DiskFull"},"commonLabels":{"alertname":"DiskFull","severity":"critical"},"commonAnnotations":{"summary":"磁盘将满"},"externalURL":"http://alertmanager:9093","version":"4","groupKey":"{}:{alertname=\"DiskFull\"}","truncatedAlerts":0%s}`
	for _, c := range []struct{ name, file, scheme, token, body string }{
		{"Alertmanager", "alertmanager.yml", "Bearer", "credentials", fmt.Sprintf(alerts, "")},
		{"Grafana", "grafana.yml", "Bearer", "authorization_credentials", fmt.Sprintf(alerts, `,"orgId":1,"title":"[FIRING:1] DiskFull","state":"alerting","message":"**Firing** 磁盘将满"`)},
	} {
		t.Run(c.name, func(t *testing.T) {
			var document any
			if err := yaml.Unmarshal([]byte(replace.Replace(named(t, all, c.file))), &document); err != nil {
				t.Fatal(err)
			}
			r, err := http.NewRequest(http.MethodPost, leaf(document, "url"), strings.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Authorization", c.scheme+" "+leaf(document, c.token))
			resp, err := http.DefaultClient.Do(r)
			if err == nil && resp.StatusCode == http.StatusNotFound {
				t.Skip("this server does not take Alertmanager's webhooks yet")
			}
			arrived(c.name, resp, err)
		})
	}
	t.Run("shell", func(t *testing.T) {
		need(t, "curl")
		resp, err := http.Post(w.base+"/api/v1/webhooks/text", "text/plain", strings.NewReader("x"))
		if err == nil && resp.StatusCode == http.StatusNotFound {
			t.Skip("this server does not take text by webhook yet")
		}
		runCommand(t, t.TempDir(), os.Environ(), replace.Replace(named(t, all, "webhook.sh")))
		cards++
		w.eventually("a card by shell", func() bool { return len(demo.cards()) == cards })
	})
}

// leaf is the first value under the key, however deep.
func leaf(in any, key string) string {
	switch v := in.(type) {
	case map[string]any:
		if s, ok := v[key].(string); ok {
			return s
		}
		for _, one := range v {
			if s := leaf(one, key); s != "" {
				return s
			}
		}
	case []any:
		for _, one := range v {
			if s := leaf(one, key); s != "" {
				return s
			}
		}
	}
	return ""
}
