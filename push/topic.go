package push

import (
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
}

func findTopic(tx *store.Tx, id TopicID) (Topic, error) {
	t := Topic{ID: id}
	err := tx.QueryRow(`SELECT t.app_id, a.name, t.name FROM topic t JOIN app a ON a.id = t.app_id
		WHERE t.id = $1 AND t.deleted_at = 0 AND a.deleted_at = 0`, int64(id)).Scan(&t.App, &t.AppName, &t.Name)
	if errors.Is(err, store.ErrNotFound) {
		err = ErrNoTopic
	}
	if err != nil {
		return Topic{}, fmt.Errorf("find topic %d: %w", id, err)
	}
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
