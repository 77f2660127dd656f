package push

import (
	"context"
	"errors"
	"fmt"

	"hongyan/store"
)

// PauseMessage lets nothing more of an app's message go to WeChat until
// ResumeMessage; what a worker has in hand at this moment may still go. It
// accepts the public id of the message and of any of its records, and gives
// ErrNoMessage for anything that is not the app's own. Pausing twice, or what
// was cancelled or removed, changes nothing.
//
// The mark and the fan-out cursors, which stand still below -1, are one
// transaction: a chunk under way finds its cursor gone and leaves nothing, and
// workers put away what they claim from then on. The many rows that are due
// already are moved behind by whoever runs RunFanout; see shelf.go.
func (s *Service) PauseMessage(ctx context.Context, app AppID, publicID int64) error {
	return s.onMessage(ctx, "pause", app, publicID, func(tx *store.Tx, m Message) error {
		if !m.PausedAt.IsZero() || !m.CancelledAt.IsZero() || !m.DeletedAt.IsZero() {
			return nil
		}
		_, err := tx.Exec(`UPDATE message SET paused_at = $2, moving = 1, moved_to = 0 WHERE id = $1`, m.id, store.Millis(tx.Now))
		if err != nil {
			return err
		}
		_, err = tx.Exec(`UPDATE record SET fan_after = -2 - fan_after WHERE message_id = $1 AND fan_after >= 0`, m.id)
		if err != nil {
			return err
		}
		tx.Notify("fanout")
		return s.AuditTx(ctx, tx, Change{App: app, Action: "message.pause", Subject: m.Summary})
	})
}

// ResumeMessage lets a paused message go on where it stood. Errors as for
// PauseMessage; resuming twice is fine.
func (s *Service) ResumeMessage(ctx context.Context, app AppID, publicID int64) error {
	return s.onMessage(ctx, "resume", app, publicID, func(tx *store.Tx, m Message) error {
		if m.PausedAt.IsZero() {
			return nil
		}
		if err := s.unpause(tx, m.id); err != nil {
			return err
		}
		return s.AuditTx(ctx, tx, Change{App: app, Action: "message.resume", Subject: m.Summary})
	})
}

// unpause takes the mark away and has the rows brought back. A message that is
// cancelled or removed needs it too: its rows end where workers see them.
func (s *Service) unpause(tx *store.Tx, id int64) error {
	n, err := tx.Exec(`UPDATE message SET paused_at = 0, moving = 2, moved_to = 0 WHERE id = $1 AND paused_at > 0`, id)
	if err != nil || n == 0 {
		return err
	}
	_, err = tx.Exec(`UPDATE record SET fan_after = -2 - fan_after, fan_due = $2 WHERE message_id = $1 AND fan_after < -1`,
		id, store.Millis(s.db.LeaseNow()))
	tx.Notify("fanout")
	return err
}

// onMessage runs fn with an app's message, whose row is locked.
func (s *Service) onMessage(ctx context.Context, what string, app AppID, publicID int64, fn func(*store.Tx, Message) error) error {
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		m, err := s.ownMessage(tx, app, publicID)
		if err != nil {
			return err
		}
		if m, err = s.lockMessage(tx, m.id); err != nil {
			return err
		}
		return fn(tx, m)
	})
	if err != nil {
		return fmt.Errorf("%s message %d: %w", what, publicID, err)
	}
	return nil
}

func (s *Service) lockMessage(tx *store.Tx, id int64) (Message, error) {
	found, err := store.Collect(tx, s.scanMessage, `SELECT `+messageColumns+` FROM message WHERE id = $1`+tx.ForUpdate(), id)
	if err == nil && len(found) == 0 {
		err = errors.Join(ErrNoMessage, store.ErrNotFound)
	}
	if err != nil {
		return Message{}, err
	}
	return found[0], nil
}
