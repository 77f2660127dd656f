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
