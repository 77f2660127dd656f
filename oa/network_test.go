package oa

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestF12_UnusableAnswersAreTemporary runs every broken answer over a socket.
func TestF12_UnusableAnswersAreTemporary(t *testing.T) {
	var elsewhere atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	defer other.Close()
	done := make(chan struct{})
	for _, c := range []struct {
		name   string
		status int
		serve  func(w http.ResponseWriter, r *http.Request)
	}{
		{"500 with a page", 500, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(500)
			io.WriteString(w, "<html>Server Error</html>")
		}},
		{"502 without a body", 502, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) }},
		{"503 with a good document", 503, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(503)
			io.WriteString(w, `{"errcode":0,"msgid":1}`)
		}},
		{"404", 404, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) }},
		{"redirect", 302, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL+"/?"+r.URL.RawQuery, http.StatusFound)
		}},
		{"redirect that keeps the body", 307, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
		}},
		{"page with 200", 200, func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "<html>请登录 access_token=TOKEN0</html>")
		}},
		{"nothing with 200", 200, func(http.ResponseWriter, *http.Request) {}},
		{"cut JSON", 200, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"errcode":0,"errm`) }},
		{"a list", 200, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `[]`) }},
		{"errcode is an object", 200, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"errcode":{}}`) }},
		{"errcode is a word", 200, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"errcode":"busy"}`) }},
		{"errmsg is a number", 200, func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, `{"errcode":1,"errmsg":2}`)
		}},
		{"msgid is an object", 200, func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, `{"errcode":0,"msgid":{}}`)
		}},
		{"2 MiB", 200, func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintf(w, `{"errcode":0,"msgid":1,"x":"%s"}`, strings.Repeat("x", 2<<20))
		}},
		{"connection cut before the answer", 0, func(w http.ResponseWriter, _ *http.Request) { hijack(w) }},
		{"connection cut within the answer", 200, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, `{"errcode":0`)
			w.(http.Flusher).Flush()
			hijack(w)
		}},
		{"one byte and then nothing", 200, func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "{")
			w.(http.Flusher).Flush()
			<-done
		}},
		{"no answer at all", 0, func(_ http.ResponseWriter, r *http.Request) { <-done }},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == pathToken {
					io.WriteString(w, `{"access_token":"TOKEN0","expires_in":7200}`)
					return
				}
				io.Copy(io.Discard, r.Body)
				c.serve(w, r)
			}))
			var log bytes.Buffer
			client := NewClient(ClientOptions{AppID: "wx1", Secret: testSecret, Hosts: Hosts{API: server.URL}, Log: slog.New(slog.NewTextHandler(&log, nil))})
			if _, err := client.Token(t.Context()); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			msgid, err := client.SendTemplate(ctx, card("o1"))
			wantNetworkError(t, err, c.status, true)
			if msgid != 0 {
				t.Errorf("msgid %d of an unusable answer", msgid)
			}
			wantNoSecret(t, err, log.String())
			client.http.CloseIdleConnections()
			server.CloseClientConnections()
		})
	}
	close(done)
	if elsewhere.Load() != 0 {
		t.Error("a redirect was followed with the token")
	}
}

// TestF12_AnEndlessAnswerIsCutAtOneMiB, long before the call's time is over.
func TestF12_AnEndlessAnswerIsCutAtOneMiB(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == pathToken {
			io.WriteString(w, `{"access_token":"TOKEN0","expires_in":7200}`)
			return
		}
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 64<<10)); err != nil {
				return
			}
		}
	}))
	defer server.Close()
	c := NewClient(ClientOptions{AppID: "wx1", Secret: testSecret, Hosts: Hosts{API: server.URL}})
	_, err := c.SendTemplate(t.Context(), card("o1"))
	wantNetworkError(t, err, 200, true)
	if !errors.Is(err, errAnswerSize) {
		t.Errorf("got %v", err)
	}
}

func hijack(w http.ResponseWriter) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		conn.Close()
	}
}

func wantNetworkError(t *testing.T, err error, status int, sent bool) {
	t.Helper()
	var e *NetworkError
	if !errors.As(err, &e) {
		t.Fatalf("got %T %v, want a NetworkError", err, err)
	}
	if e.Status != status || e.Sent != sent || !e.Temporary() || e.Path != pathTemplate {
		t.Errorf("got %+v, want status %d, sent %v", e, status, sent)
	}
}

func wantNoSecret(t *testing.T, err error, log string) {
	t.Helper()
	for _, secret := range []string{testSecret, "TOKEN0", "access_token", "o1"} {
		if strings.Contains(err.Error(), secret) || strings.Contains(log, secret) {
			t.Errorf("%q stands in %v or %s", secret, err, log)
		}
	}
}

// TestF12_WhatNeverLeftIsKnown: such a call may be repeated without thought.
func TestF12_WhatNeverLeftIsKnown(t *testing.T) {
	closed := httptest.NewServer(nil)
	closed.Close()
	for name, host := range map[string]string{
		"refused":      closed.URL,
		"no such host": "http://wechat.invalid",
		"no TLS there": "https://" + strings.TrimPrefix(closed.URL, "http://"),
	} {
		p := newPlatform()
		c := p.client()
		c.tokens.current = accessToken{value: "TOKEN0", obtained: time.Now(), expires: time.Now().Add(time.Hour), renewAt: time.Now().Add(time.Hour)}
		c.hosts.API, c.http = host, withoutRedirects(nil)
		_, err := c.SendTemplate(t.Context(), card("o1"))
		t.Run(name, func(t *testing.T) { wantNetworkError(t, err, 0, false); wantNoSecret(t, err, "") })
	}
}

// TestF12_ATransportThatTellsNothingMayHaveSent: the sandbox's is one.
func TestF12_ATransportThatTellsNothingMayHaveSent(t *testing.T) {
	p := newPlatform()
	c := p.client()
	if _, err := c.Token(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.latency = time.Hour
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	_, err := c.SendTemplate(ctx, card("o1"))
	wantNetworkError(t, err, 0, true)
	var e *NetworkError
	if errors.As(err, &e) && !e.Timeout() {
		t.Errorf("no time-out: %v", err)
	}
}

// TestF12_GoodAnswersInOddForms are taken.
func TestF12_GoodAnswersInOddForms(t *testing.T) {
	for text, want := range map[string]int64{
		`{"msgid":7}`: 7,
		`{"errcode":"0","errmsg":"ok","msgid":7}`:   7,
		`{"errcode":null,"msgid":"7"}`:              7,
		`{"errcode":0,"msgid":3662956322040938501}`: 3662956322040938501,
		"\n {\"errcode\":0,\"msgid\":7} \n":         7,
		`{}`:                                        0,
	} {
		p := newPlatform()
		p.answer = func(call) string { return text }
		if got, err := p.client().SendTemplate(t.Context(), card("o1")); err != nil || got != want {
			t.Errorf("%s: %d, %v", text, got, err)
		}
	}
	p := newPlatform()
	p.answer = func(call) string { return `{"errcode":"45009","errmsg":"reach max api daily quota limit rid: 1-2-3"}` }
	var e *Error
	if _, err := p.client().SendTemplate(t.Context(), card("o1")); !errors.As(err, &e) || e.Code != 45009 || e.RID != "1-2-3" || e.Message != "reach max api daily quota limit" {
		t.Errorf("got %+v", e)
	}
}
