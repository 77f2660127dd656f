package billing

import (
	"errors"
	"fmt"

	"hongyan/push"
	"hongyan/store"
)

// CouponID is the number of a coupon; 0 is none.
type CouponID int64

// ErrCoupon: the code is not one of the product, is used up, over, or was used
// by this user before.
var ErrCoupon = errors.New("the coupon cannot be used")

// leastAmount is the least that WeChat Pay takes, in fen.
const leastAmount = 1

// reduction is what a coupon takes off an order.
type reduction struct{ id CouponID }

// reduce applies a code to an order that is not written yet. An empty code
// takes nothing off. ErrCoupon.
func reduce(tx *store.Tx, o *Order, code string) (reduction, error) {
	if code == "" {
		return reduction{}, nil
	}
	c, off, err := lockCoupon(tx, o.Product, o.User, code)
	if err == nil && off == 0 {
		err = ErrCoupon // its days are given, not sold
	}
	if err != nil {
		return reduction{}, err
	}
	o.Coupon, o.Amount = c, max(leastAmount, o.Price-off)
	return reduction{c}, nil
}

// lockCoupon finds a code that the user can still use. ErrCoupon.
func lockCoupon(tx *store.Tx, product push.ProductID, user push.UserID, code string) (id CouponID, off int64, err error) {
	err = tx.QueryRow(`SELECT id, off FROM coupon WHERE product_id = $1 AND code = $2 AND used < uses AND ended_at = 0
		AND (expires_at = 0 OR expires_at > $3)
		AND NOT EXISTS (SELECT 1 FROM coupon_use v WHERE v.coupon_id = coupon.id AND v.user_id = $4)`+tx.ForUpdate(),
		int64(product), code, store.Millis(tx.Now), int64(user)).Scan(&id, &off)
	if errors.Is(err, store.ErrNotFound) {
		err = ErrCoupon
	}
	return id, off, err
}

// use keeps a coupon for an order.
func (c reduction) use(tx *store.Tx, o *Order) error {
	if c.id == 0 {
		return nil
	}
	return useCoupon(tx, c.id, o.User, o.ID)
}

func useCoupon(tx *store.Tx, id CouponID, user push.UserID, order OrderID) error {
	_, err := tx.Exec(`INSERT INTO coupon_use (coupon_id, user_id, order_id, used_at) VALUES ($1, $2, $3, $4)`,
		int64(id), int64(user), int64(order), store.Millis(tx.Now))
	if err == nil {
		_, err = tx.Exec(`UPDATE coupon SET used = used + 1 WHERE id = $1`, int64(id))
	}
	if err != nil {
		return fmt.Errorf("use coupon %d: %w", id, err)
	}
	return nil
}

// giveBack frees the coupon of an order that nobody paid. A user who paid
// another order with it, after that had been closed, has used it all the same.
func giveBack(tx *store.Tx, o *Order) error {
	if o.Coupon == 0 {
		return nil
	}
	if err := lockUser(tx, o.User); err != nil {
		return err
	}
	var other int64
	err := tx.QueryRow(`SELECT COALESCE(MIN(id), 0) FROM orders WHERE user_id = $1 AND product_id = $2 AND coupon_id = $3 AND state IN (1, 2, 3)`,
		int64(o.User), int64(o.Product), int64(o.Coupon)).Scan(&other)
	if err != nil {
		return err
	}
	const used = ` WHERE coupon_id = $1 AND user_id = $2 AND order_id = $3`
	if other > 0 {
		_, err := tx.Exec(`UPDATE coupon_use SET order_id = $4`+used, int64(o.Coupon), int64(o.User), int64(o.ID), other)
		return err
	}
	n, err := tx.Exec(`DELETE FROM coupon_use`+used, int64(o.Coupon), int64(o.User), int64(o.ID))
	if err == nil && n > 0 {
		_, err = tx.Exec(`UPDATE coupon SET used = used - 1 WHERE id = $1`, int64(o.Coupon))
	}
	return err
}

// takeAgain is for an order that was paid although it had been closed: its
// coupon counts as used, also beyond the uses that it has. The price stays.
func takeAgain(tx *store.Tx, o *Order) error {
	if o.Coupon == 0 {
		return nil
	}
	n, err := tx.Exec(`INSERT INTO coupon_use (coupon_id, user_id, order_id, used_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
		int64(o.Coupon), int64(o.User), int64(o.ID), store.Millis(tx.Now))
	if err == nil && n > 0 {
		_, err = tx.Exec(`UPDATE coupon SET used = used + 1 WHERE id = $1`, int64(o.Coupon))
	}
	if err != nil {
		return fmt.Errorf("use coupon %d again: %w", o.Coupon, err)
	}
	return nil
}
