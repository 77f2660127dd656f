package push

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"hongyan/store"
)

// UserState narrows a list of users.
type UserState string

// The states users are listed by.
const (
	UsersFollowing UserState = "following"
	UsersLeft      UserState = "left"
	UsersMuted     UserState = "muted"
	UsersBlocked   UserState = "blocked"
	UsersAdmin     UserState = "admin"
	UsersBarred    UserState = "barred"
)

var userConditions = map[UserState]string{
	"": "", UsersFollowing: ` AND following = 1`, UsersLeft: ` AND following = 0`, UsersMuted: ` AND muted = 1`,
	UsersBlocked: ` AND blocked_at > 0`, UsersAdmin: ` AND admin = 1`, UsersBarred: ` AND barred_at > 0`,
}

// UserFilter narrows the list of users. The zero value lists all.
type UserFilter struct {
	Search string // a UID, the beginning of one, or a part of the name
	State  UserState
	After  string // the cursor of the page before
	Limit  int    // 1 to 100; 0 means 20
}

// Validate refuses what nobody can be found by.
func (f *UserFilter) Validate() error {
	if _, ok := userConditions[f.State]; !ok {
		return &Invalid{"state", textUserState}
	}
	return checkText("q", f.Search, 0, maxName)
}

// KnownUser is a user as the administrator sees them.
type KnownUser struct {
	User
	CreatedAt, LeftAt time.Time
	Apps              []MemberApp // they are a member of
}

// Users lists who met the account, the newest first, and the cursor of the next
// page, empty at the end. A page looks at no more than 20,000 users, so one
// that searches may be short, even empty, and still have a next one. Errors:
// *Invalid.
func (s *Service) Users(ctx context.Context, f UserFilter) (all []KnownUser, next string, err error) {
	if err := f.Validate(); err != nil {
		return nil, "", err
	}
	below := int64(math.MaxInt64)
	if err := s.readCursor(cursorUsers, f.After, &below); err != nil {
		return nil, "", err
	}
	size := pageSize(f.Limit)
	err = s.db.View(ctx, func(tx *store.Tx) error {
		floor, more, err := f.floor(tx, below)
		if err != nil {
			return err
		}
		where, args := f.condition(), []any{below, floor, size + 1}
		if f.Search != "" {
			args = append(args, f.pattern())
		}
		all, err = store.Collect(tx, func(r *store.Rows) (KnownUser, error) { return scanKnownUser(r) },
			`SELECT `+knownUserColumns+` FROM users WHERE id < $1 AND id >= $2`+where+` ORDER BY id DESC LIMIT $3`, args...)
		if err != nil {
			return err
		}
		next = ""
		if len(all) > size {
			all = all[:size]
			floor, more = int64(all[size-1].ID), true
		}
		if more {
			next = s.cursor(cursorUsers, floor)
		}
		return memberships(tx, all)
	})
	if err != nil {
		return nil, "", fmt.Errorf("list users: %w", err)
	}
	return all, next, nil
}

const knownUserColumns = userColumns + `, created_at, unfollowed_at`

func scanKnownUser(r interface{ Scan(...any) error }) (k KnownUser, err error) {
	var created, left int64
	k.User, err = scanUser(scanFunc(func(dest ...any) error { return r.Scan(append(dest, &created, &left)...) }))
	k.CreatedAt, k.LeftAt = store.Time(created), store.Time(left)
	return k, err
}

// byUID tells that the search is for a UID, or for the beginning of one.
func (f *UserFilter) byUID() bool { return strings.HasPrefix(f.Search, "UID_") }

func (f *UserFilter) condition() string {
	where := userConditions[f.State]
	switch {
	case f.Search == "":
	case f.byUID() && len(f.Search) >= len("UID_")+32:
		where += ` AND uid = $4`
	case f.byUID():
		where += ` AND uid LIKE $4 ESCAPE '\'`
	default:
		where += ` AND name <> '' AND LOWER(name) LIKE LOWER(CAST($4 AS TEXT)) ESCAPE '\'`
	}
	return where
}

func (f *UserFilter) pattern() string {
	switch {
	case f.byUID() && len(f.Search) >= len("UID_")+32:
		return f.Search
	case f.byUID():
		return literally(f.Search) + "%"
	}
	return containing(f.Search)
}

// floor is how far down a page looks, and whether there may be users below it.
// What an index knows is looked through as a whole.
func (f *UserFilter) floor(tx *store.Tx, below int64) (floor int64, more bool, err error) {
	rare := f.State == UsersAdmin || f.State == UsersBarred || f.Search != "" && (!f.byUID() || len(f.Search) >= len("UID_")+32)
	if rare || f.Search == "" && f.State == "" {
		return 0, false, nil
	}
	var n int
	err = tx.QueryRow(`SELECT COALESCE(MIN(id), 0), COUNT(*) FROM (SELECT id FROM users WHERE id < $1 ORDER BY id DESC LIMIT $2) w`,
		below, mostLooked).Scan(&floor, &n)
	return floor, n == mostLooked, err
}

// memberships fills in the apps that the users are members of.
func memberships(tx *store.Tx, all []KnownUser) error {
	if len(all) == 0 {
		return nil
	}
	l := newList("id BIGINT")
	byID := make(map[UserID]*KnownUser, len(all))
	for i := range all {
		l.add(int64(all[i].ID))
		byID[all[i].ID] = &all[i]
	}
	_, err := collectAll(tx, l, func(r *store.Rows) (none struct{}, err error) {
		var user UserID
		var m MemberApp
		if m.App, err = scanApp(with(r, &m.Role, &user)); err == nil {
			byID[user].Apps = append(byID[user].Apps, m)
		}
		return none, err
	}, `SELECT `+appColumns+`, m.role, m.user_id FROM app_member m JOIN app a ON a.id = m.app_id
		WHERE m.user_id IN (SELECT id FROM v) AND a.deleted_at = 0 ORDER BY a.id`)
	return err
}

// UserByUID is one of them, or ErrNoUser.
func (s *Service) UserByUID(ctx context.Context, uid UID) (k KnownUser, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		one, err := knownUser(tx, uid, "")
		if err != nil {
			return err
		}
		all := []KnownUser{one}
		err = memberships(tx, all)
		k = all[0]
		return err
	})
	if err != nil {
		return KnownUser{}, fmt.Errorf("look at a user: %w", err)
	}
	return k, nil
}

func knownUser(tx *store.Tx, uid UID, lock string) (KnownUser, error) {
	k, err := scanKnownUser(tx.QueryRow(`SELECT `+knownUserColumns+` FROM users WHERE uid = $1`+lock, storable(string(uid))))
	if errors.Is(err, store.ErrNotFound) {
		err = ErrNoUser
	}
	return k, err
}
