package push

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hongyan/store"
)

// TopicCount is a topic with how many it reaches.
type TopicCount struct {
	Topic
	CreatedAt time.Time
	Followers int64 // who follow it and are not rejected
	Active    int64 // of those, who have not muted it
}

// CountTo is where counting stops in a list of topics, so that topics of
// millions do not make it slow. A count of CountTo means that many or more.
const CountTo = 10_000

// countAll is far above any number of followers.
const countAll = 1 << 40

// countColumns count over the index subscription_live alone, up to $3.
const countColumns = `t.id, t.name, a.name, t.created_at,
	(SELECT COUNT(*) FROM (SELECT 1 FROM subscription s WHERE s.kind = 1 AND s.target = t.id
		AND s.active = 1 AND s.rejected = 0 LIMIT $3) c),
	(SELECT COUNT(*) FROM (SELECT 1 FROM subscription s WHERE s.kind = 1 AND s.target = t.id
		AND s.active = 1 AND s.rejected = 0 AND s.muted = 0 LIMIT $3) c)`

// CountTopics lists the app's topics by number, from behind after, with counts
// that stop at CountTo.
func (s *Service) CountTopics(ctx context.Context, app AppID, after TopicID, limit int) (page []TopicCount, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		page, err = store.Collect(tx, func(r *store.Rows) (TopicCount, error) { return scanCount(r, app) },
			`SELECT `+countColumns+` FROM topic t JOIN app a ON a.id = t.app_id
			WHERE t.app_id = $1 AND t.deleted_at = 0 AND t.id > $2 ORDER BY t.id LIMIT $4`,
			int64(app), int64(after), CountTo, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count the topics of app %d: %w", app, err)
	}
	return page, nil
}

// CountTopic returns one topic of the app, counted to the last follower, or
// ErrNoTopic.
func (s *Service) CountTopic(ctx context.Context, app AppID, id TopicID) (t TopicCount, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		t, err = countTopic(tx, app, id)
		return err
	})
	if err != nil {
		return TopicCount{}, fmt.Errorf("count topic %d of app %d: %w", id, app, err)
	}
	return t, nil
}

func countTopic(tx *store.Tx, app AppID, id TopicID) (TopicCount, error) {
	t, err := scanCount(tx.QueryRow(`SELECT `+countColumns+` FROM topic t JOIN app a ON a.id = t.app_id
		WHERE t.app_id = $1 AND t.deleted_at = 0 AND t.id = $2`, int64(app), int64(id), int64(countAll)), app)
	if errors.Is(err, store.ErrNotFound) {
		err = ErrNoTopic
	}
	return t, err
}

func scanCount(row interface{ Scan(...any) error }, app AppID) (t TopicCount, err error) {
	var created int64
	err = row.Scan(&t.ID, &t.Name, &t.AppName, &created, &t.Followers, &t.Active)
	t.App, t.CreatedAt = app, store.Time(created)
	return t, err
}

// RenameTopic gives a topic of the app another name, which may be the one it
// has. Errors: *Invalid, ErrNoTopic.
func (s *Service) RenameTopic(ctx context.Context, app AppID, id TopicID, name string) (t TopicCount, err error) {
	if err := checkText("name", name, 1, maxName); err != nil {
		return TopicCount{}, err
	}
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		n, err := tx.Exec(`UPDATE topic SET name = $3 WHERE app_id = $1 AND id = $2 AND deleted_at = 0`, int64(app), int64(id), name)
		if err == nil && n == 0 {
			err = ErrNoTopic
		}
		if err != nil {
			return err
		}
		t, err = countTopic(tx, app, id)
		return err
	})
	if err != nil {
		return TopicCount{}, fmt.Errorf("rename topic %d of app %d: %w", id, app, err)
	}
	return t, nil
}

// DeleteTopic ends a topic of the app: nothing more is fanned out to it, and
// its number is not given again. Deleting it twice is not an error; ErrNoTopic
// is for one the app never had.
func (s *Service) DeleteTopic(ctx context.Context, app AppID, id TopicID) error {
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		n, err := tx.Exec(`UPDATE topic SET deleted_at = CASE WHEN deleted_at = 0 THEN CAST($3 AS BIGINT) ELSE deleted_at END
			WHERE app_id = $1 AND id = $2`, int64(app), int64(id), store.Millis(tx.Now))
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
