package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"hongyan/push"
	"hongyan/store/limit"
)

// TestContract_ASuspendedAppIsToldSo by every way to send, in the words of each
// face; a page of before and a status can still be read.
func TestContract_ASuspendedAppIsToldSo(t *testing.T) {
	w, _ := limited(t, push.Limits{})
	before := w.ask(t, "POST", "/api/send/message", "application/json", w.sendBody(w.token))
	if before.Code != 1000 {
		t.Fatal(before.Msg)
	}
	if err := w.push.Suspend(t.Context(), w.app.ID, "群发广告"); err != nil {
		t.Fatal(err)
	}
	told := func(what string, a answer) {
		t.Helper()
		if a.Code != 1001 || !strings.Contains(a.Msg, "停用") || !strings.Contains(a.Msg, "群发广告") {
			t.Errorf("%s: %d %s", what, a.Code, a.Msg)
		}
	}
	told("POST", w.ask(t, "POST", "/api/send/message", "application/json", w.sendBody(w.token)))
	told("GET", w.ask(t, "GET", "/api/send/message?content=hi&uid="+string(w.uids[0])+"&appToken="+w.token, "", ""))
	for _, c := range []struct{ method, path, body string }{
		{"POST", "/api/v1/messages", fmt.Sprintf(`{"content":"x","uids":[%q]}`, w.uids[0])},
		{"POST", "/api/v1/webhooks/text?uid=" + string(w.uids[0]), "备份完成"},
	} {
		status, raw := w.v1(t, c.method, c.path, c.body)
		if status != http.StatusForbidden || !strings.Contains(raw, "群发广告") {
			t.Errorf("%s %s: %d %s", c.method, c.path, status, raw)
		}
	}
	if err := w.push.Unsuspend(t.Context(), w.app.ID); err != nil {
		t.Fatal(err)
	}
	if a := w.ask(t, "POST", "/api/send/message", "application/json", w.sendBody(w.token)); a.Code != 1000 {
		t.Errorf("after the lifting: %d %s", a.Code, a.Msg)
	}
}

// TestContract_LimitsOfTheAdministratorHoldAtOnce: of all apps and of one.
func TestContract_LimitsOfTheAdministratorHoldAtOnce(t *testing.T) {
	w, clock := limited(t, push.Limits{Sends: limit.Rate{Most: 20, Per: 10 * time.Second}})
	send := func() (taken int) {
		clock.Advance(time.Minute)
		for range 12 {
			if a := w.ask(t, "POST", "/api/send/message", "application/json", w.sendBody(w.token)); a.Code == 1000 {
				taken++
			} else if !strings.Contains(a.Msg, "发送太频繁") {
				t.Fatal(a.Msg)
			}
		}
		return taken
	}
	for _, c := range []struct {
		all, own *int
		want     int
	}{{nil, nil, 12}, {new(3), nil, 3}, {new(3), new(7), 7}, {new(3), new(0), 12}, {nil, new(2), 2}, {nil, nil, 12}} {
		if err := w.push.SetLimits(t.Context(), push.LimitChange{Sends: c.all}); err != nil {
			t.Fatal(err)
		}
		if err := w.push.SetAppLimit(t.Context(), w.app.ID, c.own); err != nil {
			t.Fatal(err)
		}
		if got := send(); got != c.want {
			t.Errorf("%+v: %d taken, want %d", c, got, c.want)
		}
	}
	if err := w.push.SetLimits(t.Context(), push.LimitChange{Lookups: new(1)}); err != nil {
		t.Fatal(err)
	}
	for i := range 6 {
		a := w.from(t, "192.0.2.9", "GET", "/api/send/query/status?sendRecordId=1", "")
		if over := strings.Contains(a.Msg, "查询太频繁"); over != (i >= 5) {
			t.Errorf("look-up %d: %s", i+1, a.Msg)
		}
	}
}
