package sandbox

import (
	"sync/atomic"
	"time"
)

// A clock is the time outside plus what it was advanced by. Whoever waits for
// an instant of it also waits for moved.
type clock struct {
	base   func() time.Time
	offset atomic.Int64
	moved  chan struct{}
}

func newClock(base func() time.Time) *clock {
	return &clock{base: base, moved: make(chan struct{}, 1)}
}

// Now is never read twice by one decision.
func (c *clock) Now() time.Time {
	return c.base().Add(time.Duration(c.offset.Load()))
}

// Advance moves the clock and wakes the one who waits for an instant.
func (c *clock) Advance(d time.Duration) {
	c.offset.Add(int64(d))
	c.wake()
}

func (c *clock) wake() {
	select {
	case c.moved <- struct{}{}:
	default:
	}
}

// beijing is the zone of WeChat's days; Beijing has kept no summer time since
// 1991, so a fixed zone needs no zone file.
var beijing = time.FixedZone("CST", 8*3600)

// wxDay numbers the day of t in Beijing, a day beginning resetMinutes after
// midnight.
func wxDay(t time.Time, resetMinutes int) int64 {
	return (t.Unix() + 8*3600 - int64(resetMinutes)*60) / 86400
}
