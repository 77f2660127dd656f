package billing

import (
	"context"
	"fmt"
	"time"

	"hongyan/push"
	"hongyan/store"
)

// Redeem gives a user the days of a coupon, once, and returns until when they
// have the product now. ErrCoupon (also for one that takes money off instead),
// ErrNotSold, push.ErrRejected, *push.Suspended.
func (s *Service) Redeem(ctx context.Context, user push.UserID, product push.ProductID, code string) (until time.Time, err error) {
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		if err := lockHolder(tx, product, user); err != nil {
			return err
		}
		p, err := productTx(tx, product)
		if err == nil {
			err = s.welcome(tx, user, &p)
		}
		if err != nil {
			return err
		}
		if _, err := lockStanding(tx, product, user); err != nil { // before the coupon, see lockHolder
			return err
		}
		id, off, err := lockCoupon(tx, product, user, couponCode(code))
		if err == nil && off != 0 {
			err = ErrCoupon // it is for an order
		}
		if err != nil {
			return err
		}
		var days int
		if err := tx.QueryRow(`SELECT days FROM coupon WHERE id = $1`, int64(id)).Scan(&days); err != nil {
			return err
		}
		if err := useCoupon(tx, id, user, 0); err != nil {
			return err
		}
		e := Entry{
			Product: product, User: user, Kind: KindCoupon, Key: fmt.Sprintf("coupon %d user %d", id, user), Added: time.Duration(days) * Day,
		}
		if _, err := s.book(tx, &e); err != nil {
			return err
		}
		until = e.EndsAt
		return s.push.TellTx(tx, user, couponSummary(p, days), couponText(p, days, e.EndsAt))
	})
	if err != nil {
		return time.Time{}, fmt.Errorf("redeem a coupon of product %d: %w", product, err)
	}
	return until, nil
}
