package demo_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"hongyan/server/demo"
)

func TestReceive_AnswersWithTheReply(t *testing.T) {
	d := newDemo(t, "")
	if err := d.Trust(secret); err != nil {
		t.Fatal(err)
	}
	for body, want := range map[string]string{
		command("重启服务器"):             "已收到，正在重启服务器",
		command("在吗"):                "收到：在吗",
		`{"action":"app_subscribe"}`: "",
	} {
		var got struct {
			Reply string `json:"reply"`
		}
		rec := call(t, d, "msg "+body, body, secret)
		if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil || rec.Code != http.StatusOK || got.Reply != want {
			t.Errorf("%s: %d %q, want the reply %q", body, rec.Code, got.Reply, want)
		}
	}
}

func TestReceive_TakesNothingUnsigned(t *testing.T) {
	d := newDemo(t, "")
	if rec := call(t, d, "msg_1", command("早"), secret); rec.Code != http.StatusForbidden {
		t.Errorf("before any secret is known: %d", rec.Code)
	}
	introduce(t, d)
	const other = "whsec_QW5vdGhlciBrZXkgb2YgMjQgYnl0ZXM="
	if rec := call(t, d, "msg_2", command("晚"), other); rec.Code != http.StatusForbidden {
		t.Errorf("signed with another secret: %d", rec.Code)
	}
	if rec := callAt(t, d, time.Now().Add(-6*time.Minute), "msg_3", command("旧"), secret); rec.Code != http.StatusForbidden {
		t.Errorf("signed six minutes ago: %d", rec.Code)
	}
	if rec := call(t, d, "msg_4", command(strings.Repeat("长", 64<<10)), secret); rec.Code != http.StatusBadRequest {
		t.Errorf("a body of 192 KiB: %d", rec.Code)
	}
	bare := httptest.NewRecorder()
	d.ServeHTTP(bare, httptest.NewRequest("POST", "/demo/callback", strings.NewReader(command("裸"))))
	if bare.Code != http.StatusForbidden {
		t.Errorf("without a signature: %d", bare.Code)
	}
	if got := get(d, "/demo/callbacks").Body.String(); strings.TrimSpace(got) != "[]" {
		t.Errorf("remembered %s", got)
	}
	if err := d.Trust("no secret"); err == nil || strings.Contains(err.Error(), "no secret") {
		t.Errorf("a secret that is none: %v", err)
	}

	// The page shows what was refused and why, and none of the bodies.
	page := get(d, "/demo/").Body.String()
	for _, why := range []string{"签名不对", "时间戳超出 5 分钟", "没有签名"} {
		if strings.Count(page, why) != 1 {
			t.Errorf("the page says %q %d times, want once", why, strings.Count(page, why))
		}
	}
	if strings.Contains(page, `class="said"`) {
		t.Error("the page shows a body that was not believed")
	}
}

// TestReceive_WhatIsRefusedPushesNothingOut: anybody can post without a
// signature, as often as they like.
func TestReceive_WhatIsRefusedPushesNothingOut(t *testing.T) {
	d := newDemo(t, "")
	introduce(t, d)
	call(t, d, "msg_1", command("留下"), secret)
	for range 500 {
		rec := httptest.NewRecorder()
		d.ServeHTTP(rec, httptest.NewRequest("POST", "/demo/callback", strings.NewReader("{}")))
	}
	page := get(d, "/demo/").Body.String()
	if got := strings.Count(page, "没有签名"); got != 10 || !strings.Contains(page, "留下") {
		t.Errorf("%d refusals are shown, want 10 and the callback", got)
	}
}

// TestReceive_ARepeatIsRememberedOnce: a callback comes at least once.
func TestReceive_ARepeatIsRememberedOnce(t *testing.T) {
	d := newDemo(t, "")
	if err := d.Trust(secret); err != nil {
		t.Fatal(err)
	}
	for i := range 120 {
		for range 2 {
			call(t, d, fmt.Sprint("msg_", i), command(fmt.Sprint("第", i)), secret)
		}
	}
	var all []demo.Received
	if err := json.Unmarshal(get(d, "/demo/callbacks").Body.Bytes(), &all); err != nil {
		t.Fatal(err)
	}
	if len(all) != 100 || all[0].ID != "msg_20" || all[99].ID != "msg_119" {
		t.Errorf("%d are remembered, from %s to %s", len(all), all[0].ID, all[len(all)-1].ID)
	}
	if all[99].Reply != "收到：第119" {
		t.Errorf("the reply is remembered as %q", all[99].Reply)
	}
}
