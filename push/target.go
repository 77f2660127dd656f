package push

import (
	"context"
	"errors"
	"fmt"

	"hongyan/store"
)

// Target is what a link offers to follow: an app or a topic.
type Target struct {
	Kind     SubscriptionKind
	ID       int64 // of the app or of the topic
	App      AppID // the app itself, or the topic's
	Name     string
	AppName  string
	Greeting string // of an app
	Logo     string // of the app: path of its picture below the base URL; may be empty

	Description, Contact string // of an app
}

// Standing is how a user stands to a target.
type Standing struct{ Follows, Rejected, Muted bool }

// FindTarget returns what can be followed under this number. One that never
// was and one that was deleted are the same: ErrNoApp or ErrNoTopic.
func (s *Service) FindTarget(ctx context.Context, kind SubscriptionKind, id int64) (target Target, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		target, err = findTarget(tx, kind, id)
		return err
	})
	return target, err
}

func findTarget(tx *store.Tx, kind SubscriptionKind, id int64) (Target, error) {
	if kind == OfTopic {
		topic, err := findTopic(tx, TopicID(id))
		return Target{Kind: kind, ID: id, App: topic.App, Name: topic.Name, AppName: topic.AppName, Logo: topic.Logo}, err
	}
	app, err := findApp(tx, AppID(id))
	return Target{Kind: kind, ID: id, App: app.ID, Name: app.Name, AppName: app.Name, Greeting: app.Greeting,
		Logo: app.Logo, Description: app.Description, Contact: app.Contact}, err
}

// Standing tells how the turn's user stands to an app or a topic.
func (s *Service) Standing(t *Turn, kind SubscriptionKind, id int64) (at Standing, err error) {
	err = t.Tx.QueryRow(`SELECT active, rejected, muted FROM subscription WHERE kind = $1 AND target = $2 AND user_id = $3`,
		int64(kind), id, int64(t.User.ID)).Scan(&at.Follows, &at.Rejected, &at.Muted)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return Standing{}, fmt.Errorf("standing of user %d: %w", t.User.ID, err)
	}
	at.Follows = at.Follows && !at.Rejected
	return at, nil
}

// Follow is FollowApp or FollowTopic.
func (s *Service) Follow(t *Turn, kind SubscriptionKind, id int64, via Source) (err error) {
	if kind == OfTopic {
		_, err = s.FollowTopic(t, TopicID(id), via)
	} else {
		_, err = s.FollowApp(t, AppID(id), via, "")
	}
	return err
}

// Unfollow is UnfollowApp or UnfollowTopic.
func (s *Service) Unfollow(t *Turn, kind SubscriptionKind, id int64) error {
	if kind == OfTopic {
		return s.UnfollowTopic(t, TopicID(id))
	}
	return s.UnfollowApp(t, AppID(id))
}

// Silence turns the messages of one app or topic off for the user, or on
// again. An app's silence covers its topics; they stay followed. Without a
// subscription there is nothing to silence, and nothing happens.
func (s *Service) Silence(t *Turn, kind SubscriptionKind, id int64, on bool) error {
	_, err := t.Tx.Exec(`UPDATE subscription SET muted = $4 WHERE kind = $1 AND target = $2 AND user_id = $3`,
		int64(kind), id, int64(t.User.ID), bit(on))
	if err != nil {
		return fmt.Errorf("silence for user %d: %w", t.User.ID, err)
	}
	return nil
}
