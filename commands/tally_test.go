package commands

import (
	"fmt"
	"testing"
	"time"

	"hongyan/push"
)

func TestTally_ForgetsAfterItsPeriod(t *testing.T) {
	y := newTally(time.Minute)
	now := time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	key := y.key(1, "你好")
	for want := range 3 {
		if got := y.count(key, now); got != want {
			t.Errorf("count: got %d, want %d", got, want)
		}
		y.add(key)
	}
	if got := y.count(y.key(2, "你好"), now); got != 0 {
		t.Errorf("count of another follower: got %d", got)
	}
	for _, later := range []time.Duration{time.Minute, -time.Hour} {
		if got := y.count(key, now.Add(later)); got != 0 {
			t.Errorf("count %s later: got %d", later, got)
		}
	}
}

func TestTally_IsBounded(t *testing.T) {
	y := newTally(time.Hour)
	now := time.Now()
	for i := range 3 * maxTally {
		key := y.key(push.UserID(i), fmt.Sprint(i))
		y.count(key, now)
		y.add(key)
	}
	if got := len(y.counts); got > maxTally {
		t.Errorf("%d counts are kept", got)
	}
}
