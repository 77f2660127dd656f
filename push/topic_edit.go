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

// TopicFilter narrows the list of an app's topics.
type TopicFilter struct {
	Search string  // what the name contains; ASCII letters match in both cases
	After  TopicID // the last one of the page before
	Limit  int
}

// CountTopics lists the app's topics by number, with counts that stop at
// CountTo. Errors: *Invalid.
func (s *Service) CountTopics(ctx context.Context, app AppID, f TopicFilter) (page []TopicCount, err error) {
	if err := checkText("search", f.Search, 0, maxName); err != nil {
		return nil, err
	}
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		page, err = store.Collect(tx, func(r *store.Rows) (TopicCount, error) { return scanCount(r, app) },
			`SELECT `+countColumns+` FROM topic t JOIN app a ON a.id = t.app_id
			WHERE t.app_id = $1 AND t.deleted_at = 0 AND t.id > $2 AND LOWER(t.name) LIKE LOWER(CAST($5 AS TEXT)) ESCAPE '\'
			ORDER BY t.id LIMIT $4`,
			int64(app), int64(f.After), CountTo, f.Limit, containing(f.Search))
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
		if t, err = countTopic(tx, app, id); err != nil || t.Name == name {
			return err
		}
		before := t.Name
		t.Name = name
		if _, err := tx.Exec(`UPDATE topic SET name = $2 WHERE id = $1`, int64(id), name); err != nil {
			return err
		}
		return s.AuditTx(ctx, tx, Change{App: app, Action: "topic.rename", Subject: topicMark(id), Before: before, After: name})
	})
	if err != nil {
		return TopicCount{}, fmt.Errorf("rename topic %d of app %d: %w", id, app, err)
	}
	return t, nil
}

// topicMark is a topic's number in the audit log.
func topicMark(id TopicID) string { return fmt.Sprintf("#%d", id) }

// DeleteTopic ends a topic of the app: nothing more is fanned out to it, and
// its number is not given again. Deleting it twice is not an error; ErrNoTopic
// is for one the app never had.
func (s *Service) DeleteTopic(ctx context.Context, app AppID, id TopicID) error {
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		var name string
		var deleted int64
		err := tx.QueryRow(`SELECT name, deleted_at FROM topic WHERE app_id = $1 AND id = $2`+tx.ForUpdate(), int64(app), int64(id)).Scan(&name, &deleted)
		switch {
		case errors.Is(err, store.ErrNotFound):
			return ErrNoTopic
		case err != nil || deleted != 0:
			return err
		}
		if _, err := tx.Exec(`UPDATE topic SET deleted_at = $2 WHERE id = $1`, int64(id), store.Millis(tx.Now)); err != nil {
			return err
		}
		return s.AuditTx(ctx, tx, Change{App: app, Action: "topic.delete", Subject: topicMark(id), Before: name})
	})
	if err != nil {
		return fmt.Errorf("delete topic %d of app %d: %w", id, app, err)
	}
	return nil
}
