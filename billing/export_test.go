package billing

import (
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
