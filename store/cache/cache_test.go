package cache_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"hongyan/store/cache"
	"hongyan/store/storetest"
)

// each runs f with a local cache and with one on Redis.
func each(t *testing.T, f func(t *testing.T, o cache.Options)) {
	t.Run("local", func(t *testing.T) { f(t, cache.Options{}) })
	t.Run("redis", func(t *testing.T) { f(t, onRedis(t)) })
}

// onRedis returns options with a connection to the test's Redis and a prefix of
// its own, whose keys are removed after the test.
func onRedis(t *testing.T) cache.Options {
	t.Helper()
	at, err := redis.ParseURL(storetest.Require(t, "HONGYAN_TEST_REDIS"))
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(at)
	prefix := fmt.Sprintf("test:%x:", rand.Uint64())
	t.Cleanup(func() {
		flush(t, client, prefix)
		client.Close()
	})
	return cache.Options{Redis: client, Prefix: prefix}
}

// flush removes every key of the test, as FLUSHALL would for everyone.
func flush(t *testing.T, client redis.UniversalClient, prefix string) {
	t.Helper()
	ctx := context.Background()
	keys, err := client.Keys(ctx, prefix+"*").Result()
	if err == nil && len(keys) > 0 {
		err = client.Del(ctx, keys...).Err()
	}
	if err != nil {
		t.Errorf("flush: %v", err)
	}
}

type page struct {
	Title string
	Tags  []string
	At    time.Time
}

func TestGet_ReadsWhatWasSet(t *testing.T) {
	each(t, func(t *testing.T, o cache.Options) {
		c, ctx := cache.New(o), t.Context()
		want := page{Title: "鸿雁", Tags: []string{"推送", "消息"}, At: time.UnixMilli(1_700_000_000_123)}
		c.Set(ctx, "page", want, time.Minute)
		var got page
		if !c.Get(ctx, "page", &got) || got.Title != want.Title || !slices.Equal(got.Tags, want.Tags) || !got.At.Equal(want.At) {
			t.Errorf("got %+v", got)
		}
		c.Delete(ctx, "page")
		if c.Get(ctx, "page", &got) || got.Title != "" {
			t.Errorf("after Delete: %+v", got)
		}
	})
}

func TestGet_EmptyValuesReplaceWhatStoodInTheVariable(t *testing.T) {
	each(t, func(t *testing.T, o cache.Options) {
		c, ctx := cache.New(o), t.Context()
		c.Set(ctx, "text", "", time.Minute)
		c.Set(ctx, "map", map[string]int{"甲": 1}, time.Minute)
		text, counts := "old", map[string]int{"乙": 2}
		if !c.Get(ctx, "text", &text) || text != "" {
			t.Errorf("text = %q", text)
		}
		if !c.Get(ctx, "map", &counts) || len(counts) != 1 {
			t.Errorf("map = %v", counts)
		}
	})
}

// The bare TinyLFU gives old values back, for small sizes at once.
func TestSet_OverwritesForGood(t *testing.T) {
	for _, size := range []int{50, 1000, 10_000} {
		each(t, func(t *testing.T, o cache.Options) {
			o.Size = size
			o.Redis = nil // the local tier alone
			c, ctx := cache.New(o), t.Context()
			for i := range 3000 {
				key := fmt.Sprint("key", i%97)
				c.Set(ctx, key, i, time.Minute)
				var got int
				if c.Get(ctx, key, &got) && got != i {
					t.Fatalf("size %d: set %d, got %d", size, i, got)
				}
				other, last := fmt.Sprint("key", (i+31)%97), 0
				if c.Get(ctx, other, &last) && last != lastWritten(i, (i+31)%97) {
					t.Fatalf("size %d: %s = %d, want %d", size, other, last, lastWritten(i, (i+31)%97))
				}
			}
		})
	}
}

// lastWritten is the largest number up to i that leaves rest after division by 97.
func lastWritten(i, rest int) int { return i - ((i-rest)%97+97)%97 }

func TestTTL_EndsToTheMillisecondForEveryKey(t *testing.T) {
	each(t, func(t *testing.T, o cache.Options) {
		clock := storetest.NewClock(time.Now())
		o.Now = clock.Now
		c, ctx := cache.New(o), t.Context()
		lives := map[string]time.Duration{"short": 200 * time.Millisecond, "minute": time.Minute, "hours": 2 * time.Hour}
		for key, ttl := range lives {
			c.Set(ctx, key, key, ttl)
		}
		began := clock.Now()
		for _, step := range []time.Duration{199 * time.Millisecond, 201 * time.Millisecond, 59 * time.Second, 61 * time.Second} {
			clock.Set(began.Add(step))
			for key, ttl := range lives {
				var got string
				if alive := c.Get(ctx, key, &got); alive != (step < ttl) {
					t.Errorf("%s after %s: %v", key, step, alive)
				}
			}
		}
	})
}

func TestSet_WithoutALifeDeletes(t *testing.T) {
	each(t, func(t *testing.T, o cache.Options) {
		c, ctx := cache.New(o), t.Context()
		for _, ttl := range []time.Duration{0, -time.Second} {
			c.Set(ctx, "k", 1, time.Minute)
			c.Set(ctx, "k", 2, ttl)
			var got int
			if c.Get(ctx, "k", &got) {
				t.Errorf("ttl %s: got %d", ttl, got)
			}
		}
	})
}

// A lifetime under a second must not lie in Redis for the library's hour.
func TestSet_ShortLivesAreShortInRedis(t *testing.T) {
	o := onRedis(t)
	cache.New(o).Set(t.Context(), "k", 1, 10*time.Millisecond)
	if got := o.Redis.TTL(t.Context(), o.Prefix+"k").Val(); got <= 0 || got > time.Second {
		t.Errorf("TTL in Redis = %s", got)
	}
}

func TestSet_CopiesBytes(t *testing.T) {
	c, ctx := cache.New(cache.Options{}), t.Context()
	value := []byte("abc")
	c.Set(ctx, "k", value, time.Minute)
	value[0] = 'x'
	var first, second []byte
	c.Get(ctx, "k", &first)
	first[1] = 'y'
	if !c.Get(ctx, "k", &second) || string(second) != "abc" {
		t.Errorf("got %q", second)
	}
}

func TestNew_SeesThroughATypedNil(t *testing.T) {
	var none *redis.Client
	c := cache.New(cache.Options{Redis: none})
	c.Set(t.Context(), "k", 1, time.Minute)
	var got int
	if !c.Get(t.Context(), "k", &got) || got != 1 {
		t.Errorf("got %d", got)
	}
}

func TestOnce_RunsOnceForAllAndGivesEachACopy(t *testing.T) {
	each(t, func(t *testing.T, o cache.Options) {
		c := cache.New(o)
		var runs atomic.Int64
		release := make(chan struct{})
		results := make([][]string, 50)
		var wait sync.WaitGroup
		for i := range results {
			wait.Go(func() {
				got, err := cache.Once(t.Context(), c, "k", time.Minute, func(context.Context) ([]string, error) {
					runs.Add(1)
					<-release
					return []string{"甲", "乙"}, nil
				})
				if err != nil {
					t.Error(err)
				}
				results[i] = got
			})
		}
		close(release)
		wait.Wait()
		if runs.Load() != 1 {
			t.Errorf("fn ran %d times", runs.Load())
		}
		results[0][0] = "changed"
		for _, got := range results[1:] {
			if !slices.Equal(got, []string{"甲", "乙"}) {
				t.Errorf("got %q", got)
			}
		}
	})
}

func TestOnce_DoesNotKeepErrors(t *testing.T) {
	each(t, func(t *testing.T, o cache.Options) {
		c, wrong := cache.New(o), errors.New("wrong")
		_, err := cache.Once(t.Context(), c, "k", time.Minute, func(context.Context) (int, error) { return 0, wrong })
		if !errors.Is(err, wrong) {
			t.Errorf("err = %v", err)
		}
		got, err := cache.Once(t.Context(), c, "k", time.Minute, func(context.Context) (int, error) { return 7, nil })
		if got != 7 || err != nil {
			t.Errorf("got %d, %v", got, err)
		}
	})
}

// The caller who runs fn may leave; the others still get the result.
func TestOnce_IsNotCancelledWithTheFirstCaller(t *testing.T) {
	c := cache.New(cache.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	got, err := cache.Once(ctx, c, "k", time.Minute, func(ctx context.Context) (int, error) {
		cancel()
		return 7, ctx.Err()
	})
	if got != 7 || err != nil {
		t.Errorf("got %d, %v", got, err)
	}
}

func TestOnce_WorksWithWhatCannotBeKept(t *testing.T) {
	each(t, func(t *testing.T, o cache.Options) {
		got, err := cache.Once(t.Context(), cache.New(o), "k", time.Minute, func(context.Context) (chan int, error) {
			return make(chan int, 3), nil
		})
		if err != nil || cap(got) != 3 {
			t.Errorf("got %v, %v", got, err)
		}
	})
}

func TestGet_SeesWhatAnotherNodeSetOnceItsOwnCopyIsOld(t *testing.T) {
	o := onRedis(t)
	clock := storetest.NewClock(time.Now())
	o.Now = clock.Now
	here, there := cache.New(o), cache.New(o)
	here.Set(t.Context(), "k", "old", 5*time.Second)
	clock.Advance(6 * time.Second)
	there.Set(t.Context(), "k", "new", time.Minute)
	var got string
	if !here.Get(t.Context(), "k", &got) || got != "new" {
		t.Errorf("got %q", got)
	}
}
