package billing

import (
	"context"
	"time"

	"hongyan/push"
	"hongyan/store"
)

// Submit asks the administrator to list a product that is a draft or delisted.
// It needs a plan and something it gives access to: *push.Invalid. Submitting
// twice is not an error. ErrNoProduct, ErrState.
func (s *Service) Submit(ctx context.Context, app push.AppID, id push.ProductID) error {
	return s.change(ctx, app, id, "product.submit", func(tx *store.Tx, p *Product) error {
		plans, err := plansTx(tx, id)
		if err != nil {
			return err
		}
		resources, err := s.push.ResourcesTx(tx, id)
		switch {
		case err != nil:
			return err
		case p.State == Submitted:
			return nil
		case p.State.OnSale():
			return ErrState
		case len(plans) == 0:
			return &push.Invalid{Field: "plans", Text: textNoPlan}
		case len(resources) == 0:
			return &push.Invalid{Field: "resources", Text: textNoResource}
		}
		p.State, p.Reason = Submitted, ""
		_, err = tx.Exec(`UPDATE product SET state = 1, reason = '', submitted_at = $2 WHERE id = $1`, int64(id), store.Millis(tx.Now))
		if err != nil {
			return err
		}
		return s.tellAdmins(tx, "有产品等待审核："+p.Name, submittedText(*p))
	})
}

// Withdraw takes a product back from the review. ErrNoProduct, ErrState.
func (s *Service) Withdraw(ctx context.Context, app push.AppID, id push.ProductID) error {
	return s.change(ctx, app, id, "product.withdraw", func(tx *store.Tx, p *Product) error {
		if p.State != Submitted {
			return ErrState
		}
		return p.to(tx, Draft, "", false)
	})
}

// List puts a product that is under review into the market; the owners are
// told. ErrNoProduct, ErrState.
func (s *Service) List(ctx context.Context, id push.ProductID) error {
	return s.change(ctx, 0, id, "product.list", func(tx *store.Tx, p *Product) error {
		if p.State != Submitted {
			return ErrState
		}
		if err := p.to(tx, Listed, "", false); err != nil {
			return err
		}
		return s.tellOwners(tx, *p, "产品已上架："+p.Name, listedText(*p))
	})
}

// Refuse sends a product back to its owners, who read the reason. ErrNoProduct,
// ErrState, *push.Invalid without a reason.
func (s *Service) Refuse(ctx context.Context, id push.ProductID, reason string) error {
	if err := needReason(reason); err != nil {
		return err
	}
	return s.change(ctx, 0, id, "product.refuse", func(tx *store.Tx, p *Product) error {
		if p.State != Submitted {
			return ErrState
		}
		if err := p.to(tx, Draft, reason, false); err != nil {
			return err
		}
		return s.tellOwners(tx, *p, "产品没有通过审核："+p.Name, refusedText(*p, reason))
	})
}

// Delist takes a product out of the market: nobody can order it, and who has
// paid keeps what they paid for. The administrator (app 0) gives a reason,
// which the owners are told. ErrNoProduct, ErrState, *push.Invalid.
func (s *Service) Delist(ctx context.Context, app push.AppID, id push.ProductID, reason string) error {
	if app == 0 {
		if err := needReason(reason); err != nil {
			return err
		}
	}
	return s.change(ctx, app, id, "product.delist", func(tx *store.Tx, p *Product) error {
		if !p.State.OnSale() {
			return ErrState
		}
		if err := p.to(tx, Delisted, reason, false); err != nil || app != 0 {
			return err
		}
		return s.tellOwners(tx, *p, "产品已被下架："+p.Name, delistedText(*p, reason))
	})
}

// Relist is the owner's way back after silence: once something was pushed
// through its resources since. ErrNoProduct, ErrState.
func (s *Service) Relist(ctx context.Context, app push.AppID, id push.ProductID) error {
	return s.change(ctx, app, id, "product.relist", func(tx *store.Tx, p *Product) error {
		if p.State != Delisted || !p.Silent {
			return ErrState
		}
		if _, err := p.hear(tx); err != nil {
			return err
		}
		if !p.PushedAt.After(p.DelistedAt) {
			return ErrState
		}
		if err := p.to(tx, Listed, "", false); err != nil {
			return err
		}
		p.settle(tx.Now) // a push that lies ahead of a clock set back must not put the next warning off
		return p.keepHeard(tx)
	})
}

// to writes a new state down, with when it began.
func (p *Product) to(tx *store.Tx, state ProductState, reason string, silent bool) error {
	switch {
	case state == Listed && p.State != Warned:
		p.ListedAt, p.WarnedAt = tx.Now, time.Time{}
	case state == Listed:
		p.WarnedAt = time.Time{}
	case state == Warned:
		p.WarnedAt = tx.Now
	case state == Delisted:
		p.DelistedAt = tx.Now
	}
	p.State, p.Reason, p.Silent = state, reason, silent
	_, err := tx.Exec(`UPDATE product SET state = $2, reason = $3, silent = $4, listed_at = $5, warned_at = $6, delisted_at = $7 WHERE id = $1`,
		int64(p.ID), int64(state), reason, bit(silent), store.Millis(p.ListedAt), store.Millis(p.WarnedAt), store.Millis(p.DelistedAt))
	return err
}
