package main

import (
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/net/html"
)

// offered is a file that the demo's page offers to copy, with the line that
// runs it.
type offered struct{ file, run, code string }

// offersOf reads the page as a browser does.
func offersOf(t *testing.T, address string) (all []offered) {
	t.Helper()
	status, page := fetch(t, "GET", address, "")
	if status != http.StatusOK {
		t.Fatalf("the demo's page: %d", status)
	}
	root, err := html.Parse(strings.NewReader(string(page)))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		file, run := attribute(n, "data-file"), attribute(n, "data-run")
		if file == "" {
			continue
		}
		for code := range n.Descendants() {
			if code.Data == "code" {
				all = append(all, offered{file, run, textOf(code)})
			}
		}
	}
	return all
}

func attribute(n *html.Node, name string) string {
	i := slices.IndexFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
	if i < 0 {
		return ""
	}
	return n.Attr[i].Val
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for one := range n.Descendants() {
		if one.Type == html.TextNode {
			b.WriteString(one.Data)
		}
	}
	return b.String()
}

// A copier has copied every file of a page into a folder.
type copier struct {
	*world
	t   *testing.T
	dir string
	all []offered
}

func newCopier(t *testing.T, args ...string) *copier {
	t.Helper()
	w := startWorldIn(t, t.TempDir(), addressWithReceiver(t), args...)
	c := &copier{w, t, t.TempDir(), offersOf(t, w.base+"/demo/")}
	for _, one := range c.all {
		write(t, filepath.Join(c.dir, one.file), one.code+"\n")
	}
	return c
}

// addressWithReceiver is a free address whose receiver's is free too.
func addressWithReceiver(t *testing.T) string {
	t.Helper()
	for range 100 {
		address := freeAddress(t)
		if l, err := net.Listen("tcp", receiverAt("http://"+address)); err == nil {
			l.Close()
			return address
		}
	}
	t.Fatal("no two ports are free")
	return ""
}

// line is the line that runs a file, as the page says it.
func (c *copier) line(file string) string {
	c.t.Helper()
	i := slices.IndexFunc(c.all, func(o offered) bool { return o.file == file })
	if i < 0 {
		c.t.Fatalf("the page offers no %s", file)
	}
	return c.all[i].run
}

// run runs a file to its end and returns what it printed.
func (c *copier) run(file string) string {
	c.t.Helper()
	return runCommand(c.t, c.dir, os.Environ(), c.line(file))
}

// serve runs a file until the test ends, in a process group of its own: go and
// java start others.
func (c *copier) serve(file string) {
	c.t.Helper()
	cmd := exec.Command("sh", "-c", "exec "+c.line(file))
	out := &printed{}
	cmd.Dir, cmd.Stdout, cmd.Stderr = c.dir, out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
		if c.t.Failed() {
			c.t.Logf("%s said: %s", file, out)
		}
	})
	c.eventually(file+" listens", func() bool {
		conn, err := net.Dial("tcp", receiverAt(c.base))
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
}
