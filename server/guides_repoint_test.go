package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestGuide_RepointEverySnippetRuns goes through the guide on a machine where
// the name has another address, and wants a card for each send.
func TestGuide_RepointEverySnippetRuns(t *testing.T) {
	need(t, "openssl", "curl", "python3", "node", "java", "keytool", "go")
	if err := exec.Command("python3", "-c", "import requests").Run(); err != nil {
		missing(t, "python3-requests")
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
