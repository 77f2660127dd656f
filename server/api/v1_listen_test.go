package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"hongyan/store"
	"hongyan/store/storetest"
)

// TestV1_AListenerFetchesWhatTheServerSigned: an app with an address is
// listened to, its callback verifies with the app's secret as it would at the
// address, and what the program answered stands in the log.
func TestV1_AListenerFetchesWhatTheServerSigned(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		const me = "/callbacks/listeners/laptop-1"
		var set struct{ Secret string }
		w.askAs(t, w.token, "PUT", "/callbacks/endpoint", `{"url":"https://dev.example/hook?key=topsecret"}`, &set)
		w.follow(t, "o_gang")
		var l struct {
			App     struct{ ID int64 }
			Secret  string
			Aside   string
			Waiting int
		}
		if status, raw := w.askAs(t, w.token, "PUT", me, `{}`, nil); status != 409 || !strings.Contains(raw, "--take-over") {
			t.Fatalf("an app with an address: HTTP %d %s", status, raw)
		}
		if status, raw := w.askAs(t, w.token, "PUT", me, `{"takeOver":true}`, &l); status != 200 || l.Secret != set.Secret ||
			l.Aside != "https://dev.example/hook?key=***" || l.Waiting != 1 || l.App.ID != int64(w.app.ID) {
			t.Fatalf("HTTP %d %s", status, raw)
		}
		var got struct {
			Items []struct {
				ID, Body string
				Attempt  int
				Headers  map[string]string
			}
		}
		if status, raw := w.askAs(t, w.token, "POST", me+"/claim", `{"most":5}`, &got); status != 200 || len(got.Items) != 1 {
			t.Fatalf("HTTP %d %s", status, raw)
		}
		one := got.Items[0]
		header := http.Header{}
		for name, value := range one.Headers {
			header.Set(name, value)
		}
		hook, err := standardwebhooks.NewWebhook(set.Secret)
		if err != nil {
			t.Fatal(err)
		}
		if err := hook.Verify([]byte(one.Body), header); err != nil || header.Get("webhook-id") != one.ID {
			t.Errorf("%v, headers %v", err, header)
		}
		held := fmt.Sprintf(`{"id":%q,"attempt":1}`, one.ID)
		for _, c := range []struct {
			method, path, body string
			status             int
			says               string
		}{
			{"GET", "/callbacks/endpoint", "", 200, `"listening":true,"listenedAt":"`},
			{"POST", me + "/claim", `{"most":5,"holding":[` + held + `]}`, 200, `{"items":[]}`},
			{"POST", me + "/claim", `{"most":5}`, 200, one.ID},
			{"POST", me + "/claim", `{"most":65}`, 422, "most 不能大于 64"},
			{"POST", me + "/claim", `{"most":1,"wait":26}`, 422, "wait 不能大于 25"},
			{"POST", "/callbacks/listeners/小明/claim", `{"most":1}`, 422, "不允许的字符"},
			{"POST", me + "/answers", `{"id":"msg_none","attempt":1,"status":200}`, 404, "没有这项内容"},
			{"POST", "/callbacks/listeners/other/answers", `{"id":"` + one.ID + `","attempt":1,"status":200}`, 200, `{"taken":false,"state":"waiting"`},
			{"POST", me + "/answers", `{"id":"` + one.ID + `","attempt":1,"status":502,"url":"http://127.0.0.1:3000/","agoMs":20,"latencyMs":12,"answer":"QmFkIEdhdGV3YXk="}`, 200, `{"taken":true,"state":"waiting","nextAt":"`},
			{"GET", "/callbacks/" + one.ID, "", 200, `"url":"http://127.0.0.1:3000/","request":"","status":502,"answer":"Bad Gateway","answerCut":false,"latencyMs":12`},
			{"DELETE", me, "", 200, `{"back":true}`},
			{"DELETE", me, "", 200, `{"back":false}`},
			{"POST", me + "/claim", `{"most":5}`, 409, "不由收听者收取"},
			{"GET", "/callbacks/endpoint", "", 200, `"listening":false`},
			{"PUT", me, `{"takeOver":true}`, 200, set.Secret},
			{"DELETE", "/callbacks/listeners", "", 204, ""},
			{"GET", "/callbacks/endpoint", "", 200, `"listening":false`},
		} {
			status, raw := w.askAs(t, w.token, c.method, c.path, c.body, nil)
			if status != c.status || !strings.Contains(raw, c.says) {
				t.Errorf("%s %s: HTTP %d %s, want %d with %s", c.method, c.path, status, raw, c.status, c.says)
			}
			if strings.Contains(raw, "topsecret") {
				t.Errorf("%s %s tells a secret: %s", c.method, c.path, raw)
			}
		}
	})
}

// TestV1_AClaimIsAnsweredWhenSomethingHappens, not when its time is over.
func TestV1_AClaimIsAnsweredWhenSomethingHappens(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.askAs(t, w.token, "PUT", "/callbacks/listeners/laptop", `{}`, nil)
		answered := make(chan string)
		go func() {
			_, raw := w.askAs(t, w.token, "POST", "/callbacks/listeners/laptop/claim", `{"most":1,"wait":25}`, nil)
			answered <- raw
		}()
		began := time.Now()
		w.follow(t, "o_gang")
		if raw := <-answered; !strings.Contains(raw, "app_subscribe") || time.Since(began) > 4*time.Second {
			t.Errorf("after %s: %s", time.Since(began), raw)
		}
	})
}
