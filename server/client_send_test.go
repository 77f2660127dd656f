package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

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

func TestSend_TakesTheTextFromWhereItIs(t *testing.T) {
	w := startWorld(t)
	s := newPrompt(t, w)
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
	s := newPrompt(t, w)
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
	s := newPrompt(t, w)
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
	s := newPrompt(t, w)
	for _, args := range [][]string{{"send", "你好"}, {"send", "你好", "--spt", "SPT_x"}, {"status"}, {"topics"}, {"topics", "create", "x"}} {
		s.run(append(args, "--server", other.URL)...)
	}
	if a := told.Load(); a != nil {
		t.Error("another server was shown a token")
	}
}
