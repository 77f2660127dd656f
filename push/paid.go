package push

import (
	"context"
	"fmt"
	"time"

	"hongyan/store"
)

// PaidResource is until when a user has paid for one thing a product gives
// access to.
type PaidResource struct {
	Resource
	Until time.Time // zero: never paid
}

// PaidUntil returns what the product gives access to, apps first, with the time
// until which the user has paid for it. A user nobody knows looks like one who
// never paid, by the same reads; a product nobody knows gives access to
// nothing.
func (s *Service) PaidUntil(ctx context.Context, product ProductID, uid UID) (paid []PaidResource, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		paid, err = store.Collect(tx, func(r *store.Rows) (p PaidResource, err error) {
			var until int64
			err = r.Scan(&p.Kind, &p.Target, &until)
			p.Until = store.Time(until)
			return p, err
		}, `SELECT r.kind, r.target, COALESCE(s.paid_until, 0) FROM product_resource r
			LEFT JOIN subscription s ON s.kind = r.kind AND s.target = r.target
				AND s.user_id = (SELECT id FROM users WHERE uid = $2)
			WHERE r.product_id = $1 ORDER BY r.kind, r.target`, int64(product), string(uid))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("paid time for product %d: %w", product, err)
	}
	return paid, nil
}
