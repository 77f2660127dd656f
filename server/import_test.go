package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"hongyan/server/cli/wxpusher"
)

const oldToken = "AT_oldoldoldoldoldoldoldoldoldoldold"

// oldPlatform answers the two routes an import needs, by the contract.
type oldPlatform struct {
	*httptest.Server
	users [2][]wxpusher.Record // followers of the app, of topics

	mu    sync.Mutex
	sent  map[string][]string // contents by UID
	calls int
	odd   func(call int, take func(), w http.ResponseWriter) bool // answers the n-th send itself
}

func newOldPlatform(t *testing.T) *oldPlatform {
	t.Helper()
	p := &oldPlatform{sent: map[string][]string{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/fun/wxuser/v2", p.list)
	mux.HandleFunc("POST /api/send/message", p.send)
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func answerOld(w http.ResponseWriter, code int, msg string, data any) {
	w.Header().Set("Content-Type", "application/json;charset=utf-8")
	_ = json.NewEncoder(w).Encode(map[string]any{"code": code, "msg": msg, "data": data, "success": code == 1000})
}

func (p *oldPlatform) list(w http.ResponseWriter, r *http.Request) {
	if r.FormValue("appToken") != oldToken {
		answerOld(w, 1001, "appToken不正确", nil)
		return
	}
	kind, _ := strconv.Atoi(r.FormValue("type"))
	page, _ := strconv.Atoi(r.FormValue("page"))
	size, _ := strconv.Atoi(r.FormValue("pageSize"))
	all := p.users[kind]
	from := min((page-1)*size, len(all))
	answerOld(w, 1000, "处理成功", map[string]any{
		"total": len(all), "page": page, "pageSize": size, "records": all[from:min(from+size, len(all))],
	})
}

func (p *oldPlatform) send(w http.ResponseWriter, r *http.Request) {
	var body struct {
		AppToken string   `json:"appToken"`
		Content  string   `json:"content"`
		UIDs     []string `json:"uids"`
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil || body.AppToken != oldToken || len(body.UIDs) != 1 {
		answerOld(w, 1001, "appToken不正确", nil)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls++
	uid := body.UIDs[0]
	take := func() { p.sent[uid] = append(p.sent[uid], body.Content) }
	if p.odd != nil && p.odd(p.calls, take, w) {
		return
	}
	take()
	item := map[string]any{"uid": uid, "code": 1000, "status": "创建发送任务成功"}
	if strings.HasSuffix(uid, "_left") {
		item = map[string]any{"uid": uid, "code": 1001, "status": "用户UID=[" + uid + "]已取消关注公众号"}
	}
	answerOld(w, 1000, "处理成功", []any{item})
}

func (p *oldPlatform) sends() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.sent)
}

// importArgs are the arguments of an import into the demo app of w.
func (w *world) importArgs(from string, more ...string) []string {
	args := append([]string{"import", "wxpusher", "--app", fmt.Sprint(w.file.AppID), "--from", from, "--base-url", w.base, "--rate", "5000"}, w.stores...)
	return append(args, more...)
}

// importReport runs an import to its end and reads its report.
func (w *world) importReport(from string, more ...string) (r wxpusher.Report) {
	w.t.Helper()
	out, ok := runBinary(w.t, w.importArgs(from, append(more, "--json")...)...)
	at := strings.Index(out, "{\n")
	if !ok || at < 0 || json.NewDecoder(strings.NewReader(out[at:])).Decode(&r) != nil {
		w.t.Fatalf("import %v: %s", more, out)
	}
	return r
}

// TestImport_ThousandFollowersKilledInTheMiddle: whatever is killed when,
// everybody who may be invited is, nobody twice, and who scans has what they
// had there.
func TestImport_ThousandFollowersKilledInTheMiddle(t *testing.T) {
	const people = 1000
	old := newOldPlatform(t)
	t.Setenv(oldTokenEnv, oldToken)
	paid := time.Now().Add(90 * 24 * time.Hour).UnixMilli()
	no := false
	for n := range people {
		r := wxpusher.Record{UID: fmt.Sprintf("UID_%04d", n), Owner: 7, Target: "旧应用", PayEnd: 0}
		switch {
		case n%100 == 3:
			r.Reject = true
		case n%100 == 4:
			r.Enable = &no
		case n%100 == 5:
			r.UID += "_left"
		case n == 0:
			r.PayEnd = paid
		}
		old.users[0] = append(old.users[0], r)
		if n < 250 {
			old.users[1] = append(old.users[1], wxpusher.Record{UID: r.UID, Owner: int64(31 + n%2), Target: "机房", Type: 1})
		}
	}
	old.users[1] = append(old.users[1], wxpusher.Record{UID: "UID_topic_only", Owner: 31, Target: "机房", Type: 1})

	w := startWorld(t)
	look := w.importReport(old.URL, "--dry-run")
	if look.Read != people+1 || look.Waiting != people-20 || len(look.Topics) != 2 {
		t.Fatalf("dry run: %+v", look)
	}
	if out, ok := runBinary(t, w.importArgs(old.URL, "--status")...); ok || !strings.Contains(out, "no followers were imported") {
		t.Errorf("the dry run wrote something: %s", out)
	}
	old.odd = func(call int, take func(), w http.ResponseWriter) bool {
		switch call {
		case 10: // certainly not taken: is tried again
			w.WriteHeader(http.StatusServiceUnavailable)
		case 20: // taken, but the answer breaks off: is not tried again
			take()
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, `{"code":1000`)
		default:
			return false
		}
		return true
	}
	for _, until := range []int{150, 500} {
		p := startProcess(t, w.importArgs(old.URL, "--send")...)
		w.eventually("some are invited", func() bool { return old.sends() >= until })
		p.kill()
	}
	began := time.Now()
	r := w.importReport(old.URL, "--send")
	t.Logf("the rest took %s", time.Since(began).Round(time.Millisecond))
	barred := 0
	for _, n := range r.Barred {
		barred += n
	}
	if r.Read != people+1 || r.Waiting != 0 || r.Invited != people-30 || barred != 31 || r.Unknown < 1 || r.Unknown > 3 || !r.ReadAll {
		t.Errorf("report %+v", r)
	}
	for uid, contents := range old.sent {
		if len(contents) != 1 {
			t.Errorf("%s was invited %d times", uid, len(contents))
		}
	}
	// Up to one for each kill may lack theirs: marked, and never asked for.
	if n := len(old.sent); n < people-20-2 || n > people-20 {
		t.Errorf("%d were asked for, want %d at most 3 less", n, people-20)
	}

	// The first follower reads the invitation and scans.
	link := regexp.MustCompile(`src="([^"]+/api/qrcode/([^"]+)\.jpg)"`).FindStringSubmatch(old.sent["UID_0000"][0])
	if link == nil {
		t.Fatalf("no code in %s", old.sent["UID_0000"][0])
	}
	resp, err := http.Get(link[1])
	if err != nil || resp.Header.Get("Content-Type") != "image/jpeg" {
		t.Fatalf("the code's picture: %v %v", resp, err)
	}
	resp.Body.Close()
	ming := w.newFollower()
	if got := ming.scan(link[2]); !strings.Contains(got.Reply, "你已转到新平台") || !strings.Contains(got.Reply, "1 个主题") {
		t.Errorf("the scan showed %+v", got)
	}
	if got := w.newFollower().scan(link[2]); !strings.Contains(got.Reply, "别人的专属二维码") {
		t.Errorf("the second person's scan showed %+v", got)
	}
	w.eventually("app_subscribe with the old UID", func() bool {
		return contains(w.callbacks(), `"action":"app_subscribe"`, `"extra":"UID_0000"`, `"source":"scan"`)
	})
	if got := w.importReport(old.URL, "--status"); got.Arrived != 1 || got.Invited != people-31 {
		t.Errorf("status %+v", got)
	}
	if out, ok := runBinary(t, w.importArgs(old.URL, "--uids")...); !ok || !regexp.MustCompile(`(?m)^UID_0000\tUID_\w{32}$`).MatchString(out) {
		t.Errorf("moved UIDs: %s", out)
	}
}

func TestImport_Refuses(t *testing.T) {
	old := newOldPlatform(t)
	w := startWorld(t)
	file := filepath.Join(t.TempDir(), "token")
	write := func(token string) {
		if err := os.WriteFile(file, []byte(token+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name, token, from, want string
		more                    []string
	}{
		{"a token of its own, behind another name", w.file.AppToken, old.URL, "this server's own", nil},
		{"its own address", oldToken, w.base + "/", "this server itself", nil},
		{"no token", "", old.URL, "is missing", nil},
		{"a wrong token", "AT_wrong", old.URL, "appToken不正确", nil},
		{"an app that is not here", oldToken, old.URL, "no such app", []string{"--app", "12345"}},
		{"a topic that is not here", oldToken, old.URL, "no such topic", []string{"--topic", "31=999"}},
	} {
		write(c.token)
		out, ok := runBinary(t, w.importArgs(c.from, append(c.more, "--old-token-file", file)...)...)
		if ok || !strings.Contains(out, c.want) {
			t.Errorf("%s: %s", c.name, out)
		}
		if c.token != "" && strings.Contains(out, c.token) {
			t.Errorf("%s: the token is printed: %s", c.name, out)
		}
	}
}

// TestImport_SendsNothingWhenTheCodesAreOutOfReach: an invitation whose link
// leads nowhere could not be sent again.
func TestImport_SendsNothingWhenTheCodesAreOutOfReach(t *testing.T) {
	old := newOldPlatform(t)
	old.users[0] = []wxpusher.Record{{UID: "UID_1", Owner: 7}}
	t.Setenv(oldTokenEnv, oldToken)
	w := startWorld(t)
	out, ok := runBinary(t, w.importArgs(old.URL, "--send", "--base-url", "http://"+freeAddress(t))...)
	if ok || !strings.Contains(out, "nobody was invited") || old.sends() != 0 {
		t.Errorf("%d sent: %s", old.sends(), out)
	}
	if r := w.importReport(old.URL, "--status"); r.Waiting != 1 {
		t.Errorf("status %+v", r)
	}
}

// TestImport_FromAServerOfOurOwn: the old platform is this same program.
func TestImport_FromAServerOfOurOwn(t *testing.T) {
	from, to := startWorld(t), startWorld(t)
	t.Setenv(oldTokenEnv, from.file.AppToken)
	r := to.importReport(from.base, "--send")
	if r.Read != 1 || r.Invited != 1 || r.OldApp != from.file.AppID || len(r.Topics) != 1 {
		t.Fatalf("report %+v", r)
	}
	demo := &follower{w: from, openid: from.file.OpenID}
	from.eventually("the invitation", func() bool { return len(demo.cards()) == 1 })
	var page string
	from.get(strings.TrimPrefix(demo.cards()[0].URL, from.base), &page)
	link := regexp.MustCompile(regexp.QuoteMeta(to.base) + `/api/qrcode/([\w-]+)\.jpg`).FindStringSubmatch(page)
	if link == nil {
		t.Fatalf("no code on the page: %s", page)
	}
	if got := to.newFollower().scan(link[1]); !strings.Contains(got.Reply, "你已转到新平台") {
		t.Errorf("the scan showed %+v", got)
	}
}
