package push

import (
	"context"
	"fmt"
	"time"

	"hongyan/store"
)

// AppFacts are what an overview warns by.
type AppFacts struct {
	Followers  int64 // up to CountTo
	EverSent   bool
	OldestDue  time.Time // of its cards that wait to be sent; zero: none waits
	ToldLater  int64     // callbacks that wait, up to CountTo
	OldestTold time.Time // the first of them is due then
}

// AppFacts reads them.
func (s *Service) AppFacts(ctx context.Context, app AppID) (f AppFacts, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		var due, told int64
		err := tx.QueryRow(`SELECT
				(SELECT COUNT(*) FROM (SELECT 1 FROM subscription s WHERE s.kind = 0 AND s.target = $1 AND s.active = 1 AND s.rejected = 0 LIMIT $2) c),
				EXISTS (SELECT 1 FROM message WHERE app_id = $1),
				COALESCE((SELECT MIN(due_at) FROM delivery WHERE lane = 0 AND app_id = $1 AND state < 2), 0),
				(SELECT COUNT(*) FROM (SELECT 1 FROM callback WHERE lane IN (0, 1, 2, 3) AND app_id = $1 AND state < 2 LIMIT $2) c),
				COALESCE((SELECT MIN(due_at) FROM callback WHERE lane = 0 AND app_id = $1 AND state < 2), 0)`,
			int64(app), CountTo).Scan(&f.Followers, &f.EverSent, &due, &f.ToldLater, &told)
		f.OldestDue, f.OldestTold = store.Time(due), store.Time(told)
		return err
	})
	if err != nil {
		return AppFacts{}, fmt.Errorf("facts of app %d: %w", app, err)
	}
	return f, nil
}

// mostFailures bounds how many failed cards are looked at for their reasons.
const mostFailures = 20_000

// FailureReasons are the reasons of the app's cards that failed, of messages
// sent since then, the commonest first. It looks at the latest 20,000 failures
// of the latest 5,000 messages.
func (s *Service) FailureReasons(ctx context.Context, app AppID, since time.Time) (all []ReasonCount, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		all, err = store.Collect(tx, func(r *store.Rows) (c ReasonCount, err error) {
			err = r.Scan(&c.Reason, &c.Count)
			c.Reason = orElse(c.Reason, textNoReason)
			c.Remedy = Remedy(c.Reason)
			return c, err
		}, `SELECT reason, COUNT(*) FROM (SELECT d.reason FROM (SELECT id FROM message WHERE app_id = $1 AND created_at >= $2
				ORDER BY created_at DESC, id DESC LIMIT 5000) m
			JOIN delivery d ON d.message_id = m.id AND d.state = 4 LIMIT $3) f GROUP BY reason ORDER BY COUNT(*) DESC, MIN(reason) LIMIT 8`,
			int64(app), store.Millis(since), mostFailures)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("why cards of app %d failed: %w", app, err)
	}
	return all, nil
}
