package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestCompletion_EveryShellAsksTheProgram runs the scripts in the shells that
// are installed, as a key press would.
func TestCompletion_EveryShellAsksTheProgram(t *testing.T) {
	w := startWorld(t)
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	s := newPrompt(t, w)
	for shell, script := range map[string]string{
		"bash": `source ./completion
			press() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _hongyan "$1"; printf '%s\n' "${COMPREPLY[@]}"; }
			press hongyan to; press hongyan send --topic ''; press hongyan completion b; press hongyan send --wa`,
		"zsh": `compdef() { : }
			_describe() { print -l -- "${(@)${(@P)2}%%:*}" }
			_files() { }
			source ./completion
			press() { words=("$@"); CURRENT=$#; _hongyan }
			press hongyan to; press hongyan send --topic ''; press hongyan completion b; press hongyan send --wa`,
		"fish": `source ./completion
			for line in 'hongyan to' 'hongyan send --topic ' 'hongyan completion b' 'hongyan send --wa'
				complete -C $line | string split -f 1 \t
			end`,
	} {
		t.Run(shell, func(t *testing.T) {
			if _, err := exec.LookPath(shell); err != nil {
				t.Skipf("%s is not installed", shell)
			}
			if err := os.WriteFile(filepath.Join(s.dir, "completion"), []byte(s.run("completion", shell).out), 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(shell, "-c", script)
			cmd.Dir = s.dir
			cmd.Env = append(s.env, "PATH="+filepath.Dir(path)+":"+os.Getenv("PATH"), "HOME="+s.dir)
			out, err := cmd.CombinedOutput()
			if got, want := strings.Fields(string(out)), "topics 1 bash --wait"; err != nil || strings.Join(got, " ") != want {
				t.Errorf("completed %q, %v; want %q", got, err, want)
			}
		})
	}
}

func TestCompletion_OffersWhatStandsThere(t *testing.T) {
	s := newPrompt(t, nil) // no server answers: topics are left out
	for _, c := range []struct {
		words []string
		want  string
	}{
		{[]string{"s"}, "send status serve sandbox"},
		{[]string{"topics", ""}, "list create rename delete"},
		{[]string{"topics", "rename", ""}, ""},
		{[]string{"send", "--topic", ""}, ""},
		{[]string{"send", "--to"}, "--token --topic"},
		{[]string{"send", "text", "--u"}, "--url --uid"},
		{[]string{"send", "--wechat"}, ""},
		{[]string{"serve", "--wechat.mode", ""}, "plain compatible safe"},
		{[]string{"serve", "--limit.s"}, "--limit.sends"},
		{[]string{"completion", "z"}, "zsh"},
		{[]string{"app"}, "apps"},
		{[]string{"__"}, ""},
		{[]string{"backup", ""}, ""},
		{[]string{"import", "wxpusher", "--dry"}, "--dry-run"},
		{[]string{"--data", "x", "ver"}, "version"},
	} {
		a := s.run(append([]string{"__complete"}, c.words...)...)
		var got []string
		for line := range strings.Lines(a.out) {
			word, _, _ := strings.Cut(line, "\t")
			got = append(got, word)
		}
		if a.code != 0 || strings.Join(got, " ") != c.want {
			t.Errorf("%q: %q (%s), want %q", c.words, got, a.err, c.want)
		}
	}
}

func TestHelp_ShowsWhatACommandReads(t *testing.T) {
	s := newPrompt(t, nil)
	for _, c := range []struct {
		args         string
		shows, hides []string
	}{
		{"send", []string{"--uid", "--token", "--data", "Exit codes", "4  --wait"}, []string{"--listen", "--wechat.", "--redis", "--config"}},
		{"status", []string{"--watch", "--server"}, []string{"--listen", "--limit."}},
		{"topics create", []string{"--server", "--json"}, []string{"--listen"}},
		{"completion", []string{"~/.bashrc"}, []string{"--data", "--listen"}},
		{"version", nil, []string{"--data", "--listen"}},
		{"import wxpusher", []string{"--old-token-file", "--database"}, []string{"--limit.", "--redis", "--wechat.secret"}},
		{"backup", []string{"--keep", "--database", "pg_dump"}, []string{"--listen", "--wechat."}},
		{"restore", []string{"--secret-file", "--push.hold", "ten minutes", "client_msg_id"}, []string{"--listen="}},
		{"serve", []string{"Server:", "Database:", "WeChat:", "Sandbox:", "Limits", "--listen", "--wechat.app-id", "--limit.sends", "HONGYAN_LISTEN"}, nil},
		{"", []string{"Commands for those who send:", "send", "restore", "hongyan serve --help"}, []string{"--listen", "__complete"}},
	} {
		a := s.run(append(strings.Fields(c.args), "--help")...)
		if a.code != 0 {
			t.Errorf("%s: %d %s", c.args, a.code, a.err)
		}
		for _, part := range c.shows {
			if !strings.Contains(a.out, part) {
				t.Errorf("help of %q does not show %q:\n%s", c.args, part, a.out)
			}
		}
		for _, part := range c.hides {
			if strings.Contains(a.out, part) {
				t.Errorf("help of %q shows %q", c.args, part)
			}
		}
	}
}
