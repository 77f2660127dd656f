package sandbox

import (
	"container/heap"
	"context"
	"sync"
	"time"
)

// The states a finish report can give, spelled as WeChat spells them.
const (
	statusSuccess      = "success"
	statusUserBlock    = "failed:user block"
	statusSystemFailed = "failed: system failed"
	statusFreqLimit    = "failed:freq limit"
)

// A report is a TEMPLATESENDJOBFINISH that is due.
type report struct {
	OpenID string    `json:"openid"`
	MsgID  int64     `json:"msgid"`
	Status string    `json:"status"`
	Due    time.Time `json:"due"`
	seq    uint64
}

// Reports are the finish reports not sent yet, in order of their time.
type reports struct {
	clock *clock
	wake  chan struct{}

	mu   sync.Mutex
	due  reportHeap
	sent map[uint64]time.Time // on their way, by seq
	last time.Time
	seq  uint64
}

func newReports(c *clock) *reports {
	return &reports{clock: c, wake: make(chan struct{}, 1), sent: map[uint64]time.Time{}}
}

// put plans a report. In order means not before one that was planned earlier;
// delayed ones keep a millisecond between them, so that they also arrive so.
func (q *reports) put(f report, now time.Time, after time.Duration, anyOrder bool) {
	f.Due = now.Add(after)
	q.mu.Lock()
	if !anyOrder {
		if earliest := q.last.Add(min(after, time.Millisecond)); f.Due.Before(earliest) {
			f.Due = earliest
		}
		q.last = f.Due
	}
	q.seq++
	f.seq = q.seq
	heap.Push(&q.due, f)
	first := q.due[0].seq == f.seq
	q.mu.Unlock()
	if first {
		q.poke()
	}
}

func (q *reports) poke() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// next takes the first report that is due, or tells how long to wait; a
// negative wait is for ever.
func (q *reports) next() (f report, wait time.Duration, ok bool) {
	now := q.clock.Now()
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.due) == 0 {
		q.last = time.Time{}
		return report{}, -1, false
	}
	if wait = q.due[0].Due.Sub(now); wait > 0 {
		return report{}, wait, false
	}
	f = heap.Pop(&q.due).(report)
	q.sent[f.seq] = f.Due
	return f, 0, true
}

// arrived ends the way of a report.
func (q *reports) arrived(f report) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.sent, f.seq)
}

// first is when the first report that has not arrived was or will be due.
func (q *reports) first() (at time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.due) > 0 {
		at = q.due[0].Due
	}
	for _, due := range q.sent {
		if at.IsZero() || due.Before(at) {
			at = due
		}
	}
	return at
}

// pending lists what is not sent yet.
func (q *reports) pending() []report {
	q.mu.Lock()
	defer q.mu.Unlock()
	return append([]report(nil), q.due...)
}

// reporters is how many reports are on their way at once.
const reporters = 64

// run sends each report when it is due, until ctx ends. What is left then
// stays pending; what is on its way is put back when it was cut off.
func (q *reports) run(ctx context.Context, send func(context.Context, report)) {
	work := make(chan report)
	var pool sync.WaitGroup
	for range reporters {
		pool.Go(func() {
			for f := range work {
				send(ctx, f)
				q.arrived(f)
			}
		})
	}
	defer pool.Wait()
	defer close(work)
	for {
		f, wait, ok := q.next()
		if !ok {
			if !q.sleep(ctx, wait) {
				return
			}
			continue
		}
		select {
		case work <- f:
		case <-ctx.Done():
			q.put(f, f.Due, 0, true)
			q.arrived(f)
			return
		}
	}
}

// sleep waits for an instant, an earlier report, or a clock that was moved.
func (q *reports) sleep(ctx context.Context, d time.Duration) bool {
	var instant <-chan time.Time
	if d >= 0 {
		t := time.NewTimer(d)
		defer t.Stop()
		instant = t.C
	}
	select {
	case <-ctx.Done():
		return false
	case <-instant:
	case <-q.wake:
	case <-q.clock.moved:
	}
	return true
}

// report posts one finish report. What the account answers is shown nowhere.
func (s *Sandbox) report(ctx context.Context, f report) {
	rules := s.config.get()
	name := "TEMPLATESENDJOBFINISH"
	if rules.FinishLower {
		name = "templatesendjobfinish"
	}
	d := s.event(f.OpenID, name, s.clock.Now())
	d.number("MsgID", f.MsgID)
	d.text("Status", f.Status)
	e, err := s.seal(f.OpenID, name, d, rules)
	if err == nil {
		_, err = s.post(ctx, e, rules)
	}
	if err != nil && ctx.Err() != nil {
		s.reports.put(f, f.Due, 0, true)
	}
}

type reportHeap []report

func (h reportHeap) Len() int { return len(h) }

func (h reportHeap) Less(i, j int) bool {
	if !h[i].Due.Equal(h[j].Due) {
		return h[i].Due.Before(h[j].Due)
	}
	return h[i].seq < h[j].seq
}

func (h reportHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

func (h *reportHeap) Push(x any) { *h = append(*h, x.(report)) }

func (h *reportHeap) Pop() any {
	old := *h
	last := old[len(old)-1]
	old[len(old)-1] = report{}
	*h = old[:len(old)-1]
	return last
}
