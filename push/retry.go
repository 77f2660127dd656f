package push

import "time"

// The states of a row, as the schema numbers them.
const (
	stateDue         = 0
	stateLeased      = 1
	stateAccepted    = 2
	stateConfirmed   = 3 // also a callback that was taken
	stateFailed      = 4
	stateUnconfirmed = 5
	stateLeftOut     = 6 // a topic's follower whom the audience does not mean
)

const (
	// safeRepeat is how long WeChat recognises a repeated client_msg_id, ten
	// minutes, less the time a call may be on its way. What may have arrived is
	// not repeated after it.
	safeRepeat = 10*time.Minute - 30*time.Second
	// keepTrying is how long a message is worth its delivery.
	keepTrying = 24 * time.Hour
	// longestWait caps what the other side may ask us to wait.
	longestWait = 24 * time.Hour
	// shortestWait keeps a misread Retry-After from becoming a loop.
	shortestWait = time.Second
)

// fate is what becomes of a row after an attempt.
type fate struct {
	state   int
	due     time.Time // when state is stateDue
	uncount bool      // the attempt does not count
	arrived bool      // the call may have arrived: repeats are safe only for a while
	reason  string
}

// deliveryPause is the pause after the n-th attempt at a delivery, zero when
// it was the last: six attempts in the first quarter of an hour, then one an
// hour for a day.
func deliveryPause(n int) time.Duration {
	first := []time.Duration{time.Second, 5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute}
	switch {
	case n <= len(first):
		return first[max(n, 1)-1]
	case n < len(first)+24:
		return time.Hour
	}
	return 0
}

// callbackPause is the same for callbacks (contract §3): 0, 5 s, 5 min,
// 30 min, 2 h, 5 h, 10 h, 10 h.
func callbackPause(n int) time.Duration {
	pauses := []time.Duration{
		5 * time.Second, 5 * time.Minute, 30 * time.Minute,
		2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 10 * time.Hour,
	}
	if n > len(pauses) {
		return 0
	}
	return pauses[max(n, 1)-1]
}

// jitter stretches a pause by up to a fifth, so that rows that failed together
// do not come back together. chance is in [0, 1).
func jitter(pause time.Duration, chance float64) time.Duration {
	return pause + time.Duration(chance*float64(pause)/5)
}

// try is what the rules know of an attempt.
type try struct {
	number int       // counted from 1, by a replay anew
	first  time.Time // when the first call that may have arrived began
	made   time.Time // when the message was accepted or the callback written
	now    time.Time
	unsure bool    // an earlier call may have arrived
	chance float64 // for jitter
}

// deliveryFate decides about a delivery. What an earlier call may have done is
// not undone by a later one that certainly did nothing.
func deliveryFate(o Outcome, t try) fate {
	f := deliveryVerdict(o, t)
	f.arrived = f.arrived || t.unsure
	return f
}

func deliveryVerdict(o Outcome, t try) fate {
	switch o.Verdict {
	case Accepted:
		return fate{state: stateAccepted, arrived: true}
	case Delivered:
		return fate{state: stateConfirmed, arrived: true}
	case Permanent, Stopped, Gone:
		return fate{state: stateFailed, reason: o.Reason}
	case Unconfirmed:
		return fate{state: stateUnconfirmed, arrived: true, reason: o.Reason}
	case Paused:
		return fate{state: stateDue, due: t.now, uncount: true, reason: o.Reason}
	case RetryAfter:
		if t.now.Sub(t.made) > keepTrying {
			return fate{state: stateFailed, reason: gaveUp(o.Reason)}
		}
		return fate{state: stateDue, due: asked(o.RetryAt, t.now), reason: o.Reason}
	}
	return deliveryAgain(o, t)
}

// deliveryAgain is the fate after an attempt that came to nothing for now.
func deliveryAgain(o Outcome, t try) fate {
	pause := deliveryPause(t.number)
	if pause == 0 {
		return fate{state: stateFailed, reason: gaveUp(o.Reason)}
	}
	pause = jitter(pause, t.chance)
	f := fate{state: stateDue, due: t.now.Add(pause), arrived: t.unsure || !o.NotSent, reason: o.Reason}
	if o.RetryAt.After(f.due) {
		f.due = asked(o.RetryAt, t.now)
	}
	if !f.arrived || t.first.IsZero() {
		return f
	}
	if last := t.first.Add(safeRepeat); f.due.After(last) {
		if last.Sub(t.now) < time.Minute {
			return fate{state: stateUnconfirmed, arrived: true, reason: whyUnconfirmed}
		}
		f.due = last.Add(-30 * time.Second)
	}
	return f
}

// unsafe reports whether a call that may have arrived at first is no longer
// safe to repeat. A clock that went back says nothing about it.
func unsafe(first, now time.Time) bool {
	return !first.IsZero() && now.Sub(first) > safeRepeat
}

// callbackFate decides about a callback.
func callbackFate(o Outcome, t try) fate {
	switch o.Verdict {
	case Accepted, Delivered, Unconfirmed:
		return fate{state: stateConfirmed, reason: o.Reason}
	case Permanent, Stopped, Gone:
		return fate{state: stateFailed, reason: o.Reason}
	}
	pause := callbackPause(t.number)
	if pause == 0 {
		return fate{state: stateFailed, reason: gaveUp(o.Reason)}
	}
	f := fate{state: stateDue, due: t.now.Add(jitter(pause, t.chance)), reason: o.Reason}
	if o.RetryAt.After(f.due) || o.Verdict == RetryAfter && !o.RetryAt.IsZero() {
		f.due = asked(o.RetryAt, t.now)
	}
	return f
}

// asked is the time the other side asked us to wait for, within reason.
func asked(at, now time.Time) time.Time {
	if earliest := now.Add(shortestWait); at.Before(earliest) {
		return earliest
	}
	if latest := now.Add(longestWait); at.After(latest) {
		return latest
	}
	return at
}
