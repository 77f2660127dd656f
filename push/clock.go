package push

import (
	"context"
	"fmt"
	"time"

	"hongyan/store"
)

const (
	// mendEach is how often due times are looked over.
	mendEach = time.Minute
	// mendAfter is how far ahead a row that was never tried may be due: tasks
	// given back wait no longer.
	mendAfter = 20 * time.Second
)

// mendClock makes rows due that a clock set back would stall: leases that end
// later than any lease does, and rows never tried that are due later than they
// could be. Rows that wait for a further attempt are moved by as much as this
// process saw the clock go back.
func (q *queue) mendClock(ctx context.Context) {
	now, back := q.lookAtClock()
	err := q.db.Update(ctx, func(tx *store.Tx) error {
		for lane := range allLanes {
			if err := q.mendLane(tx, lane, now, back); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil && ctx.Err() == nil {
		q.log.Error("look over due times", "error", fmt.Errorf("lanes of %s: %w", q.table.name, err))
	}
}

// lookAtClock returns the time and how far the clock went back since the last
// look.
func (q *queue) lookAtClock() (now time.Time, back time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now = q.db.LeaseNow()
	back = q.seen.Sub(now)
	q.seen = now
	return now, max(0, back)
}

// wentBack reports whether the clock was set back since the last look; a
// correction of a second or two is nothing.
func (q *queue) wentBack() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := q.db.LeaseNow()
	if q.seen.Sub(now) > 2*time.Second {
		return true
	}
	q.seen = now
	return false
}

func (q *queue) mendLane(tx *store.Tx, lane int, now time.Time, back time.Duration) error {
	apps, err := store.Collect(tx, func(r *store.Rows) (app AppID, err error) {
		return app, r.Scan(&app)
	}, openApps(q.table.name)+`SELECT app FROM a WHERE app IS NOT NULL`, lane, int64(-1))
	if err != nil {
		return err
	}
	update := `UPDATE ` + q.table.name + ` SET due_at = `
	open := ` WHERE state < 2 AND lane = $1 AND app_id = $2 AND due_at > $3`
	for _, app := range apps {
		if back > 2*time.Second {
			_, err = tx.Exec(update+`CASE WHEN due_at - $4 > $3 THEN due_at - $4 ELSE $3 END`+open+` AND state = 0 AND attempts > 0`,
				lane, int64(app), store.Millis(now), back.Milliseconds())
			if err != nil {
				return err
			}
		}
		_, err = tx.Exec(update+`$4`+open+` AND state = 0 AND attempts = 0`,
			lane, int64(app), store.Millis(now.Add(mendAfter)), store.Millis(now))
		if err != nil {
			return err
		}
		_, err = tx.Exec(update+`$4`+open+` AND state = 1`,
			lane, int64(app), store.Millis(now.Add(2*leaseFor)), store.Millis(now.Add(leaseFor)))
		if err != nil {
			return err
		}
	}
	return nil
}
