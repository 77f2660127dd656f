package push

import (
	"testing"
	"time"
)

func TestSchedule_OfCallbacksIsTheContracts(t *testing.T) {
	want := []time.Duration{
		5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 10 * time.Hour, 0,
	}
	for i, pause := range want {
		if got := callbackPause(i + 1); got != pause {
			t.Errorf("after attempt %d: %s, want %s", i+1, got, pause)
		}
	}
}

func TestSchedule_OfDeliveriesLastsADay(t *testing.T) {
	var total time.Duration
	n := 1
	for ; deliveryPause(n) > 0; n++ {
		total += deliveryPause(n)
	}
	if total < 22*time.Hour || total > 25*time.Hour {
		t.Errorf("%d attempts in %s, want about a day", n, total)
	}
}

func TestJitter_StretchesByAFifthAtMost(t *testing.T) {
	if got := jitter(10*time.Second, 0); got != 10*time.Second {
		t.Errorf("least %s", got)
	}
	if got := jitter(10*time.Second, 0.999); got < 11*time.Second || got >= 12*time.Second {
		t.Errorf("most %s", got)
	}
}

func TestFate_UnknownFitsIntoTenMinutes(t *testing.T) {
	first := time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name    string
		number  int
		after   time.Duration // since the first call
		notSent bool
		unsure  bool
		state   int
		due     time.Duration // since the first call
	}{
		{"soon", 1, time.Second, false, false, stateDue, 2 * time.Second},
		{"the last safe repeat is brought forward", 5, 3 * time.Minute, false, false, stateDue, 9 * time.Minute},
		{"too late to repeat", 6, 9 * time.Minute, false, false, stateUnconfirmed, 0},
		{"surely not sent", 6, 9 * time.Minute, true, false, stateDue, 69 * time.Minute},
		{"surely not sent, but an earlier one may be", 6, 9 * time.Minute, true, true, stateUnconfirmed, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			now := first.Add(c.after)
			got := deliveryFate(Outcome{NotSent: c.notSent}, try{unsure: c.unsure, number: c.number, first: first, made: first, now: now})
			if got.state != c.state || c.state == stateDue && !got.due.Equal(first.Add(c.due)) {
				t.Errorf("state %d due %s after the first call, want %d and %s", got.state, got.due.Sub(first), c.state, c.due)
			}
		})
	}
}

func TestFate_CallbackObeysRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name string
		out  Outcome
		due  time.Duration
	}{
		{"later than the schedule", Outcome{Verdict: RetryAfter, RetryAt: now.Add(time.Hour)}, time.Hour},
		{"sooner than the schedule", Outcome{Verdict: RetryAfter, RetryAt: now.Add(2 * time.Second)}, 2 * time.Second},
		{"in the past", Outcome{Verdict: RetryAfter, RetryAt: now.Add(-time.Hour)}, time.Second},
		{"in a year", Outcome{Verdict: RetryAfter, RetryAt: now.AddDate(1, 0, 0)}, 24 * time.Hour},
		{"without a time", Outcome{Verdict: RetryAfter}, 5 * time.Second},
		{"not asked for", Outcome{Verdict: Temporary}, 5 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := callbackFate(c.out, try{number: 1, now: now})
			if got.state != stateDue || got.due.Sub(now) != c.due {
				t.Errorf("state %d in %s, want %s", got.state, got.due.Sub(now), c.due)
			}
		})
	}
}

func TestThrottle_HalvesOncePerRoundTrip(t *testing.T) {
	now := time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	x := newThrottle(256)
	for range 32 {
		x.tooMuch(now, now.Add(time.Second)) // all of them began before the first said so
	}
	if x.limit != 16 {
		t.Errorf("limit %d after one round trip, want 16", x.limit)
	}
	x.tooMuch(now.Add(2*time.Second), now.Add(3*time.Second))
	if x.limit != 8 {
		t.Errorf("limit %d after two, want 8", x.limit)
	}
	for range 8 {
		x.well()
	}
	if x.limit != 9 {
		t.Errorf("limit %d after a good window, want 9", x.limit)
	}
	for range 100 * 256 {
		x.well()
	}
	if x.limit < 200 || x.limit > 256 {
		t.Errorf("limit %d, want no more than 256", x.limit)
	}
}
