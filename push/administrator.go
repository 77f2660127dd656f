package push

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"

	"hongyan/store"
)

// settingAdminLink is the hash of what the link for the first administrator
// carries. It is gone when somebody has used it.
const settingAdminLink = "admin_link"

// ErrLinkUsed: the link for the first administrator is not good, or not any
// more.
var ErrLinkUsed = errors.New("no such link for an administrator")

// AdminLink makes the secret of the one link by which the first administrator
// comes in, and ends the one made before. While there is an administrator it
// makes none and returns "", unless again is true: whoever has the machine can
// always come in.
func (s *Service) AdminLink(ctx context.Context, again bool) (secret string, err error) {
	secret = rand.Text()
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		n, err := administrators(tx)
		if err != nil {
			return err
		}
		if n > 0 && !again {
			secret = ""
			return nil
		}
		_, err = tx.Exec(`INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
			settingAdminLink, hashSecret(secret))
		return err
	})
	if err != nil {
		return "", fmt.Errorf("make the administrator's link: %w", err)
	}
	return secret, nil
}

// AdminLinkGood returns nil if the secret is that of the link, else ErrLinkUsed.
func (s *Service) AdminLinkGood(ctx context.Context, secret string) error {
	return s.db.View(ctx, func(tx *store.Tx) error { return adminLinkGood(tx, secret) })
}

func adminLinkGood(tx *store.Tx, secret string) error {
	want, err := readSetting(tx, settingAdminLink)
	if errors.Is(err, store.ErrNotFound) || err == nil && subtle.ConstantTimeCompare(want, hashSecret(secret)) != 1 {
		return ErrLinkUsed
	}
	return err
}

// FirstAdminTx makes the user the first administrator and the owner of every
// app that has none. The link is used up by it: ErrLinkUsed if it was before.
func (s *Service) FirstAdminTx(ctx context.Context, tx *store.Tx, user UserID) error {
	n, err := tx.Exec(`DELETE FROM setting WHERE name = $1`, settingAdminLink)
	if err == nil && n == 0 {
		err = ErrLinkUsed
	}
	if err != nil {
		return err
	}
	if err := s.setAdmin(ctx, tx, user, true); err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO app_member (app_id, user_id, role, created_at)
		SELECT a.id, CAST($1 AS BIGINT), 'owner', CAST($2 AS BIGINT) FROM app a
		WHERE a.deleted_at = 0 AND NOT EXISTS (SELECT 1 FROM app_member m WHERE m.app_id = a.id AND m.role = 'owner')
		ON CONFLICT (app_id, user_id) DO UPDATE SET role = 'owner'`, int64(user), store.Millis(tx.Now))
	return err
}

func (s *Service) setAdmin(ctx context.Context, tx *store.Tx, user UserID, on bool) error {
	n, err := tx.Exec(`UPDATE users SET admin = $2 WHERE id = $1 AND admin <> $2`, int64(user), bit(on))
	if err != nil || n == 0 {
		return err
	}
	uid, err := uidOf(tx, int64(user))
	if err != nil {
		return err
	}
	action := map[bool]string{true: "user.admin", false: "user.plain"}[on]
	return s.AuditTx(ctx, tx, Change{Action: action, Subject: string(uid)})
}

func administrators(tx *store.Tx) (n int, err error) {
	err = tx.QueryRow(`SELECT COUNT(*) FROM users WHERE admin = 1`).Scan(&n)
	return n, err
}
