package push

import (
	"context"
	"fmt"

	"hongyan/store"
)

// CallbackCounts are an app's callbacks that did not reach its developer.
// Counting stops at CountTo.
type CallbackCounts struct {
	Waiting int64 // for their first or next attempt, or under way
	Failed  int64 // given up in the last days, as long as they are kept
}

// CountCallbacks counts over the indexes of the open and of the failed ones.
func (s *Service) CountCallbacks(ctx context.Context, app AppID) (n CallbackCounts, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		n = CallbackCounts{}
		for lane := range lanes {
			var some int64
			err := tx.QueryRow(`SELECT COUNT(*) FROM (SELECT 1 FROM callback
				WHERE lane = $1 AND app_id = $2 AND state < 2 LIMIT $3) c`, lane, int64(app), CountTo-n.Waiting).Scan(&some)
			if err != nil {
				return err
			}
			n.Waiting += some
		}
		return tx.QueryRow(`SELECT COUNT(*) FROM (SELECT 1 FROM callback
			WHERE app_id = $1 AND state = 4 LIMIT $2) c`, int64(app), CountTo).Scan(&n.Failed)
	})
	if err != nil {
		return CallbackCounts{}, fmt.Errorf("count the callbacks of app %d: %w", app, err)
	}
	return n, nil
}
