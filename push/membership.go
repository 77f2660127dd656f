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
	return s.onFollower(ctx, "add to topic", app, topic, uid, func(tx *store.Tx, on Resource, user int64) error {
		var active, rejected bool
		err := tx.QueryRow(`SELECT active, rejected FROM subscription WHERE kind = $1 AND target = $2 AND user_id = $3`+tx.ForUpdate(),
			int64(OfApp), int64(app), user).Scan(&active, &rejected)
		switch {
		case err == nil && rejected:
			return ErrRejected
		case errors.Is(err, store.ErrNotFound), err == nil && !active:
			return ErrNotFollowing
		case err != nil:
			return err
		}
		t := Turn{Tx: tx, User: User{ID: UserID(user)}}
		_, err = t.subscribe(on.Kind, on.Target, ByOwner, "")
		return err
	})
}

// RemoveFromTopic takes a follower out of a topic of the app. One who is not
// in it is not an error; ErrNoTopic is. A rejection and a paid time are
// remembered, and the user may follow the topic again.
func (s *Service) RemoveFromTopic(ctx context.Context, app AppID, topic TopicID, uid UID) error {
	err := s.onFollower(ctx, "remove from topic", app, topic, uid, func(tx *store.Tx, on Resource, user int64) error {
		t := Turn{Tx: tx, User: User{ID: UserID(user)}}
		return t.unsubscribe(on.Kind, on.Target)
	})
	if errors.Is(err, ErrNotFollowing) { // a UID nobody has is in no topic
		return nil
	}
	return err
}

// RejectFollower makes the app, or with a topic that topic, send nothing more
// to the follower, who cannot follow it again either; lifting the rejection
// (on = false) gives back what they had. Doing either twice is not an error.
// Errors: ErrNoTopic, ErrNotFollowing for whoever never followed.
func (s *Service) RejectFollower(ctx context.Context, app AppID, topic TopicID, uid UID, on bool) error {
	return s.onFollower(ctx, "reject", app, topic, uid, func(tx *store.Tx, of Resource, user int64) error {
		n, err := tx.Exec(`UPDATE subscription SET rejected = $4 WHERE kind = $1 AND target = $2 AND user_id = $3`,
			int64(of.Kind), of.Target, user, bit(on))
		if err == nil && n == 0 {
			err = ErrNotFollowing
		}
		return err
	})
}

// onFollower runs fn on a user of the platform and what the call is about. A
// UID nobody has gives ErrNotFollowing, as does one of a stranger.
func (s *Service) onFollower(ctx context.Context, what string, app AppID, topic TopicID, uid UID, fn func(*store.Tx, Resource, int64) error) error {
	if err := checkText("uid", string(uid), 1, maxUID); err != nil {
		return err
	}
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		on, err := followed(tx, app, topic)
		if err != nil {
			return err
		}
		var user int64
		err = tx.QueryRow(`SELECT id FROM users WHERE uid = $1`, string(uid)).Scan(&user)
		if errors.Is(err, store.ErrNotFound) {
			err = ErrNotFollowing
		}
		if err != nil {
			return err
		}
		return fn(tx, on, user)
	})
	if err != nil {
		return fmt.Errorf("%s, app %d, topic %d: %w", what, app, topic, err)
	}
	return nil
}
