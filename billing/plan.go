package billing

import (
	"context"
	"fmt"
	"time"

	"hongyan/push"
	"hongyan/store"
)

// PlanID is the number of a version of a plan.
type PlanID int64

// Plan is so many days for so much money. What it says never changes: a plan
// that is changed is retired, and the next version of its line takes its place.
type Plan struct {
	ID        PlanID
	Product   push.ProductID
	Line      int
	Version   int
	Days      int
	Price     int64 // fen
	CreatedAt time.Time
	RetiredAt time.Time
}

const planColumns = `id, product_id, line, version, days, price, created_at, retired_at`

func scanPlan(r scanner) (p Plan, err error) {
	var created, retired int64
	err = r.Scan(&p.ID, &p.Product, &p.Line, &p.Version, &p.Days, &p.Price, &created, &retired)
	p.CreatedAt, p.RetiredAt = store.Time(created), store.Time(retired)
	return p, err
}

// Plans lists what can be ordered of a product, in the order of its lines.
func (s *Service) Plans(ctx context.Context, product push.ProductID) (all []Plan, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		all, err = plansTx(tx, product)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("plans of product %d: %w", product, err)
	}
	return all, nil
}

func plansTx(tx *store.Tx, product push.ProductID) ([]Plan, error) {
	return store.Collect(tx, func(r *store.Rows) (Plan, error) { return scanPlan(r) },
		`SELECT `+planColumns+` FROM plan WHERE product_id = $1 AND retired_at = 0 ORDER BY line`, int64(product))
}
