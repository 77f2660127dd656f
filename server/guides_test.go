package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"hongyan/server/cli/wxpusher"
)

// snippet is a fenced block of a guide: its language, the file it is meant to
// stand in, if any, and its text.
type snippet struct{ language, file, text string }

var fence = regexp.MustCompile("(?ms)^```(\\w+)(?: (\\S+))?\n(.*?)^```$")

func snippetsOf(t *testing.T, guide string) (all []snippet) {
	t.Helper()
	text, err := os.ReadFile("../docs/" + guide)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range fence.FindAllStringSubmatch(string(text), -1) {
		all = append(all, snippet{m[1], m[2], m[3]})
	}
	return all
}

// named is the snippet that stands in the file.
func named(t *testing.T, all []snippet, file string) string {
	t.Helper()
	i := slices.IndexFunc(all, func(s snippet) bool { return s.file == file })
	if i < 0 {
		t.Fatalf("the guide has no %s", file)
	}
	return all[i].text
}

func TestGuides_SnippetsAreTheSameInBothLanguages(t *testing.T) {
	for _, guide := range []string{"repoint", "migrate-from-wxpusher"} {
		english, chinese := snippetsOf(t, guide+".md"), snippetsOf(t, guide+".zh-CN.md")
		if len(english) < 5 || !slices.Equal(english, chinese) {
			t.Errorf("%s: %d snippets in English, %d in Chinese, or they differ", guide, len(english), len(chinese))
		}
	}
}

// need skips where a program is missing, unless nothing may be skipped.
func need(t *testing.T, programs ...string) {
	t.Helper()
	for _, program := range programs {
		if _, err := exec.LookPath(program); err != nil {
			missing(t, program)
		}
	}
}

func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("HONGYAN_TEST_STRICT") == "1" {
		t.Fatalf("%s is missing: scripts/setup installs it", what)
	}
	t.Skipf("%s is missing: scripts/setup installs it", what)
}

// TestGuide_MigrateEveryCommandRuns types the guide's commands one after
// another.
func TestGuide_MigrateEveryCommandRuns(t *testing.T) {
	need(t, "curl")
	old := newOldPlatform(t)
	old.users[0] = []wxpusher.Record{{UID: "UID_a", Owner: 7}, {UID: "UID_b", Owner: 7, Reject: true}}
	w := startWorld(t)
	server, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	env := append(os.Environ(), "HONGYAN_DATA="+w.stores[1], "HONGYAN_BASE_URL="+w.base, "PATH="+filepath.Dir(server)+":"+os.Getenv("PATH"))
	// The next free number behind the demo app's is 98.
	replace := strings.NewReplacer("--app 1 ", "--app 98 ", "--old-token-file", "--from "+old.URL+" --old-token-file",
		"AT_old", oldToken, "https://push.example.com", w.base, "AT_xxx", w.file.AppToken, "UID_xxx", w.file.UID)
	var last string
	commands := 0
	for _, s := range snippetsOf(t, "migrate-from-wxpusher.md") {
		if s.language != "sh" {
			continue
		}
		for _, line := range strings.Split(strings.TrimSpace(s.text), "\n") {
			commands++
			last = runCommand(t, dir, env, replace.Replace(line))
			if strings.Contains(line, "--status") && !strings.Contains(last, "invited         1 ") {
				t.Errorf("%s: %s", line, last)
			}
		}
	}
	if len(old.sent) != 1 || commands < 9 || !strings.Contains(last, "创建发送任务成功") {
		t.Errorf("%d invited by %d commands; the last answered %s", len(old.sent), commands, last)
	}
}
