package main

import (
	"context"
	"fmt"
	"time"

	"github.com/robfig/cron/v3"

	"hongyan/store"
)

// job is one line of the job table. A job decides from stored facts, never
// from having been called: a missed tick costs nothing but time.
type job struct {
	name     string
	schedule string // five fields, Asia/Shanghai
	run      func(context.Context) (string, error)
}

func (n *node) jobs() []job {
	return []job{
		{"unconfirmed", "* * * * *", counted(n.push.SweepUnconfirmed, "marked as not confirmed")},
		{"parked", "* * * * *", counted(n.push.JoinParked, "finish reports joined")},
		{"retention", "17 * * * *", counted(n.push.Retain, "rows deleted")},
		{"quota", "*/10 * * * *", n.readQuota},
	}
}

func counted(do func(context.Context) (int, error), what string) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		count, err := do(ctx)
		return fmt.Sprintf("%d %s", count, what), err
	}
}

// runJobs runs the table until ctx ends and the running jobs are done.
func (n *node) runJobs(ctx context.Context) error {
	shanghai := time.FixedZone("CST", 8*3600)
	// SkipIfStillRunning stands outside Recover: the other way round one
	// panic would stop its job for ever.
	c := cron.New(cron.WithLocation(shanghai), cron.WithChain(
		cron.SkipIfStillRunning(cron.DiscardLogger),
		cron.Recover(cron.PrintfLogger(panicLog{n})),
	))
	for _, j := range n.jobs() {
		if _, err := c.AddFunc(j.schedule, func() { n.runJob(ctx, j) }); err != nil {
			return fmt.Errorf("schedule job %s: %w", j.name, err)
		}
	}
	c.Start()
	<-ctx.Done()
	<-c.Stop().Done()
	return nil
}

// runJob runs one slot of one job, on whichever node claims it first.
func (n *node) runJob(ctx context.Context, j job) {
	slot := n.db.Now().Truncate(time.Minute)
	mine, err := n.claimSlot(ctx, j.name, slot)
	if err != nil || !mine {
		return
	}
	outcome, err := j.run(ctx)
	if err != nil {
		outcome = "failed: " + err.Error()
		n.log.Error("job failed", "job", j.name, "err", err)
	}
	err = n.db.Update(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE cron_run SET finished_at = $1, outcome = $2 WHERE job = $3 AND slot = $4`,
			store.Millis(tx.Now), outcome, j.name, store.Millis(slot))
		return err
	})
	if err != nil {
		n.log.Error("job outcome not kept", "job", j.name, "err", err)
	}
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

// readQuota keeps what WeChat says about the day's quota where doctor and
// metrics find it.
func (n *node) readQuota(ctx context.Context) (string, error) {
	quota, err := n.wechat.Quota(ctx, "/cgi-bin/message/template/send")
	if err != nil {
		return "", err
	}
	n.metrics.quota(quota.DailyLimit, quota.Remain)
	return fmt.Sprintf("%d of %d left", quota.Remain, quota.DailyLimit), nil
}

// panicLog leads cron's report of a panicking job into our log.
type panicLog struct{ n *node }

func (p panicLog) Printf(format string, args ...any) {
	p.n.log.Error("job panicked", "report", fmt.Sprintf(format, args...))
}
