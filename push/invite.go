package push

import (
	"context"
	"errors"
	"fmt"

	"hongyan/store"
)

// Invitee is a migrant whose turn it is to be invited.
type Invitee struct {
	OldUID string
	Handle string // of their personal code
}

// NextInvitee marks one migrant as invited and returns them; ok is false when
// nobody waits. It is written before the other platform is asked, so that
// nobody is asked for twice: a process that dies between the two leaves the
// note that the outcome is unknown. Two callers never get the same person.
func (s *Service) NextInvitee(ctx context.Context, app AppID) (next Invitee, ok bool, err error) {
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		err := tx.QueryRow(`WITH c AS MATERIALIZED (SELECT app_id, old_uid FROM migrant
				WHERE app_id = $1 AND state = 0 ORDER BY created_at LIMIT 1`+tx.SkipLocked()+`)
			UPDATE migrant SET state = 1, invited_at = $2, note = $3
			WHERE (app_id, old_uid) IN (SELECT app_id, old_uid FROM c) RETURNING old_uid, handle`,
			int64(app), store.Millis(tx.Now), whyNoAnswer).Scan(&next.OldUID, &next.Handle)
		ok = err == nil
		if errors.Is(err, store.ErrNotFound) {
			err = nil
		}
		return err
	})
	if err != nil {
		return Invitee{}, false, fmt.Errorf("next invitee of app %d: %w", app, err)
	}
	return next, ok, nil
}

// PeekInvitee returns somebody who waits for an invitation and marks nothing.
func (s *Service) PeekInvitee(ctx context.Context, app AppID) (next Invitee, ok bool, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		err := tx.QueryRow(`SELECT old_uid, handle FROM migrant WHERE app_id = $1 AND state = 0 ORDER BY created_at LIMIT 1`, int64(app)).
			Scan(&next.OldUID, &next.Handle)
		ok = err == nil
		if errors.Is(err, store.ErrNotFound) {
			err = nil
		}
		return err
	})
	if err != nil {
		return Invitee{}, false, fmt.Errorf("look for an invitee of app %d: %w", app, err)
	}
	return next, ok, nil
}

// InvitationSent takes the note of an unknown outcome off an invitation.
func (s *Service) InvitationSent(ctx context.Context, app AppID, oldUID string) error {
	return s.settleInvitation(ctx, app, oldUID, `UPDATE migrant SET note = $3 WHERE app_id = $1 AND old_uid = $2 AND state = 1`, "")
}

// InvitationRefused keeps why the other platform did not take an invitation.
func (s *Service) InvitationRefused(ctx context.Context, app AppID, oldUID, why string) error {
	return s.settleInvitation(ctx, app, oldUID, `UPDATE migrant SET state = 3, note = $3 WHERE app_id = $1 AND old_uid = $2 AND state = 1`, why)
}

// InvitationUnsent lets somebody wait again who was certainly not invited.
func (s *Service) InvitationUnsent(ctx context.Context, app AppID, oldUID string) error {
	return s.settleInvitation(ctx, app, oldUID, `UPDATE migrant SET state = 0, invited_at = 0, note = $3
		WHERE app_id = $1 AND old_uid = $2 AND state = 1`, "")
}

// settleInvitation writes what became of an invitation, unless its person has
// arrived meanwhile.
func (s *Service) settleInvitation(ctx context.Context, app AppID, oldUID, query, note string) error {
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(query, int64(app), oldUID, note)
		return err
	})
	if err != nil {
		return fmt.Errorf("settle an invitation of app %d: %w", app, err)
	}
	return nil
}

// InviteUnknownAgain lets those wait again whose invitation got no answer, and
// returns how many. Some of them may then read it twice.
func (s *Service) InviteUnknownAgain(ctx context.Context, app AppID) (n int, err error) {
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		changed, err := tx.Exec(`UPDATE migrant SET state = 0, invited_at = 0, note = ''
			WHERE app_id = $1 AND state = 1 AND note = $2`, int64(app), whyNoAnswer)
		n = int(changed)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("let unknown invitations of app %d wait again: %w", app, err)
	}
	return n, nil
}
