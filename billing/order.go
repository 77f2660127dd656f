package billing

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"hongyan/push"
	"hongyan/store"
)

// OrderID is the number of an order; outside it goes by its handle.
type OrderID int64

// OrderState is how far an order came.
type OrderState int64

// The states. Created goes to paid or closed; closed to paid when WeChat Pay
// was quicker than the closing; paid to (partly) refunded.
const (
	OrderCreated        OrderState = 0
	OrderPaid           OrderState = 1
	OrderPartlyRefunded OrderState = 2
	OrderRefunded       OrderState = 3
	OrderClosed         OrderState = 4
)

// waits tells whether a payment of the order is what it was made for.
func (st OrderState) waits() bool { return st == OrderCreated || st == OrderClosed }

const (
	// OrderLife is how long an order can be paid.
	OrderLife = 30 * time.Minute
	// leastLife is what must be left of it for another attempt: WeChat Pay
	// refuses less than a minute.
	leastLife = 2 * time.Minute

	// Day is what a plan's days are made of.
	Day = 24 * time.Hour
)

var (
	// ErrNotSold: the product is not listed, the plan is retired, or what it
	// gives access to is gone.
	ErrNotSold = errors.New("not sold")
	// ErrOrderOver: the order was paid, closed, or its time is over.
	ErrOrderOver = errors.New("the order is over")
	// ErrNoGateway: nothing can be paid on this server.
	ErrNoGateway = errors.New("no WeChat Pay account")
)

// Order is a plan that somebody wants. What it costs and gives was fixed when
// it was made.
type Order struct {
	ID      OrderID
	Handle  string
	Product push.ProductID
	Plan    PlanID
	User    push.UserID
	State   OrderState

	Days                   int
	Price, Amount          int64 // of the plan, to be paid; fen
	Coupon                 CouponID
	CreatedAt, ExpiresAt   time.Time
	PaidAt, ClosedAt       time.Time
	TradeNo, TransactionID string
	Added                  time.Duration // by the payment
	Returned, Returning    int64         // fen that went back, that may be on their way
}

// Left is what could still be paid back.
func (o *Order) Left() int64 { return max(0, o.Amount-o.Returned-o.Returning) }

const orderColumns = `id, handle, product_id, plan_id, user_id, state, days, price, amount, coupon_id, created_at, expires_at,
	paid_at, closed_at, trade_no, transaction_id, added, refunded, refunding`

type scanner interface{ Scan(...any) error }

func scanOrder(r scanner) (o Order, err error) {
	var created, expires, paid, closed, added int64
	err = r.Scan(&o.ID, &o.Handle, &o.Product, &o.Plan, &o.User, &o.State, &o.Days, &o.Price, &o.Amount, &o.Coupon, &created, &expires,
		&paid, &closed, &o.TradeNo, &o.TransactionID, &added, &o.Returned, &o.Returning)
	o.CreatedAt, o.ExpiresAt, o.PaidAt, o.ClosedAt = store.Time(created), store.Time(expires), store.Time(paid), store.Time(closed)
	o.Added = time.Duration(added) * time.Millisecond
	if errors.Is(err, store.ErrNotFound) {
		err = ErrNoOrder
	}
	return o, err
}

// Order makes an order of the plan, or returns the one that the user made of it
// and did not pay yet, so that a second tap orders nothing twice. A coupon may
// be empty. ErrNotSold, ErrCoupon, push.ErrRejected, *push.Suspended.
func (s *Service) Order(ctx context.Context, user push.UserID, plan PlanID, coupon string) (o Order, err error) {
	coupon = couponCode(coupon)
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		if err := lockBuyer(tx, user, plan); err != nil {
			return err
		}
		p, product, err := s.sold(tx, user, plan)
		if err != nil {
			return err
		}
		if o, err = openOrder(tx, user, plan, coupon); !errors.Is(err, ErrNoOrder) {
			return err
		}
		o = Order{
			Handle: rand.Text(), Product: product.ID, Plan: p.ID, User: user, Days: p.Days, Price: p.Price, Amount: p.Price,
			CreatedAt: store.Time(store.Millis(tx.Now)), ExpiresAt: store.Time(store.Millis(tx.Now.Add(OrderLife))),
		}
		c, err := reduce(tx, &o, coupon)
		if err != nil {
			return err
		}
		if err := o.insert(tx); err != nil {
			return err
		}
		return c.use(tx, &o)
	})
	if err != nil {
		return Order{}, fmt.Errorf("order plan %d: %w", plan, err)
	}
	return o, nil
}

func (o *Order) insert(tx *store.Tx) error {
	return tx.QueryRow(`INSERT INTO orders (handle, product_id, plan_id, user_id, days, price, amount, coupon_id, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id`,
		o.Handle, int64(o.Product), int64(o.Plan), int64(o.User), int64(o.Days), o.Price, o.Amount, int64(o.Coupon),
		store.Millis(o.CreatedAt), store.Millis(o.ExpiresAt)).Scan(&o.ID)
}

// lockBuyer makes the orders of one user wait for each other, and keeps the
// product as it is; see lockHolder for the order. ErrNotSold.
func lockBuyer(tx *store.Tx, user push.UserID, plan PlanID) error {
	var product push.ProductID
	err := tx.QueryRow(`SELECT product_id FROM plan WHERE id = $1`, int64(plan)).Scan(&product)
	if errors.Is(err, store.ErrNotFound) {
		err = ErrNotSold
	}
	if err != nil {
		return err
	}
	return lockHolder(tx, product, user)
}

// lockUser makes what changes the paid time of one user wait for each other.
func lockUser(tx *store.Tx, user push.UserID) error {
	var id int64
	err := tx.QueryRow(`SELECT id FROM users WHERE id = $1`+tx.ForUpdate(), int64(user)).Scan(&id)
	if errors.Is(err, store.ErrNotFound) {
		err = push.ErrNoUser
	}
	return err
}

// openOrder is what the user ordered of the plan and can still pay. ErrNoOrder.
func openOrder(tx *store.Tx, user push.UserID, plan PlanID, coupon string) (Order, error) {
	return scanOrder(tx.QueryRow(`SELECT `+orderColumns+` FROM orders
		WHERE user_id = $1 AND plan_id = $2 AND state = 0 AND expires_at > $3
			AND coupon_id = CASE WHEN $4 = '' THEN 0 ELSE COALESCE((SELECT c.id FROM coupon c WHERE c.product_id = orders.product_id AND c.code = $4), -1) END
		ORDER BY id DESC LIMIT 1`, int64(user), int64(plan), store.Millis(tx.Now.Add(leastLife)), coupon))
}

// lockOrder reads an order and keeps it locked. It comes first of all locks of
// a change. ErrNoOrder.
func lockOrder(tx *store.Tx, id OrderID) (Order, error) {
	return scanOrder(tx.QueryRow(`SELECT `+orderColumns+` FROM orders WHERE id = $1`+tx.ForUpdate(), int64(id)))
}

// lockOwn is lockOrder by the handle, for the user who made it: ErrNoOrder for
// anybody else's.
func lockOwn(tx *store.Tx, user push.UserID, handle string) (Order, error) {
	return scanOrder(tx.QueryRow(`SELECT `+orderColumns+` FROM orders WHERE handle = $1 AND user_id = $2`+tx.ForUpdate(), handle, int64(user)))
}

// Cancel ends an order that the user does not want any more. When it was paid
// meanwhile it stays paid. Cancelling twice is not an error. ErrNoOrder.
func (s *Service) Cancel(ctx context.Context, user push.UserID, handle string) error {
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		o, err := lockOwn(tx, user, handle)
		if err != nil || o.State != OrderCreated {
			return err
		}
		now := store.Millis(tx.Now)
		if _, err := tx.Exec(`UPDATE orders SET expires_at = $2 WHERE id = $1 AND expires_at > $2`, int64(o.ID), now); err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE attempt SET due_at = $2 WHERE order_id = $1 AND state = 0`, int64(o.ID), now); err != nil {
			return err
		}
		return closeIfOver(tx, o.ID)
	})
	if err != nil {
		return fmt.Errorf("cancel an order of user %d: %w", user, err)
	}
	return nil
}

// closeIfOver closes an order whose time is over once no attempt can pay it
// any more; its coupon is free again. The caller has locked the order.
func closeIfOver(tx *store.Tx, id OrderID) error {
	o := Order{ID: id}
	err := tx.QueryRow(`UPDATE orders SET state = 4, closed_at = $2 WHERE id = $1 AND state = 0 AND expires_at <= $2
		AND NOT EXISTS (SELECT 1 FROM attempt a WHERE a.order_id = orders.id AND a.state = 0) RETURNING product_id, user_id, coupon_id`,
		int64(id), store.Millis(tx.Now)).Scan(&o.Product, &o.User, &o.Coupon)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return giveBack(tx, &o)
}

// closeOver closes the orders whose time is over and that no attempt can pay:
// those that nobody tried to pay, and those whose attempts ended before.
func (s *Service) closeOver(ctx context.Context) error {
	const over = `SELECT id FROM orders WHERE state = 0 AND expires_at <= $1 AND id > $2
		AND NOT EXISTS (SELECT 1 FROM attempt a WHERE a.order_id = orders.id AND a.state = 0) ORDER BY id LIMIT 100`
	for last := OrderID(0); ctx.Err() == nil; {
		var ids []OrderID
		err := s.db.View(ctx, func(tx *store.Tx) (err error) {
			ids, err = store.Collect(tx, func(r *store.Rows) (id OrderID, err error) { return id, r.Scan(&id) },
				over, store.Millis(tx.Now), int64(last))
			return err
		})
		if err != nil {
			return fmt.Errorf("look for orders that are over: %w", err)
		}
		if len(ids) == 0 {
			return nil
		}
		for _, id := range ids {
			err := s.db.Update(ctx, func(tx *store.Tx) error {
				if _, err := lockOrder(tx, id); err != nil {
					return err
				}
				return closeIfOver(tx, id)
			})
			if err != nil {
				return fmt.Errorf("close order %d: %w", id, err)
			}
			last = id
		}
	}
	return ctx.Err()
}
