package push

import "time"

// throttle finds how many calls may be under way at once: one more after
// every window of calls that went well, half as many when the other side says
// it is too much. It is not safe for concurrent use.
type throttle struct {
	limit, most int
	good        int       // calls that went well since the limit changed
	halved      time.Time // when it was halved last
}

// firstLimit is what a new throttle allows.
const firstLimit = 32

func newThrottle(most int) throttle {
	return throttle{limit: min(firstLimit, most), most: most}
}

// well counts a call that the other side took.
func (t *throttle) well() {
	if t.limit >= t.most {
		return
	}
	if t.good++; t.good >= t.limit {
		t.good = 0
		t.limit++
	}
}

// tooMuch halves the limit, once for all the calls that were under way when
// it was halved: began tells whether this call is one of them.
func (t *throttle) tooMuch(began, now time.Time) {
	t.good = 0
	if !t.halved.IsZero() && !began.After(t.halved) {
		return
	}
	t.halved = now
	t.limit = max(1, t.limit/2)
}

// share is how many callbacks of one app may be under way. A developer whose
// server fails gets one at a time, so that it occupies no more workers than
// that, and earns the others back by answering.
type share struct {
	inHand int
	limit  int
	most   int
}

func (s *share) well() { s.limit = min(s.most, s.limit+1) }

func (s *share) badly() { s.limit = max(1, s.limit/2) }

// idle reports whether nothing is worth remembering.
func (s *share) idle() bool { return s.inHand == 0 && s.limit == s.most }
