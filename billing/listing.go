package billing

import (
	"context"
	"fmt"

	"hongyan/push"
	"hongyan/store"
)

// Listing is a product as its owners see it, with how it does.
type Listing struct {
	Product
	Subscribers int64 // whose paid time lies ahead
	Income      int64 // fen, less what went back
	Month       int64 // fen, of this month in Shanghai
	Asked       int64 // refunds that nobody decided yet
}

// pageSize bounds the rows of a page.
func pageSize(limit int) int {
	if limit <= 0 {
		return 20
	}
	return min(limit, 1000)
}

// figures count a product p: now is $1, the beginning of the month $2. What
// nobody waited for, and went back, was no income.
const figures = `(SELECT COUNT(*) FROM entitlement e WHERE e.product_id = p.id AND e.ends_at > $1),
	(SELECT CAST(COALESCE(SUM(l.amount), 0) AS BIGINT) FROM ledger l WHERE l.product_id = p.id AND l.kind IN ('payment', 'refund')),
	(SELECT CAST(COALESCE(SUM(l.amount), 0) AS BIGINT) FROM ledger l WHERE l.product_id = p.id AND l.kind IN ('payment', 'refund') AND l.at >= $2),
	(SELECT COUNT(*) FROM refund f WHERE f.product_id = p.id AND f.state = 0)`

func scanListing(r scanner) (l Listing, err error) {
	l.Product, err = scanProduct(behind{r, []any{&l.Subscribers, &l.Income, &l.Month, &l.Asked}})
	return l, err
}

// Products lists what an app sells, the newest first: up to limit below the
// number after, 0 being the first page. More tells whether there are others.
func (s *Service) Products(ctx context.Context, app push.AppID, after push.ProductID, limit int) (all []Listing, more bool, err error) {
	size := pageSize(limit)
	if after == 0 {
		after = 1<<63 - 1
	}
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		all, err = store.Collect(tx, func(r *store.Rows) (Listing, error) { return scanListing(r) },
			`SELECT `+productColumns+`, `+figures+` FROM product p WHERE p.app_id = $3 AND p.id < $4 ORDER BY p.id DESC LIMIT $5`,
			store.Millis(tx.Now), store.Millis(monthOf(tx.Now)), int64(app), int64(after), size+1)
		return err
	})
	if err != nil {
		return nil, false, fmt.Errorf("products of app %d: %w", app, err)
	}
	if more = len(all) > size; more {
		all = all[:size]
	}
	return all, more, nil
}

// Own is one product of the app, with when something was last pushed through
// it. ErrNoProduct, also for another app's.
func (s *Service) Own(ctx context.Context, app push.AppID, id push.ProductID) (l Listing, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		if _, err = own(tx, app, id); err != nil {
			return err
		}
		l, err = scanListing(tx.QueryRow(`SELECT `+productColumns+`, `+figures+` FROM product p WHERE p.id = $3`,
			store.Millis(tx.Now), store.Millis(monthOf(tx.Now)), int64(id)))
		if err == nil {
			_, err = l.hear(tx)
		}
		return err
	})
	if err != nil {
		return Listing{}, fmt.Errorf("product %d of app %d: %w", id, app, err)
	}
	return l, nil
}

// Relistable tells whether Relist would list it again.
func (l Listing) Relistable() bool {
	return l.State == Delisted && l.Silent && l.PushedAt.After(l.DelistedAt)
}

// Bound is a resource of a product with its name; a topic that was deleted has
// none.
type Bound struct {
	push.Resource
	Name string
}

// Resources lists what a product gives access to, apps first.
func (s *Service) Resources(ctx context.Context, product push.ProductID) (all []Bound, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		all, err = store.Collect(tx, func(r *store.Rows) (b Bound, err error) { return b, r.Scan(&b.Kind, &b.Target, &b.Name) },
			`SELECT r.kind, r.target, COALESCE(a.name, t.name, '') FROM product_resource r
			LEFT JOIN app a ON r.kind = 0 AND a.id = r.target
			LEFT JOIN topic t ON r.kind = 1 AND t.id = r.target AND t.deleted_at = 0
			WHERE r.product_id = $1 ORDER BY r.kind, r.target`, int64(product))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("resources of product %d: %w", product, err)
	}
	return all, nil
}
