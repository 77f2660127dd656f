package push

import (
	"context"
	"crypto/subtle"
	"fmt"

	"hongyan/store"
)

// AppByID returns the app with this number, or ErrNoApp.
func (s *Service) AppByID(ctx context.Context, id AppID) (a App, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		a, err = findApp(tx, id)
		return err
	})
	return a, err
}

// AppOfToken returns the app that owns the token, or ErrToken. It reads the row
// at every call, so a reset kills the old token at once.
func (s *Service) AppOfToken(ctx context.Context, token string) (a App, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		id, err := appOfToken(tx, token)
		if err == nil {
			a, err = findApp(tx, id)
		}
		return err
	})
	return a, err
}

// TopicsOf lists the topics of an app, oldest first.
func (s *Service) TopicsOf(ctx context.Context, app AppID) (topics []Topic, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		topics, err = store.Collect(tx, func(row *store.Rows) (t Topic, err error) {
			t.App = app
			return t, row.Scan(&t.ID, &t.AppName, &t.Name)
		}, `SELECT t.id, a.name, t.name FROM topic t JOIN app a ON a.id = t.app_id
			WHERE t.app_id = $1 AND t.deleted_at = 0 ORDER BY t.id`, int64(app))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list the topics of app %d: %w", app, err)
	}
	return topics, nil
}

// TokenIsOf tells whether token is the app's token of this moment.
func (s *Service) TokenIsOf(ctx context.Context, token string, app AppID) bool {
	var hash []byte
	err := s.db.View(ctx, func(tx *store.Tx) error {
		return tx.QueryRow(`SELECT token_hash FROM app WHERE id = $1 AND deleted_at = 0`, int64(app)).Scan(&hash)
	})
	return err == nil && subtle.ConstantTimeCompare(hash, hashSecret(token)) == 1
}

// UserByOpenID returns the user WeChat calls openid and their simple push
// token; store.ErrNotFound if they never met the account.
func (s *Service) UserByOpenID(ctx context.Context, openid OpenID) (u User, spt SPT, err error) {
	err = s.db.Update(ctx, func(tx *store.Tx) (err error) { // an Update, since readUser locks the row
		if u, err = readUser(tx, openid); err != nil {
			return err
		}
		spt, err = s.SPTOf(&Turn{Tx: tx, User: u})
		return err
	})
	if err != nil {
		return User{}, "", fmt.Errorf("find a user by openid: %w", err)
	}
	return u, spt, nil
}
