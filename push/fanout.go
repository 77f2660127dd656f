package push

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hongyan/store"
)

const (
	// fanChunk is how many followers one transaction of a fan-out goes over.
	fanChunk = 5000
	// fanLease is how long a node may take for one.
	fanLease = 30 * time.Second
	// fanDone is the cursor of a record that has nothing to fan out. Below it
	// stands that of a paused one, as -2 less where it was.
	fanDone = -1
)

// RunFanout makes the deliveries of messages to topics until ctx ends. Each
// chunk of followers is one transaction with the cursor, so that any node goes
// on where another stopped, and big topics take turns. In between it moves the
// deliveries of messages that are paused or resumed (shelf.go).
func (s *Service) RunFanout(ctx context.Context) error {
	wake, stop := s.db.Listen("fanout")
	defer stop()
	poll := time.NewTicker(pollEach)
	defer poll.Stop()
	for ctx.Err() == nil {
		more, err := s.fanOut(ctx)
		if err != nil && ctx.Err() == nil {
			s.log.Error("fan out", "error", err)
		}
		moved, moveErr := s.moveShelved(ctx)
		if moveErr != nil && ctx.Err() == nil {
			s.log.Error("pause and resume", "error", moveErr)
		}
		if err == nil && moveErr == nil && (more || moved) {
			continue
		}
		select {
		case <-ctx.Done():
		case <-wake:
		case <-poll.C:
		}
	}
	return nil
}

// errFanLost is for a lease that another node has taken meanwhile.
var errFanLost = errors.New("the lease of the fan-out was lost")

// fanOut leases one record and does one chunk of it. more tells that there was
// one.
func (s *Service) fanOut(ctx context.Context) (more bool, err error) {
	var f *fan
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		f, err = s.leaseFan(tx)
		return err
	})
	if err != nil || f == nil {
		return false, err
	}
	if err := s.expect(ctx, f); err != nil {
		return false, fmt.Errorf("record %d: %w", f.record, err)
	}
	err = s.db.Update(ctx, func(tx *store.Tx) error { return f.chunk(tx, s.db.LeaseNow()) })
	if errors.Is(err, errFanLost) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("record %d: %w", f.record, err)
	}
	return true, nil
}

// expect counts at the beginning of a fan-out how many followers it will go
// over, for those who watch it. It is read apart from the chunk's transaction,
// since a million takes a while.
func (s *Service) expect(ctx context.Context, f *fan) error {
	if f.after > 0 || f.gone {
		return nil
	}
	return s.db.View(ctx, func(tx *store.Tx) error {
		return tx.QueryRow(`SELECT COUNT(*) FROM subscription s WHERE s.kind = 1 AND s.target = $1 AND s.active = 1 AND s.rejected = 0`,
			int64(f.topic)).Scan(&f.expected)
	})
}

// fan is a leased fan-out.
type fan struct {
	record, message int64
	app             AppID
	topic           TopicID
	audience        int
	gone            bool // the message was cancelled, it, the app or the topic deleted, or the app suspended
	after           int64
	lease           int64
	mixed           bool  // another topic of the call leaves followers out
	expected        int64 // followers, when it begins
	most            int64 // followers of one chunk
}

// leaseFan takes the fan-out that has waited longest. A lease that ends later
// than any can comes from a clock that was set back, and counts as ended.
func (s *Service) leaseFan(tx *store.Tx) (*fan, error) {
	now := s.db.LeaseNow()
	due := now
	if s.db.Postgres() {
		due = now.Add(slack)
	}
	f := &fan{lease: store.Millis(now.Add(fanLease)), most: s.fanChunk}
	err := tx.QueryRow(`SELECT id FROM record WHERE fan_after >= 0 AND (fan_due <= $1 OR fan_due > $2)
		ORDER BY fan_due LIMIT 1`+tx.SkipLocked(),
		store.Millis(due), store.Millis(now.Add(2*fanLease))).Scan(&f.record)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look for a fan-out: %w", err)
	}
	err = tx.QueryRow(`UPDATE record SET fan_due = $2 WHERE id = $1 RETURNING fan_after, message_id, topic_id, audience`,
		f.record, f.lease).Scan(&f.after, &f.message, &f.topic, &f.audience)
	if err != nil {
		return nil, fmt.Errorf("lease record %d: %w", f.record, err)
	}
	err = tx.QueryRow(`SELECT m.app_id, m.cancelled_at > 0 OR m.deleted_at > 0 OR a.deleted_at > 0 OR a.suspended_at > 0 OR t.deleted_at > 0,
			EXISTS (SELECT 1 FROM record o WHERE o.message_id = m.id AND o.id <> $3 AND o.topic_id > 0 AND o.audience <> 0)
		FROM message m JOIN app a ON a.id = m.app_id, topic t WHERE m.id = $1 AND t.id = $2`,
		f.message, int64(f.topic), f.record).Scan(&f.app, &f.gone, &f.mixed)
	if errors.Is(err, store.ErrNotFound) {
		f.gone, err = true, nil
	}
	return f, err
}

// chunk makes the deliveries of the next followers. Those who must not get the
// message, and those who have it from another item of the call, are skipped.
func (f *fan) chunk(tx *store.Tx, now time.Time) error {
	last, seen, err := f.next(tx)
	if err != nil {
		return err
	}
	var made int64
	if seen > 0 {
		if made, err = f.insert(tx, last); err != nil {
			return err
		}
	}
	if seen < f.most {
		last = -1
	}
	n, err := tx.Exec(`UPDATE record SET fan_after = $4, fan_due = $5, total = total + $6, skipped = skipped + $7,
			expected = CASE WHEN CAST($8 AS BIGINT) > 0 THEN CAST($8 AS BIGINT) ELSE expected END
		WHERE id = $1 AND fan_due = $2 AND fan_after = $3`,
		f.record, f.lease, f.after, last, store.Millis(now), made, seen-made, f.expected)
	if err == nil && n == 0 {
		err = errFanLost
	}
	if made > 0 {
		tx.Notify("delivery")
	}
	return err
}

// next looks how far the chunk goes.
func (f *fan) next(tx *store.Tx) (last, seen int64, err error) {
	if f.gone {
		return -1, 0, nil
	}
	err = tx.QueryRow(`SELECT COALESCE(MAX(user_id), 0), COUNT(*) FROM (
			SELECT user_id FROM subscription WHERE kind = 1 AND target = $1 AND user_id > $2 AND active = 1
			ORDER BY user_id LIMIT $3) c`, int64(f.topic), f.after, f.most).Scan(&last, &seen)
	return last, seen, err
}

// reached are the chunk's followers who can get a message now.
const reached = `FROM subscription s JOIN users u ON u.id = s.user_id
		LEFT JOIN subscription a ON a.kind = 0 AND a.target = $3 AND a.user_id = s.user_id
		WHERE s.kind = 1 AND s.target = $5 AND s.user_id > $6 AND s.user_id <= $7
			AND s.active = 1 AND s.rejected = 0 AND s.muted = 0
			AND u.following = 1 AND u.muted = 0 AND u.blocked_at = 0
			AND COALESCE(a.rejected, 0) = 0 AND COALESCE(a.muted, 0) = 0`

// insert decides for each who has not been decided about: this is where the
// audience counts, once. Those it does not mean get a row that says so, unless
// they have one; a row of those left out by another topic becomes theirs who
// are meant here.
func (f *fan) insert(tx *store.Tx, last int64) (int64, error) {
	args := []any{f.message, f.record, int64(f.app), store.Millis(tx.Now), int64(f.topic), f.after, last}
	there := `DO NOTHING`
	if f.mixed {
		there = `DO UPDATE SET record_id = excluded.record_id, state = 0, due_at = excluded.due_at, done_at = 0, reason = '' WHERE delivery.state = 6`
	}
	made, err := tx.Exec(`INSERT INTO delivery (message_id, user_id, record_id, app_id, lane, due_at)
		SELECT CAST($1 AS BIGINT), s.user_id, CAST($2 AS BIGINT), CAST($3 AS BIGINT), 1, CAST($4 AS BIGINT)
		`+reached+` AND ($8 = 0 OR $8 = 1 AND s.paid_until > $4 OR $8 = 2 AND s.paid_until <= $4)
		ORDER BY s.user_id ON CONFLICT (message_id, user_id) `+there, append(args, f.audience)...)
	if err != nil || f.audience == Everybody {
		return made, err
	}
	_, err = tx.Exec(`INSERT INTO delivery (message_id, user_id, record_id, app_id, lane, due_at, state, done_at, reason)
		SELECT CAST($1 AS BIGINT), s.user_id, CAST($2 AS BIGINT), CAST($3 AS BIGINT), 1, CAST($4 AS BIGINT), 6, CAST($4 AS BIGINT), CAST($9 AS TEXT)
		`+reached+` AND ($8 = 1 AND s.paid_until <= $4 OR $8 = 2 AND s.paid_until > $4)
		ORDER BY s.user_id ON CONFLICT (message_id, user_id) DO NOTHING`, append(args, f.audience, leftOut(f.audience))...)
	return made, err
}

// leftOut is why an audience does not mean somebody.
func leftOut(audience int) string {
	if audience == NotPaid {
		return whyPaid
	}
	return whyUnpaid
}
