package push

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"hongyan/store"
)

// Follower is one follower of an app or a topic as its developer sees them.
type Follower struct {
	ID         int64 // of the subscription; orders the list
	UID        UID
	Source     Source
	Extra      string // what the code they scanned carried
	FollowedAt time.Time
	PaidUntil  time.Time // zero: never paid
	Active     bool      // follows now
	Rejected   bool      // by the app's owner
	Muted      bool      // switched this app's or topic's messages off
	Reachable  bool      // follows the account, messages on, not blocked by WeChat
}

// FollowerQuery narrows a list of followers. Its zero value lists all who
// follow.
type FollowerQuery struct {
	UID      UID // part of one
	Source   Source
	Since    time.Time // followed at or after
	Rejected bool      // the rejected instead of those who follow
	Muted    bool      // only those who switched messages off
	After    int64     // behind the follower with this ID
	Limit    int
}

// Followers lists followers of an app, or of a topic of it, the oldest first.
// ErrNoTopic.
func (s *Service) Followers(ctx context.Context, app AppID, topic TopicID, q FollowerQuery) (list []Follower, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		kind, target, err := targetOf(tx, app, topic)
		if err != nil {
			return err
		}
		where, args := q.where(kind, target)
		list, err = store.Collect(tx, scanFollower, `SELECT s.id, u.uid, s.source, s.extra, s.created_at, s.paid_until,
			s.active, s.rejected, s.muted, u.following = 1 AND u.muted = 0 AND u.blocked_at = 0
			FROM subscription s JOIN users u ON u.id = s.user_id WHERE `+where+
			fmt.Sprintf(` ORDER BY s.id LIMIT %d`, q.Limit), args...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list the followers of app %d, topic %d: %w", app, topic, err)
	}
	return list, nil
}

// targetOf names an app, or a topic of it, as subscriptions do.
func targetOf(tx *store.Tx, app AppID, topic TopicID) (SubscriptionKind, int64, error) {
	if topic == 0 {
		return OfApp, int64(app), nil
	}
	if _, err := topicOf(tx, app, topic); err != nil {
		return 0, 0, err
	}
	return OfTopic, int64(topic), nil
}

func (q *FollowerQuery) where(kind SubscriptionKind, target int64) (where string, args []any) {
	where = `s.kind = $1 AND s.target = $2 AND s.id > $3`
	args = []any{int64(kind), target, q.After}
	and := func(condition string, arg any) {
		args = append(args, arg)
		where += fmt.Sprintf(" AND "+condition, len(args))
	}
	if q.Rejected {
		where += ` AND s.rejected = 1`
	} else {
		where += ` AND s.active = 1 AND s.rejected = 0`
	}
	if q.Muted {
		where += ` AND s.muted = 1`
	}
	if q.UID != "" {
		and(`u.uid LIKE $%d ESCAPE '\'`, "%"+likeable(string(q.UID))+"%")
	}
	if q.Source != "" {
		and(`s.source = $%d`, string(q.Source))
	}
	if !q.Since.IsZero() {
		and(`s.created_at >= $%d`, store.Millis(q.Since))
	}
	return where, args
}

// likeable is text that LIKE … ESCAPE '\' takes for itself.
func likeable(text string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text)
}

func scanFollower(r *store.Rows) (f Follower, err error) {
	var followedAt, paidUntil int64
	err = r.Scan(&f.ID, &f.UID, &f.Source, &f.Extra, &followedAt, &paidUntil, &f.Active, &f.Rejected, &f.Muted, &f.Reachable)
	f.FollowedAt, f.PaidUntil = store.Time(followedAt), store.Time(paidUntil)
	return f, err
}

// Enlist lets a follower of the app follow a topic of it too. Doing it twice is
// not an error; ErrNoTopic, ErrNotFollowing for who does not follow the app,
// and ErrRejected are.
func (s *Service) Enlist(ctx context.Context, app AppID, topic TopicID, uid UID) error {
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		if _, err := topicOf(tx, app, topic); err != nil {
			return err
		}
		t := &Turn{Tx: tx}
		var rejected bool
		err := tx.QueryRow(`SELECT u.id, s.rejected FROM users u JOIN subscription s ON s.user_id = u.id
			WHERE u.uid = $1 AND s.kind = 0 AND s.target = $2 AND (s.active = 1 OR s.rejected = 1)`,
			string(uid), int64(app)).Scan(&t.User.ID, &rejected)
		switch {
		case errors.Is(err, store.ErrNotFound):
			return ErrNotFollowing
		case err != nil:
			return err
		case rejected:
			return ErrRejected
		}
		_, err = t.subscribe(OfTopic, int64(topic), ByDeveloper, "")
		return err
	})
	if err != nil {
		return fmt.Errorf("add a follower to topic %d of app %d: %w", topic, app, err)
	}
	return nil
}

// Dismiss ends that a user follows the app, or a topic of it. They may follow
// again; a paid time is remembered. Doing it twice is not an error;
// ErrNotFollowing is for who never followed.
func (s *Service) Dismiss(ctx context.Context, app AppID, topic TopicID, uid UID) error {
	return s.changeFollower(ctx, app, topic, uid, `active = 0`)
}

// RejectUser keeps a user from getting anything of the app, or of a topic of
// it, and from following it again, or lifts that. ErrNoTopic, ErrNotFollowing
// for who never followed.
func (s *Service) RejectUser(ctx context.Context, app AppID, topic TopicID, uid UID, on bool) error {
	return s.changeFollower(ctx, app, topic, uid, fmt.Sprintf(`rejected = %d`, bit(on)))
}

func (s *Service) changeFollower(ctx context.Context, app AppID, topic TopicID, uid UID, set string) error {
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		kind, target, err := targetOf(tx, app, topic)
		if err != nil {
			return err
		}
		n, err := tx.Exec(`UPDATE subscription SET `+set+` WHERE kind = $1 AND target = $2
			AND user_id = (SELECT id FROM users WHERE uid = $3)`, int64(kind), target, string(uid))
		if err == nil && n == 0 {
			err = ErrNotFollowing
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("change a follower of app %d, topic %d: %w", app, topic, err)
	}
	return nil
}
