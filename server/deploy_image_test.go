package main

import (
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// emptyRoot is a root folder with what the last stage of the Dockerfile copies and
// nothing else: no shell, no libc, no /proc, no /tmp.
type emptyRoot struct {
	root string
	uid  uint32
	env  []string
}

// newEmptyRoot builds the binary by the Dockerfile's own line.
func newEmptyRoot(t *testing.T) *emptyRoot {
	t.Helper()
	if os.Getuid() != 0 {
		missing(t, "root, to run in an empty root folder,")
	}
	raw, err := os.ReadFile("../deploy/Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	file := string(raw)
	stage := file[strings.Index(file, "\nFROM scratch\n"):]
	for _, line := range []string{
		"COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt",
		"COPY --from=build /out/hongyan /hongyan",
		"COPY --from=build --chown=65532:65532 /out/data /data",
		"USER 65532:65532",
		`ENTRYPOINT ["/hongyan"]`,
	} {
		if !strings.Contains(stage, "\n"+line+"\n") {
			t.Fatalf("the last stage lacks %q", line)
		}
	}
	i := &emptyRoot{root: t.TempDir(), uid: 65532}
	if err := os.Chmod(i.root, 0o755); err != nil {
		t.Fatal(err)
	}
	build := regexp.MustCompile(`(?m)^RUN (CGO_ENABLED=0 go build .*) -o /out/hongyan (\S+)$`).FindStringSubmatch(file)
	if build == nil {
		t.Fatal("the Dockerfile has no line that builds")
	}
	runCommand(t, "..", os.Environ(), build[1]+" -o "+i.root+"/hongyan "+build[2])
	for _, dir := range []string{"/etc/ssl/certs", "/data"} {
		if err := os.MkdirAll(i.root+dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chown(i.root+"/data", int(i.uid), int(i.uid)); err != nil {
		t.Fatal(err)
	}
	env := regexp.MustCompile(`(?m)^ENV (.*)$`).FindStringSubmatch(stage)
	i.env = strings.Fields(env[1])
	return i
}

// command is one run of the image.
func (i *emptyRoot) command(args ...string) *exec.Cmd {
	cmd := exec.Command("/hongyan", args...)
	cmd.Dir, cmd.Env = "/", i.env
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: i.root, Credential: &syscall.Credential{Uid: i.uid, Gid: i.uid}}
	return cmd
}

func (i *emptyRoot) run(args ...string) (output string, err error) {
	out, err := i.command(args...).CombinedOutput()
	return string(out), err
}

// TestDeploy_TheImageNeedsNothingButItsFiles: a server in an empty root folder,
// not root, is healthy, sends a card and finds the roots of HTTPS.
func TestDeploy_TheImageNeedsNothingButItsFiles(t *testing.T) {
	i := newEmptyRoot(t)
	if out, err := i.run("version"); err != nil || !strings.HasPrefix(out, "hongyan ") {
		t.Fatalf("version: %v, %s", err, out)
	}
	if out, err := i.run("serve"); err == nil || !strings.Contains(out, "--sandbox-public") {
		t.Errorf("the sandbox on every address: %v, %s", err, out)
	}
	address := freeAddress(t)
	i.env = append(i.env, "HONGYAN_LISTEN="+address, "HONGYAN_PROFILE=fast")
	if out, err := i.run("health"); err == nil {
		t.Errorf("healthy before it runs: %s", out)
	}
	p := &process{cmd: i.command(), output: &printed{}, logs: &printed{}, done: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = p.output, io.MultiWriter(p.output, p.logs)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(p.kill)
	w := &world{t: t, base: "http://" + address, process: p}
	p.waitReady(t, w.base)
	if out, err := i.run("health"); err != nil || out != "ready\n" {
		t.Errorf("health: %v, %s", err, out)
	}
	w.file = readSandboxFile(filepath.Join(i.root, "data", "sandbox.json"))
	w.send(map[string]any{"content": "你好，鸿雁", "uids": []string{w.file.UID}})
	w.eventually("a card", func() bool { return len((&follower{w, w.file.OpenID}).cards()) == 1 })
	w.get("/docs/", nil)
	p.stop(t)

	i.wantHTTPS(t)
}

// wantHTTPS lets doctor ask an API whose certificate only the image's own
// bundle vouches for.
func (i *emptyRoot) wantHTTPS(t *testing.T) {
	t.Helper()
	api := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"access_token":"x","expires_in":7200}`)
	}))
	api.Config.ErrorLog = log.New(io.Discard, "", 0) // of the handshake that is to fail
	api.StartTLS()
	defer api.Close()
	bundle := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: api.Certificate().Raw})
	for _, tt := range []struct {
		bundle []byte
		want   bool
	}{{nil, false}, {bundle, true}} {
		if err := os.WriteFile(i.root+"/etc/ssl/certs/ca-certificates.crt", tt.bundle, 0o644); err != nil {
			t.Fatal(err)
		}
		out, _ := i.run("doctor", "--data", "/data/account", "--base-url", "https://push.example.com", "--wechat.app-id", "wx1", "--wechat.secret", "s",
			"--wechat.token", "t", "--wechat.aes-key", strings.Repeat("A", 43), "--wechat.template", "T", "--wechat.api", api.URL)
		if got := strings.Contains(out, "✓  token"); got != tt.want {
			t.Errorf("HTTPS with a bundle of %d bytes works: %v, want %v\n%s", len(tt.bundle), got, tt.want, out)
		}
	}
}
