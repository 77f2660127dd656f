package push

import (
	"errors"
	"fmt"
	"time"

	"hongyan/store"
)

// A user may send 20 upstream messages in 10 s, an app receives 5,000, so that a
// chatty user or two bots talking to each other flood nobody.
const (
	uplinkWindow  = 10 * time.Second
	uplinkPerUser = 20
	uplinkPerApp  = 5000
)

// Uplink sends what the follower said to the app's developer. The callback row
// is written born leased to this node, which makes the first attempt right
// after the commit; the developer's reply becomes the turn's answer if it
// comes before the deadline, and a customer message if it comes later. Errors
// to tell the follower about: ErrNoApp, *Suspended, ErrNotFollowing, ErrTooFast. An app
// that is not listening gets nothing, and nothing is awaited from it.
func (s *Service) Uplink(t *Turn, app AppID, content string) error {
	to, err := findApp(t.Tx, app)
	if err != nil {
		return err
	}
	if err := to.refused(); err != nil {
		return err
	}
	if err := t.mayUplink(app); err != nil {
		return fmt.Errorf("uplink to app %d: %w", app, err)
	}
	if !to.Listening {
		return nil
	}
	t.awaiting = true
	err = s.enqueueCallback(t.Tx, newCallback{
		App: app, Action: actionUplink, EventKey: t.key, User: t.User.ID,
		Body: uplinkBody(to, t.User.UID, content, t.Tx.Now),
		Born: true, Pending: t.pending,
	})
	if err != nil {
		return fmt.Errorf("uplink to app %d: %w", app, err)
	}
	return nil
}

func (t *Turn) mayUplink(app AppID) error {
	var follows bool
	err := t.Tx.QueryRow(`SELECT active = 1 AND rejected = 0 FROM subscription WHERE kind = $1 AND target = $2 AND user_id = $3`,
		int64(OfApp), int64(app), int64(t.User.ID)).Scan(&follows)
	if errors.Is(err, store.ErrNotFound) || err == nil && !follows {
		return ErrNotFollowing
	}
	if err != nil {
		return err
	}
	if err := spendQuota(t.Tx, fmt.Sprintf("uplink user %d", t.User.ID), uplinkWindow, uplinkPerUser); err != nil {
		return err
	}
	return spendQuota(t.Tx, fmt.Sprintf("uplink app %d", app), uplinkWindow, uplinkPerApp)
}

// spendQuota counts one use in the current window and refuses it with
// ErrTooFast when the window is used up.
func spendQuota(tx *store.Tx, name string, window time.Duration, limit int) error {
	starts := tx.Now.Truncate(window)
	n, err := tx.Exec(`INSERT INTO quota (name, starts_at, used) VALUES ($1, $2, 1)
		ON CONFLICT (name, starts_at) DO UPDATE SET used = quota.used + 1 WHERE quota.used < $3`,
		name, store.Millis(starts), limit)
	if err == nil && n == 0 {
		err = ErrTooFast
	}
	return err
}
