package push

import (
	"context"
	"fmt"
	"time"

	"hongyan/store"
)

// Stats are the figures of this process's workers.
type Stats struct {
	Deliveries, Callbacks QueueStats
}

// QueueStats are the figures of one queue. The counters run from New.
type QueueStats struct {
	InFlight int   // calls under way
	Limit    int   // calls that may be
	InHand   int   // leased rows: waiting, under way or not settled yet
	Claimed  int64 // rows taken into hand
	Settled  int64 // outcomes written
	Lost     int64 // outcomes whose lease was lost
	Paused   bool
}

// Stats returns the figures of now, without asking the database.
func (s *Service) Stats() Stats {
	return Stats{Deliveries: s.deliveries.stats(), Callbacks: s.callbacks.stats()}
}

func (q *queue) stats() QueueStats {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := q.counts
	now.InFlight, now.Limit, now.InHand, now.Paused = q.atWork, q.speed.limit, len(q.held), q.paused || q.onHold
	return now
}

// Depth is how many rows of a table are in one lane and state (0 due, 1
// leased, 2 accepted and waiting for the finish report), and when the first of
// them is due.
type Depth struct {
	Table       string
	Lane, State int
	Rows        int64
	FirstDue    time.Time
}

// Depths counts the open rows. It reads all of them: ask now and then.
func (s *Service) Depths(ctx context.Context) (depths []Depth, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		depths, err = store.Collect(tx, scanDepth, `
			SELECT 'delivery', lane, state, COUNT(*), MIN(due_at) FROM delivery WHERE state < 2 GROUP BY lane, state
			UNION ALL SELECT 'delivery', lane, state, COUNT(*), MIN(sent_at) FROM delivery WHERE state = 2 GROUP BY lane, state
			UNION ALL SELECT 'callback', lane, state, COUNT(*), MIN(due_at) FROM callback WHERE state < 2 GROUP BY lane, state
			ORDER BY 1, 2, 3`)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count open rows: %w", err)
	}
	return depths, nil
}

func scanDepth(r *store.Rows) (d Depth, err error) {
	var due int64
	err = r.Scan(&d.Table, &d.Lane, &d.State, &d.Rows, &due)
	d.FirstDue = store.Time(due)
	return d, err
}
