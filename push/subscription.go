package push

import (
	"errors"
	"fmt"
	"time"

	"hongyan/store"
)

// SubscriptionKind says what is followed.
type SubscriptionKind int64

// The kinds of the subscription table.
const (
	OfApp   SubscriptionKind = 0
	OfTopic SubscriptionKind = 1
)

// Subscription is one thing a user follows.
type Subscription struct {
	Kind       SubscriptionKind
	App        AppID
	Topic      TopicID // 0 for an app
	AppName    string
	TopicName  string
	Source     Source
	Muted      bool
	PaidUntil  time.Time
	FollowedAt time.Time
	Logo       string // of the app: path of its picture below the base URL; may be empty
	Door       bool   // the app has a page of its own for followers; see Jump
}

// FollowApp subscribes the user to an app and, when they did not follow it
// before, tells its developer. Following twice is not an error; ErrNoApp,
// ErrRejected and *Suspended are. extra is what the scanned code carried.
func (s *Service) FollowApp(t *Turn, app AppID, via Source, extra string) (App, error) {
	found, err := findApp(t.Tx, app)
	if err != nil {
		return App{}, err
	}
	if err := found.refused(); err != nil {
		return App{}, err
	}
	added, err := t.subscribe(OfApp, int64(app), via, extra)
	if err != nil {
		return App{}, fmt.Errorf("follow app %d: %w", app, err)
	}
	if !added {
		return found, nil
	}
	err = s.enqueueCallback(t.Tx, newCallback{
		App: app, Action: actionSubscribe, EventKey: t.key, User: t.User.ID,
		Body: subscribeBody(found, t.User.UID, via, extra, t.Tx.Now),
	})
	if err != nil {
		return App{}, fmt.Errorf("follow app %d: %w", app, err)
	}
	return found, nil
}

// UnfollowApp ends the user's subscription to an app, if there is one. A
// rejection and a paid time are remembered.
func (s *Service) UnfollowApp(t *Turn, app AppID) error {
	if err := t.unsubscribe(OfApp, int64(app)); err != nil {
		return fmt.Errorf("unfollow app %d: %w", app, err)
	}
	return nil
}

// Subscriptions returns what the user follows, apps first, each by number.
func (s *Service) Subscriptions(t *Turn) ([]Subscription, error) {
	subs, err := store.Collect(t.Tx, scanSubscription, `
		SELECT s.kind, a.id, COALESCE(t.id, 0), a.name, COALESCE(t.name, ''), s.source, s.muted, s.paid_until, s.created_at, a.setting_url <> '', `+logoColumn+`
		FROM subscription s
		LEFT JOIN topic t ON s.kind = 1 AND t.id = s.target AND t.deleted_at = 0
		JOIN app a ON a.deleted_at = 0 AND ((s.kind = 0 AND a.id = s.target) OR (s.kind = 1 AND a.id = t.app_id))
		WHERE s.user_id = $1 AND s.active = 1 AND s.rejected = 0
		ORDER BY s.kind, s.target`, int64(t.User.ID))
	if err != nil {
		return nil, fmt.Errorf("list the subscriptions of user %d: %w", t.User.ID, err)
	}
	return subs, nil
}

func scanSubscription(r *store.Rows) (b Subscription, err error) {
	var paidUntil, followedAt int64
	err = r.Scan(&b.Kind, &b.App, &b.Topic, &b.AppName, &b.TopicName, &b.Source, &b.Muted, &paidUntil, &followedAt, &b.Door, &b.Logo)
	b.Logo = logoPath(b.App, b.Logo)
	b.PaidUntil, b.FollowedAt = store.Time(paidUntil), store.Time(followedAt)
	return b, err
}

// subscribe reports whether the subscription is new or was ended before. The
// row of one who follows already is left alone, source and extra included.
func (t *Turn) subscribe(kind SubscriptionKind, target int64, via Source, extra string) (added bool, err error) {
	n, err := t.Tx.Exec(`INSERT INTO subscription (user_id, kind, target, source, extra, created_at)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (kind, target, user_id) DO UPDATE
		SET active = 1, source = excluded.source, extra = excluded.extra, created_at = excluded.created_at
		WHERE subscription.active = 0 AND subscription.rejected = 0`,
		int64(t.User.ID), int64(kind), target, string(via), extra, store.Millis(t.Tx.Now))
	if err != nil {
		return false, err
	}
	if n > 0 {
		return true, grow(t.Tx, Resource{kind, target}, 1)
	}
	var rejected bool
	err = t.Tx.QueryRow(`SELECT rejected FROM subscription WHERE kind = $1 AND target = $2 AND user_id = $3`,
		int64(kind), target, int64(t.User.ID)).Scan(&rejected)
	if err == nil && rejected {
		err = ErrRejected
	}
	return false, err
}

func (t *Turn) unsubscribe(kind SubscriptionKind, target int64) error {
	_, err := changeStanding(t.Tx, Resource{kind, target}, t.User.ID, leaving)
	if errors.Is(err, ErrNotFollowing) {
		return nil
	}
	return err
}
