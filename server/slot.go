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
	slot := n.db.Now().Round(time.Minute)
	mine, err := n.claimSlot(ctx, j.name, slot)
	if err != nil && ctx.Err() == nil {
		n.log.Error("job not claimed", "job", j.name, "err", err)
	}
	if err != nil || !mine {
		return
	}
	outcome, err := runSafely(ctx, j)
	if err != nil {
		outcome = "failed: " + err.Error()
		n.log.Error("job failed", "job", j.name, "err", err)
	}
	if err := n.endSlot(context.WithoutCancel(ctx), j.name, slot, outcome); err != nil {
		n.log.Error("job outcome not kept", "job", j.name, "err", err)
	}
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

func (n *node) claimSlot(ctx context.Context, name string, slot time.Time) (mine bool, err error) {
	err = n.db.Update(ctx, func(tx *store.Tx) error {
		count, err := tx.Exec(`INSERT INTO cron_run (job, slot, node, started_at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (job, slot) DO NOTHING`, name, store.Millis(slot), n.push.Node(), store.Millis(tx.Now))
		mine = count == 1
		return err
	})
	return mine, err
}

func (n *node) endSlot(ctx context.Context, name string, slot time.Time, outcome string) error {
	return n.db.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE cron_run SET finished_at = $1, outcome = $2 WHERE job = $3 AND slot = $4`,
			store.Millis(tx.Now), outcome, name, store.Millis(slot))
		return err
	})
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
