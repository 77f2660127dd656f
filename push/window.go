package push

import (
	"context"
	"fmt"
	"time"

	"hongyan/store"
)

// WindowKind is what a user did that lets the account answer them by customer
// messages.
type WindowKind int

// WeChat allows five messages in the 48 hours after a user said something, and
// three in the minute after they clicked a menu, scanned a code or followed
// (Customer_Service_Messages in WeChat's documentation).
const (
	Said WindowKind = iota
	Tapped
)

const (
	saidWindow   = 48 * time.Hour
	saidBudget   = 5
	tappedWindow = time.Minute
	tappedBudget = 3
)

// Window opens a customer-message window with its full budget from the turn's
// time on; an older event never closes a newer one's window. Who acts inside
// the account follows it, so a lost subscribe event is made up for here. Words
// also lift a block.
func (s *Service) Window(t *Turn, kind WindowKind) error {
	if err := t.seen(); err != nil {
		return fmt.Errorf("open a window for user %d: %w", t.User.ID, err)
	}
	query := `UPDATE users SET said_at = $2, say_left = $3 WHERE id = $1 AND said_at <= $2`
	budget := saidBudget
	if kind == Tapped {
		query = `UPDATE users SET tapped_at = $2, tap_left = $3 WHERE id = $1 AND tapped_at <= $2`
		budget = tappedBudget
	} else if err := t.unblock(); err != nil {
		return fmt.Errorf("open a window for user %d: %w", t.User.ID, err)
	}
	if _, err := t.Tx.Exec(query, int64(t.User.ID), store.Millis(t.At), budget); err != nil {
		return fmt.Errorf("open a window for user %d: %w", t.User.ID, err)
	}
	return nil
}

// seen takes an act later than the last unsubscribe as proof of following. It
// counts as a millisecond older than the act, so that the subscribe event of
// the same second, when it does come, still decides.
func (t *Turn) seen() error {
	if t.User.Following || !t.At.After(t.User.stateAt) {
		return nil
	}
	return t.follow(t.At.Add(-time.Millisecond))
}

// SpendWindow takes one customer message from the user's budget and reports
// whether there was one. The one-minute window goes first: it is lost soon
// anyway.
func (s *Service) SpendWindow(ctx context.Context, u UserID) (spent bool, err error) {
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		spent, err = spendWindow(tx, u)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("spend a customer message of user %d: %w", u, err)
	}
	return spent, nil
}

func spendWindow(tx *store.Tx, u UserID) (bool, error) {
	n, err := tx.Exec(`UPDATE users SET tap_left = tap_left - 1 WHERE id = $1 AND tap_left > 0 AND tapped_at > $2`,
		int64(u), store.Millis(tx.Now.Add(-tappedWindow)))
	if err != nil || n > 0 {
		return n > 0, err
	}
	n, err = tx.Exec(`UPDATE users SET say_left = say_left - 1 WHERE id = $1 AND say_left > 0 AND said_at > $2`,
		int64(u), store.Millis(tx.Now.Add(-saidWindow)))
	return n > 0, err
}
