package push

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hongyan/store"
)

// RunSchedule sends what is due until ctx ends. A node first takes a row into
// its hand and takes the messages out of the receivers' allowances. Then every
// send is one transaction with its row, so that it happens once, whoever makes
// it and whenever it is interrupted. The clock is looked at every second, so a
// jump of it is noticed.
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

// holdFor is how long a node keeps a row for itself, at most, before it sends:
// the time to count the receivers' messages of the day, maybe in Redis. Another
// node goes on with the row of one that died.
const holdFor = 30 * time.Second

// sendNextDue makes the first send that is due behind after, or tells when one
// will be.
func (s *Service) sendNextDue(ctx context.Context, after dueAt) (found dueAt, next time.Time, err error) {
	r, next, err := s.holdNextDue(ctx, after)
	if err != nil || r == nil {
		return dueAt{}, next, err
	}
	if err := s.sendHeld(ctx, r); err != nil {
		err = fmt.Errorf("row %d of app %d: %w", r.id, r.app, err)
		return dueAt{store.Millis(r.SendAt), r.id}, next, err
	}
	return dueAt{store.Millis(r.SendAt), r.id}, next, nil
}

// holdNextDue takes the first row that is due behind after and in nobody's
// hand; there may be none. One held until later than a node may hold it was
// held before the clock went back.
func (s *Service) holdNextDue(ctx context.Context, after dueAt) (r *Scheduled, next time.Time, err error) {
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		r, next = nil, time.Time{}
		now := s.db.LeaseNow()
		all, err := store.Collect(tx, s.scanScheduled, scheduledColumns+`
			WHERE state = 0 AND send_at <= $1 AND (held_until <= $1 OR held_until > $2) AND (send_at, id) > ($3, $4)
			ORDER BY send_at, id LIMIT 1`+tx.SkipLocked(),
			store.Millis(now), store.Millis(now.Add(holdFor)), after.at, after.id)
		if err != nil {
			return fmt.Errorf("look for what is due: %w", err)
		}
		if len(all) == 0 {
			next, err = nextScheduled(tx, now)
			return err
		}
		r = &all[0]
		r.held = store.Millis(now.Add(holdFor))
		_, err = tx.Exec(`UPDATE scheduled SET held_until = $2 WHERE id = $1`, r.id, r.held)
		return err
	})
	return r, next, err
}

// sendHeld makes the send of a row that this node holds, in one transaction
// with the row. If it was replaced or cancelled meanwhile, or held for too
// long, nothing is sent.
func (s *Service) sendHeld(ctx context.Context, r *Scheduled) error {
	o := r.outgoing()
	_, err := s.spending(ctx, o, func() (out []Receipt, err error) {
		err = s.db.Update(ctx, func(tx *store.Tx) error {
			out = nil
			mine, err := letGo(tx, r)
			if err == nil && mine {
				out, err = s.sendScheduled(tx, r, o)
			}
			return err
		})
		return out, err
	})
	if err == nil {
		return nil
	}
	back := s.db.Update(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		_, err := letGo(tx, r)
		return err
	})
	return errors.Join(err, back)
}

// letGo ends this node's hold of a row; mine is false if it had ended already.
func letGo(tx *store.Tx, r *Scheduled) (mine bool, err error) {
	n, err := tx.Exec(`UPDATE scheduled SET held_until = 0 WHERE id = $1 AND state = 0 AND held_until = $2`, r.id, r.held)
	return n > 0, err
}

// nextScheduled is when the first send behind now is due, zero if none is.
func nextScheduled(tx *store.Tx, now time.Time) (time.Time, error) {
	var at int64
	err := tx.QueryRow(`SELECT COALESCE(MIN(send_at), 0) FROM scheduled WHERE state = 0 AND send_at > $1`, store.Millis(now)).Scan(&at)
	return store.Time(at), err
}

// outgoing is the call that the row asks for. Where none is allowed any more
// it is empty, and r.Reason says why.
func (r *Scheduled) outgoing() *outgoing {
	if r.Reason != "" {
		return &outgoing{}
	}
	o, err := newOutgoing(byNumber(r.app), r.Draft)
	if err != nil {
		r.Reason = reasonOf(err)
		return &outgoing{}
	}
	return o
}

// reasonOf words why a send is not allowed.
func reasonOf(err error) string {
	var invalid *Invalid
	if errors.As(err, &invalid) {
		return invalid.Text
	}
	return err.Error()
}

// sendScheduled sends what the row asks for and closes the row. An app that
// was deleted or suspended, a draft that is no longer allowed and receivers none of whom
// can be sent to end it as failed.
func (s *Service) sendScheduled(tx *store.Tx, r *Scheduled, o *outgoing) (receipts []Receipt, err error) {
	reason := r.Reason
	if reason == "" {
		receipts, err = s.sendTx(tx, o)
	}
	if errors.Is(err, ErrNoApp) {
		receipts, reason, err = nil, whyAppDeleted, nil
	}
	var stopped *Suspended
	if errors.As(err, &stopped) {
		receipts, reason, err = nil, stopped.Error(), nil
	}
	if err != nil {
		return nil, err
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
	return receipts, err
}

// retainScheduled deletes what was over long enough ago.
func retainScheduled(tx *store.Tx) (int64, error) {
	return tx.Exec(`DELETE FROM scheduled WHERE id IN (
		SELECT id FROM scheduled WHERE state > 0 AND done_at < $1 LIMIT $2)`,
		store.Millis(tx.Now.Add(-keepMessages)), chunk)
}
