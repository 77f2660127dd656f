package billing

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"hongyan/push"
	"hongyan/store"
)

// ErrState: the product does not stand so that this could be done now.
var ErrState = errors.New("not possible as the product stands")

// Create makes a draft of a product that the app sells. *push.Invalid,
// push.ErrNoApp.
func (s *Service) Create(ctx context.Context, app push.AppID, d ProductDraft) (id push.ProductID, err error) {
	if err := d.Validate(); err != nil {
		return 0, err
	}
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		if err := owned(tx, app, d.Resources); err != nil {
			return err
		}
		err := tx.QueryRow(`INSERT INTO product (app_id, name, description, trial_days, created_at)
			SELECT id, CAST($2 AS TEXT), CAST($3 AS TEXT), CAST($4 AS BIGINT), CAST($5 AS BIGINT) FROM app WHERE id = $1 AND deleted_at = 0 RETURNING id`,
			int64(app), d.Name, d.Description, int64(d.TrialDays), store.Millis(tx.Now)).Scan(&id)
		if errors.Is(err, store.ErrNotFound) {
			err = push.ErrNoApp
		}
		if err != nil {
			return err
		}
		if err := s.push.BindProductTx(tx, id, d.Resources); err != nil {
			return err
		}
		if err := setPlans(tx, id, d.Plans); err != nil {
			return err
		}
		return s.audit(ctx, tx, id, "product.create", d.Name, "", "")
	})
	if err != nil {
		return 0, fmt.Errorf("create a product of app %d: %w", app, err)
	}
	return id, nil
}

// Edit changes a product. While it is in the market or under review its name,
// description and resources stay as they were reviewed: changing them is
// ErrState. Plans and trial days may change at any time; orders keep what they
// were made with. ErrNoProduct, *push.Invalid.
func (s *Service) Edit(ctx context.Context, app push.AppID, id push.ProductID, d ProductDraft) error {
	if err := d.Validate(); err != nil {
		return err
	}
	err := s.change(ctx, app, id, "product.edit", func(tx *store.Tx, p *Product) error {
		if err := owned(tx, app, d.Resources); err != nil {
			return err
		}
		had, err := s.push.ResourcesTx(tx, id)
		if err != nil {
			return err
		}
		if p.State != Draft && p.State != Delisted && (d.Name != p.Name || d.Description != p.Description || !sameResources(had, d.Resources)) {
			return ErrState
		}
		_, err = tx.Exec(`UPDATE product SET name = $2, description = $3, trial_days = $4 WHERE id = $1`,
			int64(id), d.Name, d.Description, int64(d.TrialDays))
		if err != nil {
			return err
		}
		if p.Silent && (d.Name != p.Name || d.Description != p.Description || !sameResources(had, d.Resources)) {
			// What silence took out of the market comes back by itself only as it was reviewed.
			if _, err := tx.Exec(`UPDATE product SET silent = 0 WHERE id = $1`, int64(id)); err != nil {
				return err
			}
		}
		p.Name, p.Description, p.TrialDays = d.Name, d.Description, d.TrialDays
		if err := s.rebind(tx, id, had, d.Resources); err != nil {
			return err
		}
		return setPlans(tx, id, d.Plans)
	})
	if err == nil {
		s.rebindNow(ctx)
	}
	return err
}

func sameResources(a, b []push.Resource) bool {
	in := func(all []push.Resource) func(push.Resource) bool {
		return func(r push.Resource) bool { return !slices.Contains(all, r) }
	}
	return !slices.ContainsFunc(a, in(b)) && !slices.ContainsFunc(b, in(a))
}

// change locks a product of the app, changes it, and writes the change down.
// ErrNoProduct is also for one of another app; app 0 is the administrator's.
func (s *Service) change(ctx context.Context, app push.AppID, id push.ProductID, action string, do func(*store.Tx, *Product) error) error {
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		p, err := lockProduct(tx, id)
		if err == nil && app != 0 && p.App != app {
			err = ErrNoProduct
		}
		if err != nil {
			return err
		}
		before := p.State
		if err := do(tx, &p); err != nil {
			return err
		}
		return s.push.AuditTx(ctx, tx, push.Change{
			App: p.App, Action: action, Subject: fmt.Sprintf("%d %s", p.ID, p.Name), Before: wordsStates[before], After: changedTo(before, p),
		})
	})
	if err != nil {
		return fmt.Errorf("%s %d: %w", action, id, err)
	}
	return nil
}

func changedTo(before ProductState, p Product) string {
	if p.State == before {
		return ""
	}
	if p.Reason != "" {
		return wordsStates[p.State] + "：" + p.Reason
	}
	return wordsStates[p.State]
}
