package push

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"hongyan/store"
)

const (
	maxScheduleKey = 64
	// maxScheduled bounds what waits for one app.
	maxScheduled = 10_000
	// ScheduledPage is the most of one list.
	ScheduledPage = 100
)

// earliestSend is before any time that is meant: a caller who gives seconds
// where milliseconds belong names a day in 1970.
var earliestSend = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// ScheduledState is what became of a scheduled send, as the schema numbers it.
type ScheduledState int

// The states of a scheduled send.
const (
	ScheduledWaiting ScheduledState = iota
	ScheduledSent
	ScheduledCancelled
	ScheduledFailed // its time came and nobody could be sent to
)

// Scheduled is a send that waits for its time, or waited.
type Scheduled struct {
	Key       string // the caller's own
	SendAt    time.Time
	Draft     Draft
	State     ScheduledState
	Message   int64 // public id of what it became, 0 while it waits
	Receipts  []Receipt
	Reason    string // why it failed, when there are no receipts
	CreatedAt time.Time
	DoneAt    time.Time // zero while it waits

	id   int64
	app  AppID
	held int64 // until when this node has it in hand, Unix milliseconds
}

// Schedule writes the draft down to be sent at its time, or at once when that
// has come. Under a key that waits, was cancelled or failed it replaces the
// earlier draft; the same time and draft again change nothing, so a repeat is
// safe after the send, too, while another draft then gives ErrScheduledDone.
// Receivers are decided when it is sent. Errors: *Invalid, ErrNoApp,
// ErrScheduledDone.
func (s *Service) Schedule(ctx context.Context, app AppID, key string, at time.Time, d Draft) (r Scheduled, created bool, err error) {
	at = at.Truncate(time.Millisecond)
	if err := s.checkSchedule(key, at, d); err != nil {
		return Scheduled{}, false, err
	}
	d.UIDs, d.Topics = distinct(d.UIDs), distinct(d.Topics)
	draft := string(marshal(d))
	o := &outgoing{} // spends nothing of anybody's while the time is to come
	due := !at.After(s.db.Now())
	if due {
		if o, err = newOutgoing(byNumber(app), d); err != nil {
			return Scheduled{}, false, err
		}
	}
	_, err = s.spending(ctx, o, func() (out []Receipt, err error) {
		err = s.db.Update(ctx, func(tx *store.Tx) error {
			out = nil
			if _, err := findApp(tx, app); err != nil {
				return err
			}
			var changed bool
			if created, changed, err = writeScheduled(tx, app, key, at, draft); err != nil {
				return err
			}
			if r, err = s.readScheduled(tx, app, key); err != nil || !changed {
				return err
			}
			if byPerson(ctx) {
				if err := s.AuditTx(ctx, tx, Change{App: app, Action: "message.schedule", Subject: d.Shown(), After: auditTime(at)}); err != nil {
					return err
				}
			}
			if !due {
				tx.Notify("schedule")
				return nil
			}
			if out, err = s.sendScheduled(tx, &r, o); err != nil {
				return err
			}
			r, err = s.readScheduled(tx, app, key)
			return err
		})
		return out, err
	})
	if err != nil {
		return Scheduled{}, false, fmt.Errorf("schedule a send of app %d: %w", app, err)
	}
	return r, created, nil
}

func (s *Service) checkSchedule(key string, at time.Time, d Draft) error {
	if err := checkScheduleKey(key); err != nil {
		return err
	}
	if at.Before(earliestSend) {
		return &Invalid{"sendAt", textSendAtUnit}
	}
	if at.After(s.db.Now().AddDate(1, 0, 0)) {
		return &Invalid{"sendAt", textSendAtFar}
	}
	_, err := newOutgoing(sender{}, d)
	return err
}

// checkScheduleKey wants a key that can stand in a path.
func checkScheduleKey(key string) error {
	if err := checkText("key", key, 1, maxScheduleKey); err != nil {
		return err
	}
	if checkKey(key) != nil {
		return &Invalid{"key", textScheduleKey}
	}
	return nil
}

// writeScheduled makes the row, or changes the one that is there. changed
// tells that it waits anew.
func writeScheduled(tx *store.Tx, app AppID, key string, at time.Time, draft string) (created, changed bool, err error) {
	n, err := tx.Exec(`INSERT INTO scheduled (app_id, name, send_at, draft, created_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (app_id, name) DO NOTHING`, int64(app), key, store.Millis(at), draft, store.Millis(tx.Now))
	if err != nil {
		return false, false, err
	}
	if n > 0 {
		return true, true, roomFor(tx, app)
	}
	var sendAt int64
	var state ScheduledState
	var was string
	err = tx.QueryRow(`SELECT send_at, draft, state FROM scheduled WHERE app_id = $1 AND name = $2`+tx.ForUpdate(),
		int64(app), key).Scan(&sendAt, &was, &state)
	if errors.Is(err, store.ErrNotFound) { // housekeeping took it between two statements: the caller asks again
		err = store.ErrBusy
	}
	if err != nil {
		return false, false, err
	}
	same := sendAt == store.Millis(at) && was == draft
	switch {
	case same && state != ScheduledCancelled:
		return false, false, nil
	case state == ScheduledSent:
		return false, false, ErrScheduledDone
	}
	_, err = tx.Exec(`UPDATE scheduled SET send_at = $3, draft = $4, state = 0, held_until = 0, answer = '', done_at = 0 WHERE app_id = $1 AND name = $2`,
		int64(app), key, store.Millis(at), draft)
	if err != nil || state == ScheduledWaiting {
		return false, true, err
	}
	return false, true, roomFor(tx, app)
}

// roomFor refuses one more than an app may have waiting.
func roomFor(tx *store.Tx, app AppID) error {
	var n int
	err := tx.QueryRow(`SELECT COUNT(*) FROM (SELECT 1 FROM scheduled WHERE app_id = $1 AND state = 0 LIMIT $2) w`,
		int64(app), maxScheduled+1).Scan(&n)
	if err == nil && n > maxScheduled {
		err = &Invalid{"key", fmt.Sprintf(textScheduledFull, maxScheduled)}
	}
	return err
}

// CancelScheduled keeps a send from being made, as long as it waits, and
// returns what is written of it. Cancelling twice is fine. Errors:
// ErrNoScheduled, ErrScheduledDone.
func (s *Service) CancelScheduled(ctx context.Context, app AppID, key string) (r Scheduled, err error) {
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		n, err := tx.Exec(`UPDATE scheduled SET state = 2, done_at = $3 WHERE app_id = $1 AND name = $2 AND state = 0`,
			int64(app), storable(key), store.Millis(tx.Now))
		if err == nil && n > 0 {
			err = s.AuditTx(ctx, tx, Change{App: app, Action: "schedule.cancel", Subject: storable(key)})
		}
		if err != nil {
			return err
		}
		r, err = s.readScheduled(tx, app, key)
		if err == nil && r.State != ScheduledCancelled {
			err = ErrScheduledDone
		}
		return err
	})
	if err != nil {
		return Scheduled{}, fmt.Errorf("cancel a scheduled send of app %d: %w", app, err)
	}
	return r, nil
}

// ScheduledOf returns the app's send under this key, or ErrNoScheduled. What is
// over can be asked for for seven days.
func (s *Service) ScheduledOf(ctx context.Context, app AppID, key string) (r Scheduled, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		r, err = s.readScheduled(tx, app, key)
		return err
	})
	return r, err
}

// ListScheduled returns up to limit (at most ScheduledPage) of the app's sends,
// the longest known first, behind the one under the key after; an empty after
// begins. An after that is not there gives ErrNoScheduled.
func (s *Service) ListScheduled(ctx context.Context, app AppID, after string, limit int) (all []Scheduled, err error) {
	limit = min(max(limit, 1), ScheduledPage)
	err = s.db.View(ctx, func(tx *store.Tx) error {
		var last Scheduled
		if after != "" {
			if last, err = s.readScheduled(tx, app, after); err != nil {
				return err
			}
		}
		all, err = store.Collect(tx, s.scanScheduled,
			scheduledColumns+` WHERE app_id = $1 AND id > $2 ORDER BY id LIMIT $3`, int64(app), last.id, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list the scheduled sends of app %d: %w", app, err)
	}
	return all, nil
}

const scheduledColumns = `SELECT id, app_id, name, send_at, draft, state, message_id, answer, created_at, done_at FROM scheduled`

func (s *Service) readScheduled(tx *store.Tx, app AppID, key string) (Scheduled, error) {
	all, err := store.Collect(tx, s.scanScheduled, scheduledColumns+` WHERE app_id = $1 AND name = $2`, int64(app), storable(key))
	if err == nil && len(all) == 0 {
		err = ErrNoScheduled
	}
	if err != nil {
		return Scheduled{}, err
	}
	return all[0], nil
}

func (s *Service) scanScheduled(rows *store.Rows) (r Scheduled, err error) {
	var sendAt, message, createdAt, doneAt int64
	var draft, answer string
	err = rows.Scan(&r.id, &r.app, &r.Key, &sendAt, &draft, &r.State, &message, &answer, &createdAt, &doneAt)
	if err != nil {
		return r, err
	}
	r.SendAt, r.CreatedAt, r.DoneAt = store.Time(sendAt), store.Time(createdAt), store.Time(doneAt)
	if message != 0 {
		r.Message = s.PublicMessage(message)
	}
	if err := json.Unmarshal([]byte(draft), &r.Draft); err != nil {
		r.Reason = whyNoDraft
	}
	switch {
	case answer == "":
	case answer[0] == '[':
		r.Receipts, err = readReceipts(answer)
	default:
		r.Reason = answer
	}
	return r, err
}
