package push

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"hongyan/store"
)

// The facts of an installation. They are written once and never changed.
const (
	settingMode      = "mode"       // "sandbox" or the official account's appid
	settingServerKey = "server_key" // absent when the key comes by Options.Secret
	settingIDKey     = "id_key"     // sealed under the server key
)

// settingsLock makes first starts of several nodes go one after another.
const settingsLock = 0x686f6e6779616e01

// Stamp marks a new database as belonging to mode ("sandbox" or the official
// account's appid) and refuses one that belongs to another with ErrOtherMode.
func (s *Service) Stamp(ctx context.Context, mode string) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		found, err := keepSetting(tx, settingMode, []byte(mode))
		if err != nil {
			return fmt.Errorf("stamp the database %q: %w", mode, err)
		}
		if string(found) != mode {
			return fmt.Errorf("stamp the database %q: it is stamped %q: %w", mode, found, ErrOtherMode)
		}
		return nil
	})
}

// keepSetting writes the value unless the setting has one, and returns what
// stands there now.
func keepSetting(tx *store.Tx, name string, value []byte) ([]byte, error) {
	_, err := tx.Exec(`INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`, name, value)
	if err != nil {
		return nil, err
	}
	return readSetting(tx, name)
}

func readSetting(tx *store.Tx, name string) (value []byte, err error) {
	err = tx.QueryRow(`SELECT value FROM setting WHERE name = $1`, name).Scan(&value)
	return value, err
}

// loadKeys reads the server key and the id key, or makes them at the first
// start. The id key is sealed under the server key, so a database opened with
// a foreign key is refused here and not at the first secret.
func (s *Service) loadKeys(ctx context.Context, secret []byte) error {
	if n := len(secret); n != 0 && n != keySize {
		return fmt.Errorf("load keys: the server key has %d bytes, not %d", n, keySize)
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		if err := tx.Lock(settingsLock); err != nil {
			return fmt.Errorf("load keys: %w", err)
		}
		sealed, err := readSetting(tx, settingIDKey)
		first := errors.Is(err, store.ErrNotFound)
		if err != nil && !first {
			return fmt.Errorf("load keys: %w", err)
		}
		server, err := serverKey(tx, secret, first)
		if err != nil {
			return fmt.Errorf("load keys: %w", err)
		}
		if first {
			s.keys, err = newKeys(server, newKey())
			if err != nil {
				return err
			}
			_, err = keepSetting(tx, settingIDKey, s.keys.sealedID())
			return err
		}
		s.keys, err = openKeys(server, sealed)
		return err
	})
}

// serverKey returns the secret if there is one, else the key of the database;
// only a first start makes one.
func serverKey(tx *store.Tx, secret []byte, first bool) ([]byte, error) {
	if len(secret) > 0 {
		return secret, nil
	}
	if first {
		return keepSetting(tx, settingServerKey, newKey())
	}
	key, err := readSetting(tx, settingServerKey)
	if errors.Is(err, store.ErrNotFound) {
		return nil, fmt.Errorf("none was given: %w", ErrOtherKey)
	}
	return key, err
}

func newKey() []byte {
	key := make([]byte, keySize)
	rand.Read(key)
	return key
}
