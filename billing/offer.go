package billing

import (
	"context"
	"errors"
	"fmt"
	"math"

	"hongyan/push"
	"hongyan/store"
)

// Offer is a product as followers see it.
type Offer struct {
	Product
	AppName string
	Gone    bool // its app is deleted or suspended, so that nobody can order it
	Plans   []Plan
	Gives   []Given
}

// Given is something a product gives access to.
type Given struct {
	push.Resource
	Name string
}

// Orderable tells whether it can be ordered now.
func (o *Offer) Orderable() bool {
	return o.State.OnSale() && !o.Gone && len(o.Plans) > 0 && len(o.Gives) > 0
}

// Cheapest is the plan of the lowest price; false where there is none.
func (o *Offer) Cheapest() (least Plan, ok bool) {
	for i, p := range o.Plans {
		if i == 0 || p.Price < least.Price {
			least = p
		}
	}
	return least, len(o.Plans) > 0
}

// Offer reads a product with all that its page shows, whether or not it is in
// the market: who has paid may look. ErrNoProduct is also for one that never
// was there.
func (s *Service) Offer(ctx context.Context, id push.ProductID) (o Offer, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		var suspended bool
		p, err := productTx(tx, id)
		if err == nil && p.ListedAt.IsZero() {
			err = ErrNoProduct
		}
		if err != nil {
			return err
		}
		o = Offer{Product: p}
		err = tx.QueryRow(`SELECT name, deleted_at > 0, suspended_at > 0 FROM app WHERE id = $1`, int64(p.App)).Scan(&o.AppName, &o.Gone, &suspended)
		if o.Gone = o.Gone || suspended; err != nil {
			return err
		}
		if o.Plans, err = plansTx(tx, id); err != nil {
			return err
		}
		o.Gives, err = givenTx(tx, id)
		return err
	})
	if err != nil {
		return Offer{}, fmt.Errorf("offer product %d: %w", id, err)
	}
	return o, nil
}

func givenTx(tx *store.Tx, id push.ProductID) ([]Given, error) {
	return store.Collect(tx, func(r *store.Rows) (g Given, err error) { return g, r.Scan(&g.Kind, &g.Target, &g.Name) },
		`SELECT r.kind, r.target, COALESCE(a.name, t.name) FROM product_resource r
			LEFT JOIN app a ON r.kind = 0 AND a.id = r.target AND a.deleted_at = 0
			LEFT JOIN topic t ON r.kind = 1 AND t.id = r.target AND t.deleted_at = 0
			WHERE r.product_id = $1 AND COALESCE(a.name, t.name) IS NOT NULL ORDER BY r.kind, r.target`, int64(id))
}

// Market lists what can be ordered, the newest products first, with their
// plans. A page begins below the product after; 0 is the first page.
func (s *Service) Market(ctx context.Context, after push.ProductID, limit int) (all []Offer, err error) {
	if after <= 0 {
		after = math.MaxInt64
	}
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		all, err = store.Collect(tx, func(r *store.Rows) (o Offer, err error) {
			o.Product, err = scanProduct(withMore{r, &o.AppName})
			return o, err
		}, `SELECT `+productColumns+`, a.name FROM product p JOIN app a ON a.id = p.app_id
			WHERE p.state IN (2, 3) AND p.id < $1 AND a.deleted_at = 0 AND a.suspended_at = 0
				AND EXISTS (SELECT 1 FROM plan l WHERE l.product_id = p.id AND l.retired_at = 0)
			ORDER BY p.id DESC LIMIT $2`, int64(after), limit)
		for i := range all {
			if err == nil {
				all[i].Plans, err = plansTx(tx, all[i].ID)
			}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list the market: %w", err)
	}
	return all, nil
}

// withMore scans the columns of a product and one more.
type withMore struct {
	scanner
	more any
}

// Scan reads a row.
func (w withMore) Scan(to ...any) error { return w.scanner.Scan(append(to, w.more)...) }

// SoldWith is a product that gives access to an app or topic and can be
// ordered now; ok is false where there is none.
func (s *Service) SoldWith(tx *store.Tx, on push.Resource) (p Product, ok bool, err error) {
	p, err = scanProduct(tx.QueryRow(`SELECT `+productColumns+` FROM product_resource r JOIN product p ON p.id = r.product_id
		WHERE r.kind = $1 AND r.target = $2 AND p.state IN (2, 3) ORDER BY p.id DESC LIMIT 1`, int64(on.Kind), on.Target))
	if errors.Is(err, ErrNoProduct) {
		return Product{}, false, nil
	}
	if err != nil {
		return Product{}, false, fmt.Errorf("what is sold with %d %d: %w", on.Kind, on.Target, err)
	}
	return p, true, nil
}
