package push

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"hongyan/store"
)

// How far rows are counted for the administrator, so that a million of them
// cost no more than a moment.
const (
	MostWaiting   = 20_000  // cards, callbacks, messages of a minute
	MostFollowing = 100_000 // followers of the account
)

// Waiting is what one queue holds that is not with the other side yet.
type Waiting struct {
	Rows   int64     // at most MostWaiting, which is "at least"
	Oldest time.Time // when the first of those that are due was; zero: nothing is due
}

// Installation is the state of the whole platform in figures.
type Installation struct {
	Deliveries, Callbacks Waiting
	Unreported            int64 // cards WeChat took and has not reported; as above
	SendsPerMinute        int64 // messages accepted in the last minute; as above
	PausedUntil           time.Time
	PauseReason           string
	Quota                 Quota
	Complaints            int64 // that are open
	FailedJobs            []JobRun
	Nodes                 []NodeSeen
	Apps, Suspended       int64
	Followers             int64 // of the account; at most MostFollowing
}

// NodeSeen is a node that ran a job lately.
type NodeSeen struct {
	Node string
	At   time.Time
}

// nodesWithin is how long a node that ran no job counts as there: with two
// jobs a minute, even one of several nodes runs one.
const nodesWithin = 15 * time.Minute

// Installation reads it. What could be many is counted to a bound.
func (s *Service) Installation(ctx context.Context, jobs []string) (in Installation, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		in = Installation{}
		now := store.Millis(tx.Now)
		for table, into := range map[string]*Waiting{"delivery": &in.Deliveries, "callback": &in.Callbacks} {
			var due int64
			err := tx.QueryRow(`SELECT COUNT(*), COALESCE(MIN(CASE WHEN due_at <= $1 THEN due_at END), 0)
				FROM (SELECT due_at FROM `+table+` WHERE state < 2 LIMIT $2) w`, now, MostWaiting).Scan(&into.Rows, &due)
			if err != nil {
				return err
			}
			into.Oldest = store.Time(due)
		}
		err := tx.QueryRow(`SELECT (SELECT COUNT(*) FROM (SELECT 1 FROM delivery WHERE state = 2 LIMIT $2) u),
				(SELECT COUNT(*) FROM (SELECT 1 FROM message WHERE created_at > $1 LIMIT $2) m),
				(SELECT COUNT(*) FROM report WHERE handled_at = 0),
				(SELECT COUNT(*) FROM app WHERE deleted_at = 0), (SELECT COUNT(*) FROM app WHERE deleted_at = 0 AND suspended_at > 0),
				(SELECT COUNT(*) FROM (SELECT 1 FROM users WHERE following = 1 LIMIT $3) f)`, store.Millis(tx.Now.Add(-time.Minute)), MostWaiting, MostFollowing).
			Scan(&in.Unreported, &in.SendsPerMinute, &in.Complaints, &in.Apps, &in.Suspended, &in.Followers)
		if err != nil {
			return err
		}
		account, err := s.accountState(tx)
		if err != nil {
			return err
		}
		if in.Quota = account.Quota; account.Paused(tx.Now) {
			in.PausedUntil, in.PauseReason = account.PausedUntil, account.PauseReason
		}
		return in.history(tx, jobs)
	})
	if err != nil {
		return Installation{}, fmt.Errorf("look at the installation: %w", err)
	}
	return in, nil
}

// history reads what the runs of the jobs tell: those whose last run failed,
// and which nodes are there.
func (in *Installation) history(tx *store.Tx, jobs []string) (err error) {
	for _, job := range jobs {
		last, err := store.Collect(tx, scanJobRun, `SELECT `+jobRunColumns+` FROM cron_run WHERE job = $1 AND finished_at > 0 ORDER BY slot DESC LIMIT 1`, job)
		if err != nil {
			return err
		}
		if len(last) == 1 && last[0].Failed() {
			in.FailedJobs = append(in.FailedJobs, last[0])
		}
	}
	seen := map[string]time.Time{}
	for _, job := range jobs {
		_, err := store.Collect(tx, func(r *store.Rows) (none struct{}, err error) {
			var node string
			var at int64
			if err = r.Scan(&node, &at); err == nil && store.Time(at).After(seen[node]) {
				seen[node] = store.Time(at)
			}
			return none, err
		}, `SELECT node, MAX(started_at) FROM cron_run WHERE job = $1 AND slot > $2 GROUP BY node`, job, store.Millis(tx.Now.Add(-nodesWithin)))
		if err != nil {
			return err
		}
	}
	for _, node := range slices.Sorted(maps.Keys(seen)) {
		in.Nodes = append(in.Nodes, NodeSeen{node, seen[node]})
	}
	return nil
}
