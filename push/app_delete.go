package push

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hongyan/store"
)

// AppLosses is what stops when an app is deleted.
type AppLosses struct {
	Followers int // of the app; counted up to MostFollowers
	Topics    int
	Scheduled int // sends that wait for their time
	Waiting   int // deliveries on their way; counted up to mostWaiting
	Products  int
}

const (
	// MostFollowers bounds the count of an app's followers.
	MostFollowers = 100_000
	mostWaiting   = 10_000
)

// AppLosses counts what would stop if the app was deleted. ErrNoApp.
func (s *Service) AppLosses(ctx context.Context, app AppID) (l AppLosses, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		if _, err := findApp(tx, app); err != nil {
			return err
		}
		return tx.QueryRow(`SELECT
			(SELECT COUNT(*) FROM (SELECT 1 AS one FROM subscription WHERE kind = 0 AND target = $1 AND active = 1 AND rejected = 0 LIMIT $3) s),
			(SELECT COUNT(*) FROM topic WHERE app_id = $1 AND deleted_at = 0),
			(SELECT COUNT(*) FROM scheduled WHERE app_id = $1 AND state = 0),
			(SELECT COUNT(*) FROM (SELECT 1 AS one FROM delivery WHERE lane IN (0, 1) AND app_id = $1 AND state < 2 LIMIT $2) d),
			(SELECT COUNT(DISTINCT r.product_id) FROM product_resource r WHERE r.kind = 0 AND r.target = $1
				OR r.kind = 1 AND r.target IN (SELECT id FROM topic WHERE app_id = $1))`, int64(app), mostWaiting, MostFollowers).
			Scan(&l.Followers, &l.Topics, &l.Scheduled, &l.Waiting, &l.Products)
	})
	if err != nil {
		return AppLosses{}, fmt.Errorf("losses of app %d: %w", app, err)
	}
	return l, nil
}

// DeleteApp ends the app for everybody at once: its token and its codes are
// refused, what is due to be delivered fails, its callbacks wait. Within
// AppGrace RestoreApp brings it back; then Retain takes away what hangs on it.
// Deleting twice is not an error. ErrNoApp is for one that never was, or is
// past bringing back.
func (s *Service) DeleteApp(ctx context.Context, app AppID) error {
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		name, deleted, err := goneApp(tx, app)
		if err != nil || !deleted.IsZero() {
			return err
		}
		if _, err := tx.Exec(`UPDATE app SET deleted_at = $2 WHERE id = $1`, int64(app), store.Millis(tx.Now)); err != nil {
			return err
		}
		return s.AuditTx(ctx, tx, Change{App: app, Action: "app.delete", Subject: name})
	})
	if err != nil {
		return fmt.Errorf("delete app %d: %w", app, err)
	}
	return nil
}

// RestoreApp brings a deleted app back as it was: its token, members and
// followers, and the callbacks that waited. Restoring an app that is there is
// not an error. ErrNoApp when it is too late.
func (s *Service) RestoreApp(ctx context.Context, app AppID) error {
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		name, deleted, err := goneApp(tx, app)
		if err != nil || deleted.IsZero() {
			return err
		}
		if _, err := tx.Exec(`UPDATE app SET deleted_at = 0 WHERE id = $1`, int64(app)); err != nil {
			return err
		}
		_, err = tx.Exec(`UPDATE callback SET due_at = $2 WHERE app_id = $1 AND state = 0 AND due_at >= $3`,
			int64(app), store.Millis(tx.Now), store.Millis(deleted.Add(AppGrace)))
		if err != nil {
			return err
		}
		tx.Notify(s.callbacks.table.name)
		return s.AuditTx(ctx, tx, Change{App: app, Action: "app.restore", Subject: name})
	})
	if err != nil {
		return fmt.Errorf("restore app %d: %w", app, err)
	}
	return nil
}

// goneApp reads an app that is there, or that can be brought back, and makes
// changes of that go one after another.
func goneApp(tx *store.Tx, app AppID) (name string, deleted time.Time, err error) {
	var at, purged int64
	err = tx.QueryRow(`SELECT name, deleted_at, purged_at FROM app WHERE id = $1`+tx.ForUpdate(), int64(app)).Scan(&name, &at, &purged)
	deleted = store.Time(at)
	if errors.Is(err, store.ErrNotFound) || err == nil && (purged > 0 || at > 0 && !tx.Now.Before(deleted.Add(AppGrace))) {
		err = ErrNoApp
	}
	return name, deleted, err
}

// GoneApp is a deleted app that can be brought back.
type GoneApp struct {
	MemberApp
	Deleted time.Time
	Final   time.Time // when it is past bringing back
}

// GoneApps lists the deleted apps that the user owns and can bring back, those
// deleted last first.
func (s *Service) GoneApps(ctx context.Context, user UserID) (apps []GoneApp, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		apps, err = store.Collect(tx, func(r *store.Rows) (g GoneApp, err error) {
			var at int64
			g.App, err = scanApp(with(r, &g.Role, &at))
			g.Deleted = store.Time(at)
			g.Final = g.Deleted.Add(AppGrace)
			return g, err
		}, `SELECT `+appColumns+`, m.role, a.deleted_at FROM app_member m JOIN app a ON a.id = m.app_id
			WHERE m.user_id = $1 AND m.role = 'owner' AND a.deleted_at > $2 AND a.purged_at = 0
			ORDER BY a.deleted_at DESC, a.id`, int64(user), store.Millis(tx.Now.Add(-AppGrace)))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list the deleted apps of user %d: %w", user, err)
	}
	return apps, nil
}
