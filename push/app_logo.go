package push

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"hongyan/push/logo"
	"hongyan/store"
)

// LogoPrefix begins the path of every logo: its app's number and a name that
// changes with the picture follow.
const LogoPrefix = "/app-logo/"

// logoColumn is the name of app a's picture, empty when it has none.
const logoColumn = `COALESCE((SELECT l.hash || CASE l.kind WHEN 'image/png' THEN '.png' ELSE '.jpg' END
	FROM app_logo l WHERE l.app_id = a.id), '')`

func logoPath(app AppID, name string) string {
	if name == "" {
		return ""
	}
	return fmt.Sprintf("%s%d/%s", LogoPrefix, app, name)
}

// SetLogo makes a picture that somebody uploaded the logo of the app; see
// package logo for what is taken. Errors: *Invalid, ErrNoApp.
func (s *Service) SetLogo(ctx context.Context, app AppID, file []byte) error {
	made, err := s.logos.Make(ctx, file)
	var refused *logo.Refused
	if errors.As(err, &refused) {
		return &Invalid{"logo", refused.Text}
	}
	if err != nil {
		return err
	}
	sum := sha256.Sum256(made.Body)
	hash := hex.EncodeToString(sum[:8])
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		a, err := findApp(tx, app)
		if err != nil || strings.Contains(a.Logo, hash) {
			return err
		}
		_, err = tx.Exec(`INSERT INTO app_logo (app_id, kind, picture, hash) VALUES ($1, $2, $3, $4)
			ON CONFLICT (app_id) DO UPDATE SET kind = excluded.kind, picture = excluded.picture, hash = excluded.hash`,
			int64(app), made.Kind, made.Body, hash)
		if err != nil {
			return err
		}
		return s.AuditTx(ctx, tx, Change{App: app, Action: "app.logo"})
	})
	if err != nil {
		return fmt.Errorf("set the logo of app %d: %w", app, err)
	}
	return nil
}

// RemoveLogo takes the logo of the app away; without one nothing happens.
// ErrNoApp.
func (s *Service) RemoveLogo(ctx context.Context, app AppID) error {
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		if _, err := findApp(tx, app); err != nil {
			return err
		}
		n, err := tx.Exec(`DELETE FROM app_logo WHERE app_id = $1`, int64(app))
		if err != nil || n == 0 {
			return err
		}
		return s.AuditTx(ctx, tx, Change{App: app, Action: "app.logo_remove"})
	})
	if err != nil {
		return fmt.Errorf("remove the logo of app %d: %w", app, err)
	}
	return nil
}

// Logo returns the picture behind a path below LogoPrefix, given as its app
// and name. ErrNoLogo, also for the name of a picture before.
func (s *Service) Logo(ctx context.Context, app AppID, name string) (p logo.Picture, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		var now string
		err := tx.QueryRow(`SELECT l.kind, l.picture, `+logoColumn+` FROM app_logo l JOIN app a ON a.id = l.app_id
			WHERE l.app_id = $1 AND a.deleted_at = 0`, int64(app)).Scan(&p.Kind, &p.Body, &now)
		if errors.Is(err, store.ErrNotFound) || err == nil && now != name {
			err = ErrNoLogo
		}
		return err
	})
	if err != nil {
		return logo.Picture{}, fmt.Errorf("logo of app %d: %w", app, err)
	}
	return p, nil
}
