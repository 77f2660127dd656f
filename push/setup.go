package push

import (
	"context"
	"encoding/base64"
	"fmt"

	"hongyan/store"
)

// NewApp describes an app to be made.
type NewApp struct {
	ID          AppID // 0: the next free number
	Name        string
	Greeting    string
	CallbackURL string // empty: no callbacks
	Owner       UserID // 0: nobody yet
}

// setupLock makes the takers of the next number go one after another.
const setupLock = 0x686f6e6779616e02

const (
	maxName     = 64
	maxGreeting = 600 // WeChat's longest text reply is 2,048 bytes
)

// Validate refuses what an app cannot be.
func (n *NewApp) Validate() error {
	if err := checkText("name", n.Name, 1, maxName); err != nil {
		return err
	}
	if err := checkText("greeting", n.Greeting, 0, maxGreeting); err != nil {
		return err
	}
	return checkURL("callbackUrl", n.CallbackURL)
}

// CreateApp makes an app. The token is returned here and never again: only its
// hash is kept. A number that is taken gives store.ErrConflict. Errors:
// *Invalid, also for an owner who has as many as allowed, ErrOnlyAdmins.
func (s *Service) CreateApp(ctx context.Context, n NewApp) (a App, token string, err error) {
	if err := n.Validate(); err != nil {
		return App{}, "", err
	}
	token = newSecret("AT_")
	a = App{Name: n.Name, Key: newSecret("AK_"), Greeting: n.Greeting, Listening: n.CallbackURL != "", QuerySend: true}
	err = s.db.Update(ctx, func(tx *store.Tx) (err error) {
		if a.ID, err = nextNumber(tx, `SELECT COALESCE(MAX(id), 0) + 1 FROM app`, n.ID); err != nil {
			return err
		}
		if n.Owner != 0 {
			if err := s.mayMake(tx, n.Owner); err != nil {
				return err
			}
		}
		_, err = tx.Exec(`INSERT INTO app (id, name, app_key, token_hash, greeting, created_at) VALUES ($1, $2, $3, $4, $5, $6)`,
			int64(a.ID), a.Name, a.Key, hashSecret(token), a.Greeting, store.Millis(tx.Now))
		if err != nil {
			return err
		}
		if err := s.AuditTx(ctx, tx, Change{App: a.ID, Action: "app.create", Subject: n.Name}); err != nil {
			return err
		}
		if n.Owner != 0 {
			if err := s.JoinTx(ctx, tx, a.ID, n.Owner, Owner); err != nil {
				return err
			}
		}
		if n.CallbackURL == "" {
			return nil
		}
		_, err = s.setEndpoint(tx, a.ID, n.CallbackURL)
		return err
	})
	if err != nil {
		return App{}, "", fmt.Errorf("create app %q: %w", n.Name, err)
	}
	return a, token, nil
}

// CreateTopic makes a topic of the app under the next free number.
func (s *Service) CreateTopic(ctx context.Context, app AppID, name string) (Topic, error) {
	if err := checkText("name", name, 1, maxName); err != nil {
		return Topic{}, err
	}
	t := Topic{App: app, Name: name}
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		owner, err := findApp(tx, app)
		if err != nil {
			return err
		}
		t.AppName = owner.Name
		t.ID, err = insertTopic(tx, app, name)
		return err
	})
	if err != nil {
		return Topic{}, fmt.Errorf("create topic %q: %w", name, err)
	}
	return t, nil
}

func insertTopic(tx *store.Tx, app AppID, name string) (TopicID, error) {
	id, err := nextNumber[TopicID](tx, `SELECT COALESCE(MAX(id), 0) + 1 FROM topic`, 0)
	if err != nil {
		return 0, err
	}
	_, err = tx.Exec(`INSERT INTO topic (id, app_id, name, created_at) VALUES ($1, $2, $3, $4)`,
		int64(id), int64(app), name, store.Millis(tx.Now))
	return id, err
}

// nextNumber returns the number asked for, or else the next one. Rows are
// never deleted, so a number never changes its meaning.
func nextNumber[T ~int64](tx *store.Tx, query string, wanted T) (T, error) {
	if err := tx.Lock(setupLock); err != nil || wanted != 0 {
		return wanted, err
	}
	var next int64
	err := tx.QueryRow(query).Scan(&next)
	return T(next), err
}

// ResetToken gives the app a new token. The old one is dead at once.
func (s *Service) ResetToken(ctx context.Context, app AppID) (token string, err error) {
	token = newSecret("AT_")
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		n, err := tx.Exec(`UPDATE app SET token_hash = $2 WHERE id = $1 AND deleted_at = 0`, int64(app), hashSecret(token))
		if err == nil && n == 0 {
			err = ErrNoApp
		}
		return err
	})
	if err != nil {
		return "", fmt.Errorf("reset the token of app %d: %w", app, err)
	}
	return token, nil
}

// SetEndpoint makes callbacks of the app go to this address and returns the
// secret they are signed with ("whsec_…"). A new address keeps the secret and
// starts with a clean record; an empty one ends callbacks.
func (s *Service) SetEndpoint(ctx context.Context, app AppID, address string) (secret string, err error) {
	if err := checkURL("callbackUrl", address); err != nil {
		return "", err
	}
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		if _, err := findApp(tx, app); err != nil {
			return err
		}
		if address == "" {
			_, err := tx.Exec(`DELETE FROM endpoint WHERE app_id = $1`, int64(app))
			return err
		}
		secret, err = s.setEndpoint(tx, app, address)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("set the endpoint of app %d: %w", app, err)
	}
	return secret, nil
}

func (s *Service) setEndpoint(tx *store.Tx, app AppID, address string) (secret string, err error) {
	fresh := s.seal([]byte("whsec_" + base64.StdEncoding.EncodeToString(newKey())))
	var sealed []byte
	err = tx.QueryRow(`INSERT INTO endpoint (app_id, url, secret) VALUES ($1, $2, $3)
		ON CONFLICT (app_id) DO UPDATE SET url = excluded.url, failures = 0, disabled_until = 0, disabled_reason = ''
		RETURNING secret`, int64(app), address, fresh).Scan(&sealed)
	if err != nil {
		return "", err
	}
	plain, err := s.open(sealed)
	return string(plain), err
}
