package push

import (
	"context"
	"fmt"
	"time"

	"hongyan/store"
)

// TopicCount is a topic as its developer sees it.
type TopicCount struct {
	Topic
	Followers int64 // follow it now
	CreatedAt time.Time
}

const topicCounts = `SELECT t.id, t.app_id, a.name, t.name, t.created_at,
	(SELECT COUNT(*) FROM subscription s WHERE s.kind = 1 AND s.target = t.id AND s.active = 1 AND s.rejected = 0)
	FROM topic t JOIN app a ON a.id = t.app_id WHERE t.app_id = $1 AND t.deleted_at = 0 `

func scanTopicCount(r *store.Rows) (t TopicCount, err error) {
	var createdAt int64
	err = r.Scan(&t.ID, &t.App, &t.AppName, &t.Name, &createdAt, &t.Followers)
	t.CreatedAt = store.Time(createdAt)
	return t, err
}

// Topics lists up to limit topics of the app behind the one named after, by
// number, with how many follow each.
func (s *Service) Topics(ctx context.Context, app AppID, after TopicID, limit int) (topics []TopicCount, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		topics, err = store.Collect(tx, scanTopicCount, topicCounts+`AND t.id > $2 ORDER BY t.id LIMIT $3`,
			int64(app), int64(after), limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list the topics of app %d: %w", app, err)
	}
	return topics, nil
}

// TopicOf returns one topic of the app, or ErrNoTopic, also for a topic of
// another app.
func (s *Service) TopicOf(ctx context.Context, app AppID, id TopicID) (t TopicCount, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		t, err = topicOf(tx, app, id)
		return err
	})
	if err != nil {
		return TopicCount{}, fmt.Errorf("topic %d of app %d: %w", id, app, err)
	}
	return t, nil
}

func topicOf(tx *store.Tx, app AppID, id TopicID) (TopicCount, error) {
	found, err := store.Collect(tx, scanTopicCount, topicCounts+`AND t.id = $2`, int64(app), int64(id))
	if err == nil && len(found) == 0 {
		err = ErrNoTopic
	}
	if err != nil {
		return TopicCount{}, err
	}
	return found[0], nil
}

// RenameTopic gives a topic of the app another name and returns it. ErrNoTopic,
// *Invalid; the same name again is fine.
func (s *Service) RenameTopic(ctx context.Context, app AppID, id TopicID, name string) (t TopicCount, err error) {
	if err := checkText("name", name, 1, maxName); err != nil {
		return TopicCount{}, err
	}
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE topic SET name = $3 WHERE id = $2 AND app_id = $1 AND deleted_at = 0`, int64(app), int64(id), name)
		if err == nil {
			t, err = topicOf(tx, app, id)
		}
		return err
	})
	if err != nil {
		return TopicCount{}, fmt.Errorf("rename topic %d of app %d: %w", id, app, err)
	}
	return t, nil
}

// DeleteTopic ends a topic of the app: nobody can follow it or send to it, and
// what is still queued for it fails with that reason. Its number is never
// given again. Doing it twice is not an error; ErrNoTopic is for a topic the
// app never had.
func (s *Service) DeleteTopic(ctx context.Context, app AppID, id TopicID) error {
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		n, err := tx.Exec(`UPDATE topic SET deleted_at = CASE WHEN deleted_at = 0 THEN $3 ELSE deleted_at END
			WHERE id = $2 AND app_id = $1`, int64(app), int64(id), store.Millis(tx.Now))
		if err == nil && n == 0 {
			err = ErrNoTopic
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("delete topic %d of app %d: %w", id, app, err)
	}
	return nil
}
