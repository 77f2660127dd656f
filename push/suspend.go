package push

import (
	"context"
	"fmt"

	"hongyan/store"
)

// maxReason is the longest reason for a suspension, in characters.
const maxReason = 200

// Suspended refuses what an app does that an administrator has stopped: its
// sends, follows of it and commands to it. The pages of what it sent before
// stay. Its text is for people and carries the administrator's reason.
type Suspended struct{ Reason string }

// Error returns the sentence.
func (e *Suspended) Error() string { return fmt.Sprintf(textSuspended, e.Reason) }

// refused is nil for an app that may go on.
func (a App) refused() error {
	if a.SuspendedAt.IsZero() {
		return nil
	}
	return &Suspended{a.SuspendedReason}
}

// Suspend stops an app: no message of it is accepted or goes to WeChat any
// more, those that wait end as failed, and nobody can follow it. Doing it again
// changes the reason. Errors: *Invalid, ErrNoApp.
func (s *Service) Suspend(ctx context.Context, app AppID, reason string) error {
	if err := checkText("reason", reason, 1, maxReason); err != nil {
		return err
	}
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		before, err := findApp(tx, app)
		if err != nil {
			return err
		}
		_, err = tx.Exec(`UPDATE app SET suspended_reason = $2, suspended_at = CASE WHEN suspended_at > 0 THEN suspended_at ELSE $3 END WHERE id = $1`,
			int64(app), reason, store.Millis(tx.Now))
		if err != nil || before.SuspendedReason == reason && !before.SuspendedAt.IsZero() {
			return err
		}
		return s.AuditTx(ctx, tx, Change{App: app, Action: "app.suspend", Subject: before.Name, Before: before.SuspendedReason, After: reason})
	})
	if err != nil {
		return fmt.Errorf("suspend app %d: %w", app, err)
	}
	return nil
}

// Unsuspend lets a suspended app go on. One that was not suspended is left as
// it is. Errors: ErrNoApp.
func (s *Service) Unsuspend(ctx context.Context, app AppID) error {
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		before, err := findApp(tx, app)
		if err != nil || before.SuspendedAt.IsZero() {
			return err
		}
		if _, err := tx.Exec(`UPDATE app SET suspended_at = 0, suspended_reason = '' WHERE id = $1`, int64(app)); err != nil {
			return err
		}
		return s.AuditTx(ctx, tx, Change{App: app, Action: "app.unsuspend", Subject: before.Name, Before: before.SuspendedReason})
	})
	if err != nil {
		return fmt.Errorf("lift the suspension of app %d: %w", app, err)
	}
	return nil
}
