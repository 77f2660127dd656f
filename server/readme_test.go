package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

var shellBlock = regexp.MustCompile("(?s)```sh\n(.*?)```")

// commandsOf are the lines of the shell blocks of a document.
func commandsOf(t *testing.T, path string) (lines []string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range shellBlock.FindAllStringSubmatch(string(text), -1) {
		lines = append(lines, strings.Split(strings.TrimSpace(block[1]), "\n")...)
	}
	return lines
}

// TestREADME_EveryCommandRuns takes the commands as they stand in both
// READMEs. The one that runs every check is the one that runs this test, so it
// is only looked at.
func TestREADME_EveryCommandRuns(t *testing.T) {
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	english, chinese := commandsOf(t, root+"/README.md"), commandsOf(t, root+"/README.zh-CN.md")
	if !slices.Equal(english, chinese) {
		t.Fatalf("the READMEs differ in their commands: %q and %q", english, chinese)
	}
	address := freeAddress(t)
	env := append(os.Environ(), "HONGYAN_LISTEN="+address, "HONGYAN_DATA="+t.TempDir(), "HONGYAN_PROFILE=fast")
	t.Cleanup(func() { _ = os.Remove(root + "/hongyan") }) // which one of them builds
	for _, command := range english {
		switch command {
		case "go run ./server":
			runServerCommand(t, root, env, command, address)
		case "scripts/test":
			if info, err := os.Stat(root + "/scripts/test"); err != nil || info.Mode()&0o111 == 0 {
				t.Errorf("scripts/test cannot be run: %v", err)
			}
		default:
			runCommand(t, root, env, command)
		}
	}
}

func runCommand(t *testing.T, dir string, env []string, command string) string {
	t.Helper()
	cmd := exec.Command("sh", "-c", command)
	cmd.Dir, cmd.Env = dir, env
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v\n%s", command, err, out)
	}
	return string(out)
}

// runServerCommand starts the server as the README says, and types the curl
// line that it prints. It runs until the test ends, for the commands after it.
func runServerCommand(t *testing.T, dir string, env []string, command, address string) {
	t.Helper()
	cmd := exec.Command("sh", "-c", command)
	p := &process{cmd: cmd, output: &printed{}, logs: &printed{}, done: make(chan struct{})}
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, env, p.output, p.logs
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) // as Ctrl-C does: the whole group
		select {
		case <-p.done:
		case <-time.After(20 * time.Second):
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			t.Error("still running after Ctrl-C")
		}
		wantCurlLine(t, p.said())
	})
	p.waitReady(t, "http://"+address)
	w := &world{t: t, base: "http://" + address, process: p}
	w.file = readSandboxFile(filepath.Join(envValue(env, "HONGYAN_DATA"), "sandbox.json"))
	demo := &follower{w: w, openid: w.file.OpenID}
	line := strings.NewReplacer("$BASE", w.base, "$TOKEN", w.file.AppToken, "$UID", w.file.UID).Replace(curlLine)
	for range 2 {
		if out := runCommand(t, dir, env, line); !strings.Contains(out, `"code":1000`) {
			t.Errorf("the curl line answered %s", out)
		}
	}
	w.eventually("a card for each curl line", func() bool { return len(demo.cards()) == 2 })
}

// curlLine is the line the server prints, with its values left open.
const curlLine = `curl -s $BASE/api/send/message -H 'Content-Type: application/json' -d '{"appToken":"$TOKEN","content":"你好，鸿雁","uids":["$UID"]}'`

func wantCurlLine(t *testing.T, printed string) {
	t.Helper()
	pattern := strings.NewReplacer(`\$BASE`, `\S+`, `\$TOKEN`, `AT_\w+`, `\$UID`, `UID_\w+`).Replace(regexp.QuoteMeta(curlLine))
	if !regexp.MustCompile(pattern).MatchString(printed) {
		t.Errorf("the server did not print the curl line:\n%s", printed)
	}
}

func envValue(env []string, name string) string {
	for _, one := range slices.Backward(env) {
		if value, ok := strings.CutPrefix(one, name+"="); ok {
			return value
		}
	}
	return ""
}
