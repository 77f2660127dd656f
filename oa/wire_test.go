package oa

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

// wire is a callback endpoint and a WeChat that signs what it sends there.
type wire struct {
	*Handler
	account Account
	now     time.Time
	nonce   int
	got     []Event
	log     bytes.Buffer
	answer  func(Event) (Reply, error)
}

// newWire is an endpoint of the golden account in one mode. Its clock stands
// at the time of WeChat's own example.
func newWire(t testing.TB, mode Mode, change ...func(*Account)) *wire {
	t.Helper()
	w := &wire{now: time.Unix(goldenTime, 0)}
	w.account = Account{AppID: goldenAppID, Token: goldenToken, AESKey: goldenKey(), Mode: mode}
	for _, f := range change {
		f(&w.account)
	}
	h, err := NewHandler(w.account, HandlerOptions{
		Now: func() time.Time { return w.now },
		Log: slog.New(slog.NewTextHandler(&w.log, nil)),
		Handle: func(ctx context.Context, ev Event) (Reply, error) {
			w.got = append(w.got, ev)
			if w.answer == nil {
				return nil, nil
			}
			return w.answer(ev)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.Handler = h
	return w
}

func asJSON(a *Account) { a.JSON = true }

// query signs for the account: the signature of the request, and of text when
// there is one.
func (w *wire) query(text string) url.Values {
	w.nonce++
	timestamp, nonce := strconv.FormatInt(w.now.Unix(), 10), strconv.Itoa(1_000_000+w.nonce)
	q := url.Values{"timestamp": {timestamp}, "nonce": {nonce}, "openid": {goldenOpenID},
		"signature": {Signature(w.account.Token, timestamp, nonce)}}
	if text != "" {
		q.Set("encrypt_type", "aes")
		q.Set("msg_signature", Signature(w.account.Token, timestamp, nonce, text))
	}
	return q
}

// sealedBody is a document in its envelope, with the clear text beside it in
// compatible mode.
func (w *wire) sealedBody(t testing.TB, document string) (body, text string) {
	t.Helper()
	c, err := NewCipher(w.account.AESKey, w.account.AppID)
	if err != nil {
		t.Fatal(err)
	}
	text, err = c.Seal([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case w.account.JSON:
		return `{"ToUserName":"gh_1","Encrypt":"` + text + `"}`, text
	case w.account.Mode == ModeCompatible:
		return strings.TrimSuffix(document, "</xml>") + cdata("Encrypt", text) + "</xml>", text
	}
	return "<xml>" + cdata("ToUserName", "gh_1") + cdata("Encrypt", text) + "</xml>", text
}

// send delivers a document the way the account's mode has it.
func (w *wire) send(t testing.TB, document string) *httptest.ResponseRecorder {
	t.Helper()
	if w.account.Mode == ModePlain {
		return w.post(w.query(""), document)
	}
	body, text := w.sealedBody(t, document)
	return w.post(w.query(text), body)
}

func (w *wire) post(q url.Values, body string) *httptest.ResponseRecorder {
	kind := "text/xml"
	if w.account.JSON {
		kind = "application/json"
	}
	return w.do("POST", kind, q, body)
}

func (w *wire) do(method, kind string, q url.Values, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "/wechat/callback?"+q.Encode(), strings.NewReader(body))
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, r)
	return rec
}

// want is the exact answer.
func want(t testing.TB, rec *httptest.ResponseRecorder, status int, kind, body string) {
	t.Helper()
	if rec.Code != status || rec.Header().Get("Content-Type") != kind || rec.Body.String() != body {
		t.Errorf("answered %d %q %q, want %d %q %q", rec.Code, rec.Header().Get("Content-Type"), rec.Body, status, kind, body)
	}
	if rec.Header().Get("X-Content-Type-Options") != "nosniff" {
		t.Error("the answer may be sniffed")
	}
}

// wantRefused is the exact answer of a refusal, and nothing handed on.
func (w *wire) wantRefused(t testing.TB, rec *httptest.ResponseRecorder, status int) {
	t.Helper()
	want(t, rec, status, textPlain, http.StatusText(status))
	if len(w.got) != 0 {
		t.Errorf("%d events were handed to Handle", len(w.got))
	}
	for _, secret := range []string{goldenToken + " ", w.account.AESKey, goldenOpenID} {
		if strings.Contains(w.log.String(), secret) {
			t.Errorf("the log has a secret: %s", w.log.String())
		}
	}
}
