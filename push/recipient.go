package push

import (
	"context"
	"fmt"
	"math"
	"time"

	"hongyan/store"
)

// RecipientFilter narrows the recipients of a message. The zero value lists
// all.
type RecipientFilter struct {
	State DeliveryState
	UID   UID
	After string // the cursor of the page before
	Limit int    // 1 to 100; 0 means 20
}

// Validate refuses what no recipient can be found by.
func (f *RecipientFilter) Validate() error {
	switch f.State {
	case "", DeliveryWaiting, DeliverySent, DeliveryUnconfirmed, DeliveryConfirmed, DeliveryFailed, DeliverySkipped:
	default:
		return &Invalid{"state", textDeliveryState}
	}
	return checkText("uid", string(f.UID), 0, maxUID)
}

// Recipient is one person a message is for, and what became of their card.
type Recipient struct {
	UID      UID
	Record   int64   // public id of the record it counts for
	Topic    TopicID // 0 when they were named by uid
	State    DeliveryState
	Attempts int
	Timeline []Step
}

// Recipients lists the people an app's message is for, in an order that stays,
// and the cursor of the next page, empty at the end. Followers of a topic are
// there once the fan-out has come to them. The id and the pages are as for
// Message and Messages.
func (s *Service) Recipients(ctx context.Context, app AppID, publicID int64, f RecipientFilter) (all []Recipient, next string, err error) {
	if err := f.Validate(); err != nil {
		return nil, "", err
	}
	after := int64(0)
	if err := s.readCursor(cursorRecipients, f.After, &after); err != nil {
		return nil, "", err
	}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		m, err := s.ownMessage(tx, app, publicID)
		if err != nil {
			return err
		}
		all, next, err = s.recipients(tx, m, f, after)
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("list the recipients of message %d: %w", publicID, err)
	}
	return all, next, nil
}

func (s *Service) recipients(tx *store.Tx, m Message, f RecipientFilter, after int64) (all []Recipient, next string, err error) {
	account, err := s.accountState(tx)
	if err != nil {
		return nil, "", err
	}
	w := weather{now: tx.Now, overdue: tx.Now.Add(-s.o.ConfirmWithin), pausedUntil: account.PausedUntil, pauseReason: account.PauseReason}
	floor, last, err := f.bounds(tx, m.id, after)
	if err != nil || floor == last {
		return nil, "", err
	}
	limit := pageSize(f.Limit)
	rows, err := store.Collect(tx, scanDeliveryRow, `SELECT d.user_id, u.uid, d.record_id, r.topic_id, d.state, d.attempts, d.due_at,
			d.msgid, d.sent_at, d.done_at, d.reason, d.opened_at, d.clicked_at
		FROM (SELECT d.user_id, d.record_id, d.state, d.attempts, d.due_at, d.msgid, d.sent_at, d.done_at, d.reason, d.opened_at, d.clicked_at
			FROM delivery d WHERE d.message_id = $1 AND d.user_id > $2 AND d.user_id <= $3`+f.State.condition("$5")+` ORDER BY d.user_id LIMIT $4) d
		JOIN users u ON u.id = d.user_id JOIN record r ON r.id = d.record_id ORDER BY d.user_id`,
		f.State.args(w.overdue, m.id, floor, last, limit+1)...)
	if err != nil {
		return nil, "", err
	}
	if len(rows) > limit {
		rows, last = rows[:limit], rows[limit-1].user
	}
	if last != math.MaxInt64 && f.UID == "" {
		next = s.cursor(cursorRecipients, last)
	}
	all = make([]Recipient, len(rows))
	for i, d := range rows {
		d.message = m
		all[i] = Recipient{
			UID: d.uid, Record: s.PublicRecord(d.record), Topic: d.topic,
			State: d.stateAt(w), Attempts: d.attempts, Timeline: timeline(d, w),
		}
	}
	return all, next, nil
}

// bounds are between which users a page looks. One by state looks at no more
// than mostLooked deliveries, unless an index knows the state.
func (f *RecipientFilter) bounds(tx *store.Tx, msg, after int64) (floor, last int64, err error) {
	if f.UID != "" {
		user, err := userByUID(tx, f.UID)
		return int64(max(user, 1) - 1), int64(user), err
	}
	if f.State == "" || f.State == DeliveryFailed {
		return after, math.MaxInt64, nil
	}
	var n int
	err = tx.QueryRow(`SELECT COALESCE(MAX(user_id), 0), COUNT(*) FROM (
			SELECT user_id FROM delivery WHERE message_id = $1 AND user_id > $2 ORDER BY user_id LIMIT $3) w`,
		msg, after, mostLooked).Scan(&last, &n)
	if n < mostLooked {
		last = math.MaxInt64
	}
	return after, last, err
}

// deliveryRow is a delivery as its timeline is told from.
type deliveryRow struct {
	message             Message
	user, record        int64
	uid                 UID
	topic               TopicID
	state, attempts     int
	due, sent, done     time.Time
	msgid               int64
	reason              string
	openedAt, clickedAt time.Time
}

func scanDeliveryRow(r *store.Rows) (d deliveryRow, err error) {
	var due, sent, done, opened, clicked int64
	err = r.Scan(&d.user, &d.uid, &d.record, &d.topic, &d.state, &d.attempts, &due,
		&d.msgid, &sent, &done, &d.reason, &opened, &clicked)
	d.due, d.sent, d.done = store.Time(due), store.Time(sent), store.Time(done)
	d.openedAt, d.clickedAt = store.Time(opened), store.Time(clicked)
	return d, err
}
