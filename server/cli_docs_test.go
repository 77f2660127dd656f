package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestCLIDocs_EveryCommandRuns types the commands of docs/cli.md one after
// another beside a fresh server, which is stopped where the text says so.
func TestCLIDocs_EveryCommandRuns(t *testing.T) {
	english, chinese := commandsOf(t, "../docs/cli.md"), commandsOf(t, "../docs/cli.zh-CN.md")
	if !slices.Equal(english, chinese) {
		t.Fatalf("the documents differ in their commands: %q and %q", english, chinese)
	}
	program, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	w := startWorldIn(t, filepath.Join(dir, "data"), freeAddress(t))
	s := newPrompt(t, nil)
	env := append(s.env, "PATH="+filepath.Dir(program)+":"+os.Getenv("PATH"), "HONGYAN_LISTEN="+strings.TrimPrefix(w.base, "http://"))
	running := true
	for _, command := range english {
		if running && strings.HasPrefix(command, "hongyan restore") {
			w.process.stop(t)
			running = false
		}
		runCommand(t, dir, env, command)
	}
	if running || len(english) < 15 {
		t.Errorf("only %d commands", len(english))
	}
	demo := &follower{w: startWorldIn(t, filepath.Join(dir, "data"), freeAddress(t)), openid: w.file.OpenID}
	if n := len(demo.cards()); n < 5 {
		t.Errorf("%d cards on the phone", n)
	}
}
