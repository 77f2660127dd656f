package push

import (
	"fmt"
	"time"

	"hongyan/store"
)

// defaultMaxApps is Options.MaxApps when it is not set.
const defaultMaxApps = 20

// appRules says who may make apps, and how many.
func (s *Service) appRules() (most int, byAdmins bool) {
	most = s.o.MaxApps
	if most == 0 {
		most = defaultMaxApps
	}
	return most, s.o.AppsByAdmins
}

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
	most, byAdmins := s.appRules()
	switch {
	case err != nil:
		return err
	case admin:
		return nil
	case byAdmins:
		return &Invalid{"", textAppsByAdmins}
	case has >= most:
		return &Invalid{"", fmt.Sprintf(textTooManyApps, has, most)}
	}
	return nil
}

// AppGrace is how long a deleted app can be brought back.
const AppGrace = 7 * 24 * time.Hour
