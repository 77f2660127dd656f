package callback

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"hongyan/push"
)

func TestDeliver_PostsTheExactBodySignedForEverySecret(t *testing.T) {
	j := job("http://dev.example/hook?key=1")
	j.Call.Secrets = []string{secretOne, secretTwo}
	c := developer(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if string(body) != string(j.Call.Body) || r.Method != "POST" || r.URL.RequestURI() != "/hook?key=1" {
			t.Errorf("got %s %s %q", r.Method, r.URL, body)
		}
		if got := r.Header.Get("Content-Type"); got != "application/json; charset=utf-8" {
			t.Errorf("content type %q", got)
		}
		if r.ContentLength != int64(len(j.Call.Body)) || !strings.HasPrefix(r.UserAgent(), "Hongyan") {
			t.Errorf("length %d, agent %q", r.ContentLength, r.UserAgent())
		}
		for _, secret := range j.Call.Secrets {
			hook, _ := standardwebhooks.NewWebhook(secret)
			if err := hook.Verify(body, r.Header); err != nil {
				t.Errorf("signature of %s: %v", secret, err)
			}
		}
		stranger, _ := standardwebhooks.NewWebhook("whsec_" + base64.StdEncoding.EncodeToString([]byte("another key")))
		if stranger.Verify(body, r.Header) == nil {
			t.Error("a stranger's secret verifies")
		}
	})
	out := c.Deliver(t.Context(), j)
	if out.Verdict != push.Delivered || out.Reason != "" {
		t.Errorf("got %d %q", out.Verdict, out.Reason)
	}
	log := out.Attempt
	if log == nil || log.URL != j.Call.URL || log.Status != 200 || log.At.IsZero() || log.Latency <= 0 || log.Failure != "" {
		t.Errorf("attempt: %+v", log)
	}
	for _, want := range []string{"Webhook-Id: " + j.Call.ID, "Webhook-Timestamp: ", "Webhook-Signature: v1,… v1,…", "Content-Type: "} {
		if !strings.Contains(log.Request, want) {
			t.Errorf("logged request lacks %q:\n%s", want, log.Request)
		}
	}
}

// The example of the Standard Webhooks specification.
func TestSign_IsTheSpecificationsFormula(t *testing.T) {
	call := &push.Call{ID: "msg_p5jXN8AQM9LWM0D4loKWxJek", Body: []byte(`{"test": 2432232314}`), Secrets: []string{secretOne, secretTwo}}
	got, err := sign(call, time.Unix(1614265330, 999))
	if err != nil {
		t.Fatal(err)
	}
	key, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(secretTwo, "whsec_"))
	mac := hmac.New(sha256.New, key)
	io.WriteString(mac, `msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}`)
	want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestDeliver_SendsNothingUnsigned(t *testing.T) {
	c := developer(t, func(http.ResponseWriter, *http.Request) { t.Error("called") })
	for _, secrets := range [][]string{nil, {""}, {"whsec_"}, {"whsec_不是base64"}, {secretOne, "whsec_*"}} {
		j := job("http://dev.example/")
		j.Call.Secrets = secrets
		out := c.Deliver(t.Context(), j)
		if out.Verdict != push.Temporary || out.Reason != wordSecret || out.Attempt.Failure != wordSecret {
			t.Errorf("%q: got %d %q", secrets, out.Verdict, out.Reason)
		}
	}
}

func TestI10_AttemptCarriesNoSecret(t *testing.T) {
	var sent string
	c := developer(t, func(w http.ResponseWriter, r *http.Request) { sent = r.Header.Get("webhook-signature") })
	out := c.Deliver(t.Context(), job("http://dev.example/"))
	for _, secret := range []string{strings.TrimPrefix(secretOne, "whsec_"), strings.TrimPrefix(sent, "v1,")} {
		if secret == "" || strings.Contains(out.Attempt.Request+out.Attempt.Failure+out.Reason, secret) {
			t.Errorf("attempt shows %q:\n%s", secret, out.Attempt.Request)
		}
	}
}

func TestDeliver_ReusesItsConnection(t *testing.T) {
	addresses := map[string]bool{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { addresses[r.RemoteAddr] = true }))
	defer server.Close()
	c := New(Options{AllowHosts: []string{server.Listener.Addr().String()}})
	defer c.Close()
	for range 5 {
		if out := c.Deliver(t.Context(), job(server.URL)); out.Verdict != push.Delivered {
			t.Fatalf("got %d %q", out.Verdict, out.Reason)
		}
	}
	if len(addresses) != 1 {
		t.Errorf("%d connections for five calls", len(addresses))
	}
}

func TestDeliver_WithoutACallEndsAtOnce(t *testing.T) {
	if out := New(Options{}).Deliver(t.Context(), push.Job{}); out.Verdict != push.Permanent || out.Reason == "" {
		t.Errorf("got %+v", out)
	}
}

func BenchmarkDeliver(b *testing.B) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, `{"reply":"已重启"}`) }))
	defer server.Close()
	c := New(Options{AllowHosts: []string{server.Listener.Addr().String()}})
	defer c.Close()
	for b.Loop() {
		if out := c.Deliver(b.Context(), job(server.URL)); out.Reply != "已重启" {
			b.Fatal(out.Reason)
		}
	}
}
