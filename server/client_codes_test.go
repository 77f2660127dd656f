package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestCLI_ExitCodesTellAScriptWhatHappened is the table of --help against real
// servers: one as ever, one that holds cards back, one with a limit.
func TestCLI_ExitCodesTellAScriptWhatHappened(t *testing.T) {
	w, holding, strict := startWorld(t), startWorld(t, "--push.hold"), startWorld(t, "--limit.sends", "1")
	s := newPrompt(t, w)
	blocked := w.blockedFollower()
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
