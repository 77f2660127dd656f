package main

import (
	"math/rand/v2"
	"sync"
	"time"
)

// clocks are the bubble's time and what was added to it: for the machines of
// the platform, which share one clock, and for WeChat. Hours pass for both
// when no card is under way. While one is, the machines' clock is set forward
// by itself, a minute at a time, which is longer than a lease, and as far as
// WeChat's signatures bear it; WeChat's ten minutes do not get shorter by that.
type clocks struct {
	mu     sync.Mutex
	passed time.Duration // for everybody
	ahead  time.Duration // the machines only
	flying int           // cards under way
	jumps  int
}

// mostAhead keeps the machines within the 300 s by which a signature may be
// off.
const mostAhead = 4 * time.Minute

// Now is the time of the platform's machines.
func (c *clocks) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.passed + c.ahead)
}

// WeChat is WeChat's time.
func (c *clocks) WeChat() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.passed)
}

// pass lets time pass, or jump by itself while a card is under way; it returns
// by how much the machines' clock moved.
func (c *clocks) pass(d time.Duration) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.jumps++
	if c.flying > 0 {
		d = min(d, mostAhead/4, mostAhead-c.ahead)
		c.ahead += d
		return d
	}
	c.passed += d
	return d
}

// fly counts a card under way until land is called.
func (c *clocks) fly() (land func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.flying++
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.flying--
	}
}

// moved counts the jumps so far.
func (c *clocks) moved() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.jumps
}

// gap is how much time passes at once: seconds, minutes or hours.
func gap(chance *rand.Rand) time.Duration {
	switch chance.IntN(4) {
	case 0:
		return time.Duration(chance.IntN(5*3600)) * time.Second
	case 1:
		return time.Duration(chance.IntN(60)) * time.Second
	}
	return time.Duration(chance.IntN(15*60)) * time.Second
}

// jump moves the clock and notes that calls under way may be made again.
func (s *simulation) jump(d time.Duration) {
	s.shock()
	d = s.clock.pass(d)
	s.wechat.Advance(0)
	s.tell("the clock jumps by %s", d)
}
