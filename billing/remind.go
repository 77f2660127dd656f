package billing

import (
	"context"
	"fmt"
	"time"

	"hongyan/push"
	"hongyan/store"
)

// reminder is what a user was told of the end of a paid time.
type reminder int64

// The reminders, each said once of an end and in this order. One that was
// missed is not said after a later one.
const (
	remindNothing reminder = 0
	remindDays    reminder = 1 // three days before
	remindDay     reminder = 2 // the day before
	remindEnded   reminder = 3
)

const (
	remindEarly  = 3 * Day
	remindLate   = Day
	endedWithin  = 7 * Day // an end longer ago is not told any more
	mostReminded = 5000    // in one run
	remindAtOnce = 100
)

// reminderAt is what is due at now about a time that was set at from and ends
// at end. Whoever got less time than the notice is long knows without it; and
// whose time a refund ended was told by its receipt.
func reminderAt(from, end, now time.Time) reminder {
	left, term := end.Sub(now), end.Sub(from)
	switch {
	case left <= -endedWithin:
		return remindNothing
	case left <= 0 && term > 0:
		return remindEnded
	case left > 0 && left <= remindLate && term > remindLate:
		return remindDay
	case left > remindLate && left <= remindEarly && term > remindEarly:
		return remindDays
	}
	return remindNothing
}

// ending is a paid time that somebody may be reminded of.
type ending struct {
	product Product
	user    push.UserID
	end     time.Time
	from    time.Time // of the entry that set the end
	said    reminder
}

// Remind tells users that a paid time ends: three days before, one day before,
// and when it has. Each is said once of each end, on whichever node comes
// first, also when the clock goes back; a renewal makes a new end. It returns
// how many were told, some thousands in one run at most; the next one goes on.
func (s *Service) Remind(ctx context.Context) (n int, err error) {
	var after ending
	for ctx.Err() == nil && n < mostReminded {
		page, err := s.endings(ctx, after)
		if err != nil {
			return n, fmt.Errorf("look for times that end: %w", err)
		}
		if len(page) == 0 {
			break
		}
		after = page[len(page)-1]
		var told int
		err = s.db.Update(ctx, func(tx *store.Tx) error {
			told = 0
			for _, e := range page {
				said, err := s.remind(tx, e)
				if err != nil {
					return fmt.Errorf("remind user %d of product %d: %w", e.user, e.product.ID, err)
				}
				if said {
					told++
				}
			}
			return nil
		})
		if err != nil {
			return n, err
		}
		n += told
	}
	return n, ctx.Err()
}

// endings are the next times after one that end soon or did lately.
func (s *Service) endings(ctx context.Context, after ending) (page []ending, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		from := store.Millis(tx.Now.Add(-endedWithin))
		page, err = store.Collect(tx, func(r *store.Rows) (e ending, err error) {
			var end, of, at int64
			err = r.Scan(&e.product.ID, &e.user, &end, &of, &e.said, &at, &e.product.Name, &e.product.State)
			e.end, e.from = store.Time(end), store.Time(at)
			if of != end {
				e.said = remindNothing
			}
			return e, err
		}, `SELECT e.product_id, e.user_id, e.ends_at, e.reminded_of, e.reminded, l.at, p.name, p.state
			FROM entitlement e JOIN product p ON p.id = e.product_id
			JOIN ledger l ON l.product_id = e.product_id AND l.user_id = e.user_id AND l.n = e.n
			WHERE e.ends_at > $1 AND e.ends_at <= $2 AND (e.reminded_of <> e.ends_at OR e.reminded < 3)
				AND (e.ends_at, e.product_id, e.user_id) > ($3, $4, $5)
			ORDER BY e.ends_at, e.product_id, e.user_id LIMIT $6`,
			from, store.Millis(tx.Now.Add(remindEarly)), store.Millis(after.end), int64(after.product.ID), int64(after.user), remindAtOnce)
		return err
	})
	return page, err
}

// remind says what is due, unless it was said or the end is another by now.
func (s *Service) remind(tx *store.Tx, e ending) (said bool, err error) {
	due := reminderAt(e.from, e.end, tx.Now)
	if due <= e.said {
		return false, nil
	}
	n, err := tx.Exec(`UPDATE entitlement SET reminded_of = $3, reminded = $4
		WHERE product_id = $1 AND user_id = $2 AND ends_at = $3 AND (reminded_of <> $3 OR reminded < $4)`,
		int64(e.product.ID), int64(e.user), store.Millis(e.end), int64(due))
	if err != nil || n == 0 {
		return false, err
	}
	link := s.push.Link(fmt.Sprintf("/product/%d", e.product.ID))
	return true, s.push.TellTx(tx, e.user, remindSummary(&e, due, tx.Now), remindText(&e, due, link))
}
