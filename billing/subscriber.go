package billing

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"hongyan/push"
	"hongyan/store"
)

// Subscriber is somebody who has, or had, a paid time of a product.
type Subscriber struct {
	UID    push.UID
	Since  time.Time // of their first entry
	EndsAt time.Time
	Active bool  // the end lies ahead
	Paid   int64 // fen, less what went back
	Free   bool  // nothing was ever paid: a trial, a gift, a coupon

	user push.UserID
}

// SubscriberFilter narrows the subscribers of a product.
type SubscriberFilter struct {
	Search string // a UID, or its last six characters
	Active *bool
	After  string // the cursor of the page before
	Limit  int    // 1 to 1000; 0 means 20
}

// Subscribers lists whom a product of the app was sold or given to, the latest
// end first, and the cursor of the next page, empty at the end. ErrNoProduct,
// *push.Invalid.
func (s *Service) Subscribers(ctx context.Context, app push.AppID, product push.ProductID, f SubscriberFilter) (all []Subscriber, next string, err error) {
	ends, user, err := readEnd(f.After)
	if err != nil {
		return nil, "", err
	}
	size := pageSize(f.Limit)
	err = s.db.View(ctx, func(tx *store.Tx) error {
		if _, err := own(tx, app, product); err != nil {
			return err
		}
		q := where{args: []any{store.Millis(tx.Now), int64(product), ends, int64(user)}}
		if f.Active != nil {
			q.text = map[bool]string{true: " AND e.ends_at > $1", false: " AND e.ends_at <= $1"}[*f.Active]
		}
		if f.Search != "" {
			q.uid("e.user_id", f.Search)
		}
		q.args = append(q.args, size+1)
		all, err = store.Collect(tx, scanSubscriber, `SELECT e.user_id, u.uid, e.since, e.ends_at, CASE WHEN e.ends_at > $1 THEN 1 ELSE 0 END,
				(SELECT CAST(COALESCE(SUM(l.amount), 0) AS BIGINT) FROM ledger l WHERE l.product_id = e.product_id AND l.user_id = e.user_id AND l.kind IN ('payment', 'refund')),
				CASE WHEN EXISTS (SELECT 1 FROM ledger l WHERE l.product_id = e.product_id AND l.user_id = e.user_id AND l.kind = 'payment') THEN 0 ELSE 1 END
			FROM entitlement e JOIN users u ON u.id = e.user_id
			WHERE e.product_id = $2 AND e.ends_at > 0 AND (e.ends_at < $3 OR e.ends_at = $3 AND e.user_id < $4)`+q.text+`
			ORDER BY e.ends_at DESC, e.user_id DESC LIMIT `+q.last(), q.args...)
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("subscribers of product %d: %w", product, err)
	}
	if len(all) > size {
		all = all[:size]
		next = fmt.Sprintf("%d.%d", store.Millis(all[size-1].EndsAt), all[size-1].user)
	}
	return all, next, nil
}

func scanSubscriber(r *store.Rows) (one Subscriber, err error) {
	var since, ends int64
	err = r.Scan(&one.user, &one.UID, &since, &ends, &one.Active, &one.Paid, &one.Free)
	one.Since, one.EndsAt = store.Time(since), store.Time(ends)
	return one, err
}

// readEnd reads a cursor of subscribers.
func readEnd(after string) (ends int64, user push.UserID, err error) {
	if after == "" {
		return 1<<63 - 1, 0, nil
	}
	left, right, _ := strings.Cut(after, ".")
	ends, err = strconv.ParseInt(left, 10, 64)
	id, wrong := strconv.ParseInt(right, 10, 64)
	if err != nil || wrong != nil {
		return 0, 0, &push.Invalid{Field: "after", Text: textCursor}
	}
	return ends, push.UserID(id), nil
}

// where is what narrows a list, with the arguments of the whole statement.
type where struct {
	text string
	args []any
}

// and adds a condition with a place for one argument.
func (w *where) and(condition string, arg any) {
	w.args = append(w.args, arg)
	w.text += " AND " + fmt.Sprintf(condition, len(w.args))
}

// uid means the user of a UID, or those whose UID ends so.
func (w *where) uid(column, search string) {
	search = strings.TrimSpace(search)
	if strings.HasPrefix(search, "UID_") {
		w.and(column+` = (SELECT id FROM users WHERE uid = $%d)`, storable(search))
		return
	}
	if len(search) > shortEnd {
		search = search[len(search)-shortEnd:]
	}
	w.and(column+` IN (SELECT id FROM users WHERE SUBSTR(uid, LENGTH(uid) - 5) = $%d)`, storable(strings.ToUpper(search)))
}

// last is the place of the last argument.
func (w *where) last() string { return "$" + strconv.Itoa(len(w.args)) }

// shortEnd is how much of a UID people compare.
const shortEnd = 6

// storable makes a text one that a database can compare.
func storable(s string) string { return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "") }
