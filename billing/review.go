package billing

import (
	"context"
	"fmt"
	"math"
	"time"

	"hongyan/push"
	"hongyan/store"
)

// Reviewed is a product as the administrator sees it.
type Reviewed struct {
	Product
	AppName string
	Plans   []Plan
	Access  []Access
	Holders int64 // who have paid time left
}

// Access is one thing that a product gives access to.
type Access struct {
	push.Resource
	Name string // empty: it is gone
}

// Stage groups products for the administrator.
type Stage string

// The stages; those that wait for the review come first of all.
const (
	StageWaiting  Stage = ""
	StageOnSale   Stage = "listed"
	StageDelisted Stage = "delisted"
)

var stages = map[Stage]string{StageWaiting: "p.state = 1", StageOnSale: "p.state IN (2, 3)", StageDelisted: "p.state = 4"}

// reviewPage is how many products a page lists.
const reviewPage = 20

// Reviews lists the products of a stage: those that wait, the longest wait
// first; the others with the newest first, those before the number below if it
// is not 0. next is the number for the following page, 0 at the end.
func (s *Service) Reviews(ctx context.Context, stage Stage, below push.ProductID) (all []Reviewed, next push.ProductID, err error) {
	where, known := stages[stage]
	if !known {
		stage, where = StageWaiting, stages[StageWaiting]
	}
	order, limit := "p.id DESC", reviewPage+1
	if below == 0 {
		below = math.MaxInt64
	}
	if stage == StageWaiting {
		order, limit = "p.submitted_at, p.id", 200
	}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		if all, err = reviewed(tx, where+` AND p.id < $1 ORDER BY `+order+` LIMIT $2`, int64(below), limit); err != nil {
			return err
		}
		if next = 0; stage != StageWaiting && len(all) > reviewPage {
			all = all[:reviewPage]
			next = all[reviewPage-1].ID
		}
		return nil
	})
	if err != nil {
		return nil, 0, fmt.Errorf("list products for review: %w", err)
	}
	return all, next, nil
}

// Review is one of them with what it consists of. ErrNoProduct.
func (s *Service) Review(ctx context.Context, id push.ProductID) (p Reviewed, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		found, err := reviewed(tx, `p.id = $1`, int64(id))
		if err == nil && len(found) == 0 {
			err = ErrNoProduct
		}
		if err != nil {
			return err
		}
		p = found[0]
		if p.Plans, err = plansTx(tx, id); err != nil {
			return err
		}
		p.Access, err = store.Collect(tx, func(r *store.Rows) (a Access, err error) { return a, r.Scan(&a.Kind, &a.Target, &a.Name) },
			`SELECT r.kind, r.target, COALESCE(CASE r.kind WHEN 0 THEN (SELECT name FROM app WHERE id = r.target AND deleted_at = 0)
				ELSE (SELECT name FROM topic WHERE id = r.target AND deleted_at = 0) END, '')
			FROM product_resource r WHERE r.product_id = $1 ORDER BY r.kind, r.target`, int64(id))
		if err != nil {
			return err
		}
		return tx.QueryRow(`SELECT COUNT(*) FROM entitlement WHERE product_id = $1 AND ends_at > $2`, int64(id), store.Millis(tx.Now)).Scan(&p.Holders)
	})
	if err != nil {
		return Reviewed{}, fmt.Errorf("review product %d: %w", id, err)
	}
	return p, nil
}

func reviewed(tx *store.Tx, where string, args ...any) ([]Reviewed, error) {
	return store.Collect(tx, func(r *store.Rows) (p Reviewed, err error) {
		p.Product, err = scanProduct(beside{r, []any{&p.AppName}})
		return p, err
	}, `SELECT `+productColumns+`, a.name FROM product p JOIN app a ON a.id = p.app_id WHERE `+where, args...)
}

// beside scans further columns behind those of a row.
type beside struct {
	of   scanner
	more []any
}

func (b beside) Scan(into ...any) error { return b.of.Scan(append(into, b.more...)...) }

// The time after which money that does not move needs somebody.
const (
	undecidedLong = 3 * Day // a refund that nobody decided
	movingLong    = 2 * Day // one that WeChat Pay has not ended
)

// Standing is what of selling needs the administrator.
type Standing struct {
	Waiting     int64 // products for the review
	Differences int64 // that are open
	Undecided   int64 // refunds that nobody decided for three days
	Moving      int64 // refunds that WeChat Pay has not ended for two days
	LastNotice  time.Time
}

// Standing reads it.
func (s *Service) Standing(ctx context.Context) (st Standing, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		var last int64
		err := tx.QueryRow(`SELECT (SELECT COUNT(*) FROM product WHERE state = 1), (SELECT COUNT(*) FROM difference WHERE settled_at = 0),
				(SELECT COUNT(*) FROM refund WHERE state = 0 AND created_at < $1),
				(SELECT COUNT(*) FROM refund WHERE due_at > 0 AND state IN (1, 2) AND created_at < $2),
				(SELECT COALESCE(MAX(taken_at), 0) FROM pay_notice)`,
			store.Millis(tx.Now.Add(-undecidedLong)), store.Millis(tx.Now.Add(-movingLong))).
			Scan(&st.Waiting, &st.Differences, &st.Undecided, &st.Moving, &last)
		st.LastNotice = store.Time(last)
		return err
	})
	if err != nil {
		return Standing{}, fmt.Errorf("look at how selling stands: %w", err)
	}
	return st, nil
}

// Stuck is a refund that does not move.
type Stuck struct {
	RefundOrder
	App         push.AppID
	ProductName string
}

// StuckRefunds lists them, the oldest first.
func (s *Service) StuckRefunds(ctx context.Context) (all []Stuck, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		all, err = store.Collect(tx, func(r *store.Rows) (f Stuck, err error) {
			f.RefundOrder, err = scanRefund(beside{r, []any{&f.App, &f.ProductName}})
			return f, err
		}, `SELECT f.refund_no, f.order_id, f.product_id, f.trade_no, f.amount, f.total, f.surplus, f.reason, f.answer, f.asked_by, f.state,
				f.refund_id, f.created_at, f.done_at, f.looks, p.app_id, p.name
			FROM refund f JOIN product p ON p.id = f.product_id
			WHERE f.state = 0 AND f.created_at < $1 OR f.due_at > 0 AND f.state IN (1, 2) AND f.created_at < $2
			ORDER BY f.created_at, f.refund_no LIMIT 100`,
			store.Millis(tx.Now.Add(-undecidedLong)), store.Millis(tx.Now.Add(-movingLong)))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list refunds that do not move: %w", err)
	}
	return all, nil
}

// Merchant is the number of the merchant account; empty: none.
func (s *Service) Merchant() string {
	if !s.Sells() {
		return ""
	}
	return s.o.Payee.MchID
}
