package push

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hongyan/push/content"
	"hongyan/store"
)

// Page is a message as its follower reads it.
type Page struct {
	AppName   string // empty for a simple push
	AppLogo   string // path of its picture below the base URL; empty: none
	TopicName string // empty unless it came by a topic
	Summary   string
	Kind      content.Kind
	Content   string // as sent: not safe to show before content.Page
	URL       string
	At        time.Time
}

// Open returns the message behind a delivery's handle and counts the opening,
// the first time. A handle of nothing, a message that was removed and one
// older than seven days give ErrNoMessage, all by the same reads. A page can be
// read while nothing can be written: then the opening is not counted.
func (s *Service) Open(ctx context.Context, handle string) (Page, error) {
	msg, user := s.parseHandle(handle)
	var p Page
	var unread bool
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		p, unread, err = readPage(tx, msg, user)
		return err
	})
	if err == nil && unread {
		s.mark(ctx, "opened_at", msg, user)
	}
	if err != nil {
		return Page{}, fmt.Errorf("open page: %w", err)
	}
	return p, nil
}

// Clicked counts that the reader of the page went on to its address, the first
// time, and returns that address; it may be empty. Errors as for Open.
func (s *Service) Clicked(ctx context.Context, handle string) (address string, err error) {
	msg, user := s.parseHandle(handle)
	var p Page
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		p, _, err = readPage(tx, msg, user)
		return err
	})
	if err == nil {
		s.mark(ctx, "clicked_at", msg, user)
	}
	if err != nil {
		return "", fmt.Errorf("leave page: %w", err)
	}
	return p.URL, nil
}

// mark notes what a reader did for the first time, on the delivery and in the
// counts of its record, if it can be written. Who clicks has opened.
func (s *Service) mark(ctx context.Context, what string, msg int64, u UserID) {
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		var record, opened, clicked int64
		err := tx.QueryRow(`UPDATE delivery SET `+what+` = $3 WHERE message_id = $1 AND user_id = $2 AND `+what+` = 0
			RETURNING record_id, opened_at, clicked_at`, msg, int64(u), store.Millis(tx.Now)).Scan(&record, &opened, &clicked)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		first, click := bit(opened == 0 || clicked == 0), bit(what == "clicked_at")
		_, err = tx.Exec(`UPDATE record SET opened = opened + $2, clicked = clicked + $3 WHERE id = $1`, record, first, click)
		return err
	})
	if err != nil {
		s.log.Warn("a reader of a page is not counted", "error", err)
	}
}

func readPage(tx *store.Tx, msg int64, u UserID) (p Page, unread bool, err error) {
	var at, deletedAt, openedAt int64
	var app AppID
	err = tx.QueryRow(`SELECT COALESCE(a.id, 0), COALESCE(a.name, ''), `+logoColumn+`, COALESCE(t.name, ''), m.summary, m.content_type, c.body, m.url,
		m.created_at, m.deleted_at, d.opened_at
		FROM delivery d
		JOIN message m ON m.id = d.message_id
		JOIN content c ON c.message_id = d.message_id
		LEFT JOIN app a ON a.id = m.app_id
		LEFT JOIN record r ON r.id = d.record_id
		LEFT JOIN topic t ON t.id = r.topic_id
		WHERE d.message_id = $1 AND d.user_id = $2 AND d.state <> 6`, msg, int64(u)).
		Scan(&app, &p.AppName, &p.AppLogo, &p.TopicName, &p.Summary, &p.Kind, &p.Content, &p.URL, &at, &deletedAt, &openedAt)
	p.At, p.AppLogo = store.Time(at), logoPath(app, p.AppLogo)
	if errors.Is(err, store.ErrNotFound) || err == nil && (deletedAt > 0 || tx.Now.Sub(p.At) > keptFor7Days) {
		err = ErrNoMessage
	}
	return p, openedAt == 0, err
}

// Remove takes away the page behind a message for every receiver; cards stay.
// It accepts the public id of the message and of any of its records, and gives
// ErrNoMessage for anything that is not the app's own. Removing twice is fine.
func (s *Service) Remove(ctx context.Context, token string, publicID int64) error {
	return s.remove(ctx, publicID, func(tx *store.Tx) (AppID, error) { return appOfToken(tx, token) })
}

// RemoveMessage is Remove for a caller who is known to speak for the app.
func (s *Service) RemoveMessage(ctx context.Context, app AppID, publicID int64) error {
	return s.remove(ctx, publicID, func(*store.Tx) (AppID, error) { return app, nil })
}

func (s *Service) remove(ctx context.Context, publicID int64, from func(*store.Tx) (AppID, error)) error {
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		app, err := from(tx)
		if err != nil {
			return err
		}
		m, err := s.ownMessage(tx, app, publicID)
		if err != nil {
			return err
		}
		n, err := tx.Exec(`UPDATE message SET deleted_at = $2 WHERE id = $1 AND deleted_at = 0`, m.id, store.Millis(tx.Now))
		if err != nil || n == 0 {
			return err
		}
		if err := s.unpause(tx, m.id); err != nil { // what waits ends as removed
			return err
		}
		return s.AuditTx(ctx, tx, Change{App: app, Action: "message.remove", Subject: m.Summary})
	})
	if err != nil {
		return fmt.Errorf("remove message %d: %w", publicID, err)
	}
	return nil
}
