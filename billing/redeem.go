package billing

import (
	"context"
	"fmt"
	"strings"
	"time"

	"hongyan/push"
	"hongyan/store"
)

// Redeem gives a user the days of a coupon, once, and returns until when they
// have the product now. ErrCoupon (also for one that takes money off instead),
// ErrNoProduct, ErrNotSold, push.ErrRejected, *push.Suspended.
func (s *Service) Redeem(ctx context.Context, user push.UserID, product push.ProductID, code string) (until time.Time, err error) {
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		p, err := productTx(tx, product)
		if err != nil {
			return err
		}
		if err := lockHolder(tx, product, user); err != nil {
			return err
		}
		if err := s.welcome(tx, user, &p); err != nil {
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

// couponCode is a code as it is kept: it is the same in both cases.
func couponCode(code string) string {
	return strings.ToUpper(strings.TrimSpace(strings.ReplaceAll(strings.ToValidUTF8(code, ""), "\x00", "")))
}

func couponSummary(p Product, days int) string {
	return fmt.Sprintf("优惠码已兑换，「%s」延长 %d 天", p.Name, days)
}

func couponText(p Product, days int, until time.Time) string {
	return fmt.Sprintf("你用优惠码兑换了「%s」%d 天，不需要付款。\n\n- 有效期至：%s\n\n在公众号菜单「我的订阅」里可以查看。", plain(p.Name), days, date(until))
}
