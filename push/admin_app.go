package push

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"hongyan/store"
)

// AppsState narrows the list of all apps.
type AppsState string

// The states apps are listed by.
const (
	AppsSuspended AppsState = "suspended"
	AppsOwnerless AppsState = "ownerless"
	AppsLimited   AppsState = "limited" // with a limit of their own
)

var appConditions = map[AppsState]string{
	"": "", AppsSuspended: ` AND a.suspended_at > 0`, AppsLimited: ` AND a.send_limit >= 0`,
	AppsOwnerless: ` AND NOT EXISTS (SELECT 1 FROM app_member m WHERE m.app_id = a.id AND m.role = 'owner')`,
}

// AppsFilter narrows the list of all apps. The zero value lists all.
type AppsFilter struct {
	Search string // a number, with or without #, or a part of the name
	State  AppsState
	After  string // the cursor of the page before
	Limit  int    // 1 to 100; 0 means 20
}

// Validate refuses what no app can be found by.
func (f *AppsFilter) Validate() error {
	if _, ok := appConditions[f.State]; !ok {
		return &Invalid{"state", textAppsState}
	}
	return checkText("q", f.Search, 0, maxName)
}

// mostFollowers is how far followers are counted for a list.
const mostFollowers = 10_000

// KnownApp is an app as the administrator sees it.
type KnownApp struct {
	App
	CreatedAt time.Time
	SentAt    time.Time // the last message; zero: none that is kept
	Followers int64     // at most 10,001, which is "more than 10,000"
	Owners    []Member
	Reports   int64 // that are open
	SendLimit *int  // of its own, per ten seconds
}

// Many tells that there are more followers than were counted.
func (k KnownApp) Many() bool { return k.Followers > mostFollowers }

// AllApps lists every app, the newest first, and the cursor of the next page,
// empty at the end. Errors: *Invalid.
func (s *Service) AllApps(ctx context.Context, f AppsFilter) (all []KnownApp, next string, err error) {
	if err := f.Validate(); err != nil {
		return nil, "", err
	}
	below := int64(math.MaxInt64)
	if err := s.readCursor(cursorApps, f.After, &below); err != nil {
		return nil, "", err
	}
	size := pageSize(f.Limit)
	err = s.db.View(ctx, func(tx *store.Tx) error {
		where, args := appConditions[f.State], []any{below, size + 1}
		if search := strings.TrimLeft(f.Search, "#＃"); search != "" {
			args = append(args, containing(search))
			where += ` AND (LOWER(a.name) LIKE LOWER(CAST($3 AS TEXT)) ESCAPE '\'`
			if number, err := strconv.ParseInt(search, 10, 64); err == nil {
				args = append(args, number)
				where += ` OR a.id = $4`
			}
			where += `)`
		}
		all, err = knownApps(tx, `a.id < $1 AND a.deleted_at = 0`+where+` ORDER BY a.id DESC LIMIT $2`, args...)
		next = ""
		if len(all) > size {
			all = all[:size]
			next = s.cursor(cursorApps, int64(all[size-1].ID))
		}
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("list all apps: %w", err)
	}
	return all, next, nil
}

// KnownApp is one of them, or ErrNoApp.
func (s *Service) KnownApp(ctx context.Context, app AppID) (k KnownApp, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		all, err := knownApps(tx, `a.id = $1 AND a.deleted_at = 0`, int64(app))
		if err == nil && len(all) == 0 {
			err = ErrNoApp
		}
		if err == nil {
			k = all[0]
		}
		return err
	})
	if err != nil {
		return KnownApp{}, fmt.Errorf("look at app %d: %w", app, err)
	}
	return k, nil
}

func knownApps(tx *store.Tx, where string, args ...any) ([]KnownApp, error) {
	all, err := store.Collect(tx, func(r *store.Rows) (k KnownApp, err error) {
		var created, limit int64
		k.App, err = scanApp(with(r, &created, &limit))
		k.CreatedAt = store.Time(created)
		if limit >= 0 {
			k.SendLimit = new(int(limit))
		}
		return k, err
	}, `SELECT `+appColumns+`, a.created_at, a.send_limit FROM app a WHERE `+where, args...)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if err := all[i].look(tx); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// look reads what stands around the app's row.
func (k *KnownApp) look(tx *store.Tx) error {
	var sent int64
	err := tx.QueryRow(`SELECT (SELECT COUNT(*) FROM (SELECT 1 FROM subscription WHERE kind = 0 AND target = $1 AND active = 1 AND rejected = 0 LIMIT $2) f),
			COALESCE((SELECT MAX(created_at) FROM message WHERE app_id = $1), 0),
			(SELECT COUNT(*) FROM report WHERE app_id = $1 AND handled_at = 0)`, int64(k.ID), mostFollowers+1).
		Scan(&k.Followers, &sent, &k.Reports)
	if err != nil {
		return err
	}
	k.SentAt = store.Time(sent)
	k.Owners, err = store.Collect(tx, func(r *store.Rows) (m Member, err error) {
		m.Role = Owner
		return m, r.Scan(&m.UID, &m.Name)
	}, `SELECT u.uid, u.name FROM app_member m JOIN users u ON u.id = m.user_id WHERE m.app_id = $1 AND m.role = 'owner'
		ORDER BY m.created_at, u.id LIMIT 5`, int64(k.ID))
	return err
}

// GiveApp makes a user an owner of the app, beside those it has. Errors:
// ErrNoApp, ErrNoUser.
func (s *Service) GiveApp(ctx context.Context, app AppID, uid UID) error {
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		user, err := userByUID(tx, UID(storable(string(uid))))
		if err == nil && user == 0 {
			err = ErrNoUser
		}
		if err != nil {
			return err
		}
		return s.JoinTx(ctx, tx, app, user, Owner)
	})
	if err != nil {
		return fmt.Errorf("give app %d: %w", app, err)
	}
	return nil
}
