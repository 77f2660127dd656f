package push

import (
	"context"
	"errors"
	"sync"
	"time"
)

// At the end of run calls under way get finishIn to come to an end by
// themselves and cancelIn more after being cancelled; settling what came of
// them may take settleIn.
const (
	finishIn = 5 * time.Second
	cancelIn = time.Second
	settleIn = 2 * time.Second
)

var errRunning = errors.New("the queue runs already")

// run works until ctx ends and then drains.
func (q *queue) run(ctx context.Context, ch Channel) error {
	calls, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	var workers sync.WaitGroup
	if !q.open(func() { workers.Go(func() { q.work(calls, ch) }) }) {
		return errRunning
	}
	writes, stopWrites := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWrites()
	idle := make(chan struct{}) // closed when no outcome will come any more
	var settler sync.WaitGroup
	settler.Go(func() { q.settleAll(writes, idle) })

	q.claimAll(ctx)

	q.close()
	within(&workers, finishIn, cancel)
	within(&workers, cancelIn, nil)
	close(idle)
	within(&settler, settleIn, stopWrites)
	within(&q.says, cancelIn, nil)
	return nil
}

// within waits for g, no longer than d, and then calls late.
func within(g *sync.WaitGroup, d time.Duration, late func()) {
	ended := make(chan struct{})
	go func() {
		g.Wait()
		close(ended)
	}()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ended:
	case <-timer.C:
		if late != nil {
			late()
		}
	}
}

// open lets workers start by launch, unless the queue runs already.
func (q *queue) open(launch func()) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.launch != nil {
		return false
	}
	q.launch = launch
	return true
}

// close lets no further call start and gives back what waits for one.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.launch = nil
	q.giveBackAll()
	for key, w := range q.pendings {
		delete(q.pendings, key)
		w.pending.unanswered()
	}
}

// claimAll claims what is due, again and again, until ctx ends.
func (q *queue) claimAll(ctx context.Context) {
	wake, stop := q.db.Listen(q.table.name)
	defer stop()
	poll := time.NewTicker(pollEach)
	defer poll.Stop()
	mend := time.NewTicker(mendEach)
	defer mend.Stop()
	q.mendClock(ctx)
	for ctx.Err() == nil {
		if q.wentBack() {
			q.mendClock(ctx)
		}
		q.claimUp(ctx)
		select {
		case <-ctx.Done():
		case <-q.more: // half of what was ready is used
		case <-wake:
			q.lookAgain()
		case <-poll.C:
			q.lookAgain()
		case <-mend.C:
			q.mendClock(ctx)
		}
	}
}

// lookAgain has the next claim look into every lane.
func (q *queue) lookAgain() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.dry = [lanes]bool{}
}

// claimUp claims until nothing is due or enough is in hand.
func (q *queue) claimUp(ctx context.Context) {
	for ctx.Err() == nil {
		again, err := q.claim(ctx)
		if err != nil && ctx.Err() == nil {
			q.log.Error("claim", "error", err)
		}
		if err != nil || !again {
			return
		}
	}
}

// settleAll settles outcomes until idle is closed and none is left, or ctx
// ends.
func (q *queue) settleAll(ctx context.Context, idle <-chan struct{}) {
	for ctx.Err() == nil {
		batch := q.takeOutcomes(mostSettled)
		if len(batch) > 0 {
			q.settle(ctx, batch)
			continue
		}
		select {
		case <-q.fate:
		case <-ctx.Done():
		case <-idle:
			if q.unsettled() == 0 {
				return
			}
		}
	}
}
