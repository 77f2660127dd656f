package wxpusher

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/time/rate"

	"hongyan/push"
)

func clientOf(base string) *Client {
	return &Client{Base: base, Token: "AT_secret", HTTP: http.DefaultClient, Pace: rate.NewLimiter(rate.Inf, 1)}
}

// TestClient_SaysWhatIsCertain: only what certainly was not taken may be sent
// again.
func TestClient_SaysWhatIsCertain(t *testing.T) {
	for _, c := range []struct {
		name    string
		answer  func(w http.ResponseWriter)
		unsent  bool
		refused bool // by a business code
		fatal   bool
		status  string
	}{
		{"taken", func(w http.ResponseWriter) {
			_, _ = w.Write([]byte(`{"code":1000,"msg":"处理成功","data":[{"code":1000}],"success":true}`))
		}, false, false, false, ""},
		{"the receiver refused", func(w http.ResponseWriter) {
			_, _ = w.Write([]byte(`{"code":1000,"msg":"处理成功","data":[{"code":1001,"status":"未订阅应用"}],"success":true}`))
		}, false, false, false, "未订阅应用"},
		{"too fast", func(w http.ResponseWriter) { _, _ = w.Write([]byte(`{"code":1001,"msg":"太快","data":null}`)) }, false, true, false, ""},
		{"wrong token", func(w http.ResponseWriter) {
			_, _ = w.Write([]byte(`{"code":1001,"msg":"appToken不正确","data":null}`))
		}, false, true, true, ""},
		{"429", func(w http.ResponseWriter) { w.WriteHeader(429) }, true, false, false, ""},
		{"503", func(w http.ResponseWriter) { w.WriteHeader(503) }, true, false, false, ""},
		{"502: perhaps taken", func(w http.ResponseWriter) { w.WriteHeader(502) }, false, false, false, ""},
		{"a page of some proxy: perhaps taken", func(w http.ResponseWriter) { _, _ = w.Write([]byte("<html>")) }, false, false, false, ""},
		{"empty: perhaps taken", func(http.ResponseWriter) {}, false, false, false, ""},
		{"hung up: perhaps taken", func(http.ResponseWriter) { panic(http.ErrAbortHandler) }, false, false, false, ""},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { c.answer(w) }))
		status, err := clientOf(server.URL).Send(t.Context(), "UID_1", "摘要", "内容", "https://x.example/a.jpg")
		server.Close()
		var refused *Refusal
		isRefused := errors.As(err, &refused)
		if status != c.status || errors.Is(err, errUnsent) != c.unsent || isRefused != c.refused || isRefused && refused.Fatal() != c.fatal {
			t.Errorf("%s: %q, %v", c.name, status, err)
		}
		if strings.Contains(c.name, "perhaps") && err == nil {
			t.Errorf("%s: taken for a success", c.name)
		}
	}
}

func TestClient_ErrorsKeepTheToken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	base := "http://" + l.Addr().String()
	l.Close()
	_, err = clientOf(base).Users(t.Context(), 0, 1, 10)
	if !errors.Is(err, errUnsent) || strings.Contains(err.Error(), "AT_secret") {
		t.Errorf("nobody listens: %v", err)
	}
}

func TestPersist_WaitsLongerAndGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began, calls := time.Now(), 0
		err := persist(t.Context(), func(error, time.Duration) {}, func() error { calls++; return errUnsent })
		if took := time.Since(began); !errors.Is(err, errUnsent) || calls != mostAttempts || took < time.Minute || took > 3*time.Minute {
			t.Errorf("%d calls in %s: %v", calls, took, err)
		}
		calls = 0
		fatal := &Refusal{1001, badToken}
		if err := persist(t.Context(), func(error, time.Duration) {}, func() error { calls++; return fatal }); err != fatal || calls != 1 {
			t.Errorf("a wrong token was tried %d times: %v", calls, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		if err := persist(ctx, func(error, time.Duration) {}, func() error { return errUnsent }); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("stopped while waiting: %v", err)
		}
	})
}

func TestAfter_BothListsToTheirEnd(t *testing.T) {
	full, short := make([]Record, PageSize), make([]Record, 3)
	at := func(kind push.SubscriptionKind, page int) push.Place { return push.Place{Kind: kind, Page: page} }
	for _, c := range []struct {
		at   push.Place
		page Page
		want push.Place
	}{
		{at(push.OfApp, 1), Page{250, full}, at(push.OfApp, 2)},
		{at(push.OfApp, 3), Page{203, short}, at(push.OfTopic, 1)},
		{at(push.OfApp, 1), Page{0, nil}, at(push.OfTopic, 1)},
		{at(push.OfApp, 1), Page{100, full}, at(push.OfApp, 2)},  // a platform that does not count
		{at(push.OfApp, 1), Page{250, short}, at(push.OfApp, 2)}, // one that gives less than asked
		{at(push.OfTopic, 9), Page{803, short}, push.Place{}},
		{at(push.OfTopic, 9), Page{9999, nil}, push.Place{}}, // a wrong total must not loop
	} {
		if got := after(c.at, c.page); got != c.want {
			t.Errorf("after %+v with %d of %d: %+v, want %+v", c.at, len(c.page.Records), c.page.Total, got, c.want)
		}
	}
}

func TestProgress_CountsRateAndTimeLeft(t *testing.T) {
	now := time.Unix(0, 0)
	var out bytes.Buffer
	p := &Progress{Out: &out, Now: func() time.Time { return now }}
	p.start("invited", 500, 1000)
	for done := 501; done <= 600; done++ {
		now = now.Add(500 * time.Millisecond)
		p.set(done, 1000)
	}
	p.end()
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) < 6 || len(lines) > 8 {
		t.Errorf("%d plain lines in 50 s, want one every ten: %q", len(lines), lines)
	}
	if got, want := lines[len(lines)-1], "invited  [##############..........] 600/1000, 2.0/s, 3m20s left"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	out.Reset()
	p.Terminal = true
	p.set(601, 1000)
	if got := out.String(); !strings.HasPrefix(got, "\r") || strings.Contains(got, "\n") {
		t.Errorf("on a terminal the line is drawn over: %q", got)
	}
}
