package push

import (
	"errors"
	"fmt"
	"time"

	"hongyan/store"
)

// User is somebody who met the official account at least once.
type User struct {
	ID         UserID
	OpenID     OpenID
	UID        UID
	Following  bool   // follows the official account
	Muted      bool   // switched all messages off
	Blocked    string // why WeChat refuses cards to them; empty when it does not
	FollowedAt time.Time
	Name       string // they go by in the console; may be empty
	Admin      bool   // looks after the installation
	Barred     bool   // kept out of the console

	stateAt time.Time // of the event that decided Following
}

// lockUser reads the user with this openid, creating them at their first
// event, and keeps the row locked until the end of the transaction.
func (s *Service) lockUser(tx *store.Tx, openid OpenID) (User, error) {
	u, err := readUser(tx, openid)
	if !errors.Is(err, store.ErrNotFound) {
		return u, err
	}
	spt := newSecret("SPT_")
	_, err = tx.Exec(`INSERT INTO users (openid, uid, spt_hash, spt_sealed, created_at)
		VALUES ($1, $2, $3, $4, $5) ON CONFLICT (openid) DO NOTHING`,
		string(openid), newSecret("UID_"), hashSecret(spt), s.seal([]byte(spt)), store.Millis(tx.Now))
	if err != nil {
		return User{}, err
	}
	return readUser(tx, openid)
}

const userColumns = `id, openid, uid, muted, following, state_at, followed_at, blocked_at, blocked_reason, name, admin, barred_at`

func scanUser(row interface{ Scan(...any) error }) (u User, err error) {
	var stateAt, followedAt, blockedAt, barredAt int64
	err = row.Scan(&u.ID, &u.OpenID, &u.UID, &u.Muted, &u.Following, &stateAt, &followedAt, &blockedAt, &u.Blocked, &u.Name, &u.Admin, &barredAt)
	if blockedAt == 0 {
		u.Blocked = ""
	}
	u.Barred = barredAt != 0
	u.stateAt, u.FollowedAt = store.Time(stateAt), store.Time(followedAt)
	return u, err
}

func readUser(tx *store.Tx, openid OpenID) (User, error) {
	return scanUser(tx.QueryRow(`SELECT `+userColumns+` FROM users WHERE openid = $1`+tx.ForUpdate(), string(openid)))
}

// Subscribe records that the user follows the official account and opens the
// window for customer messages that a follow opens. Events count in the order
// of their CreateTime, then of their arrival, so a late one changes nothing.
// fresh tells that they were not following before this event.
func (s *Service) Subscribe(t *Turn) (fresh bool, err error) {
	if t.At.Before(t.User.stateAt) {
		return false, nil
	}
	if err := t.follow(t.At); err != nil {
		return false, fmt.Errorf("subscribe user %d: %w", t.User.ID, err)
	}
	if err := t.unblock(); err != nil {
		return false, fmt.Errorf("subscribe user %d: %w", t.User.ID, err)
	}
	return !t.followed, s.Window(t, Tapped)
}

// Unsubscribe records that the user left the official account. Deliveries
// still due to them are refused when their turn comes.
func (s *Service) Unsubscribe(t *Turn) error {
	if t.At.Before(t.User.stateAt) {
		return nil
	}
	_, err := t.Tx.Exec(`UPDATE users SET following = 0, state_at = $2, unfollowed_at = $2 WHERE id = $1`,
		int64(t.User.ID), store.Millis(t.At))
	if err != nil {
		return fmt.Errorf("unsubscribe user %d: %w", t.User.ID, err)
	}
	if t.User.Following {
		if err := grow(t.Tx, Everything, -1); err != nil {
			return fmt.Errorf("unsubscribe user %d: %w", t.User.ID, err)
		}
	}
	t.User.Following, t.User.stateAt = false, t.At
	return nil
}

// follow writes that the user follows the account by an event of this time.
func (t *Turn) follow(at time.Time) error {
	if !t.User.Following {
		t.User.FollowedAt = at
		if err := grow(t.Tx, Everything, 1); err != nil {
			return err
		}
	}
	t.User.Following, t.User.stateAt = true, at
	_, err := t.Tx.Exec(`UPDATE users SET following = 1, state_at = $2, followed_at = $3 WHERE id = $1`,
		int64(t.User.ID), store.Millis(at), store.Millis(t.User.FollowedAt))
	return err
}

// unblock lets cards go to the user again.
func (t *Turn) unblock() error {
	if t.User.Blocked == "" {
		return nil
	}
	t.User.Blocked = ""
	_, err := t.Tx.Exec(`UPDATE users SET blocked_at = 0, blocked_reason = '' WHERE id = $1`, int64(t.User.ID))
	return err
}

// Mute turns the user's message switch off (on = true) or on again.
func (s *Service) Mute(t *Turn, on bool) error {
	if _, err := t.Tx.Exec(`UPDATE users SET muted = $2 WHERE id = $1`, int64(t.User.ID), bit(on)); err != nil {
		return fmt.Errorf("mute user %d: %w", t.User.ID, err)
	}
	t.User.Muted = on
	return nil
}

// bit is how truth stands in the database.
func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
