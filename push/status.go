package push

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hongyan/store"
)

// keptFor7Days is how long pages, records and deliveries can be asked for.
const keptFor7Days = 7 * 24 * time.Hour

// What a sender is told, by the numbers of query/status.
const (
	StatusWaiting = 1
	StatusSent    = 2
	StatusFailed  = 3
)

// Status is what became of one receiver item.
type Status struct {
	Code int // StatusWaiting, StatusSent, StatusFailed
	Text string
}

// Status tells what became of the record with this public id. It needs no
// token. An id that is not a record's, and one older than seven days, give
// ErrNoMessage.
func (s *Service) Status(ctx context.Context, publicID int64) (Status, error) {
	var st Status
	table, id, ok := s.keys.rowID(publicID)
	if !ok || table != recordID {
		id = 0 // no row, by the same road
	}
	err := s.db.View(ctx, func(tx *store.Tx) error {
		r, err := readRecord(tx, id)
		if errors.Is(err, store.ErrNotFound) || err == nil && tx.Now.Sub(r.createdAt) > keptFor7Days {
			err = ErrNoMessage
		}
		if err != nil {
			return err
		}
		if r.topic == 0 {
			st = r.statusOfUser(tx.Now.Add(-s.o.ConfirmWithin))
			return nil
		}
		open, err := r.stillOpen(tx)
		st = r.statusOfTopic(open)
		return err
	})
	if err != nil {
		return Status{}, fmt.Errorf("status of %d: %w", publicID, err)
	}
	return st, nil
}

// recordRow is a record, with its delivery when it is a user's.
type recordRow struct {
	id, message, topic                          int64
	fanAfter, total, confirmed, failed, skipped int64
	createdAt                                   time.Time
	state                                       int64
	sentAt                                      time.Time
	reason                                      string
	cancelled                                   bool
}

func readRecord(tx *store.Tx, id int64) (r recordRow, err error) {
	var createdAt, sentAt int64
	err = tx.QueryRow(`SELECT r.id, r.message_id, r.topic_id, r.fan_after, r.total, r.confirmed, r.failed, r.skipped, r.created_at,
		COALESCE(d.state, 0), COALESCE(d.sent_at, 0), COALESCE(d.reason, ''), m.cancelled_at > 0
		FROM record r JOIN message m ON m.id = r.message_id LEFT JOIN delivery d ON d.message_id = r.message_id AND d.user_id = r.user_id
		WHERE r.id = $1`, id).
		Scan(&r.id, &r.message, &r.topic, &r.fanAfter, &r.total, &r.confirmed, &r.failed, &r.skipped, &createdAt,
			&r.state, &sentAt, &r.reason, &r.cancelled)
	r.createdAt, r.sentAt = store.Time(createdAt), store.Time(sentAt)
	return r, err
}

// statusOfUser words the state of one delivery. One accepted before overdue
// should have been confirmed by now, whether or not the sweep came by.
func (r recordRow) statusOfUser(overdue time.Time) Status {
	switch r.state {
	case stateAccepted:
		if r.sentAt.Before(overdue) {
			return Status{StatusWaiting, textUnconfirmed}
		}
		return Status{StatusWaiting, textAccepted}
	case stateUnconfirmed:
		return Status{StatusWaiting, textUnconfirmed}
	case stateConfirmed:
		return Status{StatusSent, textConfirmed}
	case stateFailed:
		if r.reason == "" {
			return Status{StatusFailed, fmt.Sprintf(textFailed, textNoReason)}
		}
		return Status{StatusFailed, fmt.Sprintf(textFailed, r.reason)}
	}
	return Status{StatusWaiting, textWaiting}
}

// stillOpen reports whether a topic's record has followers to come or
// deliveries that are not over. The counts answer nearly always; only when
// they leave a rest are the deliveries looked at.
func (r recordRow) stillOpen(tx *store.Tx) (open bool, err error) {
	if r.fanAfter != fanDone {
		return true, nil
	}
	if r.confirmed+r.failed >= r.total {
		return false, nil
	}
	err = tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM delivery WHERE message_id = $1 AND record_id = $2 AND state < 3)`,
		r.message, r.id).Scan(&open)
	return open, err
}

// statusOfTopic sums up: waiting while anybody is open, sent if anybody was
// confirmed, else failed. Those whose report never came are no failure.
func (r recordRow) statusOfTopic(open bool) Status {
	counts := fmt.Sprintf(textCounts, r.total, r.confirmed, r.failed, r.skipped)
	switch {
	case open:
		return Status{StatusWaiting, textWaiting + counts}
	case r.confirmed > 0:
		return Status{StatusSent, textConfirmed + counts}
	case r.failed < r.total:
		return Status{StatusWaiting, textUnconfirmed + counts}
	case r.cancelled:
		return Status{StatusFailed, fmt.Sprintf(textFailed, whyCancelled) + counts}
	case r.total == 0:
		return Status{StatusFailed, fmt.Sprintf(textFailed, fmt.Sprintf(textNobody, r.skipped))}
	}
	return Status{StatusFailed, fmt.Sprintf(textFailed, fmt.Sprintf(textAllFailed, r.total, r.failed, r.skipped))}
}
