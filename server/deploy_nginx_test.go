package main

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// startNginx runs deploy/nginx.conf in front of the servers at upstreams and
// returns the address of its HTTPS and the path of its access log.
func startNginx(t *testing.T, upstreams ...string) (address, log string) {
	t.Helper()
	need(t, "nginx", "openssl", "curl")
	raw, err := os.ReadFile("../deploy/nginx.conf")
	if err != nil {
		t.Fatal(err)
	}
	dir, plain := t.TempDir(), freeAddress(t)
	address, log = freeAddress(t), filepath.Join(dir, "access.log")
	runCommand(t, dir, os.Environ(), `openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout key -out crt -subj /CN=push.example.com -addext subjectAltName=DNS:push.example.com`)
	if len(upstreams) > 1 {
		raw = []byte(strings.Replace(string(raw), "# server 127.0.0.1:8081;", "server "+upstreams[1]+";", 1))
	}
	block := strings.NewReplacer("listen 80;", "listen "+plain+";", "listen 443 ssl", "listen "+address+" ssl", "127.0.0.1:8080;", upstreams[0]+";",
		"/etc/nginx/push.example.com.crt", dir+"/crt", "/etc/nginx/push.example.com.key", dir+"/key", "/var/log/nginx/hongyan.log", log).Replace(string(raw))
	conf := "pid " + dir + "/pid; error_log stderr; daemon off; master_process off; events {}\nhttp { client_body_temp_path " +
		dir + "/b; proxy_temp_path " + dir + "/p; fastcgi_temp_path " + dir + "/f; uwsgi_temp_path " + dir + "/u; scgi_temp_path " + dir + "/s;\n" + block + "}\n"
	if err := os.WriteFile(dir+"/nginx.conf", []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	runCommand(t, dir, os.Environ(), "nginx -t -q -c "+dir+"/nginx.conf")
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
	(&world{t: t}).eventuallyQuiet("nginx answers", func() bool {
		return exec.Command("curl", "-sk", "https://"+address+"/readyz").Run() == nil
	})
	return address, log
}

// TestDeploy_NginxKeepsTheContract: paths arrive as they were written, bodies
// over the limit get the server's own answer, the proxy is trusted, and no
// token stands in the log.
func TestDeploy_NginxKeepsTheContract(t *testing.T) {
	w := startWorld(t, "--trusted-proxies", "127.0.0.1")
	address, log := startNginx(t, strings.TrimPrefix(w.base, "http://"))
	ask := "curl -skS https://" + address
	answer := runCommand(t, ".", os.Environ(), ask+"/api/send/message/"+w.file.SPT+"/https%3A%2F%2Fa//b")
	if !strings.Contains(answer, "处理成功") {
		t.Errorf("a send by address: %s", answer)
	}
	demo := &follower{w: w, openid: w.file.OpenID}
	w.eventually("a card", func() bool { return len(demo.cards()) == 1 })
	big := filepath.Join(t.TempDir(), "big")
	if err := os.WriteFile(big, []byte(`{"content":"`+strings.Repeat("啊", 4<<20/3)+`"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	answer = runCommand(t, ".", os.Environ(), ask+"/api/send/message -H 'Content-Type: application/json' --data-binary @"+big)
	if !strings.Contains(answer, `"code":1001`) {
		t.Errorf("a body over the limit: %.300s", answer)
	}
	runCommand(t, ".", os.Environ(), ask+"'/api/send/message?appToken="+w.file.AppToken+"&content=hi&uid="+w.file.UID+"'")
	for _, path := range []string{"/metrics", "/healthz", "/readyz"} {
		if code := runCommand(t, ".", os.Environ(), ask+path+" -o /dev/null -w '%{http_code}'"); code != "404" {
			t.Errorf("%s is open to everybody: %s", path, code)
		}
	}
	if strings.Contains(w.said(), "--trusted-proxies") {
		t.Errorf("the proxy is not trusted:\n%s", w.said())
	}
	raw, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{w.file.SPT, w.file.AppToken} {
		if strings.Contains(string(raw), secret) {
			t.Errorf("the access log holds a token:\n%s", raw)
		}
	}
	if !strings.Contains(string(raw), "GET /api/send/message 200") || !strings.Contains(string(raw), "/api/send/message/SPT_*** 200") {
		t.Errorf("access log:\n%s", raw)
	}
}

// TestDeploy_NginxHoldsNoEventBack under the paths with event streams, and gives
// a call to the node that takes it.
func TestDeploy_NginxHoldsNoEventBack(t *testing.T) {
	more := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = w.Write([]byte("data: first\n\n"))
		w.(http.Flusher).Flush()
		select {
		case <-more:
		case <-r.Context().Done():
		}
	}))
	defer server.Close()
	defer close(more)
	address, _ := startNginx(t, freeAddress(t), server.Listener.Addr().String())
	for _, path := range []string{"/console/events", "/demo/events", "/demo/0123456789abcdef/events", "/sandbox/events"} {
		cmd := exec.Command("curl", "-skN", "--max-time", "20", "https://"+address+path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		line, err := bufio.NewReader(out).ReadString('\n')
		if took := time.Since(began); line != "data: first\n" || took > 5*time.Second {
			t.Errorf("%s: %q, %v after %s", path, line, err, took)
		}
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
}
