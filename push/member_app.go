package push

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"hongyan/store"
)

// MemberApp is an app with what its reader may do there.
type MemberApp struct {
	App
	Role Role
}

// AppSearch narrows the apps of a user.
type AppSearch struct {
	Text  string // part of the name, or the number with or without #
	After AppID  // the last app of the page before
	Limit int    // 1 to 100; 0 means 20
}

// SearchApps lists apps the user is a member of, by number, and tells whether
// there are more.
func (s *Service) SearchApps(ctx context.Context, user UserID, q AppSearch) (apps []MemberApp, more bool, err error) {
	number, err := strconv.ParseInt(strings.TrimPrefix(q.Text, "#"), 10, 64)
	if err != nil {
		number = 0
	}
	size := pageSize(q.Limit)
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		apps, err = store.Collect(tx, scanMemberApp, `SELECT `+appColumns+`, m.role FROM app_member m JOIN app a ON a.id = m.app_id
			WHERE m.user_id = $1 AND m.app_id > $2 AND a.deleted_at = 0 AND (a.id = $3 OR LOWER(a.name) LIKE $4 ESCAPE '\')
			ORDER BY m.app_id LIMIT $5`, int64(user), int64(q.After), number, "%"+literally(strings.ToLower(q.Text))+"%", size+1)
		return err
	})
	if err != nil {
		return nil, false, fmt.Errorf("search the apps of user %d: %w", user, err)
	}
	if more = len(apps) > size; more {
		apps = apps[:size]
	}
	return apps, more, nil
}

func scanMemberApp(r *store.Rows) (m MemberApp, err error) {
	m.App, err = scanApp(with(r, &m.Role))
	return m, err
}

// with scans further columns behind those a scan function knows.
func with(r *store.Rows, more ...any) scanFunc {
	return func(dest ...any) error { return r.Scan(append(dest, more...)...) }
}

type scanFunc func(...any) error

func (f scanFunc) Scan(dest ...any) error { return f(dest...) }
