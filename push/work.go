package push

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"
)

// mostBehind bounds the tasks that wait in hand for one follower; more are
// given back for a moment.
const mostBehind = 16

// take counts t among what is in hand. The caller holds mu.
func (q *queue) take(t *task) {
	q.held[t.key] = t
	if w, ok := q.pendings[t.key]; ok {
		t.pending = w.pending
		delete(q.pendings, t.key)
	}
	if q.perApp == 0 {
		return
	}
	q.share(t.app).inHand++
}

func (q *queue) share(app AppID) *share {
	s := q.shares[app]
	if s == nil {
		s = &share{limit: q.perApp, most: q.perApp}
		q.shares[app] = s
	}
	return s
}

// shareLeft is how many more tasks of the app may be in hand. Those of a mass
// replay leave half of the share to what happens now.
func (q *queue) shareLeft(app AppID, lane int) int {
	if q.perApp == 0 {
		return mostBatch
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	limit, inHand := q.perApp, 0
	if s := q.shares[app]; s != nil {
		limit, inHand = s.limit, s.inHand
	}
	if lane > 0 {
		limit = (limit + 1) / 2
	}
	return max(0, limit-inHand)
}

// enter makes loaded tasks ready and starts workers for them. Tasks decided
// without a call go on to be settled.
func (q *queue) enter(tasks []*task) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, t := range tasks {
		switch {
		case t.done:
			q.ended(t)
		case q.launch == nil || q.paused:
			q.giveBack(t, q.db.LeaseNow())
		default:
			q.line(t)
		}
	}
	q.staff()
}

// line puts t where it waits for a worker: into its lane, or behind the task
// in hand for the same follower.
func (q *queue) line(t *task) {
	if t.who != 0 {
		behind, busy := q.busy[t.who]
		if busy && len(behind) >= q.mostBehind() {
			q.giveBack(t, q.db.LeaseNow().Add(max(time.Second, time.Duration(len(behind))*q.spacing)))
			return
		}
		if busy {
			q.busy[t.who] = append(behind, t)
			return
		}
		q.busy[t.who] = nil
	}
	q.ready[t.lane] = append(q.ready[t.lane], t)
}

// mostBehind keeps a line short enough to be served under its leases.
func (q *queue) mostBehind() int {
	if q.spacing == 0 {
		return mostBehind
	}
	return max(1, min(mostBehind, int((leaseFor-callFor-settleFor)/(q.spacing+time.Second))))
}

// staff starts the workers the ready tasks need. The caller holds mu.
func (q *queue) staff() {
	if q.launch == nil || q.onHold || q.paused {
		return
	}
	for n := len(q.ready[0]) + len(q.ready[1]); n > 0 && q.atWork < q.speed.limit; n-- {
		q.atWork++
		q.launch()
	}
}

// work calls for one ready task after the other, and ends when there is none
// or too many calls are under way.
func (q *queue) work(ctx context.Context, ch Channel) {
	for t := q.next(); t != nil; t = q.next() {
		q.deliver(ctx, ch, t)
		q.finish(t)
	}
}

// next takes the task to call for, nil when the worker is to end.
func (q *queue) next() *task {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.launch != nil && !q.paused && !q.onHold && q.atWork <= q.speed.limit {
		t := q.pop()
		if t == nil {
			break
		}
		now := q.db.LeaseNow()
		if t.until.Sub(now) < callFor+settleFor {
			q.free(t)
			q.giveBack(t, now)
			continue
		}
		t.began, t.job.Attempt = now, t.attempt()
		return t
	}
	q.atWork--
	return nil
}

// pop takes the first ready task, single sends before fan-outs, and calls for
// more when half of the lane is used.
func (q *queue) pop() *task {
	for lane := range q.ready {
		n := len(q.ready[lane])
		if n == 0 {
			continue
		}
		t := q.ready[lane][0]
		q.ready[lane][0] = nil
		q.ready[lane] = q.ready[lane][1:]
		if !q.dry[lane] && n <= q.most()/2+1 {
			signal(q.more)
		}
		return t
	}
	return nil
}

// deliver makes one attempt. A channel that panics has not understood the
// task, which is tried again.
func (q *queue) deliver(ctx context.Context, ch Channel, t *task) {
	defer func() {
		if p := recover(); p != nil {
			q.log.Error("a channel panicked", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			t.outcome = Outcome{Verdict: Temporary, Reason: whyPanic}
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, callFor)
	defer cancel()
	if q.table.charge != nil {
		if why := q.table.charge(ctx, t); why != "" {
			t.outcome = Outcome{Verdict: Permanent, NotSent: true, Reason: why}
			return
		}
	}
	t.outcome = ch.Deliver(ctx, t.job)
}

// finish files the outcome of a call and lets the next for the follower go.
func (q *queue) finish(t *task) {
	q.mu.Lock()
	defer q.mu.Unlock()
	t.done = true
	q.learn(t)
	q.free(t)
	q.ended(t)
	q.staff()
}

// learn adapts the pace to an outcome.
func (q *queue) learn(t *task) {
	switch t.outcome.Verdict {
	case Accepted, Delivered:
		q.speed.well()
	case Throttled:
		q.speed.tooMuch(t.began, q.db.LeaseNow())
	case Paused:
		q.pauses++
		q.paused = true
		q.giveBackAll()
	}
	if q.perApp == 0 {
		return
	}
	if t.outcome.Verdict == Delivered {
		q.share(t.app).well()
	} else {
		q.share(t.app).badly()
	}
}

// free lets the next task for t's follower go, after the spacing if a call
// was made.
func (q *queue) free(t *task) {
	if t.who == 0 {
		return
	}
	if q.spacing == 0 || t.began.IsZero() {
		q.advance(t.who)
		return
	}
	time.AfterFunc(q.spacing, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.advance(t.who)
		q.staff()
	})
}

func (q *queue) advance(who UserID) {
	behind := q.busy[who]
	if len(behind) == 0 {
		delete(q.busy, who)
		return
	}
	q.busy[who] = behind[1:]
	q.ready[behind[0].lane] = append(q.ready[behind[0].lane], behind[0])
}

// putAway decides that t goes back although it was claimed, because its
// message is paused.
func (t *task) putAway(now time.Time) {
	t.back, t.paused, t.done, t.due = true, true, true, now
}

// ended files a task to be settled. The caller holds mu.
func (q *queue) ended(t *task) {
	q.outcomes = append(q.outcomes, t)
	signal(q.fate)
}
