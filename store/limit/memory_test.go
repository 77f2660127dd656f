package limit

import (
	"fmt"
	"testing"
	"time"
)

// TestI13_AFloodOfKeysIsForgottenAndASpentLimitIsNot: whoever asks under ever
// new keys takes no more memory than there is, and does not free somebody who
// used up a limit.
func TestI13_AFloodOfKeysIsForgottenAndASpentLimitIsNot(t *testing.T) {
	l := New(Options{Size: 2000})
	daily := Rate{Most: 50, Per: 24 * time.Hour}
	if ok, _ := l.Allow(t.Context(), "spent", daily, 50); !ok {
		t.Fatal("not allowed")
	}
	for i := range 100_000 {
		if ok, _ := l.Allow(t.Context(), fmt.Sprint("flood", i), daily, 1); !ok {
			t.Fatalf("the %dth newcomer is refused", i)
		}
	}
	if n := len(l.here.buckets); n > 2000 {
		t.Errorf("%d buckets are kept, want at most 2,000", n)
	}
	if ok, _ := l.Allow(t.Context(), "spent", daily, 1); ok {
		t.Error("a flood under other keys filled a bucket that was empty")
	}
}

// TestI13_FullBucketsAreForgotten long before there is no room.
func TestI13_FullBucketsAreForgotten(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	l := New(Options{Now: func() time.Time { return now }})
	for i := range 50_000 {
		l.Allow(t.Context(), fmt.Sprint("key", i), Rate{Most: 20, Per: 10 * time.Second}, 1)
		now = now.Add(time.Millisecond)
	}
	if n := len(l.here.buckets); n > 2*firstSweep {
		t.Errorf("%d buckets are kept, of which some 500 are not full", n)
	}
}
