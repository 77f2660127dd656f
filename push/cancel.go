package push

import (
	"context"
	"fmt"

	"hongyan/store"
)

// Cancelled is how far a message had got when its sender stopped it, counted
// in people.
type Cancelled struct {
	Stopped int // their card will not go
	Gone    int // their card had gone to WeChat
	InHand  int // it is being sent at this moment, and may or may not be stopped
}

// Cancel stops what of an app's message has not gone to WeChat. It accepts the
// public id of the message and of any of its records, and gives ErrNoMessage
// for anything that is not the app's own. The mark on the message comes first:
// from then on workers refuse its cards and its fan-outs have ended. Then what
// is queued ends in small transactions. A call that was interrupted has done
// what it did, and another one finishes; cancelling twice is fine.
func (s *Service) Cancel(ctx context.Context, app AppID, publicID int64) (c Cancelled, err error) {
	id, err := s.markCancelled(ctx, app, publicID)
	if err == nil {
		err = s.endQueued(ctx, id)
	}
	if err == nil {
		c, err = s.countCancelled(ctx, id)
	}
	if err != nil {
		return Cancelled{}, fmt.Errorf("cancel message %d: %w", publicID, err)
	}
	return c, nil
}

// markCancelled sets the mark and ends fan-outs: a chunk under way finds its
// cursor gone and leaves nothing.
func (s *Service) markCancelled(ctx context.Context, app AppID, publicID int64) (id int64, err error) {
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		m, err := s.ownMessage(tx, app, publicID)
		if err == nil && app == 0 {
			err = ErrNoMessage
		}
		if err != nil {
			return err
		}
		id = m.id
		n, err := tx.Exec(`UPDATE message SET cancelled_at = $2 WHERE id = $1 AND cancelled_at = 0`, id, store.Millis(tx.Now))
		if err == nil && n > 0 {
			err = s.AuditTx(ctx, tx, Change{App: app, Action: "message.cancel", Subject: m.Summary})
		}
		if err != nil {
			return err
		}
		if err := s.unpause(tx, id); err != nil {
			return err
		}
		_, err = tx.Exec(`UPDATE record SET fan_after = -1 WHERE message_id = $1 AND fan_after <> -1`, id)
		return err
	})
	return id, err
}

// endQueued ends the deliveries nobody has in hand, chunk by chunk in the order
// of followers. One that a worker claims meanwhile is refused by the worker.
func (s *Service) endQueued(ctx context.Context, message int64) error {
	type ended struct{ user, record int64 }
	after := int64(0)
	for {
		var rows []ended
		err := s.db.Update(ctx, func(tx *store.Tx) (err error) {
			rows, err = store.Collect(tx, func(r *store.Rows) (e ended, err error) {
				return e, r.Scan(&e.user, &e.record)
			}, `WITH c AS MATERIALIZED (SELECT message_id, user_id FROM delivery
					WHERE message_id = $1 AND user_id > $2 AND state = 0 ORDER BY user_id LIMIT $3`+tx.SkipLocked()+`)
				UPDATE delivery SET state = 4, reason = $4, done_at = $5
				WHERE (message_id, user_id) IN (SELECT message_id, user_id FROM c) RETURNING user_id, record_id`,
				message, after, chunk, whyCancelled, store.Millis(tx.Now))
			if err != nil {
				return err
			}
			counts := make(counts)
			for _, e := range rows {
				counts.add(e.record, stateFailed)
			}
			return counts.write(tx)
		})
		if err != nil || len(rows) < chunk {
			return err
		}
		for _, e := range rows {
			after = max(after, e.user)
		}
	}
}

func (s *Service) countCancelled(ctx context.Context, message int64) (c Cancelled, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		return tx.QueryRow(`SELECT COALESCE(SUM(CASE WHEN state = 4 AND reason = $2 THEN 1 ELSE 0 END), 0),
			COALESCE(SUM(CASE WHEN state IN (2, 3, 5) THEN 1 ELSE 0 END), 0),
			COALESCE(SUM(CASE WHEN state < 2 THEN 1 ELSE 0 END), 0)
			FROM delivery WHERE message_id = $1`, message, whyCancelled).Scan(&c.Stopped, &c.Gone, &c.InHand)
	})
	return c, err
}
