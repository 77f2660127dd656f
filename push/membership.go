package push

import (
	"context"
	"errors"
	"fmt"

	"hongyan/store"
)

// AddToTopic puts a follower of the app into one of its topics. One who is in
// already stays as they are; one who left comes back. Errors: ErrNoTopic,
// ErrNotFollowing for whoever does not follow the app, ErrRejected for whom
// the app or the topic rejects.
func (s *Service) AddToTopic(ctx context.Context, app AppID, topic TopicID, uid UID) error {
	return s.onFollower(ctx, "add to topic", app, topic, uid, func(tx *store.Tx, m membership) error {
		var of standing
		err := tx.QueryRow(`SELECT active, rejected FROM subscription WHERE kind = $1 AND target = $2 AND user_id = $3`+tx.ForUpdate(),
			int64(OfApp), int64(app), int64(m.user)).Scan(&of.active, &of.rejected)
		switch {
		case err == nil && of.rejected:
			return ErrRejected
		case errors.Is(err, store.ErrNotFound), err == nil && !of.active:
			return ErrNotFollowing
		case err != nil:
			return err
		}
		t := Turn{Tx: tx, User: User{ID: m.user}}
		added, err := t.subscribe(m.on.Kind, m.on.Target, ByOwner, "")
		if err != nil || !added {
			return err
		}
		return s.AuditTx(ctx, tx, Change{App: app, Action: "follower.add", Subject: string(uid), After: m.where()})
	})
}

// RemoveFromTopic takes a follower out of a topic of the app. One who is not
// in it is not an error; ErrNoTopic is. A rejection and a paid time are
// remembered, and the user may follow the topic again.
func (s *Service) RemoveFromTopic(ctx context.Context, app AppID, topic TopicID, uid UID) error {
	err := s.onFollower(ctx, "remove from topic", app, topic, uid, func(tx *store.Tx, m membership) error {
		return s.change(ctx, tx, m, "follower.remove", leaving)
	})
	if errors.Is(err, ErrNotFollowing) { // a UID nobody has is in no topic
		return nil
	}
	return err
}

// RemoveFollower ends what the user follows of the app: the app itself and its
// topics. They may follow again, also one who was rejected; a paid time is
// remembered. Doing it twice is not an error; ErrNotFollowing is for whoever
// never followed any of it.
func (s *Service) RemoveFollower(ctx context.Context, app AppID, uid UID) error {
	return s.onFollower(ctx, "remove follower", app, 0, uid, func(tx *store.Tx, m membership) error {
		all, err := store.Collect(tx, func(r *store.Rows) (one membership, err error) {
			one = m
			err = r.Scan(&one.on.Kind, &one.on.Target, &one.name)
			return one, err
		}, `SELECT s.kind, s.target, COALESCE(t.name, '') FROM subscription s LEFT JOIN topic t ON s.kind = 1 AND t.id = s.target
			WHERE s.user_id = $2 AND `+ofApp+` ORDER BY s.kind, s.target`, int64(app), int64(m.user))
		if err == nil && len(all) == 0 {
			err = ErrNotFollowing
		}
		for i := 0; err == nil && i < len(all); i++ {
			err = s.change(ctx, tx, all[i], "follower.remove", removal)
		}
		return err
	})
}

// RejectFollower makes the app, or with a topic that topic, send nothing more
// to the follower, who cannot follow it again either; lifting the rejection
// (on = false) gives back what they had. Doing either twice is not an error.
// Errors: ErrNoTopic, ErrNotFollowing for whoever never followed.
func (s *Service) RejectFollower(ctx context.Context, app AppID, topic TopicID, uid UID, on bool) error {
	return s.onFollower(ctx, "reject", app, topic, uid, func(tx *store.Tx, m membership) error {
		return s.reject(ctx, tx, m, on)
	})
}

// onFollower runs fn on a user of the platform and what the call is about. A
// UID nobody has gives ErrNotFollowing, as does one of a stranger.
func (s *Service) onFollower(ctx context.Context, what string, app AppID, topic TopicID, uid UID, fn func(*store.Tx, membership) error) error {
	if err := checkText("uid", string(uid), 1, maxUID); err != nil {
		return err
	}
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		m := membership{app: app, uid: uid}
		var err error
		if m.on, m.name, err = followed(tx, app, topic); err != nil {
			return err
		}
		err = tx.QueryRow(`SELECT id FROM users WHERE uid = $1`, string(uid)).Scan(&m.user)
		if errors.Is(err, store.ErrNotFound) {
			err = ErrNotFollowing
		}
		if err != nil {
			return err
		}
		return fn(tx, m)
	})
	if err != nil {
		return fmt.Errorf("%s, app %d, topic %d: %w", what, app, topic, err)
	}
	return nil
}
