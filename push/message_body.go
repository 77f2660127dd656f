package push

import (
	"context"
	"errors"
	"fmt"

	"hongyan/store"
)

// Progress is an app's message with the counts of its records alone, so that
// it may be asked for every second while a million are on their way. The id
// and the error are as for Message.
func (s *Service) Progress(ctx context.Context, app AppID, publicID int64) (m Message, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		found, err := s.ownMessage(tx, app, publicID)
		if err != nil {
			return err
		}
		one := []Message{found}
		err = countMessages(tx, one)
		m = one[0]
		return err
	})
	if err != nil {
		return Message{}, fmt.Errorf("progress of message %d: %w", publicID, err)
	}
	return m, nil
}

// Body is an app's message as its followers read it, for its sender: no
// opening is counted. One that was removed gives ErrNoMessage.
func (s *Service) Body(ctx context.Context, app AppID, publicID int64) (p Page, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		m, err := s.ownMessage(tx, app, publicID)
		if err == nil && !m.DeletedAt.IsZero() {
			err = ErrNoMessage
		}
		if err != nil {
			return err
		}
		p = Page{Summary: m.Summary, Kind: m.Kind, URL: m.URL, At: m.At}
		err = tx.QueryRow(`SELECT c.body, a.name, COALESCE((SELECT MIN(t.name) FROM record r JOIN topic t ON t.id = r.topic_id
				WHERE r.message_id = c.message_id AND r.topic_id > 0 HAVING COUNT(*) = 1), '')
			FROM content c, app a WHERE c.message_id = $1 AND a.id = $2`, m.id, int64(app)).Scan(&p.Content, &p.AppName, &p.TopicName)
		if errors.Is(err, store.ErrNotFound) {
			err = ErrNoMessage
		}
		return err
	})
	if err != nil {
		return Page{}, fmt.Errorf("body of message %d: %w", publicID, err)
	}
	return p, nil
}

// FailedUIDs are up to 2,000 of the people whose card of an app's message
// failed, to send to them again. The id and the error are as for Message.
func (s *Service) FailedUIDs(ctx context.Context, app AppID, publicID int64) (uids []UID, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		m, err := s.ownMessage(tx, app, publicID)
		if err != nil {
			return err
		}
		uids, err = store.Collect(tx, func(r *store.Rows) (uid UID, err error) { return uid, r.Scan(&uid) },
			`SELECT u.uid FROM (SELECT user_id FROM delivery WHERE message_id = $1 AND state = 4 ORDER BY user_id LIMIT $2) d
			JOIN users u ON u.id = d.user_id ORDER BY d.user_id`, m.id, maxUIDs)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("who failed of message %d: %w", publicID, err)
	}
	return uids, nil
}

// Sells reports whether a product is bound to the app or one of its topics, so
// that a message can be meant for payers.
func (s *Service) Sells(ctx context.Context, app AppID) (is bool, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		return tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM product_resource WHERE kind = 0 AND target = $1)
			OR EXISTS (SELECT 1 FROM product_resource r JOIN topic t ON t.id = r.target WHERE r.kind = 1 AND t.app_id = $1 AND t.deleted_at = 0)`,
			int64(app)).Scan(&is)
	})
	if err != nil {
		return false, fmt.Errorf("does app %d sell: %w", app, err)
	}
	return is, nil
}

// mostSought bounds the followers among whom the end of a UID is looked for.
const mostSought = 10_000

// FindFollowers looks for followers of the app by their UID or its end, the
// latest users first; an empty text finds the latest. The end of a UID is
// looked for among the latest 10,000 followers.
func (s *Service) FindFollowers(ctx context.Context, app AppID, text string, limit int) (found []Follower, err error) {
	if err := checkText("q", text, 0, maxUID); err != nil {
		return nil, err
	}
	const whole = `SELECT ` + followerColumns + ` FROM users u JOIN subscription s ON s.kind = 0 AND s.target = $1 AND s.user_id = u.id
		WHERE u.uid = $2 AND s.active = 1 AND s.rejected = 0`
	const end = `SELECT ` + followerColumns + ` FROM (SELECT c.user_id FROM (SELECT user_id FROM subscription
				WHERE kind = 0 AND target = $1 AND active = 1 AND rejected = 0 ORDER BY user_id DESC LIMIT $3) c
			JOIN users n ON n.id = c.user_id
			WHERE UPPER(n.uid) LIKE UPPER(CAST($2 AS TEXT)) ESCAPE '\' ORDER BY c.user_id DESC LIMIT $4) f
		JOIN users u ON u.id = f.user_id JOIN subscription s ON s.kind = 0 AND s.target = $1 AND s.user_id = f.user_id
		ORDER BY f.user_id DESC`
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		if text != "" {
			if found, err = store.Collect(tx, scanFollower, whole, int64(app), text); err != nil || len(found) > 0 {
				return err
			}
		}
		most := mostSought
		if text == "" {
			most = limit
		}
		found, err = store.Collect(tx, scanFollower, end, int64(app), "%"+literally(text), most, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find followers of app %d: %w", app, err)
	}
	return found, nil
}
