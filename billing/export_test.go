package billing

import (
	"context"

	"hongyan/push"
	"hongyan/store"
)

// Ledger returns all entries of one product and user, oldest first.
func (s *Service) Ledger(ctx context.Context, product push.ProductID, user push.UserID) (all []Entry, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		all, err = entriesTx(tx, product, user)
		return err
	})
	return all, err
}
