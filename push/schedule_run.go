package push

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hongyan/store"
)

// RunSchedule sends what is due until ctx ends. Every send is one transaction
// with its row, so that it happens once, whoever makes it and whenever it is
// interrupted; on PostgreSQL nodes take different rows. The clock is looked at
// every second, so a jump of it is noticed.
func (s *Service) RunSchedule(ctx context.Context) error {
	wake, stop := s.db.Listen("schedule")
	defer stop()
	for ctx.Err() == nil {
		timer := time.NewTimer(s.sendDue(ctx))
		select {
		case <-ctx.Done():
		case <-wake:
		case <-timer.C:
		}
		timer.Stop()
	}
	return nil
}

// sendDue makes the sends that are due and returns how long to wait for the
// next. One that cannot be made now is left behind and does not hold up the
// others.
func (s *Service) sendDue(ctx context.Context) time.Duration {
	var after dueAt
	for ctx.Err() == nil {
		found, next, err := s.sendNextDue(ctx, after)
		if err != nil && ctx.Err() == nil {
			s.log.Error("send what was scheduled", "error", err)
		}
		switch {
		case found != (dueAt{}):
			after = found
		case err != nil || next.IsZero():
			return pollEach
		default:
			return min(pollEach, max(next.Sub(s.db.LeaseNow()), time.Millisecond))
		}
	}
	return pollEach
}

// dueAt is a place in the order in which sends are due.
type dueAt struct{ at, id int64 }

// sendNextDue makes the first send that is due behind after, or tells when one
// will be.
func (s *Service) sendNextDue(ctx context.Context, after dueAt) (found dueAt, next time.Time, err error) {
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		found, next = dueAt{}, time.Time{}
		now := s.db.LeaseNow()
		all, err := store.Collect(tx, s.scanScheduled, scheduledColumns+`
			WHERE state = 0 AND send_at <= $1 AND (send_at, id) > ($2, $3) ORDER BY send_at, id LIMIT 1`+tx.SkipLocked(),
			store.Millis(now), after.at, after.id)
		if err != nil {
			return fmt.Errorf("look for what is due: %w", err)
		}
		if len(all) == 0 {
			next, err = nextScheduled(tx, now)
			return err
		}
		found = dueAt{store.Millis(all[0].SendAt), all[0].id}
		if err := s.sendScheduled(tx, &all[0]); err != nil {
			return fmt.Errorf("row %d of app %d: %w", all[0].id, all[0].app, err)
		}
		return nil
	})
	return found, next, err
}

// nextScheduled is when the first send behind now is due, zero if none is.
func nextScheduled(tx *store.Tx, now time.Time) (time.Time, error) {
	var at int64
	err := tx.QueryRow(`SELECT COALESCE(MIN(send_at), 0) FROM scheduled WHERE state = 0 AND send_at > $1`, store.Millis(now)).Scan(&at)
	return store.Time(at), err
}

// sendScheduled sends what the row holds and closes the row. An app that was
// deleted, a draft that is no longer allowed and receivers none of whom can be
// sent to end it as failed.
func (s *Service) sendScheduled(tx *store.Tx, r *Scheduled) error {
	receipts, reason, err := s.receiptsOf(tx, r)
	if err != nil {
		return err
	}
	state, answer, message := ScheduledSent, reason, int64(0)
	if reason == "" {
		answer = string(marshal(receipts))
	}
	if allFailed(receipts) {
		state = ScheduledFailed
	}
	for _, one := range receipts {
		if !one.Failed {
			_, message, _ = s.keys.rowID(one.Message)
		}
	}
	_, err = tx.Exec(`UPDATE scheduled SET state = $2, message_id = $3, answer = $4, done_at = $5 WHERE id = $1`,
		r.id, int64(state), message, answer, store.Millis(tx.Now))
	return err
}

func (s *Service) receiptsOf(tx *store.Tx, r *Scheduled) (receipts []Receipt, reason string, err error) {
	if r.Reason != "" {
		return nil, r.Reason, nil
	}
	o, err := newOutgoing(byNumber(r.app), r.Draft)
	if err == nil {
		receipts, err = s.sendTx(tx, o)
	}
	var invalid *Invalid
	switch {
	case errors.As(err, &invalid):
		return nil, invalid.Text, nil
	case errors.Is(err, ErrNoApp):
		return nil, whyAppDeleted, nil
	}
	return receipts, "", err
}

// retainScheduled deletes what was over long enough ago.
func retainScheduled(tx *store.Tx) (int64, error) {
	return tx.Exec(`DELETE FROM scheduled WHERE id IN (
		SELECT id FROM scheduled WHERE state > 0 AND done_at < $1 LIMIT $2)`,
		store.Millis(tx.Now.Add(-keepMessages)), chunk)
}
