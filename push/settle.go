package push

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"hongyan/store"
)

// takeOutcomes takes up to most outcomes to be settled.
func (q *queue) takeOutcomes(most int) []*task {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := min(most, len(q.outcomes))
	batch := slices.Clone(q.outcomes[:n])
	q.outcomes = slices.Delete(q.outcomes, 0, n)
	return batch
}

func (q *queue) unsettled() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.outcomes)
}

// settle writes a batch of outcomes. While the store is away it keeps trying
// until ctx ends. A row the store refuses is set aside: its lease ends, and it
// is tried again.
func (q *queue) settle(ctx context.Context, batch []*task) {
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
		err := q.settleOnce(ctx, batch)
		switch {
		case err == nil:
			return
		case ctx.Err() != nil:
			q.log.Error("outcomes are lost, their leases will end", "rows", len(batch), "error", err)
			q.drop(batch)
			return
		case errors.Is(err, store.ErrBusy), errors.Is(err, store.ErrFull):
			q.log.Warn("settling waits for the store", "rows", len(batch), "error", err)
			pause(ctx, wait)
		case len(batch) == 1:
			q.log.Error("an outcome cannot be settled", "error", err)
			q.drop(batch)
			return
		default:
			q.settle(ctx, batch[:len(batch)/2])
			batch = batch[len(batch)/2:]
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

func (q *queue) settleOnce(ctx context.Context, batch []*task) error {
	q.turn.Lock()
	defer q.turn.Unlock()
	var settled []*task
	var after func()
	err := q.db.Update(ctx, func(tx *store.Tx) (err error) {
		settled, after, err = q.table.settle(tx, batch)
		return err
	})
	if err != nil {
		return fmt.Errorf("settle %d of %s: %w", len(batch), q.table.name, err)
	}
	if lost := len(batch) - len(settled); lost > 0 {
		q.log.Warn("leases were lost before their rows were settled", "rows", lost)
	}
	q.drop(batch)
	q.mu.Lock()
	q.counts.Settled += int64(len(settled))
	q.counts.Lost += int64(len(batch) - len(settled))
	q.mu.Unlock()
	if after != nil {
		after()
	}
	return nil
}

// drop forgets tasks whose rows are no longer in hand.
func (q *queue) drop(batch []*task) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, t := range batch {
		delete(q.held, t.key)
		if !t.back && t.outcome.Verdict == Paused {
			q.pauses--
		}
		q.leave(t)
	}
	if q.capped || q.dry != [lanes]bool{true, true} {
		signal(q.more)
	}
}

// leave gives up t's place in its app's share.
func (q *queue) leave(t *task) {
	if q.perApp == 0 {
		return
	}
	s := q.share(t.app)
	s.inHand--
	if s.idle() {
		delete(q.shares, t.app)
	}
}

// try is what the rules are told about t.
func (t *task) try(now time.Time) try {
	return try{number: t.attempt() - t.before, first: t.first, made: t.made, now: now, unsure: t.unsure(), chance: rand.Float64()}
}

// unsure reports whether an earlier call may have arrived.
func (t *task) unsure() bool { return !t.fresh && !t.first.IsZero() }

// decide gives every task its fate by rule; a task given back has none.
func decide(batch []*task, now time.Time, rule func(Outcome, try) fate) {
	for _, t := range batch {
		if t.back {
			t.fate = fate{state: stateDue, due: t.due, uncount: true, arrived: t.unsure()}
			continue
		}
		t.fate = rule(t.outcome, t.try(now))
		t.fate.reason = storable(t.fate.reason)
	}
}

// fence is the condition that a row is still leased to node $1 by the claim
// its task knows. It is a CASE to hide from PostgreSQL's planner how few rows
// that may be: it would look through all leased rows instead of using the key.
func fence(table string) string {
	return `CASE WHEN ` + table + `.state = 1 AND ` + table + `.owner = $1 AND ` + table + `.attempts = v.fence THEN TRUE ELSE FALSE END`
}

// storable is text as both engines keep it.
func storable(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "�"), "\x00", "�")
}

// less is how much of a row's attempts was no attempt.
func (t *task) less() int {
	if t.fate.uncount {
		return t.again + 1
	}
	return t.again
}
