package push

import (
	"strconv"
	"time"

	"hongyan/store"
)

const (
	// mostListeners bounds the listeners of one app.
	mostListeners = 16
	// returnWithin is how much longer than it said a listener may stay away
	// before it counts as gone.
	returnWithin = 10 * time.Second
	// seenEach is how exactly it is kept when a listener was last there.
	seenEach = 10 * time.Second
)

// seeListener notes that a listener is there and expected back by then.
func (s *Service) seeListener(tx *store.Tx, app AppID, name string, until time.Time) error {
	now := store.Millis(s.db.LeaseNow())
	if _, err := tx.Exec(`DELETE FROM listener WHERE app_id = $1 AND here_until < $2 AND name <> $3`, int64(app), now, name); err != nil {
		return err
	}
	n, err := s.listenersOf(tx, app)
	if err != nil {
		return err
	}
	known, err := tx.Exec(`UPDATE listener SET here_until = $3 WHERE app_id = $1 AND name = $2`, int64(app), name, store.Millis(until))
	if err != nil {
		return err
	}
	if known == 0 {
		if n >= mostListeners {
			return ErrManyListeners
		}
		_, err = tx.Exec(`INSERT INTO listener (app_id, name, here_until) VALUES ($1, $2, $3)
			ON CONFLICT (app_id, name) DO UPDATE SET here_until = excluded.here_until`, int64(app), name, store.Millis(until))
		if err != nil {
			return err
		}
	}
	_, err = tx.Exec(`UPDATE endpoint SET listened_at = $2 WHERE app_id = $1 AND listened_at <= $3`,
		int64(app), store.Millis(tx.Now), store.Millis(tx.Now.Add(-seenEach)))
	return err
}

// listenersOf counts the listeners who are there.
func (s *Service) listenersOf(tx *store.Tx, app AppID) (n int, err error) {
	err = tx.QueryRow(`SELECT COUNT(*) FROM listener WHERE app_id = $1 AND here_until >= $2`,
		int64(app), store.Millis(s.db.LeaseNow())).Scan(&n)
	return n, err
}

// giveBackListened makes due for others what a listener that leaves never
// brought back.
func (s *Service) giveBackListened(tx *store.Tx, app AppID, name string) error {
	n, err := tx.Exec(`UPDATE callback SET state = 0, owner = '', due_at = $3
		WHERE state < 2 AND lane IN (2, 3) AND app_id = $1 AND state = 1 AND owner = $2`,
		int64(app), listenerOwner(name), store.Millis(s.db.LeaseNow()))
	if n > 0 {
		tx.Notify(listenChannel(app))
	}
	return err
}

// checkListener refuses what is no name: letters, digits and - _ . of ASCII.
func checkListener(name string) error {
	if err := checkText("listener", name, 1, maxName); err != nil {
		return err
	}
	for _, r := range name {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		if !letter && r != '-' && r != '_' && r != '.' {
			return &Invalid{"listener", textListener}
		}
	}
	return nil
}

// listenerOwner is a listener as owner of leases; no node is named like that.
func listenerOwner(name string) string { return "listener " + name }

// listenChannel wakes the listeners of an app.
func listenChannel(app AppID) string { return "listen " + strconv.FormatInt(int64(app), 10) }

// answerChannel wakes who waits for the answer of an event.
func answerChannel(eventKey string) string { return "answer " + eventKey }
