// Package cache keeps answers for a while.
package cache

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
	wechat "github.com/silenceper/wechat/v2/cache"
)

type Options struct {
	Redis    redis.UniversalClient
	Size     int
	LocalTTL time.Duration
	Prefix   string
	Now      func() time.Time
}

type Cache struct{}

func New(o Options) *Cache { return &Cache{} }

func (c *Cache) Get(ctx context.Context, key string, dst any) bool             { return false }
func (c *Cache) Set(ctx context.Context, key string, v any, ttl time.Duration) {}
func (c *Cache) Delete(ctx context.Context, key string)                        {}
func Once[T any](ctx context.Context, c *Cache, key string, ttl time.Duration, fn func(context.Context) (T, error)) (T, error) {
	return fn(ctx)
}
func (c *Cache) WeChat() wechat.ContextCache { return nil }
