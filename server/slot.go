package main

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"hongyan/store"
)

// keepRuns is how long the history of the jobs is kept.
const keepRuns = 7 * 24 * time.Hour

// runJob runs one slot of one job, on whichever node claims it first, and
// writes down what came of it. A node that dies in between leaves a run
// without an end; the next slot does the work.
func (n *node) runJob(ctx context.Context, j job) {
	_, _, _ = n.runJobAt(ctx, j, n.db.Now().Round(time.Minute)) // what came of it stands in the history
}

// runJobAt is runJob for a slot; ran is false when another node has it.
func (n *node) runJobAt(ctx context.Context, j job, slot time.Time) (outcome string, ran bool, failure error) {
	mine, err := n.push.ClaimRun(ctx, j.name, slot)
	if err != nil && ctx.Err() == nil {
		n.log.Error("job not claimed", "job", j.name, "err", err)
	}
	if err != nil || !mine {
		return "", false, err
	}
	outcome, failure = n.runSlot(ctx, j, slot)
	return outcome, true, failure
}

// runSlot runs a slot that this node has claimed.
func (n *node) runSlot(ctx context.Context, j job, slot time.Time) (outcome string, failure error) {
	outcome, failure = runSafely(ctx, j)
	if failure != nil {
		n.log.Error("job failed", "job", j.name, "err", failure)
	}
	if err := n.push.EndRun(context.WithoutCancel(ctx), j.name, slot, outcome, failure); err != nil {
		n.log.Error("job outcome not kept", "job", j.name, "err", err)
	}
	return outcome, failure
}

// askJob runs a job because somebody asked for it, under a slot of its own, and
// returns when it has run: false while it runs already, here or elsewhere.
func (n *node) askJob(ctx context.Context, j job) (ran bool, err error) {
	slot, mine, err := n.push.AskRun(ctx, j.name)
	if err != nil || !mine {
		return false, err
	}
	_, _ = n.runSlot(ctx, j, slot)
	return true, nil
}

// runSafely turns a panic of the job into an error.
func runSafely(ctx context.Context, j job) (outcome string, err error) {
	defer func() {
		if broken := recover(); broken != nil {
			err = fmt.Errorf("panic: %v\n%s", broken, debug.Stack())
		}
	}()
	return j.run(ctx)
}

// tidyRuns deletes old history, which grows by some rows a minute.
func (n *node) tidyRuns(ctx context.Context) (count int, err error) {
	err = n.db.Update(ctx, func(tx *store.Tx) error {
		deleted, err := tx.Exec(`DELETE FROM cron_run WHERE slot < $1`, store.Millis(tx.Now.Add(-keepRuns)))
		count = int(deleted)
		return err
	})
	return count, err
}
