package push

import (
	"fmt"
	"time"

	"hongyan/store"
)

// mayCreate refuses an owner who may make no app, or has as many as there may
// be. A deleted app counts while it can come back. An app without an owner
// comes from the server's own machine, and an administrator has no limit. The
// caller holds setupLock.
func (s *Service) mayCreate(tx *store.Tx, owner UserID) error {
	if owner == 0 {
		return nil
	}
	var admin bool
	var has int
	err := tx.QueryRow(`SELECT u.admin, (SELECT COUNT(*) FROM app_member m JOIN app a ON a.id = m.app_id
			WHERE m.user_id = u.id AND m.role = 'owner' AND a.purged_at = 0)
		FROM users u WHERE u.id = $1`, int64(owner)).Scan(&admin, &has)
	now := s.Limits()
	switch {
	case err != nil:
		return err
	case admin:
		return nil
	case now.OnlyAdmins:
		return &Invalid{"", textAppsByAdmins}
	case now.Apps > 0 && has >= now.Apps:
		return &Invalid{"", fmt.Sprintf(textTooManyApps, has, now.Apps)}
	}
	return nil
}

// AppGrace is how long a deleted app can be brought back.
const AppGrace = 7 * 24 * time.Hour
