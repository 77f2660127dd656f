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

	"github.com/silenceper/wechat/v2/cache"
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

// TestI15_AConfirmedDeadTokenIsForced: WeChat hands out the token it refuses.
// One question a cause: the first confirms, the second forces.
func TestI15_AConfirmedDeadTokenIsForced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform()
		p.stuck = true
		c := p.client()
		if _, err := c.Token(t.Context()); err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Hour)
		p.kill()
		if _, err := c.SendTemplate(t.Context(), card("o1")); err == nil {
			t.Fatal("a dead token worked")
		}
		if asked, forced := p.counts(); asked != 2 || forced != 0 {
			t.Fatalf("%d questions, %d forced", asked, forced)
		}
		if _, err := c.SendTemplate(t.Context(), card("o1")); err != nil {
			t.Fatal(err)
		}
		if asked, forced := p.counts(); asked != 3 || forced != 1 {
			t.Errorf("%d questions, %d forced, want 3 and 1", asked, forced)
		}
	})
}

// TestI15_ForcingKeepsWeChatsRule: at most 20 a day and 30 s apart.
func TestI15_ForcingKeepsWeChatsRule(t *testing.T) {
	s := newTokenSource(nil, "wx1", time.Now, slog.New(slog.DiscardHandler), nil)
	s.current = accessToken{value: "T", dead: true}
	s.suspect = "T"
	now := time.Unix(goldenTime, 0)
	allowed := 0
	for i := range 2880 { // a day, a try every 30 s
		for _, early := range []time.Duration{0, time.Second, 29 * time.Second} {
			ok, err := s.mayForce(now.Add(time.Duration(i)*30*time.Second + early))
			if ok {
				allowed++
			}
			var held *heldError
			if !ok && !errors.As(err, &held) {
				t.Fatal("refused without a word")
			}
			if ok && early != 0 {
				t.Fatalf("forced %s after the last", early)
			}
		}
	}
	if allowed != forcePerDay {
		t.Errorf("forced %d times in a day", allowed)
	}
	if ok, _ := s.mayForce(now.Add(24*time.Hour + time.Second)); !ok {
		t.Error("the next day is barred as well")
	}
}

// TestF14_APingPongIsLeft: another program takes the token away every two
// seconds. We ask ever more seldom, warn, and recover when it stops.
func TestF14_APingPongIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform()
		var log bytes.Buffer
		c := p.client(func(o *ClientOptions) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) })
		ctx, stop := context.WithCancel(t.Context())
		go func() {
			for ctx.Err() == nil {
				<-time.After(2 * time.Second)
				p.kill()
			}
		}()
		var held *Error
		for range 3600 {
			<-time.After(time.Second)
			if _, err := c.SendTemplate(t.Context(), card("o1")); err != nil {
				if !errors.As(err, &held) || held.Class() != ClassToken {
					t.Fatalf("got %v", err)
				}
			}
		}
		asked, _ := p.counts()
		if asked < 5 || asked > 16 {
			t.Errorf("%d questions for a token in an hour of quarrel", asked)
		}
		if held == nil || held.RetryAt.Before(time.Now()) || held.Path != pathTemplate {
			t.Errorf("the call does not tell when to come back: %+v", held)
		}
		if !strings.Contains(log.String(), wordsContested) {
			t.Errorf("the operator is not warned: %s", log.String())
		}
		stop()
		<-time.After(contestMost + time.Second)
		for range 10 {
			if _, err := c.SendTemplate(t.Context(), card("o1")); err != nil {
				t.Errorf("no recovery: %v", err)
			}
		}
	})
}

// TestI15_ADayAsksTwentyFourTimesAtMost in steady state, and never lets a call
// wait for the renewal.
func TestI15_ADayAsksTwentyFourTimesAtMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform()
		c := p.client()
		for range 24 * 60 {
			<-time.After(time.Minute)
			if _, err := c.SendTemplate(t.Context(), card("o1")); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		if asked, _ := p.counts(); asked < 12 || asked > 24 {
			t.Errorf("%d questions for a token in a day", asked)
		}
	})
}

// TestI15_ShortLivesDoNotStorm: WeChat may answer with the little that is left
// of another program's token.
func TestI15_ShortLivesDoNotStorm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform()
		p.life = 345
		c := p.client()
		for range 3600 {
			<-time.After(time.Second)
			if _, err := c.Token(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		if asked, _ := p.counts(); asked > 60 {
			t.Errorf("%d questions in an hour", asked)
		}
	})
}

// TestI15_AFailingTokenCallDoesNotStorm: whatever the failure, sixteen busy
// workers ask at a bounded rate, and a wrong secret once a minute.
func TestI15_AFailingTokenCallDoesNotStorm(t *testing.T) {
	for name, c := range map[string]struct {
		status, most int
		answer       string
		class        Class
	}{
		"busy":         {200, 70, `{"errcode":-1,"errmsg":"system error"}`, ClassRetry},
		"down":         {502, 70, `<html>`, 0},
		"no token":     {200, 70, `{"errcode":0}`, 0},
		"no life":      {200, 70, `{"access_token":"T","expires_in":0}`, 0},
		"wrong secret": {200, 61, `{"errcode":40125,"errmsg":"invalid appsecret"}`, ClassConfig},
		"bad secret":   {200, 61, `{"errcode":40001,"errmsg":"invalid credential"}`, ClassConfig},
		"not allowed":  {200, 61, `{"errcode":40164,"errmsg":"invalid ip 1.2.3.4, not in whitelist"}`, ClassConfig},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := newPlatform()
			p.tokens = func() (int, string) { return c.status, c.answer }
			client := p.client()
			var wg sync.WaitGroup
			for range 16 {
				wg.Go(func() {
					for range 3600 {
						<-time.After(time.Second)
						_, err := client.SendTemplate(t.Context(), card("o1"))
						wantTokenFailure(t, name, err, c.class)
					}
				})
			}
			wg.Wait()
			if asked, _ := p.counts(); asked < 10 || asked > c.most || len(p.calls) != 0 {
				t.Errorf("%s: %d questions for a token in an hour, %d calls", name, asked, len(p.calls))
			}
			p.tokens = nil
			<-time.After(failureMost + time.Second)
			if _, err := client.SendTemplate(t.Context(), card("o1")); err != nil {
				t.Errorf("%s: no recovery: %v", name, err)
			}
		})
	}
}

// wantTokenFailure: the card itself was certainly not sent.
func wantTokenFailure(t *testing.T, name string, err error, class Class) {
	t.Helper()
	var e *Error
	var network *NetworkError
	switch {
	case errors.As(err, &e):
		if e.Class() != class {
			t.Errorf("%s: class %v, want %v", name, e.Class(), class)
		}
	case errors.As(err, &network):
		if network.Sent || class != 0 {
			t.Errorf("%s: got %+v", name, network)
		}
	default:
		t.Errorf("%s: got %v", name, err)
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

// memory is silenceper's memory cache, with faults.
type memory struct {
	*cache.Memory
	broken bool
	value  any
}

func (m *memory) GetContext(_ context.Context, key string) any {
	if m.value != nil {
		return m.value
	}
	if m.broken {
		return nil
	}
	return m.Get(key)
}

func (m *memory) SetContext(_ context.Context, key string, value any, life time.Duration) error {
	if m.broken {
		return errors.New("redis: connection refused")
	}
	return m.Set(key, value, life)
}

func (m *memory) IsExistContext(_ context.Context, key string) bool { return m.IsExist(key) }
func (m *memory) DeleteContext(_ context.Context, key string) error { return m.Delete(key) }

func TestToken_NodesShareOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform()
		shared := &memory{Memory: cache.NewMemory()}
		share := func(o *ClientOptions) { o.Tokens = shared }
		nodes := []*Client{p.client(share), p.client(share), p.client(share)}
		use := func() {
			t.Helper()
			for _, c := range nodes {
				if _, err := c.SendTemplate(t.Context(), card("o1")); err != nil {
					t.Error(err)
				}
				<-time.After(time.Second)
			}
		}
		use()
		if asked, _ := p.counts(); asked != 1 {
			t.Errorf("%d questions by three nodes", asked)
		}
		<-time.After(time.Hour)
		p.kill()
		use()
		if asked, _ := p.counts(); asked != 2 {
			t.Errorf("%d questions by three nodes after one death", asked)
		}
		for range 24 * 360 { // a day
			<-time.After(7 * time.Second)
			use()
		}
		if asked, _ := p.counts(); asked > 24 {
			t.Errorf("%d questions by three nodes in a day", asked)
		}
	})
}

// TestF10_TheTokenCacheMayFail: calls go on, WeChat is asked no more often.
func TestF10_TheTokenCacheMayFail(t *testing.T) {
	for name, shared := range map[string]*memory{
		"gone":           {Memory: cache.NewMemory(), broken: true},
		"nonsense":       {Memory: cache.NewMemory(), value: "nonsense"},
		"a number":       {Memory: cache.NewMemory(), value: 7},
		"bytes":          {Memory: cache.NewMemory(), value: []byte("1 2 T")},
		"expired":        {Memory: cache.NewMemory(), value: "1 2 OLD"},
		"numbers broken": {Memory: cache.NewMemory(), value: "x 99999999999999 T"},
		"no token":       {Memory: cache.NewMemory(), value: "1 99999999999999 "},
	} {
		p := newPlatform()
		c := p.client(func(o *ClientOptions) { o.Tokens = shared })
		for range 100 {
			if got, err := c.Token(t.Context()); err != nil || got != "TOKEN0" {
				t.Errorf("%s: got %q, %v", name, got, err)
			}
		}
		if asked, _ := p.counts(); asked != 1 {
			t.Errorf("%s: %d questions", name, asked)
		}
	}
}

// TestF13_AStaleCacheDoesNotBringBackTheDead: another tier may still hold the
// token that was refused, or an older one.
func TestF13_AStaleCacheDoesNotBringBackTheDead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform()
		shared := &memory{Memory: cache.NewMemory()}
		c := p.client(func(o *ClientOptions) { o.Tokens = shared })
		before := formatShared(accessToken{value: "OLDER", obtained: time.Now().Add(-time.Hour), expires: time.Now().Add(time.Hour)})
		if _, err := c.Token(t.Context()); err != nil {
			t.Fatal(err)
		}
		p.kill()
		shared.value = before
		if _, err := c.SendTemplate(t.Context(), card("o1")); err != nil {
			t.Fatal(err)
		}
		if got := p.last(t).token; got != "TOKEN1" {
			t.Errorf("called with %s", got)
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
