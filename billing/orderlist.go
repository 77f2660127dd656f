package billing

import (
	"context"
	"fmt"
	"strings"

	"hongyan/push"
	"hongyan/store"
)

// Ordered is an order as the owners of its product see it.
type Ordered struct {
	Order
	UID  push.UID
	Code string // of the coupon; empty: none
}

// OrderFilter narrows the orders of a product.
type OrderFilter struct {
	State  *OrderState
	Search string // a trade number, WeChat Pay's transaction id, a UID or its last six characters
	After  string // the handle of the last order of the page before
	Limit  int    // 1 to 1000; 0 means 20
}

// Orders lists the orders of a product of the app, the newest first, and the
// cursor of the next page, empty at the end. ErrNoProduct.
func (s *Service) Orders(ctx context.Context, app push.AppID, product push.ProductID, f OrderFilter) (all []Ordered, next string, err error) {
	size := pageSize(f.Limit)
	err = s.db.View(ctx, func(tx *store.Tx) error {
		if _, err := own(tx, app, product); err != nil {
			return err
		}
		q := where{args: []any{int64(product)}}
		if f.After != "" {
			q.and(`o.id < COALESCE((SELECT x.id FROM orders x WHERE x.handle = $%d), 0)`, storable(f.After))
		}
		if f.State != nil {
			q.and(`o.state = $%d`, int64(*f.State))
		}
		f.search(&q)
		q.args = append(q.args, size+1)
		all, err = store.Collect(tx, scanOrdered, `SELECT `+orderedColumns+` FROM orders o JOIN users u ON u.id = o.user_id
			WHERE o.product_id = $1`+q.text+` ORDER BY o.id DESC LIMIT `+q.last(), q.args...)
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("orders of product %d: %w", product, err)
	}
	if len(all) > size {
		all = all[:size]
		next = all[size-1].Handle
	}
	return all, next, nil
}

// search finds out what is searched for by its form.
func (f *OrderFilter) search(q *where) {
	text := strings.TrimSpace(f.Search)
	switch {
	case text == "":
	case strings.HasPrefix(text, tradePrefix):
		q.and(`o.id = (SELECT t.order_id FROM attempt t WHERE t.trade_no = $%d)`, storable(text))
	case strings.Trim(text, "0123456789") == "" && len(text) > shortEnd:
		q.and(`o.transaction_id = $%d AND o.transaction_id <> ''`, text)
	default:
		q.uid("o.user_id", text)
	}
}

// OrderOf is an order of a product of the app, by its handle. ErrNoProduct,
// ErrNoOrder.
func (s *Service) OrderOf(ctx context.Context, app push.AppID, product push.ProductID, handle string) (o Ordered, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		if _, err := own(tx, app, product); err != nil {
			return err
		}
		all, err := store.Collect(tx, scanOrdered, `SELECT `+orderedColumns+` FROM orders o JOIN users u ON u.id = o.user_id
			WHERE o.handle = $1 AND o.product_id = $2`, storable(handle), int64(product))
		if err == nil && len(all) == 0 {
			err = ErrNoOrder
		}
		if err == nil {
			o = all[0]
		}
		return err
	})
	if err != nil {
		return Ordered{}, fmt.Errorf("order of product %d: %w", product, err)
	}
	return o, nil
}

var orderedColumns = "o." + strings.Join(strings.Fields(orderColumns), " o.") +
	`, u.uid, COALESCE((SELECT c.code FROM coupon c WHERE c.id = o.coupon_id), '')`

func scanOrdered(r *store.Rows) (o Ordered, err error) {
	o.Order, err = scanOrder(behind{r, []any{&o.UID, &o.Code}})
	return o, err
}

// behind reads more columns behind those that are asked for.
type behind struct {
	scanner
	more []any
}

func (b behind) Scan(to ...any) error { return b.scanner.Scan(append(to, b.more...)...) }
