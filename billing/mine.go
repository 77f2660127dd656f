package billing

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hongyan/push"
	"hongyan/store"
)

// mostMine bounds what a follower's own pages list of a kind.
const mostMine = 100

// Holding is a product that a user has, had, or ordered.
type Holding struct {
	Product
	EndsAt time.Time // zero: never paid for
	Tried  bool      // the trial is no offer any more
}

// Mine lists the products of a user, those that end last first.
func (s *Service) Mine(ctx context.Context, user push.UserID) (all []Holding, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		all, err = store.Collect(tx, func(r *store.Rows) (h Holding, err error) {
			var ends int64
			h.Product, err = scanProduct(withMore{r, &ends})
			h.EndsAt = store.Time(ends)
			return h, err
		}, `SELECT `+productColumns+`, e.ends_at FROM entitlement e JOIN product p ON p.id = e.product_id
			WHERE e.user_id = $1 AND e.n > 0 ORDER BY e.ends_at DESC, e.product_id DESC LIMIT $2`, int64(user), mostMine)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("products of user %d: %w", user, err)
	}
	return all, nil
}

// Holding is how a user has a product now. It is no error that they have not.
func (s *Service) Holding(ctx context.Context, user push.UserID, product push.ProductID) (h Holding, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		if h.Product, err = productTx(tx, product); err != nil {
			return err
		}
		if h.Tried, err = tried(tx, product, user); err != nil {
			return err
		}
		h.EndsAt, err = endsAt(tx, product, user)
		return err
	})
	if err != nil {
		return Holding{}, fmt.Errorf("product %d of user %d: %w", product, user, err)
	}
	return h, nil
}

func endsAt(tx *store.Tx, product push.ProductID, user push.UserID) (time.Time, error) {
	var ends int64
	err := tx.QueryRow(`SELECT ends_at FROM entitlement WHERE product_id = $1 AND user_id = $2`, int64(product), int64(user)).Scan(&ends)
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return store.Time(ends), err
}

// OrderOf is an order with the product's name and what became of its money.
type OrderOf struct {
	Order
	Name    string // of the product
	Refunds []RefundOrder
}

// nameOfOrdered is one more column of orders.
const nameOfOrdered = `, (SELECT p.name FROM product p WHERE p.id = orders.product_id)`

// Refundable tells whether the payer can ask for their money now.
func (o *OrderOf) Refundable(now time.Time) bool {
	for _, f := range o.Refunds {
		if f.State == RefundAsked {
			return false
		}
	}
	paid := o.State == OrderPaid || o.State == OrderPartlyRefunded
	return paid && o.Left() > 0 && o.PaidAt.Add(refundWithin).After(now)
}

// MyOrders lists the last orders of a user, of one product or, with 0, those of
// any that can still be paid; the newest first.
func (s *Service) MyOrders(ctx context.Context, user push.UserID, product push.ProductID) (all []OrderOf, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		all, err = store.Collect(tx, scanOrderOf, `SELECT `+orderColumns+nameOfOrdered+` FROM orders
			WHERE user_id = $1 AND (product_id = $2 OR CAST($2 AS BIGINT) = 0 AND state = 0 AND expires_at > $3)
			ORDER BY id DESC LIMIT $4`, int64(user), int64(product), store.Millis(tx.Now), mostMine)
		for i := range all {
			if err == nil && all[i].State != OrderCreated && all[i].State != OrderClosed {
				all[i].Refunds, err = refundsOf(tx, all[i].ID)
			}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("orders of user %d: %w", user, err)
	}
	return all, nil
}

// Payable tells whether the order can be paid now. Towards its end WeChat Pay
// takes no new attempts.
func (o *Order) Payable(now time.Time) bool {
	return o.State == OrderCreated && !o.ExpiresAt.Before(now.Add(leastLife))
}

// CodeOf is the code that another phone pays the user's order by, as Pay got it
// last; empty when there is none that still works.
func (s *Service) CodeOf(ctx context.Context, user push.UserID, handle string) (code string, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		err := tx.QueryRow(`SELECT a.prepaid FROM attempt a JOIN orders o ON o.id = a.order_id
			WHERE o.handle = $1 AND o.user_id = $2 AND o.state = 0 AND a.way = 1 AND a.state = 0 AND a.prepaid_until > $3
			ORDER BY a.created_at DESC LIMIT 1`, handle, int64(user), store.Millis(tx.Now)).Scan(&code)
		if errors.Is(err, store.ErrNotFound) {
			err = nil
		}
		return err
	})
	if err != nil {
		return "", fmt.Errorf("pay code of user %d: %w", user, err)
	}
	return code, nil
}

// MyOrder is one order of the user, with until when they have its product.
// ErrNoOrder.
func (s *Service) MyOrder(ctx context.Context, user push.UserID, handle string) (o OrderOf, end time.Time, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		o.Order, err = scanOrder(withMore{tx.QueryRow(`SELECT `+orderColumns+nameOfOrdered+` FROM orders WHERE handle = $1 AND user_id = $2`, handle, int64(user)), &o.Name})
		if err != nil {
			return err
		}
		if o.Refunds, err = refundsOf(tx, o.ID); err != nil {
			return err
		}
		end, err = endsAt(tx, o.Product, user)
		return err
	})
	if err != nil {
		return OrderOf{}, time.Time{}, fmt.Errorf("order of user %d: %w", user, err)
	}
	return o, end, nil
}

func scanOrderOf(r *store.Rows) (o OrderOf, err error) {
	o.Order, err = scanOrder(withMore{r, &o.Name})
	return o, err
}

// refundsOf are the refunds of an order, oldest first.
func refundsOf(tx *store.Tx, order OrderID) ([]RefundOrder, error) {
	return store.Collect(tx, func(r *store.Rows) (RefundOrder, error) { return scanRefund(r) },
		`SELECT `+refundColumns+` FROM refund WHERE order_id = $1 ORDER BY created_at, refund_no`, int64(order))
}

// History is the ledger of a user and product, the newest entry first.
func (s *Service) History(ctx context.Context, user push.UserID, product push.ProductID) (all []Entry, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		all, err = store.Collect(tx, scanEntry, `SELECT `+entryColumns+` FROM ledger
			WHERE product_id = $1 AND user_id = $2 ORDER BY n DESC LIMIT $3`, int64(product), int64(user), mostMine)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("ledger of product %d and user %d: %w", product, user, err)
	}
	return all, nil
}
