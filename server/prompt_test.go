package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"hongyan/commands"
)

// prompt is a person at a prompt: a folder, an environment and the binary.
type prompt struct {
	t     *testing.T
	dir   string
	env   []string
	stdin string
}

// answered is what a command printed and ended with.
type answered struct {
	out, err string
	code     int
}

// newPrompt stands in a folder whose data folder is that of the world.
func newPrompt(t *testing.T, w *world) *prompt {
	t.Helper()
	s := &prompt{t: t, dir: t.TempDir()}
	for _, one := range os.Environ() {
		if !strings.HasPrefix(one, "HONGYAN_") {
			s.env = append(s.env, one)
		}
	}
	if w != nil {
		s.env = append(s.env, "HONGYAN_DATA="+w.stores[1])
	}
	return s
}

func (s *prompt) run(args ...string) answered {
	s.t.Helper()
	path, err := binary()
	if err != nil {
		s.t.Fatal(err)
	}
	cmd := exec.CommandContext(s.t.Context(), path, args...)
	var out, complaint bytes.Buffer
	cmd.Dir, cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = s.dir, s.env, strings.NewReader(s.stdin), &out, &complaint
	err = cmd.Run()
	if err != nil && cmd.ProcessState == nil {
		s.t.Fatal(err)
	}
	return answered{out.String(), complaint.String(), cmd.ProcessState.ExitCode()}
}

// json runs the command with --json and reads its one document.
func (s *prompt) json(into any, args ...string) answered {
	s.t.Helper()
	a := s.run(append(args, "--json")...)
	if err := json.Unmarshal([]byte(a.out), into); err != nil {
		s.t.Fatalf("%q: %v in %s%s", args, err, a.out, a.err)
	}
	return a
}

// blockedFollower is the UID of a follower of the demo app who blocked the account.
func (w *world) blockedFollower() string {
	w.t.Helper()
	f := w.newFollower()
	f.do("follow", map[string]any{})
	f.say("#97")
	uid := f.askUID()
	f.do("block", map[string]any{"on": true})
	return uid
}

// askUID asks the account for it, as people do.
func (f *follower) askUID() string {
	f.w.t.Helper()
	reply := f.do("click", map[string]any{"key": commands.KeyUID}).Reply
	found := regexp.MustCompile(`UID_\w+`).FindString(reply)
	if found == "" {
		f.w.t.Fatalf("no UID in %q", reply)
	}
	return found
}
