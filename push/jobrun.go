package push

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"hongyan/store"
)

// JobRun is one run of one job of the platform's table.
type JobRun struct {
	Job      string
	Slot     time.Time // what it ran for: a whole minute, unless somebody asked for it
	Node     string
	Started  time.Time
	Finished time.Time // zero: it goes on, or its node died
	Outcome  string
}

// failedRun begins the outcome of a run that failed.
const failedRun = "failed: "

// Failed tells that the run came to an error.
func (r JobRun) Failed() bool { return strings.HasPrefix(r.Outcome, failedRun) }

// Reason is why it failed, empty if it did not.
func (r JobRun) Reason() string {
	why, failed := strings.CutPrefix(r.Outcome, failedRun)
	if !failed {
		return ""
	}
	return why
}

// Asked tells that somebody asked for the run.
func (r JobRun) Asked() bool { return store.Millis(r.Slot)%60_000 != 0 }

// Took is how long it ran, zero while it does.
func (r JobRun) Took() time.Duration {
	if r.Finished.IsZero() {
		return 0
	}
	return r.Finished.Sub(r.Started)
}

const jobRunColumns = `job, slot, node, started_at, finished_at, outcome`

func scanJobRun(r *store.Rows) (j JobRun, err error) {
	var slot, started, finished int64
	err = r.Scan(&j.Job, &slot, &j.Node, &started, &finished, &j.Outcome)
	j.Slot, j.Started, j.Finished = store.Time(slot), store.Time(started), store.Time(finished)
	return j, err
}

// JobRuns lists the runs of a job, the latest first, and the cursor of the next
// page, empty at the end. Errors: *Invalid.
func (s *Service) JobRuns(ctx context.Context, job, after string, limit int) (all []JobRun, next string, err error) {
	below := int64(math.MaxInt64)
	if err := s.readCursor(cursorRuns, after, &below); err != nil {
		return nil, "", err
	}
	size := pageSize(limit)
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		all, err = store.Collect(tx, scanJobRun, `SELECT `+jobRunColumns+` FROM cron_run WHERE job = $1 AND slot < $2 ORDER BY slot DESC LIMIT $3`,
			job, below, size+1)
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("list the runs of job %s: %w", job, err)
	}
	if len(all) > size {
		all = all[:size]
		next = s.cursor(cursorRuns, store.Millis(all[size-1].Slot))
	}
	return all, next, nil
}

// LastRuns is the latest run of each of the jobs that ever ran.
func (s *Service) LastRuns(ctx context.Context, jobs []string) (last map[string]JobRun, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		last = make(map[string]JobRun, len(jobs))
		for _, job := range jobs {
			one, err := store.Collect(tx, scanJobRun, `SELECT `+jobRunColumns+` FROM cron_run WHERE job = $1 ORDER BY slot DESC LIMIT 1`, job)
			if err != nil {
				return err
			}
			for _, r := range one {
				last[job] = r
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look at the last runs: %w", err)
	}
	return last, nil
}

// runningFor is how long a run without an end counts as going on. After it, its
// node is taken for dead.
const runningFor = 10 * time.Minute

// jobsLock makes the takers of runs go one after another.
const jobsLock = 0x686f6e6779616e04

// ClaimRun takes the slot of a job for this node; mine is false when another
// has it, or when a run that somebody asked for goes on.
func (s *Service) ClaimRun(ctx context.Context, job string, slot time.Time) (mine bool, err error) {
	return s.claimRun(ctx, job, slot, func(tx *store.Tx, since int64) (busy bool, err error) {
		err = tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM cron_run WHERE job = $1 AND slot > $2 AND finished_at = 0 AND slot % 60000 <> 0)`, job, since).Scan(&busy)
		return busy, err
	}, nil)
}

// AskRun takes a slot of its own for a run that somebody asks for, and writes
// that down; mine is false while the job runs anywhere.
func (s *Service) AskRun(ctx context.Context, job string) (slot time.Time, mine bool, err error) {
	slot = s.db.Now().Truncate(time.Millisecond)
	if store.Millis(slot)%60_000 == 0 {
		slot = slot.Add(time.Millisecond)
	}
	mine, err = s.claimRun(ctx, job, slot, func(tx *store.Tx, since int64) (busy bool, err error) {
		err = tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM cron_run WHERE job = $1 AND slot > $2 AND finished_at = 0)`, job, since).Scan(&busy)
		return busy, err
	}, func(tx *store.Tx) error { return s.AuditTx(ctx, tx, Change{Action: "job.run", Subject: job}) })
	return slot, mine, err
}

func (s *Service) claimRun(ctx context.Context, job string, slot time.Time, running func(*store.Tx, int64) (bool, error), then func(*store.Tx) error) (mine bool, err error) {
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		mine = false
		if err := tx.Lock(jobsLock); err != nil {
			return err
		}
		busy, err := running(tx, store.Millis(tx.Now.Add(-runningFor)))
		if err != nil || busy {
			return err
		}
		n, err := tx.Exec(`INSERT INTO cron_run (job, slot, node, started_at) VALUES ($1, $2, $3, $4) ON CONFLICT (job, slot) DO NOTHING`,
			job, store.Millis(slot), s.node, store.Millis(tx.Now))
		mine = n == 1
		if err != nil || !mine || then == nil {
			return err
		}
		return then(tx)
	})
	if err != nil {
		return false, fmt.Errorf("claim a run of job %s: %w", job, err)
	}
	return mine, nil
}

// EndRun writes down what a run came to.
func (s *Service) EndRun(ctx context.Context, job string, slot time.Time, outcome string, failure error) error {
	if failure != nil {
		outcome = failedRun + failure.Error()
	}
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE cron_run SET finished_at = $1, outcome = $2 WHERE job = $3 AND slot = $4`,
			store.Millis(tx.Now), storable(outcome), job, store.Millis(slot))
		return err
	})
	if err != nil {
		return fmt.Errorf("end a run of job %s: %w", job, err)
	}
	return nil
}
