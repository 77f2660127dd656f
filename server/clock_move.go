package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hongyan/push"
)

// mostMoved is how far time can be moved at once.
const mostMoved = 400 * 24 * time.Hour

// Why a clock is not moved.
var (
	errClockBack   = errors.New("time does not go back: give a span above 0")
	errClockFar    = fmt.Errorf("at most %d days at once: move again from there", mostMoved/(24*time.Hour))
	errClockMoving = errors.New("time is being moved already: wait until that is over")
)

// passing is one move of the clock on its way.
type passing struct {
	n     *node
	table []scheduledJob
	pace  time.Duration
	day   Day
	small int // steps below the pace on this day
	tell  func(Day)
	stuck bool // what was waited for last did not end
}

// How time passes. Between two steps a day's worth of things may fall due; what
// stands in the database says when, and a step ends there.
const (
	pace      = time.Hour     // the longest step
	farPace   = 6 * time.Hour // of moves beyond farFrom
	farFrom   = 31 * 24 * time.Hour
	leastStep = time.Minute // jobs know no less
	mostSmall = 120         // steps below the pace in a day; then the pace again

	quietWithin = 5 * time.Second // of real time, for what is due to be done
	stuckWithin = 20 * time.Millisecond
	lookEach    = 2 * time.Millisecond
)

// passTime moves the clock by d in steps: to each instant at which something
// falls due, where the jobs run that would have run until then and the cards,
// callbacks and payments that are due are waited for. It tells of every day
// that ended and of the last one, and where the clock stands now. Whoever ends
// ctx stops it behind the step it is at. Errors: errClockBack, errClockFar,
// errClockMoving, push.ErrRealTime.
func (n *node) passTime(ctx context.Context, d time.Duration, tell func(Day)) error {
	switch {
	case d <= 0:
		return errClockBack
	case d > mostMoved:
		return errClockFar
	case !n.clock.turn.TryLock():
		return errClockMoving
	}
	defer n.clock.turn.Unlock()
	n.clock.moving.Store(true)
	defer n.clock.moving.Store(false)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		select {
		case <-n.clock.stopped:
			stop()
		case <-ctx.Done():
		}
	}()
	table, err := scheduled(n.jobs())
	if err != nil {
		return err
	}
	now := n.db.Now()
	p := &passing{n: n, table: table, pace: pace, tell: tell, day: newDay(now)}
	if d > farFrom {
		p.pace = farPace
	}
	n.log.Info("time is moved", "by", d.String())
	for left := d; left > 0; {
		stop, err := p.next(ctx)
		if err != nil {
			return err
		}
		step := left
		if until := stop.Sub(n.db.Now()).Truncate(time.Millisecond); until < left {
			step = max(until, time.Millisecond)
		}
		if err := p.step(ctx, step); err != nil {
			return err
		}
		left -= step
	}
	return p.endDay(ctx, n.db.Now())
}

// next is the instant at which the next step ends: the first at which anything
// is known to fall due, on a full minute since the jobs know no other.
func (p *passing) next(ctx context.Context) (time.Time, error) {
	now := p.n.db.Now()
	at := now.Add(p.pace).Truncate(p.pace)
	if !at.After(now) {
		at = at.Add(p.pace)
	}
	if midnight := p.day.end(); midnight.Before(at) {
		at = midnight
	}
	for _, j := range p.table {
		if slot := j.next(now); j.rare && slot.Before(at) {
			at = slot
		}
	}
	if p.small >= mostSmall {
		return at, nil
	}
	due, err := p.n.nextDue(ctx)
	if err != nil {
		return at, err
	}
	if due = ceilMinute(due); !due.IsZero() && due.Before(at) {
		if least := ceilMinute(now.Add(leastStep / 2)); due.Before(least) {
			due = least
		}
		p.small++
		return due, nil
	}
	return at, nil
}

func ceilMinute(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.Add(time.Minute - time.Nanosecond).Truncate(time.Minute)
}

// nextDue is when anything falls due by itself: a card, callback or scheduled
// send, a payment or product, something at WeChat. Zero is nothing.
func (n *node) nextDue(ctx context.Context) (first time.Time, err error) {
	_, first, err = n.push.Working(ctx)
	if err != nil {
		return first, err
	}
	sold, err := n.billing.NextDue(ctx)
	if err != nil {
		return first, err
	}
	sandbox, err := n.sandboxDue(ctx)
	for _, at := range []time.Time{sold, sandbox} {
		if at.After(n.db.Now()) && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	return first, err
}

// step moves the clock and waits until what fell due by it is done.
func (p *passing) step(ctx context.Context, by time.Duration) error {
	n, from := p.n, p.n.db.Now()
	ahead, err := push.MoveClock(ctx, n.db, by)
	if err != nil {
		return err
	}
	n.clock.set(ahead)
	if err := n.moveSandbox(ctx, by); err != nil {
		return err
	}
	p.day.Steps++
	now := n.db.Now()
	if err := p.quiet(ctx); err != nil { // what happened before the jobs look
		return err
	}
	for _, j := range p.table {
		if slot := j.slotIn(from, now); !slot.IsZero() {
			if outcome, ran, err := n.runJobAt(ctx, j.job, slot); ran {
				p.day.ran(j.name, outcome, err)
			}
		}
	}
	if err := p.quiet(ctx); err != nil {
		return err
	}
	if !now.Before(p.day.end()) {
		return p.endDay(ctx, now)
	}
	return nil
}

// quiet waits until nothing is due: no card, callback, fan-out, finish report
// or notice. What hangs is waited for once and then left behind, as time does.
func (p *passing) quiet(ctx context.Context) error {
	within := quietWithin
	if p.stuck {
		within = stuckWithin
	}
	look := time.NewTicker(lookEach)
	defer look.Stop()
	late := time.NewTimer(within)
	defer late.Stop()
	for {
		busy, err := p.n.busy(ctx)
		if err != nil || !busy {
			p.stuck = false
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-late.C:
			p.stuck = true
			return nil
		case <-look.C:
		}
	}
}

// busy tells whether anything is due and not done.
func (n *node) busy(ctx context.Context) (bool, error) {
	working, _, err := n.push.Working(ctx)
	if err != nil || working {
		return working, err
	}
	due, err := n.sandboxDue(ctx)
	return !due.IsZero() && !due.After(n.db.Now()), err
}

// endDay tells what the day brought and begins the next.
func (p *passing) endDay(ctx context.Context, now time.Time) error {
	if err := p.n.fillDay(ctx, &p.day, now); err != nil {
		return err
	}
	p.tell(p.day)
	p.day, p.small = newDay(now), 0
	return nil
}
