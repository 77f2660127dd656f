package push

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"hongyan/push/content"
	"hongyan/store"
)

// ErrNoComplaint: there is no such report of a follower.
var ErrNoComplaint = errors.New("no such complaint")

// Complaint is what a follower reported about a message.
type Complaint struct {
	ID        int64
	App       AppID // 0: a simple push
	AppName   string
	Stopped   bool   // the app is suspended
	Summary   string // of the message
	Reason    string
	UID       UID // of who reports
	At        time.Time
	Message   int64 // public id
	Page      bool  // the message can still be read
	HandledAt time.Time
	HandledBy string // their name, or else their UID
	Outcome   string

	message int64
}

// ComplaintFilter narrows the list of complaints.
type ComplaintFilter struct {
	Handled bool   // those that were handled; else those that are open
	App     *AppID // nil: of all apps; 0: of simple pushes
	After   string // the cursor of the page before
	Limit   int    // 1 to 100; 0 means 20
}

// maxOutcome is the longest note on a complaint, in characters.
const maxOutcome = 300

// Complaints lists what followers reported, the latest first, and the cursor of
// the next page, empty at the end. Errors: *Invalid.
func (s *Service) Complaints(ctx context.Context, f ComplaintFilter) (all []Complaint, next string, err error) {
	below := int64(math.MaxInt64)
	if err := s.readCursor(cursorComplaints, f.After, &below); err != nil {
		return nil, "", err
	}
	size := pageSize(f.Limit)
	where, args := ` AND c.handled_at = 0`, []any{below, size + 1}
	if f.Handled {
		where = ` AND c.handled_at > 0`
	}
	if f.App != nil {
		where, args = where+` AND c.app_id = $3`, append(args, int64(*f.App))
	}
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		all, err = s.complaints(tx, `c.id < $1`+where+` ORDER BY c.id DESC LIMIT $2`, args...)
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("list complaints: %w", err)
	}
	if len(all) > size {
		all = all[:size]
		next = s.cursor(cursorComplaints, all[size-1].ID)
	}
	return all, next, nil
}

func (s *Service) complaints(tx *store.Tx, where string, args ...any) ([]Complaint, error) {
	now := tx.Now
	return store.Collect(tx, func(r *store.Rows) (c Complaint, err error) {
		var at, handled, sent, deleted, stopped int64
		err = r.Scan(&c.ID, &c.App, &c.AppName, &stopped, &c.Summary, &c.Reason, &c.UID, &at, &c.message, &sent, &deleted,
			&handled, &c.HandledBy, &c.Outcome)
		c.At, c.HandledAt, c.Stopped = store.Time(at), store.Time(handled), stopped > 0
		c.Message = s.PublicMessage(c.message)
		c.Page = sent > 0 && deleted == 0 && now.Sub(store.Time(sent)) <= keptFor7Days
		return c, err
	}, `SELECT c.id, c.app_id, COALESCE(a.name, ''), COALESCE(a.suspended_at, 0), c.summary, c.reason, COALESCE(u.uid, ''), c.created_at, c.message_id,
			COALESCE(m.created_at, 0), COALESCE(m.deleted_at, 0), c.handled_at,
			CASE WHEN COALESCE(h.name, '') <> '' THEN h.name ELSE COALESCE(h.uid, '') END, c.outcome
		FROM report c LEFT JOIN app a ON a.id = c.app_id LEFT JOIN users u ON u.id = c.user_id
		LEFT JOIN message m ON m.id = c.message_id LEFT JOIN users h ON h.id = c.handled_by
		WHERE `+where, args...)
}

// ComplaintByID is one of them, or ErrNoComplaint.
func (s *Service) ComplaintByID(ctx context.Context, id int64) (c Complaint, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		found, err := s.complaints(tx, `c.id = $1`, id)
		if err == nil && len(found) == 0 {
			err = ErrNoComplaint
		}
		if err == nil {
			c = found[0]
		}
		return err
	})
	if err != nil {
		return Complaint{}, fmt.Errorf("look at complaint %d: %w", id, err)
	}
	return c, nil
}

// ComplainedOf is how many open complaints there are about an app.
type ComplainedOf struct {
	App   AppID // 0: simple pushes
	Name  string
	Count int64
}

// ComplaintCounts lists the apps with open complaints, the most first, 20 at
// most.
func (s *Service) ComplaintCounts(ctx context.Context) (all []ComplainedOf, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		all, err = store.Collect(tx, func(r *store.Rows) (c ComplainedOf, err error) { return c, r.Scan(&c.App, &c.Name, &c.Count) },
			`SELECT c.app_id, COALESCE(a.name, ''), c.n FROM (SELECT app_id, COUNT(*) AS n FROM report WHERE handled_at = 0 GROUP BY app_id) c
			LEFT JOIN app a ON a.id = c.app_id ORDER BY c.n DESC, c.app_id LIMIT 20`)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count complaints: %w", err)
	}
	return all, nil
}

// HandleComplaint closes a complaint with a note of what was done. With removes
// the page behind the message is taken away for all who got it. A complaint
// that is closed already keeps its first note, but removes works. Errors:
// *Invalid, ErrNoComplaint.
func (s *Service) HandleComplaint(ctx context.Context, id int64, note string, removes bool) error {
	if err := checkText("note", note, 1, maxOutcome); err != nil {
		return err
	}
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		found, err := s.complaints(tx, `c.id = $1`, id)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return ErrNoComplaint
		}
		c := found[0]
		if removes && c.Page {
			if _, err := tx.Exec(`UPDATE message SET deleted_at = $2 WHERE id = $1 AND deleted_at = 0`, c.message, store.Millis(tx.Now)); err != nil {
				return err
			}
			if err := s.AuditTx(ctx, tx, Change{App: c.App, Action: "message.remove", Subject: c.Summary}); err != nil {
				return err
			}
		}
		n, err := tx.Exec(`UPDATE report SET handled_at = $2, handled_by = $3, outcome = $4 WHERE id = $1 AND handled_at = 0`,
			id, store.Millis(tx.Now), int64(actorOf(ctx).User), note)
		if err != nil || n == 0 {
			return err
		}
		return s.AuditTx(ctx, tx, Change{App: c.App, Action: "report.handle", Subject: c.Summary, Before: c.Reason, After: note})
	})
	if err != nil {
		return fmt.Errorf("handle complaint %d: %w", id, err)
	}
	return nil
}

// Complained is the message that a complaint is about, as it was sent: not safe
// to show before content.Page. ErrNoComplaint, or ErrNoMessage when it is gone.
func (s *Service) Complained(ctx context.Context, id int64) (kind content.Kind, body string, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		found, err := s.complaints(tx, `c.id = $1`, id)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return ErrNoComplaint
		}
		if !found[0].Page {
			return ErrNoMessage
		}
		err = tx.QueryRow(`SELECT m.content_type, b.body FROM message m JOIN content b ON b.message_id = m.id WHERE m.id = $1`, found[0].message).Scan(&kind, &body)
		if errors.Is(err, store.ErrNotFound) {
			err = ErrNoMessage
		}
		return err
	})
	if err != nil {
		return 0, "", fmt.Errorf("read what complaint %d is about: %w", id, err)
	}
	return kind, body, nil
}
