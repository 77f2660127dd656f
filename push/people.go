package push

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hongyan/store"
)

// Person is one record of an app's list of followers: somebody who follows the
// app or one of its topics, or whom its owner rejected.
type Person struct {
	ID         int64 // of the record; what RemovePerson and Reject take
	UID        UID
	Kind       SubscriptionKind
	Target     int64  // the app's or the topic's number
	Name       string // the app's or the topic's
	Enabled    bool   // messages reach them now
	Rejected   bool
	FollowedAt time.Time
	PaidUntil  time.Time // zero: never paid
}

// usualPeople is the page of the contract's list when none is asked for.
const usualPeople = 10

// PeopleQuery asks for one page of an app's followers.
type PeopleQuery struct {
	Page     int64 // counted from 1; less is 1
	Size     int64 // 1 to 100; less is 10, more is 100
	UID      UID   // empty: everybody
	Rejected *bool
	Kind     *SubscriptionKind
}

// Bounded returns the page number and size that are meant.
func (q *PeopleQuery) Bounded() (page, size int64) {
	size = min(q.Size, maxPage)
	if size < 1 {
		size = usualPeople
	}
	return max(q.Page, 1), size
}

// People returns a page of the followers of the app that owns the token, and
// how many records there are in all: the app's first, then each topic's, the
// oldest first, so that who walks through the pages meets everybody who stays.
// ErrToken.
func (s *Service) People(ctx context.Context, token string, q PeopleQuery) (page []Person, total int64, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		app, err := appOfToken(tx, token)
		if err != nil {
			return err
		}
		where, args := q.where(app)
		groups, err := countPeople(tx, where, args)
		if err != nil {
			return err
		}
		page, total, err = readPeople(tx, &q, groups, where, args)
		return err
	})
	if err != nil {
		return nil, 0, fmt.Errorf("list followers: %w", err)
	}
	return page, total, nil
}

// ofApp selects the subscriptions of app $1 and its topics.
const ofApp = `(s.kind = 0 AND s.target = $1
	OR s.kind = 1 AND s.target IN (SELECT id FROM topic WHERE app_id = $1 AND deleted_at = 0))`

// where is the condition of the query over subscription s.
func (q *PeopleQuery) where(app AppID) (where string, args []any) {
	where, args = ofApp+` AND (s.active = 1 OR s.rejected = 1)`, []any{int64(app)}
	and := func(condition string, arg any) {
		args = append(args, arg)
		where += fmt.Sprintf(" AND "+condition, len(args))
	}
	if q.Kind != nil {
		and("s.kind = $%d", int64(*q.Kind))
	}
	if q.Rejected != nil {
		and("s.rejected = $%d", bit(*q.Rejected))
	}
	if q.UID != "" {
		and("s.user_id = (SELECT id FROM users WHERE uid = $%d)", string(q.UID))
	}
	return where, args
}

// crowd is how many records an app or topic has.
type crowd struct {
	kind   SubscriptionKind
	target int64
	count  int64
}

func countPeople(tx *store.Tx, where string, args []any) ([]crowd, error) {
	return store.Collect(tx, func(r *store.Rows) (c crowd, err error) {
		return c, r.Scan(&c.kind, &c.target, &c.count)
	}, `SELECT s.kind, s.target, COUNT(*) FROM subscription s WHERE `+where+`
		GROUP BY s.kind, s.target ORDER BY s.kind, s.target`, args...)
}

// readPeople reads the page out of the crowds it lies in, each in the order of
// the index.
func readPeople(tx *store.Tx, q *PeopleQuery, groups []crowd, where string, args []any) (page []Person, total int64, err error) {
	for _, g := range groups {
		total += g.count
	}
	number, left := q.Bounded()
	if number-1 > total/left {
		return nil, total, nil
	}
	skip := (number - 1) * left
	for _, g := range groups {
		if skip >= g.count {
			skip -= g.count
			continue
		}
		if left == 0 {
			break
		}
		some, err := readCrowd(tx, g, where, args, left, skip)
		if err != nil {
			return nil, 0, err
		}
		page, left, skip = append(page, some...), left-int64(len(some)), 0
	}
	return page, total, nil
}

func readCrowd(tx *store.Tx, g crowd, where string, args []any, most, skip int64) ([]Person, error) {
	n := len(args)
	args = append(args[:n:n], int64(g.kind), g.target, most, skip)
	return store.Collect(tx, scanPerson, fmt.Sprintf(`SELECT s.id, u.uid, s.kind, s.target, COALESCE(t.name, a.name),
		s.active = 1 AND s.rejected = 0 AND s.muted = 0 AND u.muted = 0 AND u.following = 1 AND u.blocked_at = 0,
		s.rejected, s.created_at, s.paid_until
		FROM subscription s JOIN users u ON u.id = s.user_id JOIN app a ON a.id = $1
		LEFT JOIN topic t ON s.kind = 1 AND t.id = s.target
		WHERE %s AND s.kind = $%d AND s.target = $%d
		ORDER BY s.kind, s.target, s.id LIMIT $%d OFFSET $%d`, where, n+1, n+2, n+3, n+4), args...)
}

func scanPerson(r *store.Rows) (p Person, err error) {
	var followedAt, paidUntil int64
	err = r.Scan(&p.ID, &p.UID, &p.Kind, &p.Target, &p.Name, &p.Enabled, &p.Rejected, &followedAt, &paidUntil)
	p.FollowedAt, p.PaidUntil = store.Time(followedAt), store.Time(paidUntil)
	return p, err
}

// RemovePerson ends what the record with this id stands for. The user may
// follow again, also one who was rejected; a paid time is remembered. Doing it
// twice is not an error. ErrToken, and ErrNoFollower for a record that is not
// the app's own.
func (s *Service) RemovePerson(ctx context.Context, token string, id int64) error {
	return s.onPerson(ctx, token, id, func(tx *store.Tx, m membership) error {
		return s.change(ctx, tx, m, "follower.remove", removal)
	})
}

// Reject keeps the user of the record from getting anything of the app or
// topic and from following it again, or lifts that. Errors as RemovePerson.
func (s *Service) Reject(ctx context.Context, token string, id int64, on bool) error {
	return s.onPerson(ctx, token, id, func(tx *store.Tx, m membership) error { return s.reject(ctx, tx, m, on) })
}

// onPerson runs fn on whom a record of the app is about.
func (s *Service) onPerson(ctx context.Context, token string, id int64, fn func(*store.Tx, membership) error) error {
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		var m membership
		var err error
		if m.app, err = appOfToken(tx, token); err != nil {
			return err
		}
		err = tx.QueryRow(`SELECT s.kind, s.target, COALESCE(t.name, ''), u.id, u.uid FROM subscription s JOIN users u ON u.id = s.user_id
			LEFT JOIN topic t ON s.kind = 1 AND t.id = s.target WHERE s.id = $2 AND `+ofApp, int64(m.app), id).
			Scan(&m.on.Kind, &m.on.Target, &m.name, &m.user, &m.uid)
		if errors.Is(err, store.ErrNotFound) {
			err = ErrNoFollower
		}
		if err != nil {
			return err
		}
		return fn(tx, m)
	})
	if err != nil && !errors.Is(err, ErrToken) {
		err = fmt.Errorf("change follower %d: %w", id, err)
	}
	return err
}
