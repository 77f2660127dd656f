package push

import (
	"context"
	"errors"
	"fmt"

	"hongyan/store"
)

// Sender is who sent a message to somebody, as the handle of its page tells.
// Whoever holds the handle is taken for the receiver: it is 128 bits of chance
// for each delivery, and what it allows can be undone.
type Sender struct {
	App       AppID // 0 for a simple push
	AppName   string
	Topic     TopicID // 0 unless it came by a topic
	TopicName string
	Summary   string
	User      UserID // the receiver
}

// Sender returns who sent the message behind a handle. ErrNoMessage as for
// Open, which counts the opening; this changes nothing.
func (s *Service) Sender(ctx context.Context, handle string) (from Sender, err error) {
	msg, user := s.parseHandle(handle)
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		from, err = readSender(tx, msg, user)
		return err
	})
	if err != nil {
		return Sender{}, fmt.Errorf("sender of a page: %w", err)
	}
	return from, nil
}

func readSender(tx *store.Tx, msg int64, u UserID) (Sender, error) {
	from := Sender{User: u}
	var at, deletedAt int64
	err := tx.QueryRow(`SELECT m.app_id, COALESCE(a.name, ''), COALESCE(t.id, 0), COALESCE(t.name, ''), m.summary, m.created_at, m.deleted_at
		FROM delivery d
		JOIN message m ON m.id = d.message_id
		LEFT JOIN app a ON a.id = m.app_id
		LEFT JOIN record r ON r.id = d.record_id
		LEFT JOIN topic t ON t.id = r.topic_id
		WHERE d.message_id = $1 AND d.user_id = $2`, msg, int64(u)).
		Scan(&from.App, &from.AppName, &from.Topic, &from.TopicName, &from.Summary, &at, &deletedAt)
	if errors.Is(err, store.ErrNotFound) || err == nil && (deletedAt > 0 || tx.Now.Sub(store.Time(at)) > keptFor7Days) {
		err = ErrNoMessage
	}
	return from, err
}

// maxReport is the longest complaint, in characters.
const maxReport = 300

// Report keeps a receiver's complaint about a message. The first one counts:
// fresh tells whether this is it. ErrNoMessage, *Invalid.
func (s *Service) Report(ctx context.Context, handle, reason string) (fresh bool, err error) {
	if err := checkText("reason", reason, 1, maxReport); err != nil {
		return false, err
	}
	msg, user := s.parseHandle(handle)
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		from, err := readSender(tx, msg, user)
		if err != nil {
			return err
		}
		n, err := tx.Exec(`INSERT INTO report (message_id, user_id, app_id, summary, reason, created_at)
			VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (message_id, user_id) DO NOTHING`,
			msg, int64(user), int64(from.App), from.Summary, reason, store.Millis(tx.Now))
		fresh = n > 0
		return err
	})
	if err != nil {
		return false, fmt.Errorf("report a message: %w", err)
	}
	return fresh, nil
}
