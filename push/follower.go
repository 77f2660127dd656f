package push

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"hongyan/store"
)

// Follower is somebody who follows an app or a topic of it, or was rejected.
type Follower struct {
	UID        UID
	Source     Source
	Extra      string // what the scanned code carried
	Rejected   bool   // by the app's owner
	Muted      bool   // by the user, for this app or topic
	Reachable  bool   // follows the official account, and no switch or block of the whole account is in the way
	PaidUntil  time.Time
	FollowedAt time.Time // the latest follow

	user int64
}

// Followers says which followers are meant. Nil and zero fields mean all.
type Followers struct {
	Topic    TopicID // 0: of the app itself
	UID      UID
	Rejected *bool
	Muted    *bool
	Paid     *bool // paid until a time ahead
	Source   Source
	Since    time.Time // followed then or later
	After    UID       // the last one of the page before
	Limit    int       // 0: 20
}

// scanPage is how many followers one page looks at, at most, for those its
// filters mean.
const scanPage = 20_000

// maxUID is longer than any UID.
const maxUID = 64

// Validate refuses what no follower can be found by.
func (f *Followers) Validate() error {
	for field, text := range map[string]string{"uid": string(f.UID), "after": string(f.After), "source": string(f.Source)} {
		if err := checkText(field, text, 0, maxUID); err != nil {
			return err
		}
	}
	return nil
}

// FollowersOf lists followers of the app, or of one of its topics, who are
// there or rejected, in an order that stays. more says whom to ask After for
// the rest; a page that filters may hold fewer than Limit although there are
// more. Errors: *Invalid, ErrNoTopic.
func (s *Service) FollowersOf(ctx context.Context, app AppID, f Followers) (page []Follower, more UID, err error) {
	if err := f.Validate(); err != nil {
		return nil, "", err
	}
	if f.Limit < 1 {
		f.Limit = 20
	}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		on, _, err := followed(tx, app, f.Topic)
		if err != nil {
			return err
		}
		page, more, err = f.page(tx, on)
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("list the followers of app %d, topic %d: %w", app, f.Topic, err)
	}
	return page, more, nil
}

// followed is what a call of the app is about: the app itself, or a topic of
// it. Somebody else's topic looks like none: ErrNoTopic.
func followed(tx *store.Tx, app AppID, topic TopicID) (on Resource, name string, err error) {
	if topic == 0 {
		return Resource{OfApp, int64(app)}, "", nil
	}
	t, err := findTopic(tx, topic)
	if err == nil && t.App != app {
		err = ErrNoTopic
	}
	return Resource{OfTopic, int64(topic)}, t.Name, err
}

// page goes over a bounded stretch of the followers, so that a filter that
// means few of a million costs little.
func (f *Followers) page(tx *store.Tx, on Resource) (page []Follower, more UID, err error) {
	after, err := f.start(tx)
	if err != nil {
		return nil, "", err
	}
	stretch := scanPage
	if f.UID != "" {
		stretch = 1
	} else if !f.filters() {
		stretch = f.Limit + 1
	}
	last, seen, err := f.stretch(tx, on, after, stretch)
	if err != nil || seen == 0 {
		return nil, "", err
	}
	if page, err = f.read(tx, on, after, last); err != nil {
		return nil, "", err
	}
	switch {
	case len(page) > f.Limit:
		page = page[:f.Limit]
		return page, page[f.Limit-1].UID, nil
	case seen == stretch && f.UID == "":
		more, err = uidOf(tx, last)
	}
	return page, more, err
}

func (f *Followers) filters() bool {
	return f.Rejected != nil || f.Muted != nil || f.Paid != nil || f.Source != "" || !f.Since.IsZero()
}

// start is the user the page begins behind.
func (f *Followers) start(tx *store.Tx) (after int64, err error) {
	if f.After == "" {
		return -1, nil
	}
	err = tx.QueryRow(`SELECT id FROM users WHERE uid = $1`, string(f.After)).Scan(&after)
	if errors.Is(err, store.ErrNotFound) {
		err = &Invalid{"after", textAfter}
	}
	return after, err
}

func (f *Followers) stretch(tx *store.Tx, on Resource, after int64, most int) (last int64, seen int, err error) {
	if f.UID != "" {
		err = tx.QueryRow(`SELECT COALESCE(MAX(id), 0), COUNT(*) FROM users WHERE uid = $1 AND id > $2`, string(f.UID), after).Scan(&last, &seen)
		return last, seen, err
	}
	err = tx.QueryRow(`SELECT COALESCE(MAX(user_id), 0), COUNT(*) FROM (
			SELECT user_id FROM subscription WHERE kind = $1 AND target = $2 AND user_id > $3
			ORDER BY user_id LIMIT $4) c`, int64(on.Kind), on.Target, after, most).Scan(&last, &seen)
	return last, seen, err
}

const followerColumns = `u.uid, s.source, s.extra, s.rejected, s.muted,
	u.following = 1 AND u.muted = 0 AND u.blocked_at = 0, s.paid_until, s.created_at, s.user_id`

// read returns those of the stretch whom the filters mean, one more than the
// page takes.
func (f *Followers) read(tx *store.Tx, on Resource, after, last int64) ([]Follower, error) {
	if f.UID != "" {
		after = last - 1
	}
	var where strings.Builder
	args := []any{int64(on.Kind), on.Target, after, last, f.Limit + 1}
	add := func(condition string, value any) {
		args = append(args, value)
		fmt.Fprintf(&where, " AND "+condition, len(args))
	}
	if f.Rejected != nil {
		add("s.rejected = $%d", bit(*f.Rejected))
	}
	if f.Muted != nil {
		add("s.muted = $%d", bit(*f.Muted))
	}
	if f.Paid != nil {
		add(map[bool]string{true: "s.paid_until > $%d", false: "s.paid_until <= $%d"}[*f.Paid], store.Millis(tx.Now))
	}
	if f.Source != "" {
		add("s.source = $%d", string(f.Source))
	}
	if !f.Since.IsZero() {
		add("s.created_at >= $%d", store.Millis(f.Since))
	}
	return store.Collect(tx, scanFollower, `SELECT `+followerColumns+`
		FROM subscription s JOIN users u ON u.id = s.user_id
		WHERE s.kind = $1 AND s.target = $2 AND s.user_id > $3 AND s.user_id <= $4
			AND (s.active = 1 OR s.rejected = 1)`+where.String()+` ORDER BY s.user_id LIMIT $5`, args...)
}

func scanFollower(r *store.Rows) (f Follower, err error) {
	var paidUntil, followedAt int64
	err = r.Scan(&f.UID, &f.Source, &f.Extra, &f.Rejected, &f.Muted, &f.Reachable, &paidUntil, &followedAt, &f.user)
	f.PaidUntil, f.FollowedAt = store.Time(paidUntil), store.Time(followedAt)
	return f, err
}

func uidOf(tx *store.Tx, user int64) (uid UID, err error) {
	err = tx.QueryRow(`SELECT uid FROM users WHERE id = $1`, user).Scan(&uid)
	return uid, err
}
