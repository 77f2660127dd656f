package billing

import (
	"context"

	"hongyan/push"
	"hongyan/store"
)

// SetRebindChunk lets a step of Rebind move few holders.
func (s *Service) SetRebindChunk(n int) { s.rebindChunk = n }

// RebindStep is one step of Rebind.
func (s *Service) RebindStep(tx *store.Tx) (over bool, err error) {
	_, over, err = s.rebindSome(tx)
	return over, err
}

// RebindTx is what an edit does of it.
func (s *Service) RebindTx(tx *store.Tx, id push.ProductID, had, have []push.Resource) error {
	return s.rebind(tx, id, had, have)
}

// Ledger returns all entries of one product and user, oldest first.
func (s *Service) Ledger(ctx context.Context, product push.ProductID, user push.UserID) (all []Entry, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		all, err = entriesTx(tx, product, user)
		return err
	})
	return all, err
}
