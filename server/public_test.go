package main

import (
	"bytes"
	"context"
	"image"
	_ "image/jpeg"
	_ "image/png"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"hongyan/oa"
	"hongyan/oa/sandbox"
)

func nobody(context.Context, oa.Event) (oa.Reply, error) { return nil, nil }

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// fetch gets a page without following redirects.
func fetch(t *testing.T, method, address, body string) (status int, text []byte) {
	t.Helper()
	r, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err = io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, append(text, resp.Header.Get("Location")...)
}

// TestSandboxPublic_NothingWorksWithoutTheKey: the phone, the control API, the
// pictures, the authorize page and the demo's page; and no address tells it.
func TestSandboxPublic_NothingWorksWithoutTheKey(t *testing.T) {
	t.Parallel()
	data, address := t.TempDir(), freeAddress(t)
	port := address[strings.LastIndex(address, ":"):]
	w := startWorldIn(t, data, address, "--listen", "0.0.0.0"+port, "--sandbox-public")
	base := "http://127.0.0.1" + port
	key := strings.Trim(strings.TrimPrefix(w.file.SandboxURL, base+"/sandbox/"), "/")
	if len(key) < 26 {
		t.Fatalf("the phone's address %q carries no key of 128 bits", w.file.SandboxURL)
	}
	paths := []string{"/sandbox/", "/sandbox/phone/phone.js", "/sandbox/phone/live", "/sandbox/api/followers", "/sandbox/api/codes", "/sandbox/api/calls",
		"/sandbox/cgi-bin/showqrcode?ticket=x", "/sandbox/connect/oauth2/authorize?appid=x", "/demo/", "/demo/callbacks", "/", "/sandbox", "/demo"}
	for _, path := range paths {
		for _, guess := range []string{path, strings.Replace(path, "/sandbox/", "/sandbox/"+strings.Repeat("A", len(key))+"/", 1)} {
			status, text := fetch(t, "GET", base+guess, "")
			if status/100 == 2 || bytes.Contains(text, []byte(key)) {
				t.Errorf("GET %s without the key: %d %.80s", guess, status, text)
			}
		}
	}
	for _, path := range []string{"/sandbox/api/followers", "/sandbox/api/profile", "/sandbox/api/faults", "/sandbox//api/followers"} {
		if status, _ := fetch(t, "POST", base+path, "{}"); status/100 == 2 {
			t.Errorf("POST %s works without the key", path)
		}
	}
	w.checkKeyed(t, base, key)
	again := startAgain(t, w, data, address, "--listen", "0.0.0.0"+port, "--sandbox-public")
	if again.file.SandboxURL != w.file.SandboxURL {
		t.Errorf("after a restart the phone is at %q, was at %q", again.file.SandboxURL, w.file.SandboxURL)
	}
	if info, err := os.Stat(filepath.Join(data, "sandbox.key")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key's file: %v %v", info, err)
	}
}

func startAgain(t *testing.T, w *world, data, address string, args ...string) *world {
	t.Helper()
	w.stop(t)
	return startWorldIn(t, data, address, args...)
}

var linksInJSON = regexp.MustCompile(`https?://[^"\\ ]+`)

// checkKeyed wants the sandbox to work under the key, with every link of its
// own carrying it.
func (w *world) checkKeyed(t *testing.T, base, key string) {
	t.Helper()
	inside := base + "/sandbox/" + key
	for _, path := range []string{"/", "/api/followers", "/api/codes"} {
		status, text := fetch(t, "GET", inside+path, "")
		if status != http.StatusOK {
			t.Errorf("GET %s with the key: %d", path, status)
		}
		for _, link := range linksInJSON.FindAllString(string(text), -1) {
			if strings.Contains(link, "/sandbox") && !strings.HasPrefix(link, inside) {
				t.Errorf("%s shows a link without the key: %s", path, link)
			}
		}
	}
	_, codes := fetch(t, "GET", inside+"/api/codes", "")
	shown := 0
	for _, link := range linksInJSON.FindAllString(string(codes), -1) {
		if !strings.Contains(link, "showqrcode") {
			continue
		}
		shown++
		status, picture := fetch(t, "GET", link, "")
		if _, _, err := image.Decode(bytes.NewReader(picture)); status != http.StatusOK || err != nil {
			t.Errorf("the picture %s: %d %v", link, status, err)
		}
	}
	if shown == 0 {
		t.Errorf("no QR picture is linked: %s", codes)
	}
	status, text := fetch(t, "GET", base+"/demo/"+key+"/", "")
	if status != http.StatusOK || !bytes.Contains(text, []byte("演示应用")) {
		t.Errorf("the demo's page: %d", status)
	}
	status, answer := fetch(t, "POST", inside+"/api/followers/"+w.file.OpenID+"/say", `{"text":"#97 重启服务器"}`)
	if status != http.StatusOK || !bytes.Contains(answer, []byte("正在重启服务器")) {
		t.Errorf("a command under the key: %d %s", status, answer)
	}
}

// TestSandboxPublic_TheAccountOfTheSourceSignsNothing: its token is known to
// everybody, so events signed with it would make anybody any follower.
func TestSandboxPublic_TheAccountOfTheSourceSignsNothing(t *testing.T) {
	t.Parallel()
	w := startWorld(t, "--sandbox-public")
	forger, err := sandbox.New(sandboxOptions(sandboxAccount(""), sandbox.Options{Profile: "fast", Callback: w.base + "/wechat/callback"}))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := forger.Add().Follow(t.Context())
	if err != nil || answer.Shown != sandbox.ShownFault || !strings.Contains(answer.Fault, "403") {
		t.Errorf("a forged event showed %+v, %v", answer, err)
	}
}

// TestSandboxPublic_ASandboxOfItsOwnHandsItsKeyOver by the address it prints.
func TestSandboxPublic_ASandboxOfItsOwnHandsItsKeyOver(t *testing.T) {
	t.Parallel()
	wechat, server := freeAddress(t), freeAddress(t)
	p := startProcess(t, "sandbox", "--sandbox-public", "--listen", wechat, "--data", t.TempDir(), "--profile", "fast",
		"--callback", "http://"+server+"/wechat/callback")
	printed := regexp.MustCompile(`--sandbox-at (\S+)`)
	for printed.FindString(p.said()) == "" {
		select {
		case <-p.done:
			t.Fatalf("the sandbox ended:\n%s", p.said())
		default:
		}
	}
	at := printed.FindStringSubmatch(p.said())[1]
	if status, _ := fetch(t, "GET", "http://"+wechat+"/sandbox/api/calls", ""); status != http.StatusNotFound {
		t.Errorf("without the key the sandbox answers %d", status)
	}
	w := startWorldIn(t, t.TempDir(), server, "--sandbox-at", at)
	if got := w.send(map[string]any{"content": "你好", "uids": []string{w.file.UID}}); got[0].Code != 1000 {
		t.Errorf("send answered %+v", got)
	}
	w.eventually("a card", func() bool {
		_, chat := fetch(t, "GET", at+"/api/followers/"+w.file.OpenID+"/chat", "")
		return bytes.Contains(chat, []byte(`"template"`))
	})
}
