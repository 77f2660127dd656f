package oa

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestF13_OneRefreshForSixteenWorkers: the token dies mid fan-out; WeChat is
// asked for one new token, and each message is repeated once.
func TestF13_OneRefreshForSixteenWorkers(t *testing.T) {
	for _, code := range []string{"40001", "40014", "42001"} {
		synctest.Test(t, func(t *testing.T) {
			p := newPlatform()
			p.latency = 20 * time.Millisecond
			c := p.client()
			if _, err := c.Token(t.Context()); err != nil {
				t.Fatal(err)
			}
			p.kill()
			p.answer = func(c call) string {
				if c.token == "TOKEN0" {
					return `{"errcode":` + code + `,"errmsg":"dead rid: 1-2-3"}`
				}
				return ""
			}
			p.dead = "nobody's"
			const workers, each = 16, 10
			fanOut(t, c, workers, each)
			asked, forced := p.counts()
			if asked != 2 || forced != 0 {
				t.Errorf("%s: %d questions for a token (%d forced), want the first and one more", code, asked, forced)
			}
			if got := len(p.calls); got != workers*each+workers {
				t.Errorf("%s: %d calls, want %d and one repeat for each worker", code, got, workers*each)
			}
		})
	}
}

// fanOut sends with many workers, a little apart, and wants success.
func fanOut(t *testing.T, c *Client, workers, each int) {
	t.Helper()
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			<-time.After(time.Duration(w) * time.Millisecond)
			for range each {
				if _, err := c.SendTemplate(t.Context(), card("o1")); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

// TestF13_ANewerTokenIsNotRefreshed: a slow call that used the old token comes
// back after the others got a new one.
func TestF13_ANewerTokenIsNotRefreshed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform()
		c := p.client()
		old, err := c.tokens.get(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		p.kill()
		if _, err := c.SendTemplate(t.Context(), card("o1")); err != nil {
			t.Fatal(err)
		}
		fresh, err := c.tokens.renew(t.Context(), old)
		if asked, _ := p.counts(); err != nil || fresh.value != "TOKEN1" || asked != 2 {
			t.Errorf("got %s, %v after %d questions", fresh.value, err, asked)
		}
	})
}

// TestF13_ACallIsRepeatedOnce: WeChat goes on blaming every token.
func TestF13_ACallIsRepeatedOnce(t *testing.T) {
	p := newPlatform()
	p.answer = func(call) string { return `{"errcode":40001,"errmsg":"dead"}` }
	_, err := p.client().SendTemplate(t.Context(), card("o1"))
	var e *Error
	if !errors.As(err, &e) || e.Class() != ClassToken || len(p.calls) != 2 {
		t.Errorf("got %v after %d calls", err, len(p.calls))
	}
	if asked, _ := p.counts(); asked != 2 {
		t.Errorf("%d questions for a token", asked)
	}
}

// TestToken_OldOneServesWhileRenewalFails: until its very end.
func TestToken_OldOneServesWhileRenewalFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform()
		c := p.client()
		if _, err := c.Token(t.Context()); err != nil {
			t.Fatal(err)
		}
		p.mu.Lock()
		p.tokens = func() (int, string) { return 502, "" }
		p.mu.Unlock()
		<-time.After(7199 * time.Second)
		for range 3 {
			if got, err := c.Token(t.Context()); err != nil || got != "TOKEN0" {
				t.Errorf("got %q, %v", got, err)
			}
			synctest.Wait()
		}
		<-time.After(2 * time.Second)
		if _, err := c.Token(t.Context()); err == nil {
			t.Error("a token past its end was handed out")
		}
	})
}

// TestToken_AWaiterMayLeave: its own deadline ends its wait, not the question.
func TestToken_AWaiterMayLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform()
		p.latency = time.Second
		c := p.client()
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		started := time.Now()
		_, err := c.Token(ctx)
		var e *NetworkError
		if !errors.As(err, &e) || e.Sent || !e.Timeout() || time.Since(started) != 100*time.Millisecond {
			t.Errorf("got %v after %s", err, time.Since(started))
		}
		if got, err := c.Token(t.Context()); err != nil || got != "TOKEN0" {
			t.Errorf("got %q, %v", got, err)
		}
		if asked, _ := p.counts(); asked != 1 {
			t.Errorf("%d questions", asked)
		}
	})
}

func TestToken_IsNotLogged(t *testing.T) {
	p := newPlatform()
	var log bytes.Buffer
	c := p.client(func(o *ClientOptions) {
		o.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	for range 5 {
		p.kill()
		c.SendTemplate(t.Context(), card("o1"))
	}
	for _, secret := range []string{"TOKEN", testSecret} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("%s stands in the log: %s", secret, log.String())
		}
	}
}
