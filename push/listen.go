package push

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"

	"hongyan/store"
)

// A developer's program without an address, on a laptop say, has its callbacks
// fetched: a listener claims them under a lease, hands them to the program and
// brings back what it answered. An app is either called at its address or
// listened to. Its open callbacks stand in lanes of their own then, which the
// workers of no node look into; a change of mode moves them, those in hand
// too, so that whoever has one in hand settles it and what is left over goes
// the new way.

// listenLanes is what is added to the lane of a listened app's callback.
const listenLanes = lanes

var (
	// ErrHasEndpoint: the app's callbacks go to an address.
	ErrHasEndpoint = errors.New("the app has an address for callbacks")
	// ErrNotListened: the app's callbacks are not fetched by listeners.
	ErrNotListened = errors.New("the app is not listened to")
	// ErrManyListeners: the app has as many listeners as it may have.
	ErrManyListeners = errors.New("the app has too many listeners")
)

// Listening is how it is to listen to an app.
type Listening struct {
	Secret  string // signs the callbacks ("whsec_…")
	Aside   string // the address put aside, without the values of its query; empty if there is none
	Waiting int    // callbacks that are due, at most 1,000 are counted
}

// Listen makes the app's callbacks wait for its listeners, one of which has
// this name from now on. An app with an address is refused with ErrHasEndpoint
// unless takeOver puts the address aside. Repeating it is harmless. Other
// errors: *Invalid, ErrNoApp, ErrManyListeners.
func (s *Service) Listen(ctx context.Context, app AppID, name string, takeOver bool) (l Listening, err error) {
	if err := checkListener(name); err != nil {
		return Listening{}, err
	}
	err = s.db.Update(ctx, func(tx *store.Tx) (err error) {
		if _, err := findApp(tx, app); err != nil {
			return err
		}
		if err := s.beListened(tx, app, takeOver); err != nil {
			return err
		}
		if err := s.seeListener(tx, app, name, s.db.LeaseNow().Add(returnWithin)); err != nil {
			return err
		}
		l, err = s.listening(tx, app)
		return err
	})
	if err != nil {
		return Listening{}, fmt.Errorf("listen to app %d: %w", app, err)
	}
	return l, nil
}

// beListened changes the mode of an app, with or without an endpoint.
func (s *Service) beListened(tx *store.Tx, app AppID, takeOver bool) error {
	_, err := tx.Exec(`INSERT INTO endpoint (app_id, url, secret, listening) VALUES ($1, '', $2, 1)
		ON CONFLICT (app_id) DO NOTHING`, int64(app), s.newEndpointSecret())
	if err != nil {
		return err
	}
	listened, address, err := lockMode(tx, app)
	if err != nil || listened {
		return err
	}
	if !takeOver && address != "" {
		return ErrHasEndpoint
	}
	if _, err := tx.Exec(`UPDATE endpoint SET listening = 1, failures = 0 WHERE app_id = $1`, int64(app)); err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE callback SET lane = lane + $2 WHERE state < 2 AND lane IN (0, 1) AND app_id = $1`, int64(app), listenLanes)
	return err
}

// lockMode reads how an app's callbacks go and keeps others from writing one
// or changing it until the commit. Without an endpoint they go nowhere.
func lockMode(tx *store.Tx, app AppID) (listened bool, address string, err error) {
	err = tx.QueryRow(`SELECT listening = 1, url FROM endpoint WHERE app_id = $1`+tx.ForUpdate(), int64(app)).Scan(&listened, &address)
	if errors.Is(err, store.ErrNotFound) {
		return false, "", nil
	}
	return listened, address, err
}

// beCalled takes an app's open callbacks back from its listeners: to its
// address, or to fail for want of one. The caller holds the mode.
func (s *Service) beCalled(tx *store.Tx, app AppID) error {
	for _, change := range []string{
		`UPDATE endpoint SET listening = 0, failures = 0 WHERE app_id = $1 AND listening = 1`,
		`UPDATE callback SET lane = lane - ` + strconv.Itoa(listenLanes) + ` WHERE state < 2 AND lane IN (2, 3) AND app_id = $1`,
		`DELETE FROM listener WHERE app_id = $1`,
	} {
		if _, err := tx.Exec(change, int64(app)); err != nil {
			return err
		}
	}
	tx.Notify(s.callbacks.table.name)
	tx.Notify(listenChannel(app))
	return nil
}

// StopListening gives the app's callbacks back to the address that was put
// aside, or ends them if there was none. What is in a listener's hand may
// still be answered. It is no error if nobody listens.
func (s *Service) StopListening(ctx context.Context, app AppID) error {
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		listened, _, err := lockMode(tx, app)
		if err != nil || !listened {
			return err
		}
		return s.beCalled(tx, app)
	})
	if err != nil {
		return fmt.Errorf("stop listening to app %d: %w", app, err)
	}
	return nil
}

// Leave ends the listening of one listener; what it has in hand is due for
// others at once. With the last one an address that
// was put aside comes back, and callbacks go to it again; without one they
// wait for the next listener.
func (s *Service) Leave(ctx context.Context, app AppID, name string) (back bool, err error) {
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		back = false
		listened, address, err := lockMode(tx, app)
		if err != nil || !listened {
			return err
		}
		n, err := tx.Exec(`DELETE FROM listener WHERE app_id = $1 AND name = $2`, int64(app), name)
		if err != nil || n == 0 {
			return err
		}
		if err := s.giveBackListened(tx, app, name); err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE endpoint SET listened_at = $2 WHERE app_id = $1`, int64(app), store.Millis(tx.Now)); err != nil {
			return err
		}
		others, err := s.listenersOf(tx, app)
		if err != nil || others > 0 || address == "" {
			return err
		}
		back = true
		return s.beCalled(tx, app)
	})
	if err != nil {
		return false, fmt.Errorf("leave app %d: %w", app, err)
	}
	return back, nil
}

// listening reads how it is to listen to an app.
func (s *Service) listening(tx *store.Tx, app AppID) (l Listening, err error) {
	var sealed []byte
	if err := tx.QueryRow(`SELECT secret, url FROM endpoint WHERE app_id = $1`, int64(app)).Scan(&sealed, &l.Aside); err != nil {
		return l, err
	}
	l.Aside = withoutValues(l.Aside)
	secret, err := s.open(sealed)
	if err != nil {
		return l, err
	}
	l.Secret = string(secret)
	err = tx.QueryRow(`SELECT COUNT(*) FROM (SELECT 1 FROM callback
		WHERE state < 2 AND lane IN (2, 3) AND app_id = $1 AND due_at <= $2 LIMIT 1000) c`,
		int64(app), store.Millis(s.db.LeaseNow())).Scan(&l.Waiting)
	return l, err
}

// newEndpointSecret is a secret to sign with, sealed.
func (s *Service) newEndpointSecret() []byte {
	return s.seal([]byte("whsec_" + base64.StdEncoding.EncodeToString(newKey())))
}
