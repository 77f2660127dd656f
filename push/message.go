package push

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hongyan/store"
)

// mostCounted bounds how many deliveries are looked at to tell how far those
// that are open have come, and why those that failed did.
const mostCounted = 10_000

// Report is a message with what became of it.
type Report struct {
	Message
	// Waiting, Sent and Unconfirmed divide the open cards: not with WeChat
	// yet, with WeChat, and with WeChat for so long that its report will
	// hardly come.
	Waiting, Sent, Unconfirmed int64
	Opened, Clicked            int64 // people
	Reasons                    []ReasonCount
	// Sampled tells that the open cards were counted among the first 10,000
	// recipients only, or the reasons among the first 10,000 failures. All
	// other figures are always of everybody.
	Sampled bool
}

// ReasonCount is why cards failed, what can be done, and how many they are.
type ReasonCount struct {
	Reason, Remedy string
	Count          int64
}

// Message tells what became of an app's message. It accepts the public id of
// the message and of any of its records, and gives ErrNoMessage for anything
// that is not the app's own.
func (s *Service) Message(ctx context.Context, app AppID, publicID int64) (r Report, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		m, err := s.ownMessage(tx, app, publicID)
		if err != nil {
			return err
		}
		one := []Message{m}
		if err := countMessages(tx, one); err != nil {
			return err
		}
		r = Report{Message: one[0]}
		return r.count(tx, tx.Now.Add(-s.o.ConfirmWithin))
	})
	if err != nil {
		return Report{}, fmt.Errorf("report on message %d: %w", publicID, err)
	}
	return r, nil
}

// ownMessage finds an app's message by its own or a record's public id.
func (s *Service) ownMessage(tx *store.Tx, app AppID, publicID int64) (Message, error) {
	table, id, _ := s.keys.rowID(publicID)
	where := `id = $1`
	if table == recordID {
		where = `id = (SELECT message_id FROM record WHERE id = $1)`
	}
	found, err := store.Collect(tx, s.scanMessage, `SELECT `+messageColumns+` FROM message WHERE `+where+` AND app_id = $2`, id, int64(app))
	if err != nil {
		return Message{}, err
	}
	if len(found) == 0 {
		return Message{}, ErrNoMessage
	}
	return found[0], nil
}

// count fills in what the records do not count.
func (r *Report) count(tx *store.Tx, overdue time.Time) error {
	if r.Counts.Open() > 0 {
		if err := r.countOpen(tx, overdue); err != nil {
			return fmt.Errorf("count open deliveries: %w", err)
		}
	}
	if r.Counts.Failed > 0 {
		if err := r.countReasons(tx); err != nil {
			return fmt.Errorf("count reasons: %w", err)
		}
	}
	r.Sampled = r.Counts.Open() > 0 && r.Counts.Total > mostCounted || r.Counts.Failed > mostCounted
	err := tx.QueryRow(`SELECT CAST(COALESCE(SUM(opened), 0) AS BIGINT), CAST(COALESCE(SUM(clicked), 0) AS BIGINT)
		FROM record WHERE message_id = $1`, r.id).Scan(&r.Opened, &r.Clicked)
	if err != nil {
		return fmt.Errorf("count readers: %w", err)
	}
	return nil
}

func (r *Report) countOpen(tx *store.Tx, overdue time.Time) error {
	counted := map[string]*int64{
		string(DeliveryWaiting): &r.Waiting, string(DeliverySent): &r.Sent, string(DeliveryUnconfirmed): &r.Unconfirmed,
	}
	_, err := store.Collect(tx, func(row *store.Rows) (none struct{}, err error) {
		var state string
		var n int64
		err = row.Scan(&state, &n)
		if to := counted[state]; to != nil {
			*to = n
		}
		return none, err
	}, `SELECT stage, COUNT(*) FROM (SELECT CASE WHEN state < 2 THEN 'waiting' WHEN state = 2 AND sent_at >= $2 THEN 'sent'
				WHEN state IN (2, 5) THEN 'unconfirmed' ELSE '' END AS stage
			FROM (SELECT state, sent_at FROM delivery WHERE message_id = $1 AND state <> 6 ORDER BY user_id LIMIT $3) d) c
		GROUP BY stage`, r.id, store.Millis(overdue), mostCounted)
	return err
}

func (r *Report) countReasons(tx *store.Tx) (err error) {
	r.Reasons, err = store.Collect(tx, func(row *store.Rows) (c ReasonCount, err error) {
		err = row.Scan(&c.Reason, &c.Count)
		c.Reason = orElse(c.Reason, textNoReason)
		c.Remedy = Remedy(c.Reason)
		return c, err
	}, `SELECT reason, COUNT(*) AS n FROM (SELECT reason FROM delivery WHERE message_id = $1 AND state = 4
			ORDER BY user_id LIMIT $2) d GROUP BY reason ORDER BY n DESC LIMIT 50`, r.id, mostCounted)
	return err
}

// userByUID returns the number of the user called uid, 0 when there is none.
func userByUID(tx *store.Tx, uid UID) (id UserID, err error) {
	err = tx.QueryRow(`SELECT id FROM users WHERE uid = $1`, string(uid)).Scan(&id)
	if errors.Is(err, store.ErrNotFound) {
		return 0, nil
	}
	return id, err
}
