package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"hongyan/oa/sandbox"
)

var anyFence = regexp.MustCompile("(?ms)^( *)```(\\w*)(?: (\\S+))?\n(.*?)^ *```$")

// blocksOf are the fenced blocks of a document, also those inside lists.
func blocksOf(t *testing.T, document string) (all []snippet) {
	t.Helper()
	text, err := os.ReadFile("../docs/" + document)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range anyFence.FindAllStringSubmatch(string(text), -1) {
		all = append(all, snippet{m[2], m[3], strings.ReplaceAll("\n"+m[4], "\n"+m[1], "\n")[1:]})
	}
	return all
}

// guideConfigs are the hongyan.yaml of a test account and of a service account.
func guideConfigs(t *testing.T) (all []string) {
	t.Helper()
	for _, s := range blocksOf(t, "run.md") {
		if s.file == "hongyan.yaml" {
			all = append(all, s.text)
		}
	}
	if len(all) != 2 {
		t.Fatalf("%d configurations, want that of a test account and of a service account", len(all))
	}
	return all
}

func guideConfig(t *testing.T) string { return guideConfigs(t)[1] }

func TestGuide_RunAndQuestionsAreTheSameInBothLanguages(t *testing.T) {
	for _, guide := range []string{"run", "faq"} {
		english, chinese := blocksOf(t, guide+".md"), blocksOf(t, guide+".zh-CN.md")
		if len(english) < 2 || !slices.Equal(english, chinese) {
			t.Errorf("%s: %d blocks in English, %d in Chinese, or they differ", guide, len(english), len(chinese))
		}
	}
}

// TestGuide_RunNamesMetricsThatExist in its text and its alerts.
func TestGuide_RunNamesMetricsThatExist(t *testing.T) {
	w := startWorld(t)
	w.send(map[string]any{"content": "你好", "uids": []string{w.file.UID}})
	w.eventually("a card", func() bool { return len((&follower{w, w.file.OpenID}).cards()) == 1 })
	known := map[string]bool{"hongyan_wechat_quota": true, "hongyan_pay_seconds": true} // told after ten minutes; with a merchant
	for _, s := range w.scrape() {
		known[s.name], known[strings.TrimSuffix(s.name, "_count")] = true, true
	}
	text, err := os.ReadFile("../docs/run.md")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`\bhongyan_[a-z_]+`).FindAllString(string(text), -1)
	if len(named) < 10 {
		t.Errorf("only %d metrics are named", len(named))
	}
	for _, name := range named {
		if !known[name] {
			t.Errorf("there is no metric %s", name)
		}
	}
}

// TestGuide_RunInstallsAndDoctorIsContent types the guide's installation on a
// machine whose /etc, /usr/local and /var/lib are this test's own, with either
// configuration, and starts the server as the user it makes. doctor then says
// what the guide shows.
func TestGuide_RunInstallsAndDoctorIsContent(t *testing.T) {
	need(t, "unshare", "runuser", "useradd", "openssl")
	if os.Getuid() != 0 {
		missing(t, "root, to install,")
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Remove(root + "/hongyan") })
	blocks := blocksOf(t, "run.md")
	install := blocks[slices.IndexFunc(blocks, func(s snippet) bool { return s.language == "sh" })].text
	doctor := blocks[slices.IndexFunc(blocks, func(s snippet) bool { return strings.Contains(s.text, "hongyan doctor --config /etc") })].text
	shown := blocks[slices.IndexFunc(blocks, func(s snippet) bool { return s.language == "text" })].text
	for i, config := range guideConfigs(t) {
		t.Run([]string{"test account", "service account"}[i], func(t *testing.T) {
			s, dir := newSick(t), t.TempDir()
			address := freeAddress(t)
			write(t, dir+"/hongyan.yaml", config)
			write(t, dir+"/sudo", "#!/bin/sh\nif [ \"$1\" = -u ]; then u=$2; shift 2; exec runuser -u \"$u\" -- \"$@\"; fi\nexec \"$@\"\n")
			if err := os.Chmod(dir+"/sudo", 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.Mkdir(dir+"/own", 0o755); err != nil {
				t.Fatal(err)
			}
			script := `mount -t tmpfs tmpfs ` + dir + `/own
				for d in etc usr/local var/lib; do
					mkdir -p ` + dir + `/own/$d ` + dir + `/own/work/$d
					mount -t overlay overlay -o lowerdir=/$d,upperdir=` + dir + `/own/$d,workdir=` + dir + `/own/work/$d /$d
				done
				` + install + `
				cat ` + dir + `/hongyan.yaml > /etc/hongyan/hongyan.yaml
				install -d -o hongyan -g hongyan -m 700 /var/lib/hongyan # as StateDirectory does
				sudo -u hongyan hongyan --config /etc/hongyan/hongyan.yaml &
				for try in $(seq 100); do hongyan health 2>/dev/null && break || sleep .1; done
				stat -c 'MODE %a %U %G %n' /etc/hongyan /etc/hongyan/server-key /etc/hongyan/hongyan.yaml /var/lib/hongyan/hongyan.db
				` + doctor + `
				kill %1; wait`
			a := sandboxAccount("")
			cmd := exec.Command("unshare", "--mount", "bash", "-ec", script)
			cmd.Dir = root
			cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"), "HONGYAN_LISTEN="+address, "HONGYAN_BASE_URL="+s.server.URL,
				"HONGYAN_WECHAT_API="+s.url, "HONGYAN_WECHAT_APP_ID="+a.AppID, "HONGYAN_WECHAT_SECRET="+a.Secret, "HONGYAN_WECHAT_TOKEN="+a.Token,
				"HONGYAN_WECHAT_AES_KEY="+a.AESKey, "HONGYAN_WECHAT_TEMPLATE="+sandbox.DefaultTemplate)
			raw, err := cmd.CombinedOutput()
			said := string(raw)
			if err != nil {
				t.Fatalf("%v\n%s", err, said)
			}
			wantParts(t, said, "ready\n", "MODE 750 root hongyan /etc/hongyan\n", "MODE 640 root hongyan /etc/hongyan/server-key\n",
				"MODE 640 root hongyan /etc/hongyan/hongyan.yaml\n", "MODE 600 hongyan hongyan /var/lib/hongyan/hongyan.db\n", "the menu is set", "appToken AT_")
			for line := range strings.Lines(alike(shown)) {
				if !strings.Contains(alike(said), line) {
					t.Errorf("doctor does not say %q:\n%s", line, said)
				}
			}
		})
	}
}

// alike leaves out what differs between two accounts.
func alike(text string) string {
	for pattern, name := range map[string]string{`\bwx\w+`: "wx", `https?://[^/\s]+`: "URL", `「.*」`: "「」"} {
		text = regexp.MustCompile(pattern).ReplaceAllString(text, name)
	}
	return regexp.MustCompile(`\d+`).ReplaceAllString(text, "0")
}

// constantsOf are the texts of a package's words whose name begins with prefix.
func constantsOf(t *testing.T, file, prefix string) map[string]string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, d := range parsed.Decls {
		decl, ok := d.(*ast.GenDecl)
		if !ok || decl.Tok != token.CONST {
			continue
		}
		for _, s := range decl.Specs {
			spec := s.(*ast.ValueSpec)
			value, ok := spec.Values[0].(*ast.BasicLit)
			if !ok || !strings.HasPrefix(spec.Names[0].Name, prefix) {
				continue
			}
			if texts[spec.Names[0].Name], err = strconv.Unquote(value.Value); err != nil {
				t.Fatal(err)
			}
		}
	}
	return texts
}

// TestGuide_QuestionsExplainEveryReason that a sender can read for a receiver,
// a delivery or a callback without an address.
func TestGuide_QuestionsExplainEveryReason(t *testing.T) {
	raw, err := os.ReadFile("../docs/faq.zh-CN.md")
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for line := range strings.Lines(string(raw)) {
		if strings.HasPrefix(line, "| ") {
			rows = append(rows, line)
		}
	}
	reasons := constantsOf(t, "../push/words_queue.go", "why")
	for name, text := range constantsOf(t, "../push/words.go", "text") {
		if strings.HasPrefix(text, "用户UID=") || strings.HasPrefix(text, "主题ID=") || strings.HasPrefix(text, "SPT") {
			reasons[name] = text
		}
	}
	if len(reasons) < 30 {
		t.Errorf("only %d reasons found", len(reasons))
	}
	for name, text := range reasons {
		said := regexp.MustCompile(`%[ds]`).ReplaceAllString(text, "…")
		said, _, _ = strings.Cut(said, "（每天最多…条），请在…后再发")
		if !slices.ContainsFunc(rows, func(row string) bool { return strings.HasPrefix(row, "| "+said) }) {
			t.Errorf("no row for %s: %s", name, fmt.Sprintf("| %s |", said))
		}
	}
}

// TestGuide_RunMakesTheSecretsThatComposeReads by its own lines: the server
// finds PostgreSQL's password by them, and the container's user can read all.
func TestGuide_RunMakesTheSecretsThatComposeReads(t *testing.T) {
	need(t, "openssl")
	blocks := blocksOf(t, "run.md")
	block := blocks[slices.IndexFunc(blocks, func(s snippet) bool { return strings.HasPrefix(s.text, "cd deploy\n") })].text
	dir := t.TempDir()
	script := "set -e; umask 022\n"
	for line := range strings.Lines(block) {
		if !strings.HasPrefix(line, "cd ") && !strings.HasPrefix(line, "docker ") {
			script += line
		}
	}
	runCommand(t, dir, os.Environ(), script)
	c := readCompose(t)
	for name, secret := range c.Secrets {
		if name == "hongyan.yaml" { // written by hand
			continue
		}
		if info, err := os.Stat(filepath.Join(dir, secret.File)); err != nil || info.Mode().Perm() != 0o644 || info.Size() < 20 {
			t.Errorf("%s: %v, %v", secret.File, info, err)
		}
	}
	if info, err := os.Stat(dir + "/secrets"); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("secrets: %v, %v", info, err)
	}
	if _, err := serverKey(dir + "/secrets/server-key"); err != nil {
		t.Error(err)
	}
	password, err := os.ReadFile(dir + "/secrets/postgres-password")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("PGPASSFILE", dir+"/secrets/pgpass")
	config, err := pgx.ParseConfig(c.Services["hongyan"].Environment["HONGYAN_DATABASE"])
	if err != nil || config.Password == "" || config.Password != strings.TrimSpace(string(password)) {
		t.Errorf("the password is not found by PGPASSFILE: %v", err)
	}
}
