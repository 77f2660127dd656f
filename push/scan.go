package push

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"hongyan/store"
)

// Scanned records that the turn's user scanned the code and returns what that
// means. An expired code is returned as such and records nothing. A scan is a
// row, so that people who scan one code together do not wait for each other.
func (s *Service) Scanned(t *Turn, handle string) (Scene, error) {
	found, err := readScene(t.Tx, handle)
	if err != nil || found.Expired || found.Purpose == SceneApproval {
		return found, err
	}
	_, err = t.Tx.Exec(`INSERT INTO scan (handle, user_id, at) VALUES ($1, $2, $3)`,
		handle, int64(t.User.ID), store.Millis(t.Tx.Now))
	if err != nil {
		return Scene{}, fmt.Errorf("scan: %w", err)
	}
	return found, nil
}

// LastScanner returns the last user who scanned the code; ok is false when
// nobody did. ErrNoScene.
func (s *Service) LastScanner(ctx context.Context, handle string) (uid UID, ok bool, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		if !isHandle(handle) {
			return ErrNoScene
		}
		var user int64
		err := tx.QueryRow(`SELECT `+lastScanner+` FROM scene c WHERE c.handle = $1`, handle).Scan(&user)
		if errors.Is(err, store.ErrNotFound) {
			err = ErrNoScene
		}
		if uid = ""; err != nil || user == 0 {
			return err
		}
		uid, err = uidOf(tx, user)
		return err
	})
	return uid, uid != "", err
}

// lastScanner is the user of the last scan of scene c. The scene itself knows
// the last one whose row is not kept any more.
const lastScanner = `COALESCE((SELECT l.user_id FROM scan l WHERE l.handle = c.handle ORDER BY l.id DESC LIMIT 1), c.scanned_by)`

// Scan is one scan of a code.
type Scan struct {
	UID     UID
	At      time.Time
	Follows bool // the code's app, now

	id int64
}

// Scans lists who scanned a code of the app in the last 30 days, the latest
// first, and the cursor of the next page, empty at the end. limit is 1 to 100;
// 0 means 20. Errors: *Invalid, ErrNoScene.
func (s *Service) Scans(ctx context.Context, app AppID, handle, after string, limit int) (all []Scan, next string, err error) {
	below := int64(1<<63 - 1)
	if err := s.readCursor(cursorScans, after, &below); err != nil {
		return nil, "", err
	}
	size := pageSize(limit)
	err = s.db.View(ctx, func(tx *store.Tx) error {
		if _, err := ownScene(tx, app, handle); err != nil {
			return err
		}
		all, err = store.Collect(tx, scanScan, `SELECT l.id, u.uid, l.at, EXISTS (SELECT 1 FROM subscription s
				WHERE s.kind = 0 AND s.target = $4 AND s.user_id = l.user_id AND s.active = 1 AND s.rejected = 0)
			FROM scan l JOIN users u ON u.id = l.user_id
			WHERE l.handle = $1 AND l.id < $2 ORDER BY l.id DESC LIMIT $3`, handle, below, size+1, int64(app))
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("list the scans of a code of app %d: %w", app, err)
	}
	if len(all) > size {
		all = all[:size]
		next = s.cursor(cursorScans, all[size-1].id)
	}
	return all, next, nil
}

func scanScan(r *store.Rows) (one Scan, err error) {
	var at int64
	err = r.Scan(&one.id, &one.UID, &at, &one.Follows)
	one.At = store.Time(at)
	return one, err
}

// ownScene reads a code that follows the app or a topic of it.
func ownScene(tx *store.Tx, app AppID, handle string) (Scene, error) {
	c, err := readScene(tx, handle)
	if err == nil && (c.App != app || c.Purpose != SceneApp && c.Purpose != SceneTopic) {
		err = ErrNoScene
	}
	return c, err
}

// retainScans deletes old scans. Who was the last to scan a code is asked for
// longer, so the code itself remembers that.
func retainScans(tx *store.Tx) (int64, error) {
	type last struct{ user, at int64 }
	lasts, n := make(map[string]last), int64(0)
	_, err := store.Collect(tx, func(r *store.Rows) (none struct{}, err error) {
		var handle string
		var one last
		err = r.Scan(&handle, &one.user, &one.at)
		if one.at >= lasts[handle].at {
			lasts[handle] = one
		}
		n++
		return none, err
	}, `DELETE FROM scan WHERE id IN (SELECT id FROM scan WHERE at < $1 ORDER BY at LIMIT $2) RETURNING handle, user_id, at`,
		store.Millis(tx.Now.Add(-keepScans)), chunk)
	if err != nil || n == 0 {
		return 0, err
	}
	l := newList("handle TEXT", "user_id BIGINT", "at BIGINT")
	for _, handle := range slices.Sorted(maps.Keys(lasts)) {
		l.add(handle, lasts[handle].user, lasts[handle].at)
	}
	_, err = execAll(tx, l, `UPDATE scene SET scanned_by = v.user_id, scanned_at = v.at FROM v
		WHERE scene.handle = v.handle AND scene.scanned_at <= v.at`)
	return n, err
}
