package push

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"hongyan/store"
)

// OldSecretFor is how long a secret signs on after its successor was made.
const OldSecretFor = 24 * time.Hour

// ErrNoSecret: the app has no secret for its callbacks yet.
var ErrNoSecret = errors.New("the app has no signing secret")

// SetEndpoint makes callbacks of the app go to this address and returns the
// secret they are signed with ("whsec_…"). A new address keeps the secret and
// starts with a clean record; an empty one ends callbacks. Nobody listens to
// the app any more. Errors: *Invalid, ErrNoApp.
func (s *Service) SetEndpoint(ctx context.Context, app AppID, address string) (secret string, err error) {
	return s.changeEndpoint(ctx, app, address, "%s")
}

// SetUnverifiedEndpoint is SetEndpoint for a server that was seen to take
// calls with a wrong signature; the audit log remembers that its owner wanted
// it all the same.
func (s *Service) SetUnverifiedEndpoint(ctx context.Context, app AppID, address string) (secret string, err error) {
	return s.changeEndpoint(ctx, app, address, textUnverified)
}

// changeEndpoint does it; how words the address for the audit log.
func (s *Service) changeEndpoint(ctx context.Context, app AppID, address, how string) (secret string, err error) {
	if err := checkURL("callbackUrl", address); err != nil {
		return "", err
	}
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		if _, err := findApp(tx, app); err != nil {
			return err
		}
		listened, _, err := lockMode(tx, app)
		if err != nil {
			return err
		}
		before, err := readEndpoint(tx, app)
		if err != nil && !errors.Is(err, ErrNoEndpoint) {
			return err
		}
		change := Change{App: app, Action: "callback.url", Before: before.URL}
		if address == "" {
			_, err = tx.Exec(`DELETE FROM endpoint WHERE app_id = $1`, int64(app))
		} else {
			change.After = fmt.Sprintf(how, withoutValues(address))
			secret, err = s.setEndpoint(tx, app, address)
		}
		if err == nil && listened {
			err = s.beCalled(tx, app)
		}
		if err != nil || change.Before == change.After && !before.Disabled && !listened {
			return err
		}
		if change.Before == change.After {
			change.Action, change.Before, change.After = "callback.enable", "", ""
		}
		return s.AuditTx(ctx, tx, change)
	})
	if err != nil {
		return "", fmt.Errorf("set the endpoint of app %d: %w", app, err)
	}
	return secret, nil
}

// KeepEndpoint is SetEndpoint for an address that is told anew at every start
// of a platform: if somebody listens to the app, they go on, and the address
// is the one that comes back after them.
func (s *Service) KeepEndpoint(ctx context.Context, app AppID, address string) (secret string, err error) {
	if err := checkURL("callbackUrl", address); err != nil {
		return "", err
	}
	err = s.db.Update(ctx, func(tx *store.Tx) (err error) {
		secret, err = s.setEndpoint(tx, app, address)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("keep the endpoint of app %d: %w", app, err)
	}
	return secret, nil
}

// setEndpoint writes the address and leaves the mode as it is.
func (s *Service) setEndpoint(tx *store.Tx, app AppID, address string) (secret string, err error) {
	var sealed []byte
	err = tx.QueryRow(`INSERT INTO endpoint (app_id, url, secret) VALUES ($1, $2, $3)
		ON CONFLICT (app_id) DO UPDATE SET url = excluded.url, failures = 0, disabled_until = 0, disabled_reason = ''
		RETURNING secret`, int64(app), address, s.newEndpointSecret()).Scan(&sealed)
	if err != nil {
		return "", err
	}
	plain, err := s.open(sealed)
	return string(plain), err
}

func newWebhookSecret() string { return "whsec_" + base64.StdEncoding.EncodeToString(newKey()) }

// RotateSecret gives the app a new secret for its callbacks and returns it;
// it is never shown again. The secret before signs too for OldSecretFor; the
// one before that ends at once. An app without an address gets its secret by
// it, so that a server can be made ready before its address is told. ErrNoApp.
func (s *Service) RotateSecret(ctx context.Context, app AppID) (secret string, err error) {
	secret = newWebhookSecret()
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		if _, err := findApp(tx, app); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO endpoint (app_id, url, secret) VALUES ($1, '', $2)
			ON CONFLICT (app_id) DO UPDATE SET old_secret = endpoint.secret, old_until = $3, secret = excluded.secret`,
			int64(app), s.seal([]byte(secret)), store.Millis(tx.Now.Add(OldSecretFor)))
		if err != nil {
			return err
		}
		return s.AuditTx(ctx, tx, Change{App: app, Action: "callback.secret"})
	})
	if err != nil {
		return "", fmt.Errorf("rotate the secret of app %d: %w", app, err)
	}
	return secret, nil
}

// SecretState says how callbacks of an app are signed.
type SecretState struct {
	Made     bool
	OldUntil time.Time // until when the secret before signs too; zero: it does not
}

// SecretState returns how callbacks of the app are signed.
func (s *Service) SecretState(ctx context.Context, app AppID) (state SecretState, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		var until int64
		err := tx.QueryRow(`SELECT old_until FROM endpoint WHERE app_id = $1`, int64(app)).Scan(&until)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		state.Made = err == nil
		if until > store.Millis(tx.Now) {
			state.OldUntil = store.Time(until)
		}
		return err
	})
	if err != nil {
		return SecretState{}, fmt.Errorf("secrets of app %d: %w", app, err)
	}
	return state, nil
}

// Secrets returns what signs callbacks of the app now, for a trial call.
// ErrNoSecret.
func (s *Service) Secrets(ctx context.Context, app AppID) (secrets []string, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		secrets = nil
		var secret, old []byte
		var until int64
		err := tx.QueryRow(`SELECT secret, old_secret, old_until FROM endpoint WHERE app_id = $1`, int64(app)).Scan(&secret, &old, &until)
		if errors.Is(err, store.ErrNotFound) {
			err = ErrNoSecret
		}
		if err != nil {
			return err
		}
		sealed := signing(secret, old, until, tx.Now)
		for _, one := range sealed {
			plain, err := s.open(one)
			if err != nil {
				return err
			}
			secrets = append(secrets, string(plain))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("secrets of app %d: %w", app, err)
	}
	return secrets, nil
}

// EnableEndpoint sends callbacks of the app to its address again after it was
// disabled. Doing it twice is not an error. ErrNoEndpoint.
func (s *Service) EnableEndpoint(ctx context.Context, app AppID) error {
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		before, err := readEndpoint(tx, app)
		if err != nil || !before.Disabled {
			return err
		}
		_, err = tx.Exec(`UPDATE endpoint SET failures = 0, disabled_until = 0, disabled_reason = '' WHERE app_id = $1`, int64(app))
		if err != nil {
			return err
		}
		return s.AuditTx(ctx, tx, Change{App: app, Action: "callback.enable", Before: before.Reason})
	})
	if err != nil {
		return fmt.Errorf("enable the endpoint of app %d: %w", app, err)
	}
	return nil
}
