package cache

import (
	"sync"
	"time"

	rediscache "github.com/go-redis/cache/v9"
)

// local is the library's TinyLFU made honest: bare, it gives back a value after
// it was overwritten, unless the old one is deleted first
// (github.com/go-redis/cache issue 105).
type local struct {
	mu  sync.Mutex
	lfu *rediscache.TinyLFU
}

func newLocal(size int, ttl time.Duration) *local {
	return &local{lfu: rediscache.NewTinyLFU(size, ttl)}
}

func (l *local) Set(key string, value []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lfu.Del(key)
	l.lfu.Set(key, value)
}

func (l *local) Get(key string) ([]byte, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lfu.Get(key)
}

func (l *local) Del(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lfu.Del(key)
}
