package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// binary builds the server once for all tests of the package that run it.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "hongyan-binary")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "hongyan")
	out, err := exec.Command("go", "build", "-o", path, "hongyan/server").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := binary(); err == nil {
		os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// process is the built binary at work.
type process struct {
	cmd    *exec.Cmd
	output *printed // both streams
	logs   *printed // standard error alone, where logs go
	done   chan struct{}
}

// printed is what a process has printed so far.
type printed struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (p *printed) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.Write(b)
}

func (p *printed) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}

// startProcess runs the binary with args and kills it at the end of the test.
func startProcess(t testing.TB, args ...string) *process {
	t.Helper()
	return startProcessIn(t, nil, args...)
}

// startProcessIn is startProcess with more in its environment.
func startProcessIn(t testing.TB, env []string, args ...string) *process {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	return startCommand(t, exec.Command(path, args...), env)
}

// startCommand starts any command with more in its environment.
func startCommand(t testing.TB, cmd *exec.Cmd, env []string) *process {
	t.Helper()
	p := &process{cmd: cmd, output: &printed{}, logs: &printed{}, done: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stdout, p.cmd.Stderr = p.output, io.MultiWriter(p.output, p.logs)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(p.kill)
	return p
}

// kill ends the process as a power cut would.
func (p *process) kill() {
	if p.cmd == nil { // it is this process
		return
	}
	_ = p.cmd.Process.Signal(syscall.SIGKILL)
	<-p.done
}

// stop asks the process to end and returns how long it took.
func (p *process) stop(t testing.TB) time.Duration {
	t.Helper()
	began := time.Now()
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(drainWithin + 5*time.Second):
		t.Fatalf("still running %s after SIGTERM:\n%s", time.Since(began), p.said())
	}
	return time.Since(began)
}

// said is what the process has printed so far.
func (p *process) said() string { return p.output.String() }

// runBinary runs one command of the binary to its end.
func runBinary(t testing.TB, args ...string) (output string, ok bool) {
	t.Helper()
	p := startProcess(t, args...)
	select {
	case <-p.done:
	case <-time.After(time.Minute):
		t.Fatalf("%q does not end:\n%s", args, p.said())
	}
	return p.said(), p.cmd.ProcessState.Success()
}

// waitReady waits for the server at base to take traffic.
func (p *process) waitReady(t testing.TB, base string) {
	t.Helper()
	p.waitAnswer(t, base+"/readyz")
}

func (p *process) waitAnswer(t testing.TB, url string) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); {
		if resp, err := http.Get(url); err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case <-p.done:
			t.Fatalf("the process ended:\n%s", p.output)
		case <-time.After(10 * time.Millisecond):
		}
	}
	p.kill()
	t.Fatalf("%s did not answer within 30 s:\n%s", url, p.said())
}

// freeAddress is a loopback address nobody listens on right now. Its port lies
// below those that the kernel gives to connections, or one of them might take
// it before the server does.
func freeAddress(t testing.TB) string {
	t.Helper()
	for range 100 {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 10_000+rand.IntN(22_000)))
		if err == nil {
			defer l.Close()
			return l.Addr().String()
		}
	}
	t.Fatal("no port is free")
	return ""
}

// world is a server in sandbox mode as a developer, a follower and an operator
// meet it: over HTTP.
type world struct {
	t      testing.TB
	base   string
	file   sandboxFile
	stores []string // the arguments that name its database
	*process
}

// startWorld runs the server in a folder of its own with the sandbox inside.
func startWorld(t testing.TB, args ...string) *world {
	t.Helper()
	return startWorldIn(t, t.TempDir(), freeAddress(t), args...)
}

func startWorldIn(t testing.TB, data, address string, args ...string) *world {
	t.Helper()
	stores := []string{"--data", data}
	if i := slices.Index(args, "--database"); i >= 0 {
		stores = append(stores, args[i:i+2]...)
	}
	// Tests send faster than people do; what is about limits gives its own.
	args = append([]string{"--listen", address, "--data", data, "--profile", "fast",
		"--limit.sends", "0", "--limit.per-user", "0", "--limit.lookups", "0"}, args...)
	w := &world{t: t, base: "http://" + address, stores: stores, process: startProcess(t, args...)}
	w.waitReady(t, w.base)
	w.file = readSandboxFile(filepath.Join(data, "sandbox.json"))
	return w
}

// envelope is an API answer as a client reads it.
type envelope struct {
	Code    int             `json:"code"`
	Msg     string          `json:"msg"`
	Data    json.RawMessage `json:"data"`
	Success bool            `json:"success"`
}

// post sends body as JSON and reads the answer into dst.
func (w *world) post(path string, body, dst any) {
	w.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		w.t.Fatal(err)
	}
	resp, err := http.Post(w.base+path, "application/json", bytes.NewReader(raw))
	if err != nil {
		w.t.Fatal(err)
	}
	w.read(resp, dst)
}

func (w *world) get(path string, dst any) {
	w.t.Helper()
	resp, err := http.Get(w.base + path)
	if err != nil {
		w.t.Fatal(err)
	}
	w.read(resp, dst)
}

func (w *world) read(resp *http.Response, dst any) {
	w.t.Helper()
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		w.t.Fatalf("%s %s: %s: %s", resp.Request.Method, resp.Request.URL.Path, resp.Status, raw)
	}
	switch into := dst.(type) {
	case nil:
	case *string:
		*into = string(raw)
	default:
		if err := json.Unmarshal(raw, dst); err != nil {
			w.t.Fatalf("%s: %v in %s", resp.Request.URL.Path, err, raw)
		}
	}
}

// receipt is one item of a send answer.
type receipt struct {
	UID       string `json:"uid"`
	TopicID   int64  `json:"topicId"`
	MessageID int64  `json:"messageId"`
	ContentID int64  `json:"messageContentId"`
	RecordID  int64  `json:"sendRecordId"`
	Code      int    `json:"code"`
	Status    string `json:"status"`
}

// send pushes and returns the receipts; a refused call fails the test.
func (w *world) send(body map[string]any) []receipt {
	w.t.Helper()
	if body["appToken"] == nil {
		body["appToken"] = w.file.AppToken
	}
	var answer envelope
	w.post("/api/send/message", body, &answer)
	if !answer.Success {
		w.t.Fatalf("send: %d %s", answer.Code, answer.Msg)
	}
	var receipts []receipt
	if err := json.Unmarshal(answer.Data, &receipts); err != nil {
		w.t.Fatal(err)
	}
	return receipts
}

// status is the number and the text that query/status answers.
func (w *world) status(record int64) (code int, text string) {
	w.t.Helper()
	var answer envelope
	w.get(fmt.Sprintf("/api/send/query/status?sendRecordId=%d", record), &answer)
	if err := json.Unmarshal(answer.Data, &code); err != nil {
		w.t.Fatalf("status of %d: %d %s", record, answer.Code, answer.Msg)
	}
	return code, answer.Msg
}

// follower is a WeChat user of the sandbox.
type follower struct {
	w      *world
	openid string
}

// bubble is one thing a phone shows.
type bubble struct {
	Kind   string            `json:"kind"`
	Text   string            `json:"text"`
	Title  string            `json:"title"`
	Fields map[string]string `json:"-"`
	URL    string            `json:"url"`
}

// reply is what the phone shows right after the follower did something.
type reply struct {
	Reply string `json:"reply"`
	Shown string `json:"shown"`
}

func (w *world) newFollower() *follower {
	w.t.Helper()
	var made struct {
		OpenID string `json:"openid"`
	}
	w.post("/sandbox/api/followers", map[string]any{}, &made)
	return &follower{w: w, openid: made.OpenID}
}

func (f *follower) do(what string, body map[string]any) reply {
	f.w.t.Helper()
	var got reply
	f.w.post("/sandbox/api/followers/"+f.openid+"/"+what, body, &got)
	return got
}

func (f *follower) scan(code string) reply { return f.do("scan", map[string]any{"code": code}) }
func (f *follower) say(text string) reply  { return f.do("say", map[string]any{"text": text}) }

func (f *follower) chat() []bubble {
	f.w.t.Helper()
	var all []bubble
	f.w.get("/sandbox/api/followers/"+f.openid+"/chat", &all)
	return all
}

// cards are the template messages on the phone.
func (f *follower) cards() (cards []bubble) {
	for _, one := range f.chat() {
		if one.Kind == "template" {
			cards = append(cards, one)
		}
	}
	return cards
}

// callbacks are the bodies that the demo app's server received.
func (w *world) callbacks() (bodies []string) {
	w.t.Helper()
	var got []struct {
		Body json.RawMessage `json:"body"`
	}
	w.get("/demo/callbacks", &got)
	for _, one := range got {
		bodies = append(bodies, string(one.Body))
	}
	return bodies
}

// eventually waits until what holds, since WeChat answers in its own time.
func (w *world) eventually(what string, holds func() bool) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for !holds() {
		select {
		case <-ctx.Done():
			w.process.kill()
			w.t.Fatalf("never happened: %s\n%s", what, w.said())
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func contains(all []string, parts ...string) bool {
	for _, one := range all {
		hit := true
		for _, part := range parts {
			hit = hit && strings.Contains(one, part)
		}
		if hit {
			return true
		}
	}
	return false
}
