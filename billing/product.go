package billing

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hongyan/push"
	"hongyan/store"
)

// ProductState is how a product stands in the market.
type ProductState int64

// The states. Draft goes to submitted by its owner, submitted to listed or back
// to draft by the administrator, listed to warned and warned to delisted by
// silence, warned to listed by a push, listed and warned to delisted by the
// owner or the administrator, delisted to submitted by the owner, or to listed
// when silence delisted it and something was pushed since.
const (
	Draft     ProductState = 0
	Submitted ProductState = 1
	Listed    ProductState = 2
	Warned    ProductState = 3
	Delisted  ProductState = 4
)

// OnSale tells whether it can be ordered.
func (st ProductState) OnSale() bool { return st == Listed || st == Warned }

// ErrNoProduct: there is no such product, or not for whoever asks.
var ErrNoProduct = errors.New("no such product")

// Product is what an app sells.
type Product struct {
	ID          push.ProductID
	App         push.AppID
	Name        string
	Description string // Markdown
	Cover       string // name of its picture; empty: none
	State       ProductState
	Reason      string // why it was refused or delisted
	Silent      bool   // delisted because it fell silent
	TrialDays   int
	CreatedAt   time.Time
	SubmittedAt time.Time
	ListedAt    time.Time
	WarnedAt    time.Time
	DelistedAt  time.Time
	PushedAt    time.Time // the last push through its resources that was seen
	pushedID    int64     // its message
	Scene       string    // handle of its code
}

const productColumns = `p.id, p.app_id, p.name, p.description, p.cover, p.state, p.reason, p.silent, p.trial_days,
	p.created_at, p.submitted_at, p.listed_at, p.warned_at, p.delisted_at, p.pushed_at, p.pushed_id, p.scene`

func scanProduct(r scanner) (p Product, err error) {
	var created, submitted, listed, warned, delisted, pushed int64
	err = r.Scan(&p.ID, &p.App, &p.Name, &p.Description, &p.Cover, &p.State, &p.Reason, &p.Silent, &p.TrialDays,
		&created, &submitted, &listed, &warned, &delisted, &pushed, &p.pushedID, &p.Scene)
	p.CreatedAt, p.SubmittedAt, p.ListedAt = store.Time(created), store.Time(submitted), store.Time(listed)
	p.WarnedAt, p.DelistedAt, p.PushedAt = store.Time(warned), store.Time(delisted), store.Time(pushed)
	if errors.Is(err, store.ErrNotFound) {
		err = ErrNoProduct
	}
	return p, err
}

func productTx(tx *store.Tx, id push.ProductID) (Product, error) {
	return scanProduct(tx.QueryRow(`SELECT `+productColumns+` FROM product p WHERE p.id = $1`, int64(id)))
}

// lockProduct reads a product and keeps it locked until the end of the
// transaction.
func lockProduct(tx *store.Tx, id push.ProductID) (Product, error) {
	return scanProduct(tx.QueryRow(`SELECT `+productColumns+` FROM product p WHERE p.id = $1`+tx.ForUpdate(), int64(id)))
}

// own reads a product of the app. ErrNoProduct is also for one of another app;
// app 0 is the administrator's.
func own(tx *store.Tx, app push.AppID, id push.ProductID) (Product, error) {
	p, err := productTx(tx, id)
	if err == nil && app != 0 && p.App != app {
		err = ErrNoProduct
	}
	return p, err
}

// ProductTx is Product in a transaction of the caller's. ErrNoProduct.
func (s *Service) ProductTx(tx *store.Tx, id push.ProductID) (Product, error) {
	return productTx(tx, id)
}

// Product reads one. ErrNoProduct.
func (s *Service) Product(ctx context.Context, id push.ProductID) (p Product, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		p, err = productTx(tx, id)
		return err
	})
	if err != nil {
		return Product{}, fmt.Errorf("product %d: %w", id, err)
	}
	return p, nil
}

// sold is a plan that the user can order. ErrNotSold, push.ErrRejected,
// *push.Suspended.
func (s *Service) sold(tx *store.Tx, user push.UserID, id PlanID) (plan Plan, p Product, err error) {
	plan, err = scanPlan(tx.QueryRow(`SELECT `+planColumns+` FROM plan WHERE id = $1 AND retired_at = 0`, int64(id)))
	if errors.Is(err, store.ErrNotFound) {
		err = ErrNotSold
	}
	if err != nil {
		return plan, p, err
	}
	if p, err = productTx(tx, plan.Product); err != nil {
		return plan, p, err
	}
	return plan, p, s.welcome(tx, user, &p)
}

// welcome tells why a user cannot have a product.
func (s *Service) welcome(tx *store.Tx, user push.UserID, p *Product) error {
	resources, err := s.push.ResourcesTx(tx, p.ID)
	if err != nil {
		return err
	}
	if !p.State.OnSale() || len(resources) == 0 {
		return ErrNotSold
	}
	for _, on := range resources {
		err := s.push.PayableTx(tx, user, on)
		if errors.Is(err, push.ErrNoApp) || errors.Is(err, push.ErrNoTopic) {
			err = ErrNotSold
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// audit writes down a change of a product.
func (s *Service) audit(ctx context.Context, tx *store.Tx, product push.ProductID, action, subject, before, after string) error {
	p, err := productTx(tx, product)
	if err != nil {
		return err
	}
	return s.push.AuditTx(ctx, tx, push.Change{App: p.App, Action: action, Subject: subject, Before: before, After: after})
}
