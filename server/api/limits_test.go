package api_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"hongyan/push"
	"hongyan/server/api"
	"hongyan/store/limit"
	"hongyan/store/storetest"
)

// limited is the world's API with limits, under a clock that the test moves.
func limited(t *testing.T, limits push.Limits) (*world, *storetest.Clock) {
	t.Helper()
	db := storetest.SQLite(t)
	w := newWorld(t, db)
	var err error
	if w.push, err = push.New(t.Context(), db, push.Options{BaseURL: "http://push.test", Account: "sandbox", Limits: limits}); err != nil {
		t.Fatal(err)
	}
	clock := storetest.NewClock(time.Now())
	w.API = api.New(api.Options{
		Push: w.push, BaseURL: "http://push.test", Now: clock.Now,
		Limit: limit.New(limit.Options{Now: clock.Now}),
	})
	return w, clock
}

// from asks as somebody at this address.
func (w *world) from(t *testing.T, source, method, target, body string) answer {
	t.Helper()
	r := httptest.NewRequest(method, "/", strings.NewReader(body))
	r.RequestURI, r.RemoteAddr = target, source+":4711"
	return w.serve(t, r)
}

func (w *world) sendBody(token string) string {
	return fmt.Sprintf(`{"appToken":%q,"content":"好","uids":[%q]}`, token, w.uids[0])
}

func TestContract_TwentySendsInTenSecondsAndApp(t *testing.T) {
	w, clock := limited(t, push.Limits{Sends: limit.Rate{Most: 20, Per: 10 * time.Second}})
	_, other, err := w.push.CreateApp(t.Context(), push.NewApp{Name: "别的应用"})
	if err != nil {
		t.Fatal(err)
	}
	send := func(token string) answer {
		return w.ask(t, "POST", "/api/send/message", "application/json", w.sendBody(token))
	}
	for range 20 {
		if a := send(w.token); a.Code != 1000 {
			t.Fatalf("within the limit: %d %s", a.Code, a.Msg)
		}
	}
	over := "发送太频繁：每个应用每10秒最多调用20次，请1秒后再试"
	if a := send(w.token); a.Code != 1001 || a.Msg != over {
		t.Errorf("beyond it: %d %s", a.Code, a.Msg)
	}
	if a := w.ask(t, "GET", "/api/send/message?content=hi&uid="+string(w.uids[0])+"&appToken="+w.token, "", ""); a.Msg != over {
		t.Errorf("by GET: %d %s", a.Code, a.Msg)
	}
	if a := send(other); a.Code != 1000 {
		t.Errorf("another app: %d %s", a.Code, a.Msg)
	}
	clock.Advance(500 * time.Millisecond)
	if a := send(w.token); a.Code != 1000 {
		t.Errorf("half a second later: %d %s", a.Code, a.Msg)
	}
}

// TestV1_SharesTheSendLimitOfTheContract: every way to send counts in the one
// bucket of the app, and reading does not.
func TestV1_SharesTheSendLimitOfTheContract(t *testing.T) {
	w, clock := limited(t, push.Limits{Sends: limit.Rate{Most: 4, Per: 10 * time.Second}})
	uid := string(w.uids[0])
	draft := fmt.Sprintf(`"content":"好","uids":[%q]}`, uid)
	sends := []struct{ method, path, body string }{
		{"POST", "messages", "{" + draft},
		{"PUT", "scheduled/now", `{"sendAt":"2020-01-01T00:00:00Z",` + draft},
		{"POST", "webhooks/text?uid=" + uid, `[1]`},
		{"POST", "webhooks/alertmanager?uid=" + uid, `{"title":"磁盘将满"}`},
	}
	call := func(method, path, body string) *httptest.ResponseRecorder {
		rec := httptest.NewRecorder()
		w.ServeHTTP(rec, request(method, "/api/v1/"+path, "application/json", body, w.token))
		return rec
	}
	for _, s := range sends {
		if rec := call(s.method, s.path, s.body); rec.Code != http.StatusCreated {
			t.Fatalf("%s %s within the limit: HTTP %d %s", s.method, s.path, rec.Code, rec.Body)
		}
	}
	stored := w.rows(t, "message") + w.rows(t, "scheduled")
	over := "发送太频繁：每个应用每10秒最多调用4次，请3秒后再试"
	for _, s := range sends {
		rec := call(s.method, s.path, s.body)
		if rec.Code != http.StatusTooManyRequests || rec.Header().Get("Retry-After") != "3" || !strings.Contains(rec.Body.String(), over) {
			t.Errorf("%s %s beyond it: HTTP %d %v %s", s.method, s.path, rec.Code, rec.Header(), rec.Body)
		}
	}
	if a := w.ask(t, "POST", "/api/send/message", "application/json", w.sendBody(w.token)); a.Code != 1001 || a.Msg != over {
		t.Errorf("the contract: %d %s", a.Code, a.Msg)
	}
	if got := w.rows(t, "message") + w.rows(t, "scheduled"); got != stored {
		t.Errorf("%d rows are stored, want %d", got, stored)
	}
	if rec := call("GET", "messages", ""); rec.Code != http.StatusOK {
		t.Errorf("reading: HTTP %d %s", rec.Code, rec.Body)
	}
	clock.Advance(2500 * time.Millisecond)
	if a := w.ask(t, "POST", "/api/send/message", "application/json", w.sendBody(w.token)); a.Code != 1000 {
		t.Errorf("2.5 seconds later: %d %s", a.Code, a.Msg)
	}
	if rec := call("POST", "messages", "{"+draft); rec.Code != http.StatusTooManyRequests {
		t.Errorf("after a send by the contract: HTTP %d %s", rec.Code, rec.Body)
	}
}

func TestContract_SimplePushesAreLimitedByToken(t *testing.T) {
	w, _ := limited(t, push.Limits{Sends: limit.Rate{Most: 2, Per: 10 * time.Second}})
	before := w.rows(t, "message")
	for i, want := range []string{"处理成功", "处理成功", "发送太频繁：每个SPT每10秒最多调用2次，请5秒后再试"} {
		a := w.ask(t, "GET", "/api/send/message/"+string(w.spt)+"/hi", "", "")
		if a.Msg != want {
			t.Errorf("push %d: %d %s", i+1, a.Code, a.Msg)
		}
	}
	body := fmt.Sprintf(`{"content":"好","sptList":["SPT_other",%q]}`, w.spt)
	if a := w.ask(t, "POST", "/api/send/message/simple-push", "", body); a.Code != 1001 {
		t.Errorf("beside another: %d %s", a.Code, a.Msg)
	}
	if got := w.rows(t, "message") - before; got != 2 {
		t.Errorf("%d messages are stored, want 2", got)
	}
}

func TestF38_LookupsAreLimitedBySource(t *testing.T) {
	w, clock := limited(t, push.Limits{Lookups: limit.Rate{Most: 100, Per: 5 * time.Second}})
	look := func(source string, i int) answer {
		targets := []string{"/api/send/query/status?sendRecordId=1", "/api/send/query/1", "/api/product/query-pay-end-time?uid=UID_x&prodId=1"}
		return w.from(t, source, "GET", targets[i%len(targets)], "")
	}
	for i := range 100 {
		if a := look("192.0.2.7", i); strings.Contains(a.Msg, "频繁") {
			t.Fatalf("look-up %d: %s", i+1, a.Msg)
		}
	}
	if a := look("192.0.2.7", 0); a.Code != 1001 || a.Msg != "查询太频繁：每个来源每5秒最多100次，请1秒后再试" {
		t.Errorf("the next: %d %s", a.Code, a.Msg)
	}
	if a := w.from(t, "192.0.2.7", "GET", "/api/send/message/SPT_guessed/hi", ""); !strings.HasPrefix(a.Msg, "查询太频繁") {
		t.Errorf("a guessed simple push token: %d %s", a.Code, a.Msg)
	}
	if a := w.from(t, "192.0.2.7", "GET", "/api/send/message/"+string(w.spt)+"/hi", ""); a.Code != 1000 {
		t.Errorf("a good one: %d %s", a.Code, a.Msg)
	}
	if a := look("192.0.2.8", 0); strings.Contains(a.Msg, "频繁") {
		t.Errorf("another source: %s", a.Msg)
	}
	clock.Advance(time.Second)
	if a := look("192.0.2.7", 0); strings.Contains(a.Msg, "频繁") {
		t.Errorf("a second later: %s", a.Msg)
	}
}

// TestContract_APollerThatAsksTooOftenReadsNoOtherText: it compares texts.
func TestContract_APollerThatAsksTooOftenReadsNoOtherText(t *testing.T) {
	w, clock := limited(t, push.Limits{Lookups: limit.Rate{Most: 10, Per: 10 * time.Second}})
	scene, err := w.push.NewScene(t.Context(), w.token, push.NewScene{Extra: "a"})
	if err != nil {
		t.Fatal(err)
	}
	poll := func() answer { return w.from(t, "192.0.2.7", "GET", "/api/fun/scan-qrcode-uid?code="+scene.Handle, "") }
	for range 50 {
		if a := poll(); a.Code != 1001 || a.Msg != "暂无用户扫描二维码" {
			t.Fatalf("before the scan: %d %s", a.Code, a.Msg)
		}
	}
	w.scan(t, "o_ming", scene.Handle)
	clock.Advance(time.Second)
	for range 50 {
		if a := poll(); a.Code != 1000 || string(a.Data) != fmt.Sprintf("%q", w.uids[0]) {
			t.Fatalf("after the scan: %d %s %s", a.Code, a.Msg, a.Data)
		}
	}
}

func TestF39_WhoGuessesTokensIsLockedOutForLongerAndLonger(t *testing.T) {
	w, clock := limited(t, push.Limits{})
	const guesser, neighbour = "192.0.2.7", "192.0.2.8"
	send := func(source, token string) answer {
		return w.from(t, source, "POST", "/api/send/message", w.sendBody(token))
	}
	_, late, err := w.push.CreateApp(t.Context(), push.NewApp{Name: "新来的"})
	if err != nil {
		t.Fatal(err)
	}
	if a := send(guesser, w.token); a.Code != 1000 { // a good program at the same address
		t.Fatal(a.Msg)
	}
	tries := 0
	for _, lock := range []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute} {
		for range 10 {
			tries++
			if a := send(guesser, fmt.Sprintf("AT_%d", tries)); a.Msg != "appToken不正确" {
				t.Fatalf("guess %d: %s", tries, a.Msg)
			}
		}
		want := "这个来源用过多个错误的 appToken，已暂时停用，请核对令牌，" + push.WaitText(lock) + "后再试"
		for _, token := range []string{"AT_more", late} {
			if a := send(guesser, token); a.Code != 1001 || a.Msg != want {
				t.Errorf("locked: %s, want %s", a.Msg, want)
			}
		}
		if a := send(guesser, w.token); a.Code != 1000 {
			t.Errorf("a token that was right from there before: %s", a.Msg)
		}
		if a := send(neighbour, late); a.Code != 1000 {
			t.Errorf("another source: %s", a.Msg)
		}
		r := httptest.NewRequest("GET", "/api/v1/app", nil)
		r.RemoteAddr = guesser + ":1"
		r.Header.Set("Authorization", "Bearer AT_v1")
		rec := httptest.NewRecorder()
		w.ServeHTTP(rec, r)
		if rec.Code != http.StatusTooManyRequests || rec.Header().Get("Retry-After") == "" {
			t.Errorf("/api/v1: HTTP %d %s", rec.Code, rec.Body)
		}
		clock.Advance(lock)
	}
	if a := send(guesser, late); a.Code != 1000 {
		t.Errorf("after the lock: %s", a.Msg)
	}
}

// TestF39_GuessingInTheAddressOfAWebhookLocksToo, as in any other place.
func TestF39_GuessingInTheAddressOfAWebhookLocksToo(t *testing.T) {
	w, _ := limited(t, push.Limits{})
	hook := func(token string) int {
		rec := httptest.NewRecorder()
		w.ServeHTTP(rec, request("POST", "/api/v1/webhooks/text?uid="+string(w.uids[0])+"&appToken="+token, "text/plain", "好", ""))
		return rec.Code
	}
	for i := range 10 {
		if got := hook(fmt.Sprintf("AT_%d", i)); got != http.StatusUnauthorized {
			t.Fatalf("guess %d: HTTP %d", i, got)
		}
	}
	if got := hook(w.token); got != http.StatusTooManyRequests {
		t.Errorf("locked: HTTP %d, want 429", got)
	}
}

// TestF39_OneWrongTokenLocksNobodyOut, however often a script repeats it.
func TestF39_OneWrongTokenLocksNobodyOut(t *testing.T) {
	w, _ := limited(t, push.Limits{})
	for range 500 {
		if a := w.from(t, "192.0.2.7", "POST", "/api/send/message", w.sendBody("AT_misconfigured")); a.Msg != "appToken不正确" {
			t.Fatal(a.Msg)
		}
	}
	if a := w.from(t, "192.0.2.7", "POST", "/api/send/message", w.sendBody(w.token)); a.Code != 1000 {
		t.Errorf("a neighbour: %s", a.Msg)
	}
}
