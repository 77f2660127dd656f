package billing

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"hongyan/push"
	"hongyan/store"
)

// rebindChunk is how many holders of a product one transaction moves.
const rebindChunk = 500

// rebindBudget is how long an edit itself moves holders; Rebind does the rest.
const rebindBudget = 2 * time.Second

// rebind changes what a product gives access to, at once for whoever pays from
// now on. Those who have it already are many: that their paid time is still to
// move along is written down for Rebind.
func (s *Service) rebind(tx *store.Tx, id push.ProductID, had, have []push.Resource) error {
	if sameResources(had, have) {
		return nil
	}
	if err := s.push.BindProductTx(tx, id, have); err != nil {
		return err
	}
	for _, on := range slices.Concat(had, have) {
		if slices.Contains(had, on) && slices.Contains(have, on) {
			continue
		}
		_, err := tx.Exec(`INSERT INTO rebinding (product_id, kind, target, begun_at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (product_id, kind, target) DO UPDATE SET done_to = 0, begun_at = excluded.begun_at`,
			int64(id), int64(on.Kind), on.Target, store.Millis(tx.Now))
		if err != nil {
			return err
		}
	}
	return nil
}

// Rebind moves the paid time of those who have a product along with what it
// gives access to, and makes them follow what is new; the developer of an app
// is told as of an order. It returns how many it looked at. Each step is a
// transaction of its own that knows how far the one before came, so it may be
// called at any time, on any node, and be interrupted.
func (s *Service) Rebind(ctx context.Context) (n int, err error) {
	for ctx.Err() == nil {
		var some int
		var over bool
		err := s.db.Update(ctx, func(tx *store.Tx) (err error) {
			some, over, err = s.rebindSome(tx)
			return err
		})
		if err != nil {
			return n, fmt.Errorf("move holders of products: %w", err)
		}
		if n += some; over {
			return n, nil
		}
	}
	return n, ctx.Err()
}

// rebindNow does what can be done while somebody waits.
func (s *Service) rebindNow(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, rebindBudget)
	defer cancel()
	if _, err := s.Rebind(ctx); err != nil && ctx.Err() == nil {
		s.log.Warn("holders of a product are moved later", "error", err)
	}
}

// rebinding is how far one resource of one product came.
type rebinding struct {
	product push.ProductID
	on      push.Resource
	doneTo  push.UserID
	begun   int64
}

// rebindSome moves the next holders; over tells that nothing is left to do.
func (s *Service) rebindSome(tx *store.Tx) (n int, over bool, err error) {
	var r rebinding
	err = tx.QueryRow(`SELECT product_id, kind, target FROM rebinding ORDER BY begun_at, product_id, kind, target LIMIT 1`).
		Scan(&r.product, &r.on.Kind, &r.on.Target)
	if errors.Is(err, store.ErrNotFound) {
		return 0, true, nil
	}
	if err != nil {
		return 0, false, err
	}
	if err := keepProduct(tx, r.product); err != nil {
		return 0, false, err
	}
	err = tx.QueryRow(`SELECT done_to, begun_at FROM rebinding WHERE product_id = $1 AND kind = $2 AND target = $3`+tx.ForUpdate(),
		int64(r.product), int64(r.on.Kind), r.on.Target).Scan(&r.doneTo, &r.begun)
	if errors.Is(err, store.ErrNotFound) { // another node was quicker
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	holders, err := r.holders(tx, s.rebindChunk)
	if err != nil {
		return 0, false, err
	}
	if len(holders) == 0 {
		_, err := tx.Exec(`DELETE FROM rebinding WHERE product_id = $1 AND kind = $2 AND target = $3`,
			int64(r.product), int64(r.on.Kind), r.on.Target)
		return 0, false, err
	}
	return len(holders), false, s.move(tx, r, holders)
}

// holders are the next who have the product.
func (r *rebinding) holders(tx *store.Tx, most int) ([]push.UserID, error) {
	return store.Collect(tx, scanUser, `SELECT user_id FROM entitlement WHERE product_id = $1 AND user_id > $2 AND ends_at > $3
		ORDER BY user_id LIMIT $4`, int64(r.product), int64(r.doneTo), store.Millis(tx.Now), most)
}

func scanUser(r *store.Rows) (id push.UserID, err error) { return id, r.Scan(&id) }

// move lets these holders follow what is bound, and their subscriptions the
// longest paid time there is now. Their payments wait meanwhile.
func (s *Service) move(tx *store.Tx, r rebinding, holders []push.UserID) error {
	from, to := holders[0], holders[len(holders)-1]
	const these = ` IN (SELECT e.user_id FROM entitlement e WHERE e.product_id = $1 AND e.user_id >= $2 AND e.user_id <= $3)`
	if _, err := store.Collect(tx, scanUser, `SELECT id FROM users WHERE id`+these+` ORDER BY id`+tx.ForUpdate(),
		int64(r.product), int64(from), int64(to)); err != nil {
		return err
	}
	var bound bool
	err := tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM product_resource WHERE product_id = $1 AND kind = $2 AND target = $3)`,
		int64(r.product), int64(r.on.Kind), r.on.Target).Scan(&bound)
	if err == nil && bound {
		err = s.followAll(tx, r, from, to)
	}
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE subscription SET paid_until = CASE WHEN carried_until > until.at THEN carried_until ELSE until.at END
		FROM (SELECT e.user_id, COALESCE((SELECT MAX(o.ends_at) FROM product_resource b
				JOIN entitlement o ON o.product_id = b.product_id AND o.user_id = e.user_id
				WHERE b.kind = $4 AND b.target = $5), 0) AS at
			FROM entitlement e WHERE e.product_id = $1 AND e.user_id >= $2 AND e.user_id <= $3 AND e.ends_at > $6) until
		WHERE subscription.kind = $4 AND subscription.target = $5 AND subscription.user_id = until.user_id`,
		int64(r.product), int64(from), int64(to), int64(r.on.Kind), r.on.Target, store.Millis(tx.Now))
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE rebinding SET done_to = $4 WHERE product_id = $1 AND kind = $2 AND target = $3`,
		int64(r.product), int64(r.on.Kind), r.on.Target, int64(to))
	return err
}

// followAll makes those of a stretch of holders follow who do not.
func (s *Service) followAll(tx *store.Tx, r rebinding, from, to push.UserID) error {
	strangers, err := store.Collect(tx, scanUser, `SELECT e.user_id FROM entitlement e
		WHERE e.product_id = $1 AND e.user_id >= $2 AND e.user_id <= $3 AND e.ends_at > $6 AND NOT EXISTS (SELECT 1 FROM subscription s
			WHERE s.kind = $4 AND s.target = $5 AND s.user_id = e.user_id AND (s.active = 1 OR s.rejected = 1))
		ORDER BY e.user_id`, int64(r.product), int64(from), int64(to), int64(r.on.Kind), r.on.Target, store.Millis(tx.Now))
	if err != nil {
		return err
	}
	for _, user := range strangers {
		key := fmt.Sprintf("product %d bound at %d user %d", r.product, r.begun, user)
		if err := s.push.FollowPaidTx(tx, user, r.on, key); err != nil {
			return err
		}
	}
	return nil
}
