package push

import (
	"context"
	"fmt"
	"time"

	"hongyan/store"
)

// Code is a QR code of an app as its people see it: a permanent one, of the
// app or a topic, or one that carries something of the developer's.
type Code struct {
	Scene
	MadeAt time.Time
	Scans  int64 // of the last 30 days; counted to ScansTo
	LastBy UID   // who scanned it last; empty: nobody
	LastAt time.Time

	id   int64
	last UserID
}

// ScansTo is where counting the scans of a code stops. A count of ScansTo means
// that many or more.
const ScansTo = 1000

// CodeFilter narrows the list of an app's codes that carry something.
type CodeFilter struct {
	Extra   string // what it contains; ASCII letters match in both cases
	Expired *bool
	After   string // the cursor of the page before
	Limit   int    // 1 to 100; 0 means 20
}

const codeColumns = `handle, id, purpose, app_id, topic_id, extra, link, created_at, expires_at,
	(SELECT COUNT(*) FROM (SELECT 1 FROM scan l WHERE l.handle = c.handle LIMIT 1000) few),
	` + lastScanner + `,
	COALESCE((SELECT MAX(l.at) FROM scan l WHERE l.handle = c.handle), c.scanned_at)`

// Codes lists the app's codes that carry something, the latest first, until 30
// days after they expired, and the cursor of the next page, empty at the end.
// A page looks at no more than 20,000 codes, so one with a filter may be short
// and still have a next one. Errors: *Invalid.
func (s *Service) Codes(ctx context.Context, app AppID, f CodeFilter) (all []Code, next string, err error) {
	if err := checkText("extra", f.Extra, 0, maxExtra); err != nil {
		return nil, "", err
	}
	from := newListing("scene c", codeColumns, app, time.Time{}, time.Time{}).below
	if err := s.readCursor(cursorCodes, f.After, &from.at, &from.id); err != nil {
		return nil, "", err
	}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		l := newListing("scene c", codeColumns, app, time.Time{}, time.Time{})
		l.below, l.index = from, ` AND purpose = 'app' AND expires_at > 0`
		if f.Extra != "" {
			l.filter(`LOWER(extra) LIKE LOWER(CAST($%d AS TEXT)) ESCAPE '\'`, containing(f.Extra))
		}
		if f.Expired != nil {
			l.filter(map[bool]string{true: `expires_at <= $%d`, false: `expires_at > $%d`}[*f.Expired], store.Millis(tx.Now))
		}
		var low spot
		var more bool
		all, low, more, err = page(tx, l, pageSize(f.Limit), func(r *store.Rows) (Code, error) { return scanCode(r, tx.Now) },
			func(c Code) spot { return spot{store.Millis(c.MadeAt), c.id} })
		if err != nil {
			return err
		}
		if next = ""; more {
			next = s.cursor(cursorCodes, low.at, low.id)
		}
		return nameLast(tx, all)
	})
	if err != nil {
		return nil, "", fmt.Errorf("list the codes of app %d: %w", app, err)
	}
	return all, next, nil
}

// Code returns one code of the app or of a topic of it, or ErrNoScene.
func (s *Service) Code(ctx context.Context, app AppID, handle string) (c Code, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		if _, err := ownScene(tx, app, handle); err != nil {
			return err
		}
		one, err := scanCode(tx.QueryRow(`SELECT `+codeColumns+` FROM scene c WHERE handle = $1`, handle), tx.Now)
		if err != nil {
			return err
		}
		all := []Code{one}
		err = nameLast(tx, all)
		c = all[0]
		return err
	})
	if err != nil {
		return Code{}, fmt.Errorf("code of app %d: %w", app, err)
	}
	return c, nil
}

func scanCode(r interface{ Scan(...any) error }, now time.Time) (c Code, err error) {
	var made, expires, last int64
	err = r.Scan(&c.Handle, &c.id, &c.Purpose, &c.App, &c.Topic, &c.Extra, &c.Link, &made, &expires, &c.Scans, &c.last, &last)
	c.MadeAt, c.Expires, c.LastAt = store.Time(made), store.Time(expires), store.Time(last)
	c.Expired = expires != 0 && !now.Before(c.Expires)
	return c, err
}

// nameLast fills in who scanned the codes last.
func nameLast(tx *store.Tx, all []Code) error {
	if len(all) == 0 {
		return nil
	}
	l := newList("user_id BIGINT")
	for _, c := range all {
		l.add(int64(c.last))
	}
	names := make(map[UserID]UID)
	_, err := collectAll(tx, l, func(r *store.Rows) (none struct{}, err error) {
		var id UserID
		var uid UID
		err = r.Scan(&id, &uid)
		names[id] = uid
		return none, err
	}, `SELECT id, uid FROM users WHERE id IN (SELECT user_id FROM v)`)
	for i := range all {
		all[i].LastBy = names[all[i].last]
	}
	return err
}

// PermanentCode returns the code without end that follows the app, or with a
// topic that topic of it. Before MakePermanentCode there is none: ErrNoScene.
func (s *Service) PermanentCode(ctx context.Context, app AppID, topic TopicID) (Code, error) {
	return s.Code(ctx, app, s.permanentHandle(permanentPurpose(topic), app, topic))
}

// MakePermanentCode makes that code if there is none. The caller asks WeChat
// for its picture and hands that in by SceneLink. ErrNoTopic.
func (s *Service) MakePermanentCode(ctx context.Context, app AppID, topic TopicID) (c Code, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		_, _, err := followed(tx, app, topic)
		return err
	})
	if err == nil {
		_, err = s.PermanentScene(ctx, permanentPurpose(topic), app, topic)
	}
	if err != nil {
		return Code{}, fmt.Errorf("make the code of app %d, topic %d: %w", app, topic, err)
	}
	return s.PermanentCode(ctx, app, topic)
}

func permanentPurpose(topic TopicID) string {
	if topic == 0 {
		return SceneApp
	}
	return SceneTopic
}
