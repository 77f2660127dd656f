package push

import (
	"context"
	"errors"
	"fmt"

	"hongyan/store"
)

// SetQuerySend says whether the app's sends by GET are taken. They carry the
// token in the address, which proxies and browsers keep.
func (s *Service) SetQuerySend(ctx context.Context, app AppID, on bool) error {
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		n, err := tx.Exec(`UPDATE app SET query_send = $2 WHERE id = $1 AND deleted_at = 0`, int64(app), bit(on))
		if err == nil && n == 0 {
			err = ErrNoApp
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("set sends by GET of app %d: %w", app, err)
	}
	return nil
}

// QuerySend reports whether the app that owns the token takes sends by GET.
// ErrToken.
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
