package demo_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"hongyan/server/demo"
)

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

func newDemo(t *testing.T, path string) *demo.Demo {
	t.Helper()
	d, err := demo.New(demo.Options{BaseURL: "https://push.test", Inside: "http://127.0.0.1:8080", Path: path, Phone: "/phone/", Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// call posts a callback signed with a secret.
func call(t *testing.T, d *demo.Demo, id, body, with string) *httptest.ResponseRecorder {
	t.Helper()
	hook, err := standardwebhooks.NewWebhook(with)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	signature, err := hook.Sign(id, now, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("POST", strings.TrimPrefix(d.CallbackURL(), "http://127.0.0.1:8080"), strings.NewReader(body))
	r.Header.Set("webhook-id", id)
	r.Header.Set("webhook-timestamp", fmt.Sprint(now.Unix()))
	r.Header.Set("webhook-signature", signature)
	rec := httptest.NewRecorder()
	d.ServeHTTP(rec, r)
	return rec
}

func get(d *demo.Demo, path string) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	d.ServeHTTP(rec, httptest.NewRequest("GET", path, nil))
	return rec
}

func command(content string) string {
	raw, _ := json.Marshal(map[string]any{"action": "send_up_cmd", "data": map[string]any{"content": content}})
	return string(raw)
}

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
	if err := d.Trust(secret); err != nil {
		t.Fatal(err)
	}
	if rec := call(t, d, "msg_2", command("晚"), "whsec_QW5vdGhlciBrZXkgb2YgMjQgYnl0ZXM="); rec.Code != http.StatusForbidden {
		t.Errorf("signed with another secret: %d", rec.Code)
	}
	if rec := call(t, d, "msg_3", command(strings.Repeat("长", 1<<20)), secret); rec.Code != http.StatusBadRequest {
		t.Errorf("a body of 3 MiB: %d", rec.Code)
	}
	if got := get(d, "/demo/callbacks").Body.String(); strings.TrimSpace(got) != "[]" {
		t.Errorf("remembered %s", got)
	}
	if err := d.Trust("no secret"); err == nil {
		t.Error("a secret that is none is trusted")
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
}

func TestPage_ShowsWhatCameAsTextAndLinksThePhone(t *testing.T) {
	d := newDemo(t, "/demo/key")
	if got := d.PageURL(); got != "https://push.test/demo/key/" {
		t.Errorf("the page is at %s", got)
	}
	if err := d.Trust(secret); err != nil {
		t.Fatal(err)
	}
	if rec := get(d, "/demo/key/"); rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), `href="/phone/"`) {
		t.Errorf("the empty page: %d\n%s", rec.Code, rec.Body)
	}
	call(t, d, "msg_1", command("<script>alert(1)</script>"), secret)
	if page := get(d, "/demo/key/").Body.String(); strings.Contains(page, "<script>alert") || !strings.Contains(page, "send_up_cmd") {
		t.Errorf("the page shows\n%s", page)
	}
	for _, path := range []string{"/demo/", "/demo/callbacks", "/demo/key/nothing"} {
		if rec := get(d, path); rec.Code != http.StatusNotFound {
			t.Errorf("%s answers %d", path, rec.Code)
		}
	}
}
