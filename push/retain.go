package push

import (
	"context"
	"fmt"
	"time"

	"hongyan/store"
)

// How long things are kept.
const (
	keepMessages = 7 * 24 * time.Hour // pages, records, deliveries, callbacks and their attempts; scheduled sends that are over; the numbers of kept texts
	keepEvents   = 24 * time.Hour
	keepParked   = 24 * time.Hour
	keepQuota    = 48 * time.Hour
	keepKeys     = 24 * time.Hour // idempotency keys
	keepScans    = 30 * 24 * time.Hour
	keepScenes   = 30 * 24 * time.Hour // after they expired
	// chunk bounds the rows of one transaction of housekeeping.
	chunk = 1000
)

// SweepUnconfirmed gives up waiting for finish reports: what WeChat accepted
// longer than ConfirmWithin ago counts as sent and never confirmed. It returns
// how many deliveries that were.
func (s *Service) SweepUnconfirmed(ctx context.Context) (n int, err error) {
	swept, err := s.inChunks(ctx, func(tx *store.Tx) (int64, error) {
		return tx.Exec(`WITH c AS MATERIALIZED (SELECT message_id, user_id FROM delivery
				WHERE state = 2 AND sent_at <= $1 ORDER BY sent_at LIMIT $2`+tx.SkipLocked()+`)
			UPDATE delivery SET state = 5, reason = $3, done_at = $4
			WHERE (message_id, user_id) IN (SELECT message_id, user_id FROM c)`,
			store.Millis(tx.Now.Add(-s.o.ConfirmWithin)), chunk, whyNoFinish, store.Millis(tx.Now))
	})
	if err != nil {
		return swept, fmt.Errorf("sweep unconfirmed deliveries: %w", err)
	}
	return swept, nil
}

// JoinParked closes deliveries whose finish report was parked although their
// send is settled, and returns how many. Locks make that impossible; this is
// the net below them.
func (s *Service) JoinParked(ctx context.Context) (n int, err error) {
	joined, err := s.inChunks(ctx, func(tx *store.Tx) (int64, error) {
		msgids, err := store.Collect(tx, func(r *store.Rows) (id int64, err error) {
			return id, r.Scan(&id)
		}, `SELECT p.msgid FROM finish_parked p JOIN delivery d ON d.msgid = p.msgid AND d.msgid > 0 LIMIT $1`, mostSettled)
		if err != nil {
			return 0, err
		}
		counts := make(counts)
		if err := s.joinParked(tx, msgids, counts); err != nil {
			return 0, err
		}
		return int64(len(msgids)), counts.write(tx)
	})
	if err != nil {
		return joined, fmt.Errorf("join parked reports: %w", err)
	}
	return joined, nil
}

// Retain deletes what has been kept long enough and returns how many rows that
// were. It works in small transactions and may be stopped at any point.
func (s *Service) Retain(ctx context.Context) (n int, err error) {
	for _, step := range []func(*store.Tx) (int64, error){
		retainMessages,
		retainCallbacks,
		older("inbound_event", "event_key", "created_at", keepEvents),
		older("finish_parked", "msgid", "parked_at", keepParked),
		older("idempotency", "owner, name", "created_at", keepKeys),
		retainScheduled,
		retainHours,
		retainScans,
		older("scene", "handle", "expires_at > 0 AND expires_at", keepScenes),
		older("quota", "name, starts_at", "starts_at", keepQuota),
		purgeApps,
		older("kept_text", "user_id, number", "expires_at", keepMessages),
	} {
		deleted, err := s.inChunks(ctx, step)
		n += deleted
		if err != nil {
			return n, fmt.Errorf("retain: %w", err)
		}
	}
	return n, nil
}

// inChunks runs step in transactions of its own until it has nothing to do.
func (s *Service) inChunks(ctx context.Context, step func(*store.Tx) (int64, error)) (n int, err error) {
	for {
		var did int64
		err := s.db.Update(ctx, func(tx *store.Tx) (err error) {
			did, err = step(tx)
			return err
		})
		if err != nil || did == 0 {
			return n, err
		}
		n += int(did)
	}
}

// older deletes rows of a table by age.
func older(table, keys, column string, keep time.Duration) func(*store.Tx) (int64, error) {
	return func(tx *store.Tx) (int64, error) {
		return tx.Exec(`DELETE FROM `+table+` WHERE (`+keys+`) IN (
			SELECT `+keys+` FROM `+table+` WHERE `+column+` < $1 LIMIT $2)`,
			store.Millis(tx.Now.Add(-keep)), chunk)
	}
}

// retainMessages deletes old messages with all that hangs on them, their
// deliveries first: a message to a big topic has many.
func retainMessages(tx *store.Tx) (int64, error) {
	old, err := aged(tx, "message", keepMessages, "")
	if err != nil || old == nil {
		return 0, err
	}
	n, err := execAll(tx, old, `DELETE FROM delivery WHERE (message_id, user_id) IN (
		SELECT message_id, user_id FROM delivery WHERE message_id IN (SELECT id FROM v) LIMIT $1)`, chunk)
	if err != nil || n > 0 {
		return n, err
	}
	return deleteAll(tx, old, "content WHERE message_id", "record WHERE message_id", "message WHERE id")
}

// retainCallbacks deletes old callbacks with their attempts. One that was
// replayed late stays until it is over, or was due as long without a listener.
func retainCallbacks(tx *store.Tx) (int64, error) {
	old, err := aged(tx, "callback", keepMessages, "AND (state > 1 OR lane > 1 AND due_at < $1)")
	if err != nil || old == nil {
		return 0, err
	}
	return deleteAll(tx, old, "callback_attempt WHERE callback_id", "callback WHERE id")
}

// aged lists the ids of the oldest rows of a table that were kept long enough,
// nil when there is none. and narrows them.
func aged(tx *store.Tx, table string, keep time.Duration, and string) (*list, error) {
	ids, err := store.Collect(tx, func(r *store.Rows) (id int64, err error) {
		return id, r.Scan(&id)
	}, `SELECT id FROM `+table+` WHERE created_at < $1 `+and+` ORDER BY created_at LIMIT $2`,
		store.Millis(tx.Now.Add(-keep)), chunk/4)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	l := newList("id BIGINT")
	for _, id := range ids {
		l.add(id)
	}
	return l, nil
}

// deleteAll deletes the rows of old in each place, "table WHERE column".
func deleteAll(tx *store.Tx, old *list, places ...string) (n int64, err error) {
	for _, place := range places {
		deleted, err := execAll(tx, old, `DELETE FROM `+place+` IN (SELECT id FROM v)`)
		if err != nil {
			return n, err
		}
		n += deleted
	}
	return n, nil
}
