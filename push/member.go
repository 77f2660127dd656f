package push

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hongyan/store"
)

// Role is what a member of an app may do there.
type Role string

// The roles, each of which may do what the later ones may.
const (
	Owner     Role = "owner"     // everything: tokens, addresses, members, the end of the app
	Developer Role = "developer" // sends, topics, codes, followers, callbacks
	Reader    Role = "reader"    // looks and changes nothing
)

var ranks = map[Role]int{Owner: 3, Developer: 2, Reader: 1}

// Covers tells whether the role may do what needed may.
func (r Role) Covers(needed Role) bool { return ranks[r] > 0 && ranks[r] >= ranks[needed] }

var (
	// ErrNoMember: the user is no member of the app.
	ErrNoMember = errors.New("no member of the app")
	// ErrManyMembers: the app has MaxMembers.
	ErrManyMembers = errors.New("the app has as many members as there may be")
	// ErrLastOwner: an app keeps at least one owner.
	ErrLastOwner = errors.New("the last owner of the app")
)

// MaxMembers is how many members an app has at most.
const MaxMembers = 100

// Member is somebody who looks after an app.
type Member struct {
	UID   UID
	Name  string // they go by in the console; may be empty
	Role  Role
	Since time.Time

	user UserID
}

// RoleOf is what the user may do with the app: ErrNoMember if nothing,
// ErrNoApp if there is no such app. An administrator reads every app.
func (s *Service) RoleOf(ctx context.Context, user UserID, app AppID) (a App, role Role, err error) {
	return s.roleOf(ctx, user, app, findApp)
}

// RoleOfGone is RoleOf, of a deleted app too while it can be brought back.
func (s *Service) RoleOfGone(ctx context.Context, user UserID, app AppID) (a App, role Role, err error) {
	return s.roleOf(ctx, user, app, findGone)
}

func (s *Service) roleOf(ctx context.Context, user UserID, app AppID, find func(*store.Tx, AppID) (App, error)) (a App, role Role, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		if a, err = find(tx, app); err != nil {
			return err
		}
		var admin bool
		err = tx.QueryRow(`SELECT COALESCE(m.role, ''), u.admin FROM users u
			LEFT JOIN app_member m ON m.user_id = u.id AND m.app_id = $2 WHERE u.id = $1`, int64(user), int64(app)).Scan(&role, &admin)
		switch {
		case errors.Is(err, store.ErrNotFound):
			return ErrNoMember
		case err != nil:
			return err
		case role == "" && admin:
			role = Reader
		case role == "":
			return ErrNoMember
		}
		return nil
	})
	if err != nil {
		return App{}, "", fmt.Errorf("role in app %d: %w", app, err)
	}
	return a, role, nil
}

// Members lists who looks after the app, owners first.
func (s *Service) Members(ctx context.Context, app AppID) (all []Member, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		all, err = store.Collect(tx, func(r *store.Rows) (m Member, err error) {
			var since int64
			err = r.Scan(&m.UID, &m.Name, &m.Role, &since, &m.user)
			m.Since = store.Time(since)
			return m, err
		}, `SELECT u.uid, u.name, m.role, m.created_at, u.id FROM app_member m JOIN users u ON u.id = m.user_id
			WHERE m.app_id = $1
			ORDER BY CASE m.role WHEN 'owner' THEN 0 WHEN 'developer' THEN 1 ELSE 2 END, m.created_at, u.id`, int64(app))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list the members of app %d: %w", app, err)
	}
	return all, nil
}

// JoinTx makes the user a member of the app, or gives a member another role.
// Doing it twice is not an error. ErrLastOwner, ErrManyMembers,
// ErrNoApp.
func (s *Service) JoinTx(ctx context.Context, tx *store.Tx, app AppID, user UserID, role Role) error {
	if ranks[role] == 0 {
		return &Invalid{"role", textRole}
	}
	if _, err := findApp(tx, app); err != nil {
		return err
	}
	before, err := lockMember(tx, app, user)
	if err != nil {
		return err
	}
	if before == role {
		return nil
	}
	switch before {
	case Owner:
		err = losesOwner(tx, app, user)
	case "":
		err = hasRoom(tx, app)
	}
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`INSERT INTO app_member (app_id, user_id, role, created_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (app_id, user_id) DO UPDATE SET role = excluded.role`,
		int64(app), int64(user), string(role), store.Millis(tx.Now)); err != nil {
		return err
	}
	uid, err := uidOf(tx, int64(user))
	if err != nil {
		return err
	}
	return s.AuditTx(ctx, tx, Change{App: app, Action: "member.role", Subject: string(uid), Before: string(before), After: string(role)})
}

// AdmitTx makes the user a member of the app by an invitation. It takes
// nothing away: whoever has a higher role already keeps it. ErrManyMembers, ErrNoApp.
func (s *Service) AdmitTx(ctx context.Context, tx *store.Tx, app AppID, user UserID, role Role) error {
	if _, err := findApp(tx, app); err != nil {
		return err
	}
	now, err := lockMember(tx, app, user)
	if err != nil || now.Covers(role) {
		return err
	}
	return s.JoinTx(ctx, tx, app, user, role)
}

// endInvitations ends the open invitations to the app when one who could have
// made them is an owner no more.
func endInvitations(tx *store.Tx, app AppID) error {
	_, err := tx.Exec(`DELETE FROM approval WHERE app_id = $1 AND purpose = 'member' AND state < 2`, int64(app))
	return err
}

// SetRole gives a member of the app another role. Errors: *Invalid,
// ErrNoMember, ErrLastOwner.
func (s *Service) SetRole(ctx context.Context, app AppID, uid UID, role Role) error {
	return s.onMember(ctx, "set role", app, uid, func(tx *store.Tx, user UserID) error {
		return s.JoinTx(ctx, tx, app, user, role)
	})
}

// RemoveMember ends a membership. Errors: ErrNoMember, ErrLastOwner.
func (s *Service) RemoveMember(ctx context.Context, app AppID, uid UID) error {
	return s.onMember(ctx, "remove member", app, uid, func(tx *store.Tx, user UserID) error {
		before, err := lockMember(tx, app, user)
		if err != nil {
			return err
		}
		if before == Owner {
			if err := losesOwner(tx, app, user); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(`DELETE FROM app_member WHERE app_id = $1 AND user_id = $2`, int64(app), int64(user)); err != nil {
			return err
		}
		return s.AuditTx(ctx, tx, Change{App: app, Action: "member.remove", Subject: string(uid), Before: string(before)})
	})
}

func (s *Service) onMember(ctx context.Context, what string, app AppID, uid UID, fn func(*store.Tx, UserID) error) error {
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		var user UserID
		err := tx.QueryRow(`SELECT u.id FROM app_member m JOIN users u ON u.id = m.user_id WHERE m.app_id = $1 AND u.uid = $2`,
			int64(app), string(uid)).Scan(&user)
		if errors.Is(err, store.ErrNotFound) {
			err = ErrNoMember
		}
		if err != nil {
			return err
		}
		return fn(tx, user)
	})
	if err != nil {
		return fmt.Errorf("%s, app %d: %w", what, app, err)
	}
	return nil
}

// lockMember reads a role and makes changes to the members of one app go one
// after another; "" is no member.
func lockMember(tx *store.Tx, app AppID, user UserID) (role Role, err error) {
	if _, err := tx.Exec(`UPDATE app SET id = id WHERE id = $1`, int64(app)); err != nil {
		return "", err
	}
	err = tx.QueryRow(`SELECT role FROM app_member WHERE app_id = $1 AND user_id = $2`, int64(app), int64(user)).Scan(&role)
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return role, err
}

// hasRoom refuses one member more than there may be.
func hasRoom(tx *store.Tx, app AppID) error {
	var n int
	err := tx.QueryRow(`SELECT COUNT(*) FROM app_member WHERE app_id = $1`, int64(app)).Scan(&n)
	if err == nil && n >= MaxMembers {
		err = ErrManyMembers
	}
	return err
}

// losesOwner refuses to take away the only owner, and ends the invitations of
// any other.
func losesOwner(tx *store.Tx, app AppID, user UserID) error {
	var others int
	err := tx.QueryRow(`SELECT COUNT(*) FROM app_member WHERE app_id = $1 AND role = 'owner' AND user_id <> $2`, int64(app), int64(user)).Scan(&others)
	switch {
	case err != nil:
		return err
	case others == 0:
		return ErrLastOwner
	}
	return endInvitations(tx, app)
}

// SetName sets the name a user goes by in the console; empty is none. Errors:
// *Invalid.
func (s *Service) SetName(ctx context.Context, user UserID, name string) error {
	if err := checkText("name", name, 0, maxName); err != nil {
		return err
	}
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE users SET name = $2 WHERE id = $1`, int64(user), name)
		return err
	})
	if err != nil {
		return fmt.Errorf("name user %d: %w", user, err)
	}
	return nil
}
