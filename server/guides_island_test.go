package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

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
		missing(t, "root, for a private network,")
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
