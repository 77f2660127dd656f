package demo_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"hongyan/server/demo"
)

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// newDemo is a demo whose platform does not answer.
func newDemo(t *testing.T, path string) *demo.Demo {
	t.Helper()
	d, err := demo.New(demo.Options{
		BaseURL: "https://push.test", Inside: "http://127.0.0.1:1", Path: path, Phone: "/phone/", Receiver: "127.0.0.1:9080", Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// introduce gives a demo its secret and values.
func introduce(t *testing.T, d *demo.Demo) {
	t.Helper()
	if err := d.Trust(secret); err != nil {
		t.Fatal(err)
	}
	err := d.Introduce(demo.Values{
		Token: "AT_ABC", App: 97, Topic: 5, Name: "演示应用", TopicName: "演示主题", Follower: "小雁",
		UID: "UID_ABC", OpenID: "o_abc", Scene: "scene_abc", Link: "http://weixin.qq.com/q/abc",
	})
	if err != nil {
		t.Fatal(err)
	}
}

// call posts a callback signed with a secret.
func call(t *testing.T, d *demo.Demo, id, body, with string) *httptest.ResponseRecorder {
	t.Helper()
	return callAt(t, d, time.Now(), id, body, with)
}

func callAt(t *testing.T, d *demo.Demo, at time.Time, id, body, with string) *httptest.ResponseRecorder {
	t.Helper()
	hook, err := standardwebhooks.NewWebhook(with)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := hook.Sign(id, at, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("POST", strings.TrimPrefix(d.CallbackURL(), "http://127.0.0.1:1"), strings.NewReader(body))
	r.Header.Set("webhook-id", id)
	r.Header.Set("webhook-timestamp", fmt.Sprint(at.Unix()))
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
