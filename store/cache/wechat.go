package cache

import (
	"context"
	"fmt"
	"sync"
	"time"

	wechat "github.com/silenceper/wechat/v2/cache"
)

// tokens is the cache in the shape of silenceper's SDK, for the access token
// and the js ticket. The platform counts how often they are fetched, so besides
// the two tiers each node keeps the last one it saw: a Redis that is gone or was
// flushed, or a local tier that is full, costs no fetch. A value in Redis goes
// before it, for another node may have fetched later.
type tokens struct {
	cache *Cache

	mu   sync.Mutex
	last map[string]token
}

type token struct {
	value string
	end   time.Time
}

// WeChat returns the cache for silenceper's token code. Get returns a string or
// nil, as the SDK asserts; Set fails only for what is not a string, never
// because of Redis.
func (c *Cache) WeChat() wechat.ContextCache { return c.tokens }

func newTokens(c *Cache) *tokens { return &tokens{cache: c, last: make(map[string]token)} }

// entry is what is stored: the end travels with the value to other nodes.
type entry struct {
	Value string
	End   int64 // Unix milliseconds
}

func (t *tokens) GetContext(ctx context.Context, key string) any {
	var e entry
	if t.cache.Get(ctx, tokenKey(key), &e) {
		t.keep(key, token{e.Value, time.UnixMilli(e.End)})
		return e.Value
	}
	if value, ok := t.kept(key); ok {
		return value
	}
	return nil
}

func (t *tokens) SetContext(ctx context.Context, key string, val any, timeout time.Duration) error {
	value, ok := val.(string)
	if !ok {
		return fmt.Errorf("cache %s: want a string, got %T", key, val)
	}
	if timeout <= 0 {
		return t.DeleteContext(ctx, key)
	}
	end := t.cache.now().Add(timeout)
	t.keep(key, token{value, end})
	t.cache.Set(ctx, tokenKey(key), entry{value, end.UnixMilli()}, timeout)
	return nil
}

func (t *tokens) IsExistContext(ctx context.Context, key string) bool {
	return t.GetContext(ctx, key) != nil
}

func (t *tokens) DeleteContext(ctx context.Context, key string) error {
	t.mu.Lock()
	delete(t.last, key)
	t.mu.Unlock()
	t.cache.Delete(ctx, tokenKey(key))
	return nil
}

// The methods without a context are the SDK's older interface.

func (t *tokens) Get(key string) any { return t.GetContext(context.Background(), key) }

func (t *tokens) Set(key string, val any, timeout time.Duration) error {
	return t.SetContext(context.Background(), key, val, timeout)
}

func (t *tokens) IsExist(key string) bool { return t.IsExistContext(context.Background(), key) }

func (t *tokens) Delete(key string) error { return t.DeleteContext(context.Background(), key) }

func (t *tokens) keep(key string, last token) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last[key] = last
}

func (t *tokens) kept(key string) (string, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	last, ok := t.last[key]
	if !ok || !t.cache.now().Before(last.end) {
		delete(t.last, key)
		return "", false
	}
	return last.value, true
}

func tokenKey(key string) string { return "wechat:" + key }
