package callback

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"hongyan/push"
)

// bomb is 64 MiB of zeros, packed.
func bomb() []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	io.CopyN(z, zeros{}, 64<<20)
	z.Close()
	return b.Bytes()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func writeAll(c net.Conn, s string) bool { _, err := io.WriteString(c, s); return err == nil }

// drip writes a byte a second until the other side leaves.
func drip(c net.Conn, s string) {
	for _, b := range []byte(s) {
		if !writeAll(c, string(b)) {
			return
		}
		time.Sleep(time.Second)
	}
}

func TestF22_HostileServersCostFifteenSecondsAnd64KiB(t *testing.T) {
	packed := bomb()
	tests := []struct {
		name    string
		speak   func(net.Conn)
		verdict push.Verdict
		status  int
		failure string
		least   time.Duration // how long it takes at least
	}{
		{"head of one byte a second", func(c net.Conn) {
			drip(c, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{}")
		}, push.Temporary, 0, wordTimeout, Timeout},
		{"body of one byte a second", func(c net.Conn) {
			writeAll(c, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
			drip(c, strings.Repeat("a", 1000))
		}, push.Delivered, 200, wordBodyBroken, Timeout},
		{"error with a body of one byte a second", func(c net.Conn) {
			writeAll(c, "HTTP/1.1 500 Oops\r\nContent-Length: 1000\r\n\r\n")
			drip(c, strings.Repeat("a", 1000))
		}, push.Temporary, 500, "500", Timeout},
		{"hang", func(c net.Conn) { io.Copy(io.Discard, c) }, push.Temporary, 0, wordTimeout, Timeout},
		{"hang up", func(net.Conn) {}, push.Temporary, 0, wordBroken, 0},
		{"body without end", func(c net.Conn) {
			for writeAll(c, "HTTP/1.1 200 OK\r\n\r\n"); writeAll(c, strings.Repeat("无穷", 4096)); {
			}
		}, push.Delivered, 200, wordBodyLong, 0},
		{"chunks without end", func(c net.Conn) {
			for writeAll(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"); writeAll(c, "4\r\naaaa\r\n"); {
			}
		}, push.Delivered, 200, wordBodyLong, 0},
		{"header of 10 MB", func(c net.Conn) {
			writeAll(c, "HTTP/1.1 200 OK\r\nX: "+strings.Repeat("a", 10<<20)+"\r\n\r\n{}")
		}, push.Temporary, 0, wordBroken, 0},
		{"headers without end", func(c net.Conn) {
			for writeAll(c, "HTTP/1.1 200 OK\r\n"); writeAll(c, "X: a\r\n"); {
			}
		}, push.Temporary, 0, wordBroken, 0},
		{"hints without end", func(c net.Conn) {
			for writeAll(c, "HTTP/1.1 103 Early Hints\r\nX: a\r\n\r\n") {
			}
		}, push.Temporary, 0, wordBroken, 0},
		{"gzip bomb", func(c net.Conn) {
			writeAll(c, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"+string(packed))
		}, push.Delivered, 200, wordBodyPacked, 0},
		{"switching protocols, then silence", func(c net.Conn) {
			writeAll(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
			io.Copy(io.Discard, c)
		}, push.Temporary, 101, "101", 0},
		{"no HTTP", func(c net.Conn) { writeAll(c, "你好\r\n\r\n") }, push.Temporary, 0, wordBroken, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := rawDeveloper(t, tt.speak)
				start := time.Now()
				out := c.Deliver(t.Context(), job("http://dev.example/hook"))
				took := time.Since(start)
				if out.Verdict != tt.verdict || out.Attempt.Status != tt.status || out.Reply != "" {
					t.Errorf("got verdict %d status %d reply %q, want %d %d and no reply", out.Verdict, out.Attempt.Status, out.Reply, tt.verdict, tt.status)
				}
				if !strings.Contains(out.Attempt.Failure, tt.failure) {
					t.Errorf("failure: got %q, want %q", out.Attempt.Failure, tt.failure)
				}
				if took > Timeout || took < tt.least || out.Attempt.Latency != took {
					t.Errorf("took %v (logged %v), want between %v and %v", took, out.Attempt.Latency, tt.least, Timeout)
				}
				if n := len(out.Attempt.Answer); n > maxAnswer || !utf8.ValidString(out.Attempt.Answer) {
					t.Errorf("logged answer: %d bytes, valid %v", n, utf8.ValidString(out.Attempt.Answer))
				}
			})
		})
	}
}

func TestF22_GzipBombIsNotUnpacked(t *testing.T) {
	packed := bomb()[:maxAnswer-1000]
	c := developer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept-Encoding") != "" {
			t.Errorf("asked for %q, want no packing", r.Header.Get("Accept-Encoding"))
		}
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(packed)
	})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	out := c.Deliver(t.Context(), job("http://dev.example/"))
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 4<<20 {
		t.Errorf("allocated %d bytes for one answer", grown)
	}
	if out.Verdict != push.Delivered || out.Attempt.Failure != wordBodyPacked {
		t.Errorf("got %d %q", out.Verdict, out.Attempt.Failure)
	}
}

func TestF26_AnswerAfterTheDeadlineIsATimeoutAndTheRetryHasTheSameID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ids []string
		c := developer(t, func(w http.ResponseWriter, r *http.Request) {
			ids = append(ids, r.Header.Get("webhook-id"))
			if len(ids) == 1 {
				time.Sleep(Timeout + time.Second)
			}
			io.WriteString(w, `{"reply":"已重启"}`)
		})
		j := job("http://dev.example/hook")
		first := c.Deliver(t.Context(), j)
		if first.Verdict != push.Temporary || first.Attempt.Failure != wordTimeout || first.Attempt.Status != 0 {
			t.Errorf("first: got %d %q status %d", first.Verdict, first.Attempt.Failure, first.Attempt.Status)
		}
		if first.Attempt.Latency != Timeout {
			t.Errorf("latency: got %v, want %v", first.Attempt.Latency, Timeout)
		}
		time.Sleep(5 * time.Second)
		j.Attempt = 2
		second := c.Deliver(t.Context(), j)
		if second.Verdict != push.Delivered || second.Reply != "已重启" {
			t.Errorf("second: got %d %q", second.Verdict, second.Reply)
		}
		if len(ids) != 2 || ids[0] != ids[1] || ids[0] != j.Call.ID {
			t.Errorf("ids: %q", ids)
		}
	})
}

func TestDeliver_EndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := rawDeveloper(t, func(conn net.Conn) { io.Copy(io.Discard, conn) })
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		time.AfterFunc(time.Second, cancel)
		start := time.Now()
		out := c.Deliver(ctx, job("http://dev.example/hook"))
		if took := time.Since(start); took != time.Second || out.Verdict != push.Temporary || out.Reason != wordStopped {
			t.Errorf("took %v, got %d %q", took, out.Verdict, out.Reason)
		}
	})
}
