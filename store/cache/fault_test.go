package cache_test

import (
	"context"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"hongyan/store/cache"
)

// wire is a way to the test's Redis that can be cut and stopped.
type wire struct {
	listener net.Listener
	hold     sync.RWMutex // locked while bytes must not pass

	mu    sync.Mutex
	conns []net.Conn
}

func newWire(t *testing.T, target string) *wire {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{listener: listener}
	go w.serve(target)
	t.Cleanup(w.cut)
	return w
}

func (w *wire) serve(target string) {
	for {
		near, err := w.listener.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", target)
		if err != nil {
			near.Close()
			continue
		}
		w.mu.Lock()
		w.conns = append(w.conns, near, far)
		w.mu.Unlock()
		go w.pump(near, far)
		go w.pump(far, near)
	}
}

func (w *wire) pump(to, from net.Conn) {
	defer to.Close()
	buffer := make([]byte, 4096)
	for {
		n, err := from.Read(buffer)
		w.hold.RLock()
		_, written := to.Write(buffer[:n])
		w.hold.RUnlock()
		if err != nil || written != nil {
			return
		}
	}
}

// cut is the death of Redis.
func (w *wire) cut() {
	w.listener.Close()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, conn := range w.conns {
		conn.Close()
	}
}

// onWire is onRedis through a wire; direct reaches Redis without it.
func onWire(t *testing.T) (o cache.Options, w *wire, direct redis.UniversalClient) {
	t.Helper()
	o = onRedis(t)
	direct = o.Redis
	w = newWire(t, direct.(*redis.Client).Options().Addr)
	client := redis.NewClient(&redis.Options{Addr: w.listener.Addr().String(), MaxRetries: -1})
	t.Cleanup(func() { client.Close() })
	o.Redis = client
	return o, w, direct
}

// fetcher counts how often the platform is asked for a token.
type fetcher struct{ calls atomic.Int64 }

func (f *fetcher) token(c *cache.Cache) string {
	store := c.WeChat()
	if value, ok := store.Get("access_token").(string); ok {
		return value
	}
	f.calls.Add(1)
	_ = store.Set("access_token", "token", 7000*time.Second)
	return "token"
}

// within fails the test when f takes longer than a request can bear.
func within(t *testing.T, most time.Duration, f func()) {
	t.Helper()
	began := time.Now()
	f()
	if took := time.Since(began); took > most {
		t.Errorf("took %s", took)
	}
}

func work(t *testing.T, c *cache.Cache, f *fetcher) {
	t.Helper()
	for range 50 {
		if got := f.token(c); got != "token" {
			t.Errorf("token = %q", got)
		}
		got, err := cache.Once(t.Context(), c, "page", time.Minute, func(context.Context) (string, error) { return "页面", nil })
		if got != "页面" || err != nil {
			t.Errorf("page = %q, %v", got, err)
		}
	}
}

func TestF10_RedisDiesInUse(t *testing.T) {
	o, wire, _ := onWire(t)
	o.LocalTTL = time.Nanosecond // every look goes to Redis
	c, f := cache.New(o), &fetcher{}
	work(t, c, f)
	wire.cut()
	within(t, 3*time.Second, func() { work(t, c, f) })
	if got := f.calls.Load(); got != 1 {
		t.Errorf("%d token calls, want 1", got)
	}
}

func TestF10_RedisHangsInUse(t *testing.T) {
	o, wire, _ := onWire(t)
	o.LocalTTL = time.Nanosecond
	c, f := cache.New(o), &fetcher{}
	work(t, c, f)
	wire.hold.Lock()
	within(t, 3*time.Second, func() { work(t, c, f) })
	wire.hold.Unlock()
	if got := f.calls.Load(); got != 1 {
		t.Errorf("%d token calls, want 1", got)
	}
}

func TestF10_RedisIsFlushedInUse(t *testing.T) {
	o, _, direct := onWire(t)
	o.LocalTTL = time.Nanosecond
	c, f := cache.New(o), &fetcher{}
	for range 5 {
		work(t, c, f)
		flush(t, direct, o.Prefix)
	}
	if got := f.calls.Load(); got != 1 {
		t.Errorf("%d token calls, want 1", got)
	}
}

// Random bytes, cut values and values of another type under our keys are
// misses.
func TestF11_PoisonedEntriesAreMisses(t *testing.T) {
	o := onRedis(t)
	ctx := t.Context()
	c := cache.New(o)
	c.Set(ctx, "good", page{Title: "好"}, time.Minute)
	good, err := o.Redis.Get(ctx, o.Prefix+"good").Bytes()
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(11, 11))
	for i := range 300 {
		poison := spoil(random, good, i)
		if err := o.Redis.Set(ctx, o.Prefix+"bad", poison, time.Minute).Err(); err != nil {
			t.Fatal(err)
		}
		fresh := cache.New(o) // without a local copy
		var got page
		if fresh.Get(ctx, "bad", &got) || got.Title != "" {
			t.Fatalf("poison %x was believed: %+v", poison, got)
		}
		healed, err := cache.Once(ctx, fresh, "bad", time.Minute, func(context.Context) (page, error) { return page{Title: "新"}, nil })
		if err != nil || healed.Title != "新" || !fresh.Get(ctx, "bad", &got) || got.Title != "新" {
			t.Fatalf("poison %x stays: %+v, %v", poison, healed, err)
		}
	}
}

func spoil(random *rand.Rand, good []byte, i int) []byte {
	switch i % 3 {
	case 0:
		noise := make([]byte, random.IntN(60))
		for j := range noise {
			noise[j] = byte(random.Uint32())
		}
		return noise
	case 1:
		return good[:random.IntN(len(good))]
	}
	flipped := append([]byte(nil), good...)
	flipped[random.IntN(len(flipped))] ^= 1 << random.IntN(8)
	return flipped
}

func TestF11_AValueOfAnotherTypeIsAMiss(t *testing.T) {
	each(t, func(t *testing.T, o cache.Options) {
		c := cache.New(o)
		c.Set(t.Context(), "k", "a text", time.Minute)
		var got page
		if c.Get(t.Context(), "k", &got) || got.Title != "" {
			t.Errorf("got %+v", got)
		}
	})
}
