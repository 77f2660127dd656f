package push

import (
	"context"
	"errors"
	"fmt"

	"hongyan/store"
)

// ErrNotOurs: the database was never made one of this platform's.
var ErrNotOurs = errors.New("the database was not made by a server of this kind")

// StampOf returns whom a database belongs to: "sandbox", or the official
// account's appid. One that no server ever started on gives ErrNotOurs.
func StampOf(ctx context.Context, db *store.DB) (mode string, err error) {
	err = db.View(ctx, func(tx *store.Tx) error {
		value, err := readSetting(tx, settingMode)
		mode = string(value)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		err = ErrNotOurs
	}
	if err != nil {
		return "", fmt.Errorf("read whom the database belongs to: %w", err)
	}
	return mode, nil
}

// Belongs tells whether a server of this mode and with this secret (nil: the
// key is in the database) could go on with the database: ErrNotOurs,
// ErrOtherMode, ErrOtherKey. It writes nothing.
func Belongs(ctx context.Context, db *store.DB, mode string, secret []byte) error {
	found, err := StampOf(ctx, db)
	if err != nil {
		return err
	}
	if found != mode {
		return fmt.Errorf("it is stamped %q and not %q: %w", found, mode, ErrOtherMode)
	}
	return db.View(ctx, func(tx *store.Tx) error {
		sealed, err := readSetting(tx, settingIDKey)
		if errors.Is(err, store.ErrNotFound) {
			return ErrNotOurs
		}
		if err != nil {
			return err
		}
		server, err := serverKey(tx, secret, false)
		if err != nil {
			return err
		}
		_, err = openKeys(server, sealed)
		return err
	})
}
