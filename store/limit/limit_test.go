package limit_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"

	"hongyan/store/limit"
	"hongyan/store/storetest"
)

// onRedis connects to the test's Redis, under a prefix of its own.
func onRedis(t *testing.T) limit.Options {
	t.Helper()
	at, err := redis.ParseURL(storetest.Require(t, "HONGYAN_TEST_REDIS"))
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(at)
	t.Cleanup(func() { client.Close() })
	return limit.Options{Redis: client, Prefix: fmt.Sprintf("test:%x:", rand.Uint64())}
}

// each runs f with a limiter of the process and with one on Redis.
func each(t *testing.T, f func(t *testing.T, l *limit.Limiter)) {
	t.Run("local", func(t *testing.T) { f(t, limit.New(limit.Options{})) })
	t.Run("redis", func(t *testing.T) { f(t, limit.New(onRedis(t))) })
}

// allowed counts how many of n single takes are allowed.
func allowed(t *testing.T, l *limit.Limiter, key string, r limit.Rate, n int) (count int) {
	t.Helper()
	for range n {
		if ok, _ := l.Allow(t.Context(), key, r, 1); ok {
			count++
		}
	}
	return count
}

var twentyPerTen = limit.Rate{Most: 20, Per: 10 * time.Second}

func TestAllow_MostInARowAndThenATimeToComeBack(t *testing.T) {
	each(t, func(t *testing.T, l *limit.Limiter) {
		if got := allowed(t, l, "a", limit.Rate{Most: 20, Per: time.Hour}, 30); got != 20 {
			t.Errorf("%d of 30 were allowed, want 20", got)
		}
		ok, retry := l.Allow(t.Context(), "a", limit.Rate{Most: 20, Per: time.Hour}, 1)
		if ok || retry <= 2*time.Minute || retry > 3*time.Minute {
			t.Errorf("the next: %v, again in %s, want within the three minutes of one in twenty an hour", ok, retry)
		}
		if got := allowed(t, l, "b", twentyPerTen, 1); got != 1 {
			t.Error("another key is limited too")
		}
	})
}

func TestAllow_ManyAreTakenWholeOrNotAtAll(t *testing.T) {
	each(t, func(t *testing.T, l *limit.Limiter) {
		hourly := limit.Rate{Most: 10, Per: time.Hour}
		for _, c := range []struct {
			n  int
			ok bool
		}{{11, false}, {7, true}, {4, false}, {3, true}, {1, false}} {
			if ok, _ := l.Allow(t.Context(), "a", hourly, c.n); ok != c.ok {
				t.Errorf("%d more: %v, want %v", c.n, ok, c.ok)
			}
		}
	})
}

func TestAllow_AMostOfZeroLimitsNothing(t *testing.T) {
	each(t, func(t *testing.T, l *limit.Limiter) {
		if got := allowed(t, l, "a", limit.Rate{Per: time.Hour}, 500); got != 500 {
			t.Errorf("%d of 500", got)
		}
	})
	if got := allowed(t, nil, "a", twentyPerTen, 100); got != 100 {
		t.Errorf("no limiter: %d of 100", got)
	}
}

func TestGiveBack_MakesRoomAgain(t *testing.T) {
	each(t, func(t *testing.T, l *limit.Limiter) {
		hourly := limit.Rate{Most: 10, Per: time.Hour}
		allowed(t, l, "a", hourly, 10)
		l.GiveBack(t.Context(), "a", hourly, 4)
		if got := allowed(t, l, "a", hourly, 10); got != 4 {
			t.Errorf("%d after four were given back", got)
		}
		l.GiveBack(t.Context(), "full", hourly, 50)
		if got := allowed(t, l, "full", hourly, 20); got != 10 {
			t.Errorf("a full bucket that was given to holds %d, want 10", got)
		}
	})
}

// TestAllow_RefillsEvenly in simulated time: one more every half second.
func TestAllow_RefillsEvenly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limit.New(limit.Options{})
		allowed(t, l, "a", twentyPerTen, 20)
		_, retry := l.Allow(t.Context(), "a", twentyPerTen, 1)
		if retry != 500*time.Millisecond {
			t.Errorf("again in %s", retry)
		}
		<-time.After(retry - 1)
		if got := allowed(t, l, "a", twentyPerTen, 1); got != 0 {
			t.Error("allowed before its time")
		}
		<-time.After(1)
		if got := allowed(t, l, "a", twentyPerTen, 5); got != 1 {
			t.Errorf("%d after half a second", got)
		}
		<-time.After(4 * time.Second)
		if got := allowed(t, l, "a", twentyPerTen, 50); got != 8 {
			t.Errorf("%d after four seconds", got)
		}
		<-time.After(time.Hour)
		if got := allowed(t, l, "a", twentyPerTen, 50); got != 20 {
			t.Errorf("%d after a long time", got)
		}
	})
}

// TestF20_AClockSetBackLocksNobodyOut: a bucket is never emptier than empty.
func TestF20_AClockSetBackLocksNobodyOut(t *testing.T) {
	clock := storetest.NewClock(time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC))
	l := limit.New(limit.Options{Now: clock.Now})
	allowed(t, l, "a", twentyPerTen, 20)
	clock.Advance(-24 * time.Hour)
	if ok, retry := l.Allow(t.Context(), "a", twentyPerTen, 1); ok || retry > 10*time.Second {
		t.Errorf("%v, again in %s", ok, retry)
	}
	clock.Advance(10 * time.Second)
	if got := allowed(t, l, "a", twentyPerTen, 30); got != 20 {
		t.Errorf("%d ten seconds later", got)
	}
}

func TestAllow_ManyGoroutinesGetNoMoreThanOne(t *testing.T) {
	each(t, func(t *testing.T, l *limit.Limiter) {
		hourly := limit.Rate{Most: 100, Per: time.Hour}
		var got atomic.Int64
		var wait sync.WaitGroup
		for range 16 {
			wait.Go(func() { got.Add(int64(allowed(t, l, "a", hourly, 20))) })
		}
		wait.Wait()
		if got.Load() != 100 {
			t.Errorf("%d were allowed, want 100", got.Load())
		}
	})
}

// TestAllow_NodesShareOneRedis: what one node took, the other has not.
func TestAllow_NodesShareOneRedis(t *testing.T) {
	o := onRedis(t)
	here, there := limit.New(o), limit.New(o)
	hourly := limit.Rate{Most: 20, Per: time.Hour}
	if got := allowed(t, here, "a", hourly, 15); got != 15 {
		t.Fatalf("%d of 15", got)
	}
	if got := allowed(t, there, "a", hourly, 15); got != 5 {
		t.Errorf("the second node was allowed %d, want the 5 that are left", got)
	}
	// What Redis refused was not taken from the second node's own count.
	here.GiveBack(t.Context(), "a", hourly, 15)
	if got := allowed(t, there, "a", hourly, 20); got != 15 {
		t.Errorf("then it was allowed %d, want 15", got)
	}
}

func TestEach_AsksForEveryIndexOnce(t *testing.T) {
	each(t, func(t *testing.T, l *limit.Limiter) {
		for _, n := range []int{0, 1, 5, 100} {
			asked := make([]atomic.Int64, n)
			l.Each(n, func(i int) { asked[i].Add(1) })
			for i := range asked {
				if got := asked[i].Load(); got != 1 {
					t.Errorf("%d of %d: asked %d times", i, n, got)
				}
			}
		}
	})
}

func TestKeys_BeginWithThePrefixAndShowNoToken(t *testing.T) {
	o := onRedis(t)
	allowed(t, limit.New(o), "send:AT_secret", limit.Rate{Most: 2, Per: time.Minute}, 1)
	keys, err := o.Redis.Keys(t.Context(), o.Prefix+"*").Result()
	if err != nil || len(keys) != 1 || len(keys[0]) != len(o.Prefix)+len("limit:")+22 {
		t.Errorf("keys %q, %v", keys, err)
	}
}
