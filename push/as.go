package push

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"hongyan/store"
)

// As runs fn for a user who said who they are on a page, in one transaction
// with their row locked. The verbs of a follower's event work as they do in
// one, but for Uplink: nobody waits for a developer here, and Reply is not
// said. fn may run twice. ErrNoUser.
func (s *Service) As(ctx context.Context, id UserID, fn func(*Turn) error) error {
	key := "page " + rand.Text()
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		u, err := userByID(tx, id, tx.ForUpdate())
		if err != nil {
			return err
		}
		return fn(&Turn{Tx: tx, User: u, At: tx.Now, key: key, followed: u.Following})
	})
	if err != nil {
		return fmt.Errorf("as user %d: %w", id, err)
	}
	return nil
}

// Look is As for reading: it locks nothing, and works while nothing can be
// written.
func (s *Service) Look(ctx context.Context, id UserID, fn func(*Turn) error) error {
	err := s.db.View(ctx, func(tx *store.Tx) error {
		u, err := userByID(tx, id, "")
		if err != nil {
			return err
		}
		return fn(&Turn{Tx: tx, User: u, At: tx.Now, followed: u.Following})
	})
	if err != nil {
		return fmt.Errorf("look as user %d: %w", id, err)
	}
	return nil
}

func userByID(tx *store.Tx, id UserID, lock string) (User, error) {
	u, err := scanUser(tx.QueryRow(`SELECT `+userColumns+` FROM users WHERE id = $1`+lock, int64(id)))
	if errors.Is(err, store.ErrNotFound) {
		err = ErrNoUser
	}
	return u, err
}

// SignIn is how a browser becomes a user's: WeChat said who holds it, in answer
// to a ticket made for that browser. It returns the user, who is new if they
// never met the account. A ticket works once, on whichever node; a second use
// gives ErrTicketUsed. Tickets must be forgotten by the caller within a day.
func (s *Service) SignIn(ctx context.Context, ticket string, issued time.Time, openid OpenID) (u User, err error) {
	err = s.db.Update(ctx, func(tx *store.Tx) (err error) {
		if err := useTicket(tx, "signin", ticket, issued); err != nil {
			return err
		}
		u, err = s.lockUser(tx, openid)
		return err
	})
	if err != nil {
		return User{}, fmt.Errorf("sign a follower in: %w", err)
	}
	return u, nil
}

// UseTicket uses up a ticket that a form carries, on whichever node: a second
// use gives ErrTicketUsed. Tickets must be forgotten by the caller within a
// day.
func (s *Service) UseTicket(ctx context.Context, ticket string, issued time.Time) error {
	err := s.db.Update(ctx, func(tx *store.Tx) error { return useTicket(tx, "form", ticket, issued) })
	if err != nil {
		return fmt.Errorf("use a ticket: %w", err)
	}
	return nil
}

func useTicket(tx *store.Tx, use, ticket string, issued time.Time) error {
	sum := sha256.Sum256([]byte(ticket))
	n, err := tx.Exec(`INSERT INTO quota (name, starts_at, used) VALUES ($1, $2, 1) ON CONFLICT (name, starts_at) DO NOTHING`,
		use+" "+hex.EncodeToString(sum[:16]), store.Millis(issued))
	if err == nil && n == 0 {
		err = ErrTicketUsed
	}
	return err
}

// Recognise makes up for a subscribe event that never came: WeChat says that
// the user has followed the account since then. An event of a later time
// decides against it.
func (s *Service) Recognise(t *Turn, since time.Time) error {
	if t.User.Following || since.Before(t.User.stateAt) {
		return nil
	}
	if err := t.follow(since); err != nil {
		return fmt.Errorf("recognise user %d: %w", t.User.ID, err)
	}
	return nil
}
