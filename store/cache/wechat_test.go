package cache_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/silenceper/wechat/v2/credential"

	"hongyan/store/cache"
	"hongyan/store/storetest"
)

var _ = credential.CacheKeyOfficialAccountPrefix // whose interface this serves

func TestWeChat_GetIsAStringOrNil(t *testing.T) {
	each(t, func(t *testing.T, o cache.Options) {
		tokens := cache.New(o).WeChat()
		if got := tokens.Get("token"); got != nil {
			t.Errorf("before: %v", got)
		}
		if err := tokens.Set("token", "值", time.Hour); err != nil {
			t.Fatal(err)
		}
		if got, ok := tokens.Get("token").(string); !ok || got != "值" || !tokens.IsExist("token") {
			t.Errorf("got %v", got)
		}
		if err := tokens.Set("token", 7, time.Hour); err == nil {
			t.Error("a number was taken")
		}
		if err := tokens.Delete("token"); err != nil || tokens.Get("token") != nil || tokens.IsExist("token") {
			t.Error("after Delete")
		}
	})
}

func TestWeChat_TokensEnd(t *testing.T) {
	each(t, func(t *testing.T, o cache.Options) {
		clock := storetest.NewClock(time.Now())
		o.Now = clock.Now
		tokens := cache.New(o).WeChat()
		_ = tokens.Set("token", "a", time.Hour)
		clock.Advance(time.Hour - time.Millisecond)
		if tokens.Get("token") == nil {
			t.Error("ended early")
		}
		clock.Advance(time.Millisecond)
		if got := tokens.Get("token"); got != nil {
			t.Errorf("after its end: %v", got)
		}
	})
}

// A local tier that is full must not cost a token call.
func TestI15_TokensAreNotEvicted(t *testing.T) {
	c := cache.New(cache.Options{Size: 50})
	_ = c.WeChat().Set("token", "a", time.Hour)
	for i := range 5000 {
		var got int
		c.Set(t.Context(), fmt.Sprint(i%100), i, time.Minute)
		c.Get(t.Context(), fmt.Sprint(i%100), &got)
	}
	if c.WeChat().Get("token") != "a" {
		t.Error("the token was evicted")
	}
}

func TestWeChat_ATokenFetchedByAnotherNodeGoesBefore(t *testing.T) {
	o := onRedis(t)
	o.LocalTTL = time.Nanosecond
	here, there := cache.New(o).WeChat(), cache.New(o).WeChat()
	_ = here.Set("token", "old", time.Hour)
	_ = there.Set("token", "new", time.Hour)
	if got := here.Get("token"); got != "new" {
		t.Errorf("got %v", got)
	}
}

func TestWeChat_ManyGoroutines(t *testing.T) {
	tokens := cache.New(cache.Options{}).WeChat()
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			for range 200 {
				_ = tokens.Set("token", fmt.Sprint(i), time.Hour)
				_ = tokens.Get("token")
				_ = tokens.Delete("token")
			}
		})
	}
	wait.Wait()
}
