package billing

import (
	"context"
	"errors"
	"fmt"

	"hongyan/push"
	"hongyan/store"
)

// Worth tells what a code is worth to a user: so many days, or so much off an
// order, in fen. It uses nothing up. ErrCoupon.
func (s *Service) Worth(ctx context.Context, user push.UserID, product push.ProductID, code string) (days int, off int64, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		err := tx.QueryRow(`SELECT days, off FROM coupon WHERE product_id = $1 AND code = $2 AND used < uses AND ended_at = 0
			AND (expires_at = 0 OR expires_at > $3)
			AND NOT EXISTS (SELECT 1 FROM coupon_use v WHERE v.coupon_id = coupon.id AND v.user_id = $4)`,
			int64(product), couponCode(code), store.Millis(tx.Now), int64(user)).Scan(&days, &off)
		if errors.Is(err, store.ErrNotFound) {
			err = ErrCoupon
		}
		return err
	})
	if err != nil {
		return 0, 0, fmt.Errorf("look at a coupon of product %d: %w", product, err)
	}
	return days, off, nil
}

// Reduced is what is to be paid of a price after a coupon took something off.
func Reduced(price, off int64) int64 { return max(leastAmount, price-off) }
