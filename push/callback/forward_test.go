package callback

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"hongyan/push"
)

// Whatever a program answers means the same, whether the server calls it or a
// listener does.
func TestForward_IsJudgedLikeACall(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"reply":   func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"reply":"已重启"}`) },
		"nothing": func(http.ResponseWriter, *http.Request) {},
		"no JSON": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `好`) },
		"GBK":     func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("\xc4\xe3\x00")) },
		"long":    func(w http.ResponseWriter, _ *http.Request) { w.Write(bytes.Repeat([]byte("x"), 70<<10)) },
		"packed": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Write([]byte("x"))
		},
		"502":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) },
		"410":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(410) },
		"302":  func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/", http.StatusFound) },
		"busy": func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Retry-After", "60"); w.WriteHeader(429) },
		"broke off": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "9")
			w.Write([]byte("{"))
		},
		"no answer": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			now := time.Now()
			server := httptest.NewServer(answer)
			defer server.Close()
			c := New(Options{AllowHosts: []string{server.Listener.Addr().String()}, Now: func() time.Time { return now }})
			defer c.Close()
			j := job(server.URL + "/hook")
			want := c.Deliver(t.Context(), j)

			header, err := Headers(j.Call, now, "")
			if err != nil {
				t.Fatal(err)
			}
			f, err := NewForwarder(j.Call.URL)
			if err != nil {
				t.Fatal(err)
			}
			e, down := f.Post(t.Context(), header, j.Call.Body)
			got := e.Outcome(now, now)
			want.Attempt.Latency, got.Attempt.Latency = 0, 0
			if *got.Attempt != *want.Attempt || down {
				t.Errorf("attempt\n%+v, want\n%+v", got.Attempt, want.Attempt)
			}
			got.Attempt, want.Attempt = nil, nil
			if got != want {
				t.Errorf("outcome %+v, want %+v", got, want)
			}
		})
	}
}

func TestForward_KnowsThatNothingListens(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	f, err := NewForwarder("http://" + l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	e, down := f.Post(t.Context(), http.Header{}, nil)
	out := e.Outcome(time.Now(), time.Now())
	if !down || out.Verdict != push.Temporary || out.Reason != wordConnRefused {
		t.Errorf("down %v, %+v", down, out)
	}
}

func TestForward_TargetsOfADeveloper(t *testing.T) {
	for target, good := range map[string]bool{
		"http://127.0.0.1:3000": true, "http://localhost:3000/hook?x=1": true, "https://10.0.0.7": true, "http://[::1]:80/": true,
		"127.0.0.1:3000": false, "": false, "ftp://x": false, "http://u:p@127.0.0.1": false,
	} {
		if _, err := NewForwarder(target); (err == nil) != good {
			t.Errorf("%q: %v", target, err)
		}
	}
}

// What a listener tells is bounded and fit for a database, whatever it is.
func FuzzExchange(f *testing.F) {
	f.Add("http://x", "a: b", 200, "", []byte(`{"reply":"好"}`), "", false)
	f.Add("\xff\x00", strings.Repeat("长", 9000), 0, "1e9", []byte("\x00\xff"), strings.Repeat("长", 999), true)
	f.Add("", "", 429, "99999999999999999999", []byte(nil), "", true)
	f.Fuzz(func(t *testing.T, url, request string, status int, retryAfter string, body []byte, failure string, odd bool) {
		e := Exchange{URL: url, Request: request, Status: status, RetryAfter: retryAfter, Body: body, Failure: failure, Packed: odd, Long: odd, Broken: odd}
		now := time.Now()
		out := e.Outcome(now, now)
		for _, s := range []string{out.Attempt.URL, out.Attempt.Request, out.Attempt.Answer, out.Attempt.Failure, out.Reason, out.Reply} {
			if s != clean([]byte(s)) {
				t.Errorf("%q is not fit for a database", s)
			}
		}
		if len(out.Attempt.URL) > keptURL || len(out.Attempt.Request) > keptRequest || len(out.Attempt.Answer) > maxAnswer || len(out.Reply) > maxReplyBytes {
			t.Errorf("kept too much of %+v", e)
		}
		if out.Verdict == push.Delivered && (status < 200 || status > 299) || out.RetryAt.Sub(now) > maxRetryAfter {
			t.Errorf("%d: %+v", status, out)
		}
	})
}
