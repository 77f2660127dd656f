// Package session is who sits at a browser of the console.
//
// There are no passwords. A browser shows a code; whoever scans it with WeChat
// reads on the phone what is asked and from where, and allows or refuses it
// there (approval.go). An allowed login is redeemed by the browser that asked,
// which holds a secret the code does not carry, and becomes a session with an
// id of its own (here). The same way a person allows a step that needs more
// than a session, joins an app as a member, or becomes the first
// administrator.
//
// The package knows the database and package push. What the phone says stands
// in package commands, what the browser shows in server/console.
package session

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"hongyan/push"
	"hongyan/store"
)

// How long a session lasts: unused, and at most.
const (
	Idle = 7 * 24 * time.Hour
	Most = 30 * 24 * time.Hour
)

// seenEvery is how exactly the last use of a session is kept.
const seenEvery = 5 * time.Minute

// ErrNone: the browser is nobody's, or not any more.
var ErrNone = errors.New("no session")

// Service keeps sessions and approvals. It is safe for concurrent use.
type Service struct {
	db   *store.DB
	push *push.Service
}

// New makes the service on the database of the platform.
func New(db *store.DB, p *push.Service) *Service { return &Service{db: db, push: p} }

// Session is a browser of a signed-in user.
type Session struct {
	Name      string // by which its user ends it from elsewhere; no secret
	Agent     string
	Address   string
	CreatedAt time.Time
	SeenAt    time.Time
	User      push.UserID
}

// open writes a new session and returns what the browser's cookie holds.
func open(tx *store.Tx, user push.UserID, agent, address string) (secret string, err error) {
	secret = rand.Text() + rand.Text()
	_, err = tx.Exec(`INSERT INTO session (hash, user_id, name, agent, address, created_at, seen_at) VALUES ($1, $2, $3, $4, $5, $6, $6)`,
		hash(secret), int64(user), rand.Text(), agent, address, store.Millis(tx.Now))
	return secret, err
}

func hash(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// Find returns the session and its user as the database knows them now, or
// ErrNone: also for a user who was barred from the console.
func (s *Service) Find(ctx context.Context, secret string) (found Session, u push.User, err error) {
	if secret == "" {
		return Session{}, push.User{}, ErrNone
	}
	var stale bool
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		found, err = scan(tx.QueryRow(`SELECT `+columns+` FROM session WHERE hash = $1`, hash(secret)))
		if errors.Is(err, store.ErrNotFound) {
			return ErrNone
		}
		if err != nil {
			return err
		}
		if tx.Now.Sub(found.SeenAt) > Idle || tx.Now.Sub(found.CreatedAt) > Most {
			return ErrNone
		}
		stale = tx.Now.Sub(found.SeenAt) >= seenEvery
		return nil
	})
	if err == nil {
		err = s.push.Look(ctx, found.User, func(t *push.Turn) error {
			u = t.User
			return nil
		})
		if errors.Is(err, push.ErrNoUser) || err == nil && u.Barred {
			err = ErrNone
		}
	}
	if err != nil {
		return Session{}, push.User{}, fmt.Errorf("find a session: %w", err)
	}
	if stale {
		s.seen(ctx, secret)
	}
	return found, u, nil
}

// seen keeps when a session was used. It is not worth failing for.
func (s *Service) seen(ctx context.Context, secret string) {
	_ = s.db.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE session SET seen_at = $2 WHERE hash = $1 AND seen_at < $2`, hash(secret), store.Millis(tx.Now))
		return err
	})
}

const columns = `user_id, name, agent, address, created_at, seen_at`

func scan(row interface{ Scan(...any) error }) (f Session, err error) {
	var created, seen int64
	err = row.Scan(&f.User, &f.Name, &f.Agent, &f.Address, &created, &seen)
	f.CreatedAt, f.SeenAt = store.Time(created), store.Time(seen)
	return f, err
}

// mostListed bounds a list of sessions.
const mostListed = 100

// List returns the user's sessions that are still good, the last used first.
func (s *Service) List(ctx context.Context, user push.UserID) (all []Session, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		all, err = store.Collect(tx, func(r *store.Rows) (Session, error) { return scan(r) },
			`SELECT `+columns+` FROM session WHERE user_id = $1 AND seen_at > $2 AND created_at > $3 ORDER BY seen_at DESC, created_at DESC LIMIT $4`,
			int64(user), store.Millis(tx.Now.Add(-Idle)), store.Millis(tx.Now.Add(-Most)), mostListed)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list the sessions of user %d: %w", user, err)
	}
	return all, nil
}

// End ends one session of the user by its name. One that has ended is not an
// error.
func (s *Service) End(ctx context.Context, user push.UserID, name string) error {
	return s.end(ctx, user, name, `DELETE FROM session WHERE user_id = $1 AND name = $2`)
}

// EndOthers ends all sessions of the user but the one with this name.
func (s *Service) EndOthers(ctx context.Context, user push.UserID, name string) error {
	return s.end(ctx, user, name, `DELETE FROM session WHERE user_id = $1 AND name <> $2`)
}

// EndAll ends every session of the user, as an administrator does, and writes
// it down.
func (s *Service) EndAll(ctx context.Context, user push.UserID, uid push.UID) error {
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		n, err := tx.Exec(`DELETE FROM session WHERE user_id = $1`, int64(user))
		if err != nil || n == 0 {
			return err
		}
		return s.push.AuditTx(ctx, tx, push.Change{Action: "session.end", Subject: string(uid)})
	})
	if err != nil {
		return fmt.Errorf("end all sessions of user %d: %w", user, err)
	}
	return nil
}

func (s *Service) end(ctx context.Context, user push.UserID, name, query string) error {
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(query, int64(user), name)
		return err
	})
	if err != nil {
		return fmt.Errorf("end sessions of user %d: %w", user, err)
	}
	return nil
}

// Retain deletes sessions and approvals that are over, and returns how many
// rows that were.
func (s *Service) Retain(ctx context.Context) (n int, err error) {
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		n = 0
		for _, q := range []struct {
			query  string
			before time.Time
		}{
			{`DELETE FROM session WHERE seen_at <= $1`, tx.Now.Add(-Idle)},
			{`DELETE FROM session WHERE created_at <= $1`, tx.Now.Add(-Most)},
			{`DELETE FROM approval WHERE expires_at <= $1`, tx.Now.Add(-time.Hour)},
		} {
			count, err := tx.Exec(q.query, store.Millis(q.before))
			if err != nil {
				return err
			}
			n += int(count)
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("retain sessions: %w", err)
	}
	return n, nil
}
