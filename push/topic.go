package push

import (
	"context"
	"errors"
	"fmt"

	"hongyan/store"
)

// Topic is a list of followers that one item of a message reaches.
type Topic struct {
	ID      TopicID
	App     AppID
	AppName string
	Name    string
	Logo    string // of the app: path of its picture below the base URL; may be empty
}

func findTopic(tx *store.Tx, id TopicID) (Topic, error) {
	t := Topic{ID: id}
	err := tx.QueryRow(`SELECT t.app_id, a.name, t.name, `+logoColumn+` FROM topic t JOIN app a ON a.id = t.app_id
		WHERE t.id = $1 AND t.deleted_at = 0 AND a.deleted_at = 0`, int64(id)).Scan(&t.App, &t.AppName, &t.Name, &t.Logo)
	if errors.Is(err, store.ErrNotFound) {
		err = ErrNoTopic
	}
	if err != nil {
		return Topic{}, fmt.Errorf("find topic %d: %w", id, err)
	}
	t.Logo = logoPath(t.App, t.Logo)
	return t, nil
}

// FollowTopic subscribes the user to a topic. Doing it twice is not an error;
// ErrNoTopic, ErrRejected and *Suspended are. Developers get no callback for topics.
func (s *Service) FollowTopic(t *Turn, topic TopicID, via Source) (Topic, error) {
	found, err := findTopic(t.Tx, topic)
	if err != nil {
		return Topic{}, err
	}
	app, err := findApp(t.Tx, found.App)
	if err == nil {
		err = app.refused()
	}
	if err != nil {
		return Topic{}, err
	}
	if _, err := t.subscribe(OfTopic, int64(topic), via, ""); err != nil {
		return Topic{}, fmt.Errorf("follow topic %d: %w", topic, err)
	}
	return found, nil
}

// UnfollowTopic ends the user's subscription to a topic, if there is one.
func (s *Service) UnfollowTopic(t *Turn, topic TopicID) error {
	if err := t.unsubscribe(OfTopic, int64(topic)); err != nil {
		return fmt.Errorf("unfollow topic %d: %w", topic, err)
	}
	return nil
}

// TopicName returns the name of a topic of the app, or ErrNoTopic.
func (s *Service) TopicName(ctx context.Context, app AppID, topic TopicID) (name string, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		_, name, err = followed(tx, app, topic)
		return err
	})
	return name, err
}

// TopicNames lists the app's first topics by number, uncounted.
func (s *Service) TopicNames(ctx context.Context, app AppID, limit int) (all []Topic, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		all, err = store.Collect(tx, func(r *store.Rows) (t Topic, err error) {
			t.App = app
			err = r.Scan(&t.ID, &t.Name)
			return t, err
		}, `SELECT id, name FROM topic WHERE app_id = $1 AND deleted_at = 0 ORDER BY id LIMIT $2`, int64(app), limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list the topics of app %d: %w", app, err)
	}
	return all, nil
}
