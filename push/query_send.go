package push

import (
	"context"
	"errors"
	"fmt"

	"hongyan/store"
)

// QuerySend reports whether the app that owns the token takes sends by GET,
// which carry the token in the address, where proxies and browsers keep it
// (AppEdit.QuerySend). ErrToken.
func (s *Service) QuerySend(ctx context.Context, token string) (on bool, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		err := tx.QueryRow(`SELECT query_send FROM app WHERE token_hash = $1 AND deleted_at = 0`, hashSecret(token)).Scan(&on)
		if errors.Is(err, store.ErrNotFound) {
			err = ErrToken
		}
		return err
	})
	if err != nil {
		return false, fmt.Errorf("are sends by GET taken: %w", err)
	}
	return on, nil
}
