// Package cache keeps answers for a while: go-redis/cache behind a guard for
// its known faults. A short local tier is always there, Redis is when it is
// given, and everything works without it.
//
// It is for what may be old until its time is over: rendered content, QR
// images, names. It is not for what must be revoked at once, nor for locks,
// recognising repeats, limits or money. Nothing here returns an error of the
// cache: an entry that cannot be had, read or believed is a miss.
//
// The faults that are guarded: the local TinyLFU gives back overwritten values
// (local.go) and knows one lifetime for all keys, so each value carries its own
// end and a checksum (envelope.go); lifetimes under a second become an hour, and
// a Redis that hangs would hang every reader (remote.go).
package cache

import (
	"context"
	"errors"
	"reflect"
	"time"

	rediscache "github.com/go-redis/cache/v9"
	"github.com/redis/go-redis/v9"
)

// Options are the choices of New; the zero value is a cache of this process.
type Options struct {
	Redis    redis.UniversalClient // nil: local only
	Size     int                   // entries of the local tier; 10,000
	LocalTTL time.Duration         // how long this node believes its copy when there is Redis; 10 s
	Prefix   string                // of every key in Redis; "hongyan:"
	Now      func() time.Time      // time.Now
}

// Cache is a cache of two tiers. Many goroutines may use it.
type Cache struct {
	tiers  *rediscache.Cache
	prefix string
	now    func() time.Time
	tokens *tokens
}

// withoutRedis is the local lifetime when no other node can change a value; the
// value's own end comes sooner.
const withoutRedis = 24 * time.Hour

// New makes a cache.
func New(o Options) *Cache {
	o = o.withDefaults()
	c := &Cache{prefix: o.Prefix, now: o.Now}
	tiers := &rediscache.Options{}
	if isNil(o.Redis) {
		tiers.LocalCache = newLocal(o.Size, withoutRedis)
	} else {
		tiers.LocalCache = newLocal(o.Size, o.LocalTTL)
		tiers.Redis = &remote{client: o.Redis}
	}
	c.tiers = rediscache.New(tiers)
	c.tokens = newTokens(c)
	return c
}

func (o Options) withDefaults() Options {
	if o.Size <= 0 {
		o.Size = 10_000
	}
	if o.LocalTTL <= 0 {
		o.LocalTTL = 10 * time.Second
	}
	if o.Prefix == "" {
		o.Prefix = "hongyan:"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// isNil sees through an interface that holds a nil pointer.
func isNil(client redis.UniversalClient) bool {
	if client == nil {
		return true
	}
	v := reflect.ValueOf(client)
	return v.Kind() == reflect.Pointer && v.IsNil()
}

// Get reads the value of key into dst, a pointer, and reports whether there was
// one. On a miss dst is the zero value.
func (c *Cache) Get(ctx context.Context, key string, dst any) bool {
	sealed, found := c.read(ctx, key)
	if c.open(sealed, dst) {
		return true
	}
	if !found {
		return false
	}
	// An old local copy may hide what another node put into Redis since.
	c.tiers.DeleteFromLocalCache(c.prefix + key)
	if sealed, _ = c.read(ctx, key); c.open(sealed, dst) {
		return true
	}
	c.Delete(ctx, key) // or Once would find it again
	return false
}

func (c *Cache) read(ctx context.Context, key string) (sealed []byte, found bool) {
	err := c.tiers.Get(ctx, c.prefix+key, &sealed)
	return sealed, err == nil
}

// Set keeps v for ttl. A ttl that is not positive deletes.
func (c *Cache) Set(ctx context.Context, key string, v any, ttl time.Duration) {
	if ttl <= 0 {
		c.Delete(ctx, key)
		return
	}
	sealed, err := c.seal(v, ttl)
	if err != nil {
		c.Delete(ctx, key) // the old value is wrong now
		return
	}
	// Redis may be gone: then only this node has the value.
	_ = c.tiers.Set(c.item(ctx, key, ttl, sealed))
}

func (c *Cache) item(ctx context.Context, key string, ttl time.Duration, value any) *rediscache.Item {
	return &rediscache.Item{
		Ctx: context.WithoutCancel(ctx), Key: c.prefix + key, Value: value,
		TTL: max(ttl, time.Second), // the library makes an hour of less
	}
}

// Delete forgets key here and in Redis. Other nodes may believe their copy for
// LocalTTL, and all of them the value in a Redis that is out of reach.
func (c *Cache) Delete(ctx context.Context, key string) {
	_ = c.tiers.Delete(context.WithoutCancel(ctx), c.prefix+key)
}

// Once returns the value of key, or has fn make it and keeps it for ttl. Of
// callers at the same time one runs fn and all get its result, each a copy of
// its own. An error is not kept. fn is not cancelled with the caller who
// happens to run it.
func Once[T any](ctx context.Context, c *Cache, key string, ttl time.Duration, fn func(context.Context) (T, error)) (T, error) {
	var value T
	if err := ctx.Err(); err != nil {
		return value, err
	}
	if c.Get(ctx, key, &value) {
		return value, nil
	}
	var sealed []byte
	item := c.item(ctx, key, ttl, &sealed)
	item.Do = func(item *rediscache.Item) (any, error) {
		made, err := fn(item.Ctx)
		if err != nil {
			return nil, err
		}
		return c.seal(made, ttl)
	}
	err := c.tiers.Once(item)
	switch {
	case err == nil && c.open(sealed, &value):
		return value, nil
	case err == nil || errors.Is(err, errSeal): // too old already, poisoned between, or not for keeping
		return fn(ctx)
	}
	return value, err
}
