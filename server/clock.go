package main

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"hongyan/push"
)

// clock is the time of the process: the machine's, and in the sandbox what it
// was moved ahead by. Everything that decides by time asks it, so a moved clock
// moves all of it at once. Where it stands is kept in the database, which all
// nodes share. With an official account it is the machine's time and stays it.
type clock struct {
	ahead   atomic.Int64 // nanoseconds
	moving  atomic.Bool  // somebody lets time pass on this node, and runs its jobs
	turn    sync.Mutex   // of who moves it here
	moved   chan struct{}
	hangUp  sync.Once
	stopped chan struct{} // closed by HangUp
}

func newClock() *clock {
	return &clock{moved: make(chan struct{}, 1), stopped: make(chan struct{})}
}

// Now is the time.
func (c *clock) Now() time.Time { return time.Now().Add(c.Ahead()) }

// Ahead is by how much it was moved.
func (c *clock) Ahead() time.Duration { return time.Duration(c.ahead.Load()) }

// set takes over where the clock stands. It never goes back: of two readings
// the later may be the older.
func (c *clock) set(ahead time.Duration) {
	for {
		was := c.ahead.Load()
		if int64(ahead) <= was {
			return
		}
		if c.ahead.CompareAndSwap(was, int64(ahead)) {
			break
		}
	}
	select {
	case c.moved <- struct{}{}:
	default:
	}
}

// shanghai is the zone in which the schedules of the jobs are read by a
// scheduler that ticks by the machine's time: what it takes for midnight is
// midnight of this clock.
func (c *clock) shanghai() *time.Location {
	return time.FixedZone("CST", 8*3600+int(c.Ahead()/time.Second))
}

// HangUp ends a move that is under way after the step it is at.
func (c *clock) HangUp() { c.hangUp.Do(func() { close(c.stopped) }) }

// readClock takes over where the database says that the clock stands.
func (n *node) readClock(ctx context.Context) error {
	ahead, err := push.ClockOffset(ctx, n.db)
	if err != nil {
		return err
	}
	if before := n.clock.Ahead(); ahead > before {
		n.clock.set(ahead)
		if n.sandbox != nil {
			n.sandbox.Advance(0)
		}
	}
	return nil
}

// clockEach is the safety net behind the wake-ups.
const clockEach = time.Second

// followClock keeps up with moves made on other nodes until ctx ends.
func (n *node) followClock(ctx context.Context) error {
	if !n.config.sandboxMode() {
		return nil
	}
	wake, stop := n.db.Listen(push.ClockChannel)
	defer stop()
	poll := time.NewTicker(clockEach)
	defer poll.Stop()
	for {
		if err := n.readClock(ctx); err != nil && ctx.Err() == nil {
			n.log.Error("the clock stays where it was", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-wake:
		case <-poll.C:
		}
	}
}
