package oa

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/silenceper/wechat/v2/cache"
)

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
