package push

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"hongyan/store"
)

// WaitingSends lists the app's sends that wait for their time, the next one
// first, and the cursor of the next page, empty at the end. Errors: *Invalid.
func (s *Service) WaitingSends(ctx context.Context, app AppID, after string, limit int) ([]Scheduled, string, error) {
	return s.listSends(ctx, cursorWaiting, after, spot{math.MinInt64, 0}, limit,
		scheduledColumns+` WHERE app_id = $1 AND state = 0 AND (send_at, id) > ($2, $3) ORDER BY send_at, id LIMIT $4`, app,
		func(r Scheduled) spot { return spot{store.Millis(r.SendAt), r.id} })
}

// PastSends lists what became of the app's sends of the last seven days, the
// latest first. The cursor and errors are as for WaitingSends.
func (s *Service) PastSends(ctx context.Context, app AppID, after string, limit int) ([]Scheduled, string, error) {
	return s.listSends(ctx, cursorPast, after, spot{math.MaxInt64, 0}, limit,
		scheduledColumns+` WHERE app_id = $1 AND state > 0 AND (done_at, id) < ($2, $3) ORDER BY done_at DESC, id DESC LIMIT $4`, app,
		func(r Scheduled) spot { return spot{store.Millis(r.DoneAt), r.id} })
}

func (s *Service) listSends(ctx context.Context, of cursorOf, after string, from spot, limit int, query string, app AppID, at func(Scheduled) spot) (all []Scheduled, next string, err error) {
	if err := s.readCursor(of, after, &from.at, &from.id); err != nil {
		return nil, "", err
	}
	size := pageSize(limit)
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		all, err = store.Collect(tx, s.scanScheduled, query, int64(app), from.at, from.id, size+1)
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("list the scheduled sends of app %d: %w", app, err)
	}
	if len(all) > size {
		all = all[:size]
		last := at(all[size-1])
		next = s.cursor(of, last.at, last.id)
	}
	return all, next, nil
}

// MoveScheduled gives a send that waits another time; one that has come sends
// it now, by whoever runs RunSchedule. Errors: *Invalid, ErrNoScheduled,
// ErrScheduledDone.
func (s *Service) MoveScheduled(ctx context.Context, app AppID, key string, at time.Time) error {
	at = at.Truncate(time.Millisecond)
	if at.Before(earliestSend) {
		return &Invalid{"sendAt", textSendAtUnit}
	}
	if at.After(s.db.Now().AddDate(1, 0, 0)) {
		return &Invalid{"sendAt", textSendAtFar}
	}
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		var id, was int64
		var state ScheduledState
		err := tx.QueryRow(`SELECT id, send_at, state FROM scheduled WHERE app_id = $1 AND name = $2`+tx.ForUpdate(),
			int64(app), storable(key)).Scan(&id, &was, &state)
		switch {
		case errors.Is(err, store.ErrNotFound):
			return ErrNoScheduled
		case err != nil:
			return err
		case state != ScheduledWaiting:
			return ErrScheduledDone
		}
		// A node that has it in hand, because its old time has come, finds its
		// hold gone and sends nothing.
		if _, err := tx.Exec(`UPDATE scheduled SET send_at = $2, held_until = 0 WHERE id = $1`, id, store.Millis(at)); err != nil {
			return err
		}
		tx.Notify("schedule")
		return s.AuditTx(ctx, tx, Change{App: app, Action: "schedule.move", Subject: key, Before: auditTime(store.Time(was)), After: auditTime(at)})
	})
	if err != nil {
		return fmt.Errorf("move a scheduled send of app %d: %w", app, err)
	}
	return nil
}

// auditTime is a time as the audit log says it, in China.
func auditTime(at time.Time) string {
	return at.In(time.FixedZone("CST", 8*3600)).Format("2006-01-02 15:04:05")
}
