package push

import (
	"context"
	"errors"
	"fmt"

	"hongyan/store"
)

var (
	// ErrLastAdmin: the installation keeps at least one administrator.
	ErrLastAdmin = errors.New("the last administrator")
	// ErrBarsAdmin: an administrator is made a plain user before being barred.
	ErrBarsAdmin = errors.New("an administrator cannot be barred")
)

// adminsLock makes changes of who is an administrator go one after another.
const adminsLock = 0x686f6e6779616e03

// SetAdmin makes a user an administrator, or a plain user again. Doing it twice
// changes nothing. Errors: ErrNoUser, ErrLastAdmin, ErrBarsAdmin for somebody
// who is barred.
func (s *Service) SetAdmin(ctx context.Context, uid UID, on bool) error {
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		if err := tx.Lock(adminsLock); err != nil {
			return err
		}
		k, err := knownUser(tx, uid, tx.ForUpdate())
		if err != nil || k.Admin == on {
			return err
		}
		if on && k.Barred {
			return ErrBarsAdmin
		}
		n, err := administrators(tx)
		if err == nil && !on && n <= 1 {
			err = ErrLastAdmin
		}
		if err != nil {
			return err
		}
		return s.setAdmin(ctx, tx, k.ID, on)
	})
	if err != nil {
		return fmt.Errorf("set who is an administrator: %w", err)
	}
	return nil
}

// Bar keeps a user out of the console, or lets them in again. Their sessions
// end by it. Doing it twice changes nothing. Errors: ErrNoUser, ErrBarsAdmin.
func (s *Service) Bar(ctx context.Context, uid UID, on bool) error {
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		if err := tx.Lock(adminsLock); err != nil {
			return err
		}
		k, err := knownUser(tx, uid, tx.ForUpdate())
		if err != nil || k.Barred == on {
			return err
		}
		if on && k.Admin {
			return ErrBarsAdmin
		}
		at, action := int64(0), "user.unbar"
		if on {
			at, action = store.Millis(tx.Now), "user.bar"
			if _, err := tx.Exec(`DELETE FROM session WHERE user_id = $1`, int64(k.ID)); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(`UPDATE users SET barred_at = $2 WHERE id = $1`, int64(k.ID), at); err != nil {
			return err
		}
		return s.AuditTx(ctx, tx, Change{Action: action, Subject: string(uid)})
	})
	if err != nil {
		return fmt.Errorf("keep a user out of the console: %w", err)
	}
	return nil
}
