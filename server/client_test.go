package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"hongyan/commands"
)

// shell is a person at a prompt: a folder, an environment and the binary.
type shell struct {
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

// newShell stands in a folder whose data folder is that of the world.
func newShell(t *testing.T, w *world) *shell {
	t.Helper()
	s := &shell{t: t, dir: t.TempDir()}
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

func (s *shell) run(args ...string) answered {
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
func (s *shell) json(into any, args ...string) answered {
	s.t.Helper()
	a := s.run(append(args, "--json")...)
	if err := json.Unmarshal([]byte(a.out), into); err != nil {
		s.t.Fatalf("%q: %v in %s%s", args, err, a.out, a.err)
	}
	return a
}

type sentJSON struct {
	Message  int64 `json:"messageId"`
	Receipts []struct {
		UID    string `json:"uid"`
		Topic  int64  `json:"topicId"`
		SPT    int    `json:"spt"`
		Record int64  `json:"sendRecordId"`
		Failed bool   `json:"failed"`
		Status string `json:"status"`
	} `json:"receipts"`
	Outcome *struct {
		Total     int64 `json:"total"`
		Confirmed int64 `json:"confirmed"`
		Failed    int64 `json:"failed"`
		Over      bool  `json:"over"`
	} `json:"outcome"`
}

// TestCLI_ExitCodesTellAScriptWhatHappened is the table of --help against real
// servers: one as ever, one that holds cards back, one with a limit.
func TestCLI_ExitCodesTellAScriptWhatHappened(t *testing.T) {
	w, holding, strict := startWorld(t), startWorld(t, "--push.hold"), startWorld(t, "--limit.sends", "1")
	s := newShell(t, w)
	blocked := w.blocked()
	stranger := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "<html>hello") }))
	defer stranger.Close()
	moved := httptest.NewServer(http.RedirectHandler("https://elsewhere.example/", http.StatusMovedPermanently))
	defer moved.Close()
	token := []string{"--token", w.file.AppToken}
	const nobody = "UID_00000000000000000000000000000000"
	for _, c := range []struct {
		name  string
		in    *world // the data folder; nil: the first
		stdin string
		args  []string
		code  int
		says  string
	}{
		{"a message to the demo follower", nil, "", []string{"send", "你好"}, 0, "创建发送任务成功"},
		{"waited for", nil, "", []string{"send", "你好一", "--wait"}, 0, "1 of 1 confirmed"},
		{"to everything there is", nil, "", []string{"send", "你好二", "--wait", "--uid", w.file.UID, "--topic", fmt.Sprint(w.file.TopicID), "--spt", w.file.SPT}, 0, "2 of 2 confirmed, 1 skipped"},
		{"a server that is well", nil, "", []string{"status"}, 0, "ready"},
		{"topics", nil, "", []string{"topics"}, 0, "演示主题"},

		{"an empty message", nil, "", []string{"send", ""}, 1, "empty"},
		{"nothing on standard input", nil, "\n", []string{"send", "-"}, 1, "empty"},
		{"no UTF-8", nil, "\xc4\xe3\xba\xc3", []string{"send"}, 1, "iconv"},
		{"two texts", nil, "", []string{"send", "一", "--file", "x"}, 1, "once"},
		{"no such file", nil, "", []string{"send", "--file", "none.txt"}, 1, "none.txt"},
		{"two kinds", nil, "", []string{"send", "一", "--html", "--markdown"}, 1, "--html"},
		{"an unknown flag", nil, "", []string{"send", "一", "--topik", "1"}, 1, "--topic"},
		{"nobody listens", nil, "", append([]string{"send", "一", "--uid", nobody, "--server", "http://" + freeAddress(t)}, token...), 1, "is the server running"},
		{"somebody else listens", nil, "", append([]string{"topics", "--server", stranger.URL}, token...), 1, "no answer of hongyan's"},
		{"a server that moved", nil, "", append([]string{"topics", "--server", moved.URL}, token...), 1, "https://elsewhere.example/"},
		{"no address", nil, "", append([]string{"topics", "--server", "push.example.com"}, token...), 1, "--server"},
		{"no token for that server", nil, "", []string{"send", "一", "--uid", nobody, "--server", stranger.URL}, 1, "HONGYAN_TOKEN"},
		{"no receiver for that server", nil, "", append([]string{"send", "一", "--server", stranger.URL}, token...), 1, "no receiver"},
		{"deleting without yes", nil, "", []string{"topics", "delete", "1"}, 1, "--yes"},

		{"a wrong token", nil, "", []string{"send", "一", "--uid", nobody, "--token", "AT_wrong"}, 2, "appToken不正确"},
		{"a wrong token for topics", nil, "", []string{"topics", "--token", "AT_wrong"}, 2, "appToken不正确"},
		{"nobody of that name", nil, "", []string{"send", "一", "--uid", nobody}, 2, "不存在"},
		{"a simple push token of nobody", nil, "", []string{"send", "一", "--spt", "SPT_00000000000000000000000000000000"}, 2, "no receiver was accepted"},
		{"too long", nil, strings.Repeat("长", 40_001), []string{"send"}, 2, "40000"},
		{"a topic that is not there", nil, "", []string{"topics", "rename", "4242", "新名字"}, 2, "没有这项内容"},
		{"a message that is not there", nil, "", []string{"status", "4503599627370002"}, 2, ""},
		{"within the limit", strict, "", []string{"send", "一"}, 0, ""},
		{"over the limit", strict, "", []string{"send", "二"}, 2, "try again in"},

		{"one of two is nobody", nil, "", []string{"send", "三", "--uid", w.file.UID + "," + nobody}, 3, "1 of 2 receivers failed"},
		{"one is refused at once, waited for", nil, "", []string{"send", "四", "--wait", "--uid", w.file.UID + "," + nobody}, 3, "1 of 2 receivers failed"},
		{"one blocks the account", nil, "", []string{"send", "五", "--wait", "--uid", w.file.UID + "," + blocked}, 3, "1 of 2 confirmed, 1 failed"},
		{"the second half is refused", nil, "", []string{"send", "六", "--uid", w.file.UID, "--spt", "a,b,c,d,e,f,g,h,i,j,k"}, 3, "only a part was sent"},

		{"a server that holds cards back", holding, "", []string{"send", "一", "--wait", "--timeout", "500ms"}, 4, "hongyan status"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := *s
			s.t, s.stdin = t, c.stdin
			if c.in != nil {
				s.env = append(s.env[:len(s.env):len(s.env)], "HONGYAN_DATA="+c.in.stores[1])
			}
			got := s.run(c.args...)
			if got.code != c.code || !strings.Contains(got.out+got.err, c.says) {
				t.Errorf("ended with %d, want %d and %q:\n%s%s", got.code, c.code, c.says, got.out, got.err)
			}
			for _, secret := range []string{w.file.AppToken, w.file.SPT, strict.file.AppToken, "AT_wrong"} {
				if strings.Contains(got.out+got.err, secret) {
					t.Errorf("it prints %s…:\n%s%s", secret[:4], got.out, got.err)
				}
			}
		})
	}
}

// blocked is the UID of a follower of the demo app who blocked the account.
func (w *world) blocked() string {
	w.t.Helper()
	f := w.newFollower()
	f.do("follow", map[string]any{})
	f.say("#97")
	uid := f.uid()
	f.do("block", map[string]any{"on": true})
	return uid
}

// uid asks the account for it, as people do.
func (f *follower) uid() string {
	f.w.t.Helper()
	reply := f.do("click", map[string]any{"key": commands.KeyUID}).Reply
	found := regexp.MustCompile(`UID_\w+`).FindString(reply)
	if found == "" {
		f.w.t.Fatalf("no UID in %q", reply)
	}
	return found
}

func TestSend_TakesTheTextFromWhereItIs(t *testing.T) {
	w := startWorld(t)
	s := newShell(t, w)
	demo := &follower{w: w, openid: w.file.OpenID}
	if err := os.WriteFile(filepath.Join(s.dir, "报告.md"), []byte("\ufeff# 夜间构建\r\n\r\n全部通过\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args        []string
		stdin, want string
	}{
		{[]string{"send", "来自参数"}, "", "来自参数"},
		{[]string{"send"}, "来自管道\n", "来自管道"},
		{[]string{"send", "-"}, "来自横线\n", "来自横线"},
		{[]string{"send", "--file", "报告.md", "--markdown"}, "", "夜间构建"},
		{[]string{"send", "<b>加粗</b>的字", "--html"}, "", "加粗的字"},
		{[]string{"send", "正文", "--summary", "摘要一", "--url", "https://example.com/"}, "", "摘要一"},
	} {
		s.stdin = c.stdin
		if got := s.run(c.args...); got.code != 0 {
			t.Errorf("%q: %d %s", c.args, got.code, got.err)
		}
		w.eventually("a card with "+c.want, func() bool {
			for _, card := range demo.cards() {
				if strings.Contains(fmt.Sprint(card), c.want) {
					return true
				}
			}
			return false
		})
	}
}

func TestSend_JSONIsOneDocument(t *testing.T) {
	w := startWorld(t)
	s := newShell(t, w)
	var got sentJSON
	s.json(&got, "send", "你好", "--wait", "--uid", w.file.UID, "--topic", fmt.Sprint(w.file.TopicID), "--spt", w.file.SPT)
	if got.Message == 0 || len(got.Receipts) != 3 || got.Receipts[0].UID != w.file.UID || got.Receipts[1].Topic != w.file.TopicID || got.Receipts[2].SPT != 1 {
		t.Errorf("got %+v", got)
	}
	if o := got.Outcome; o == nil || !o.Over || o.Total != 2 || o.Confirmed != 2 {
		t.Errorf("outcome %+v", got.Outcome)
	}
	var again, other sentJSON
	for _, into := range []*sentJSON{&got, &again} {
		s.json(into, "send", "一次", "--key", "备份-42")
	}
	s.json(&other, "send", "一次")
	if got.Message != again.Message || got.Message == other.Message {
		t.Errorf("messages %d and %d with one key, %d without; want the first two equal", got.Message, again.Message, other.Message)
	}
}

// TestSend_ALostAnswerSendsOnce: the answer of the first call never arrives,
// and the second one asks with the same key.
func TestSend_ALostAnswerSendsOnce(t *testing.T) {
	w := startWorld(t)
	at, err := url.Parse(w.base)
	if err != nil {
		t.Fatal(err)
	}
	pass := httputil.NewSingleHostReverseProxy(at)
	var lost atomic.Int32
	front := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && lost.Add(1) == 1 {
			pass.ServeHTTP(httptest.NewRecorder(), r) // the server took it
			panic(http.ErrAbortHandler)
		}
		pass.ServeHTTP(out, r)
	}))
	defer front.Close()
	s := newShell(t, w)
	for n, args := range [][]string{{"--uid", w.file.UID}, {"--spt", w.file.SPT}} {
		lost.Store(0)
		text := fmt.Sprintf("只发一次 %d", n)
		got := s.run(append([]string{"send", text, "--server", front.URL, "--token", w.file.AppToken}, args...)...)
		if got.code != 0 || lost.Load() != 2 {
			t.Errorf("%q: %d after %d calls, want success after 2: %s", args, got.code, lost.Load(), got.err)
		}
	}
	demo := &follower{w: w, openid: w.file.OpenID}
	w.eventually("two cards", func() bool { return len(demo.cards()) >= 2 })
	if n := len(demo.cards()); n != 2 {
		t.Errorf("%d cards, want one for each message", n)
	}
}

// TestCLI_TheSandboxTokenGoesToTheSandboxOnly: a mistyped --server must not
// collect it.
func TestCLI_TheSandboxTokenGoesToTheSandboxOnly(t *testing.T) {
	w := startWorld(t)
	var told atomic.Value
	other := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if a := r.Header.Get("Authorization"); a != "" {
			told.Store(a)
		}
		fmt.Fprint(out, "ready")
	}))
	defer other.Close()
	s := newShell(t, w)
	for _, args := range [][]string{{"send", "你好"}, {"send", "你好", "--spt", "SPT_x"}, {"status"}, {"topics"}, {"topics", "create", "x"}} {
		s.run(append(args, "--server", other.URL)...)
	}
	if a := told.Load(); a != nil {
		t.Error("another server was shown a token")
	}
}

func TestStatus_TellsWhatBecameOfAMessage(t *testing.T) {
	w := startWorld(t)
	s := newShell(t, w)
	uid := w.blocked()
	var sent, simple sentJSON
	s.json(&sent, "send", "磁盘将满", "--uid", w.file.UID+","+uid, "--wait")
	var fate struct {
		ID         int64          `json:"id"`
		Counts     map[string]any `json:"counts"`
		Recipients []struct {
			UID string `json:"uid"`
		} `json:"failedRecipients"`
	}
	for _, id := range []int64{sent.Message, sent.Receipts[0].Record} {
		a := s.json(&fate, "status", fmt.Sprint(id))
		if a.code != 3 || fate.ID != sent.Message || len(fate.Recipients) != 1 || fate.Recipients[0].UID != uid {
			t.Errorf("status of %d: %d %+v", id, a.code, fate)
		}
	}
	a := s.run("status", fmt.Sprint(sent.Message), "--watch")
	if a.code != 3 || !strings.Contains(a.out, "1 of 2 confirmed, 1 failed") {
		t.Errorf("watched: %d %s", a.code, a.out)
	}
	a = s.run("status", fmt.Sprint(sent.Message))
	for _, part := range []string{"磁盘将满", uid, "→"} {
		if !strings.Contains(a.out, part) {
			t.Errorf("it does not say %q: %s", part, a.out)
		}
	}
	s.json(&simple, "send", "极简", "--spt", w.file.SPT, "--wait")
	if a := s.run("status", fmt.Sprint(simple.Receipts[0].Record)); a.code != 0 || !strings.Contains(a.out, "发送成功") {
		t.Errorf("status of a simple push: %d %s%s", a.code, a.out, a.err)
	}
}

func TestStatus_WatchesUntilNothingIsOpen(t *testing.T) {
	w := startWorld(t)
	s := newShell(t, w)
	w.post("/sandbox/api/faults", map[string]any{"path": "/cgi-bin/message/template/send", "latencyMs": 1500}, nil)
	var sent sentJSON
	s.json(&sent, "send", "慢慢来")
	a := s.run("status", "--watch", "--every", "200ms")
	lines := strings.Split(strings.TrimSpace(a.out), "\n")
	if a.code != 0 || len(lines) != 2 || !strings.Contains(lines[0], "1 of the last 1 messages open") || !strings.Contains(lines[1], "0 of the last 1 messages open") {
		t.Errorf("ended with %d after %q, want one line while it is open and one when it is not", a.code, lines)
	}
}

func TestStatus_OfTheServer(t *testing.T) {
	w := startWorld(t)
	s := newShell(t, w)
	var o struct {
		Ready     bool `json:"ready"`
		App       *struct{ ID int64 }
		Endpoint  *struct{ URL string }
		Callbacks *struct{ Waiting, Failed int64 }
	}
	if a := s.json(&o, "status"); a.code != 0 || !o.Ready || o.App.ID != 97 || o.Callbacks.Waiting != 0 || !strings.HasSuffix(o.Endpoint.URL, "/demo/callback") {
		t.Errorf("%d %+v", a.code, o)
	}
	stranger := newShell(t, nil)
	if a := stranger.run("status", "--server", w.base); a.code != 0 || !strings.Contains(a.out, "ready") || !strings.Contains(a.out, "HONGYAN_TOKEN") {
		t.Errorf("without a token: %d %s%s", a.code, a.out, a.err)
	}
	w.process.stop(t)
	if a := s.run("status"); a.code != 1 || !strings.Contains(a.err, "is the server running") {
		t.Errorf("of a stopped server: %d %s", a.code, a.err)
	}
}

func TestTopics_AreMadeRenamedAndDeleted(t *testing.T) {
	w := startWorld(t)
	s := newShell(t, w)
	var made, renamed struct {
		ID   int64  `json:"id"`
		Name string `json:"name"`
	}
	s.json(&made, "topics", "create", "夜间构建")
	s.json(&renamed, "topics", "rename", fmt.Sprint(made.ID), "白天")
	if made.Name != "夜间构建" || renamed.ID != made.ID || renamed.Name != "白天" {
		t.Errorf("made %+v, renamed %+v", made, renamed)
	}
	list := s.run("topics")
	want := "number  name      followers  not muted\n     1  演示主题          1          1\n     2  白天              0          0\n"
	if list.out != want {
		t.Errorf("listed\n%s, want\n%s", list.out, want)
	}
	for range 2 { // deleting twice: the second finds nothing
		list = s.run("topics", "delete", fmt.Sprint(made.ID), "--yes")
	}
	if left := s.run("topics", "--json"); strings.Count(left.out, "\n") != 1 || list.code != 2 {
		t.Errorf("left: %s; the second delete ended with %d", left.out, list.code)
	}
}

func TestApps_AreListedAndMade(t *testing.T) {
	w := startWorld(t)
	s := newShell(t, w)
	var made struct {
		ID    int64  `json:"id"`
		Token string `json:"appToken"`
	}
	s.json(&made, "apps", "create", "构建通知")
	if a := s.run("topics", "--token", made.Token); a.code != 0 || !strings.Contains(a.out, "no topics yet") {
		t.Errorf("the new token: %d %s%s", a.code, a.out, a.err)
	}
	a := s.run("apps")
	for _, part := range []string{"97  演示应用          1  " + w.base + "/demo/callback", "98  构建通知          0  nowhere"} {
		if !strings.Contains(a.out, part) {
			t.Errorf("it does not say %q:\n%s", part, a.out)
		}
	}
	if a := s.run("apps", "--json"); strings.Count(a.out, "\n") != 2 {
		t.Errorf("as JSON: %s", a.out)
	}
}

// TestCLI_OnATerminal: colour and drawing over belong to a person who looks,
// and NO_COLOR takes the colour away.
func TestCLI_OnATerminal(t *testing.T) {
	if _, err := exec.LookPath("script"); err != nil {
		t.Skip("script, which makes a terminal, is not installed")
	}
	w := startWorld(t)
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	w.post("/sandbox/api/faults", map[string]any{"path": "/cgi-bin/message/template/send", "latencyMs": 1000}, nil)
	w.send(map[string]any{"content": "看着", "uids": []string{w.file.UID}})
	for _, c := range []struct {
		env            string
		colour, redraw bool
	}{{"", true, true}, {"NO_COLOR=1", false, true}, {"TERM=dumb", false, false}} {
		cmd := exec.Command("script", "-qec", path+" status --watch --every 200ms", os.DevNull)
		cmd.Env = append(os.Environ(), "HONGYAN_DATA="+w.stores[1], "TERM=xterm", c.env)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if got := bytes.Contains(out, []byte("\x1b[32m")); got != c.colour {
			t.Errorf("with %q colour %v, want %v: %q", c.env, got, c.colour, out)
		}
		if got := bytes.Contains(out, []byte("A\x1b[J")); got != c.redraw && c.env == "" {
			t.Errorf("with %q drawn over %v, want %v: %q", c.env, got, c.redraw, out)
		}
	}
}
