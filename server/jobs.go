package main

import (
	"context"
	"fmt"

	"github.com/robfig/cron/v3"
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
		{"growth", "* * * * *", counted(n.push.CountGrowth, "comings and goings counted")},
		{"retention", "17 * * * *", counted(n.retain, "rows deleted")},
		{"sessions", "41 * * * *", counted(n.session.Retain, "sessions and approvals deleted")},
		{"history", "23 * * * *", counted(n.tidyRuns, "old runs deleted")},
		{"hours", "4 * * * *", counted(n.push.CountHours, "hours counted")},
		{"quota", "*/10 * * * *", n.readQuota},
		{"rebind", "* * * * *", counted(n.billing.Rebind, "holders moved along with their products")},
		{"pay_look", "* * * * *", counted(n.billing.Look, "payments asked about")},
		{"pay_refund", "* * * * *", counted(n.billing.SendRefunds, "refunds sent or asked about")},
		{"silence", "*/10 * * * *", counted(n.billing.Silence, "products warned, delisted or heard again")},
		{"remind", "11 * * * *", counted(n.billing.Remind, "people reminded")},
		{"bill", "*/30 10-23 * * *", counted(n.billing.CompareBill, "bills compared")},
		{"ledger", "30 4 * * *", counted(n.billing.CheckLedger, "contradictions in the ledger")},
	}
}

func counted(do func(context.Context) (int, error), what string) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		count, err := do(ctx)
		return fmt.Sprintf("%d %s", count, what), err
	}
}

// retain deletes what push and billing have kept long enough.
func (n *node) retain(ctx context.Context) (count int, err error) {
	for _, one := range []func(context.Context) (int, error){n.push.Retain, n.billing.Retain} {
		deleted, err := one(ctx)
		count += deleted
		if err != nil {
			return count, err
		}
	}
	return count, nil
}

func (n *node) runJobs(ctx context.Context) error { return n.runTable(ctx, n.jobs()) }

// runTable runs the jobs until ctx ends and the running ones are done. A clock
// that was moved has the schedules read anew.
func (n *node) runTable(ctx context.Context, table []job) error {
	for ctx.Err() == nil {
		// runJob recovers: a panic that reached SkipIfStillRunning would stop its
		// job for ever.
		c := cron.New(cron.WithLocation(n.clock.shanghai()), cron.WithChain(cron.SkipIfStillRunning(cron.DiscardLogger)))
		for _, j := range table {
			if _, err := c.AddFunc(j.schedule, func() { n.tick(ctx, j) }); err != nil {
				return fmt.Errorf("schedule job %s: %w", j.name, err)
			}
		}
		c.Start()
		select {
		case <-ctx.Done():
		case <-n.clock.moved:
		}
		<-c.Stop().Done()
	}
	return nil
}

// tick runs a job whose time has come, unless the clock is being moved: then
// whoever moves it runs the jobs.
func (n *node) tick(ctx context.Context, j job) {
	if !n.clock.moving.Load() {
		n.runJob(ctx, j)
	}
}

// templatePath is the platform call whose quota counts.
const templatePath = "/cgi-bin/message/template/send"

// readQuota keeps what WeChat says about the day's quota where doctor and
// metrics find it.
func (n *node) readQuota(ctx context.Context) (string, error) {
	quota, err := n.wechat.Quota(ctx, templatePath)
	if err != nil {
		return "", err
	}
	n.metrics.quota(quota.DailyLimit, quota.Remain)
	if err := n.push.KeepQuota(ctx, quota.DailyLimit, quota.Remain); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d of %d left", quota.Remain, quota.DailyLimit), nil
}
