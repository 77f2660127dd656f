package push

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"hongyan/store"
)

// Reach is what of a user's whole account is in the way of messages.
type Reach struct {
	Left    bool // does not follow the official account any more
	Off     bool // switched all messages off
	Blocked bool // WeChat refuses cards to them
}

// Reachable tells whether nothing is.
func (r Reach) Reachable() bool { return !r.Left && !r.Off && !r.Blocked }

// Follower is somebody who follows an app or a topic of it, or was rejected.
type Follower struct {
	UID      UID
	Source   Source
	Extra    string // what the scanned code carried
	Rejected bool   // by the app's owner
	Muted    bool   // by the user, for this app or topic
	Reach
	PaidUntil  time.Time
	FollowedAt time.Time // the latest follow
	Topics     []Topic   // of the app that they follow, the first few; if they were asked for
	MoreTopics int       // beside those

	id   int64
	user UserID
}

// Followers says which followers are meant. Nil and zero fields mean all.
type Followers struct {
	Topic    TopicID // 0: of the app itself
	UID      UID
	UIDEnd   string // the end of a UID, 6 characters or more
	Extra    string // what their code carried, the whole of it
	Rejected *bool
	Muted    *bool
	Paid     *bool // paid until a time ahead
	Source   Source
	Since    time.Time // followed then or later
	Topics   int       // how many of their topics are named for each
	After    string    // the cursor of the page before
	Limit    int       // 0: 20
}

// scanPage is how many followers one page looks at, at most, for those its
// filters mean.
const scanPage = 20_000

// maxUID is longer than any UID. shortEnd is the least of an end of one: it
// is what the index knows.
const (
	maxUID   = 64
	shortEnd = 6
)

// Validate refuses what no follower can be found by.
func (f *Followers) Validate() error {
	for field, text := range map[string]string{"uid": string(f.UID), "source": string(f.Source), "extra": f.Extra} {
		if err := checkText(field, text, 0, maxUID); err != nil {
			return err
		}
	}
	if n := utf8.RuneCountInString(f.UIDEnd); n > 0 && n < shortEnd {
		return &Invalid{"uid", fmt.Sprintf(textTooShort, "uid", shortEnd, n)}
	}
	return checkText("uid", f.UIDEnd, 0, maxUID)
}

// FollowersOf lists followers of the app, or of one of its topics, who are
// there or rejected: those who came last first, in an order that stays. next
// is the cursor of the next page, empty at the end; a page that filters may
// hold fewer than Limit although there are more. Errors: *Invalid, ErrNoTopic.
func (s *Service) FollowersOf(ctx context.Context, app AppID, f Followers) (page []Follower, next string, err error) {
	if err := f.Validate(); err != nil {
		return nil, "", err
	}
	below := int64(math.MaxInt64)
	if err := s.readCursor(cursorFollowers, f.After, &below); err != nil {
		return nil, "", err
	}
	if f.Limit < 1 {
		f.Limit = defaultPage
	}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		on, _, err := followed(tx, app, f.Topic)
		if err != nil {
			return err
		}
		var last int64
		if page, last, err = f.page(tx, on, below); err != nil {
			return err
		}
		if next = ""; last > 0 {
			next = s.cursor(cursorFollowers, last)
		}
		if f.Topics > 0 {
			return addTopics(tx, app, page, f.Topics)
		}
		return nil
	})
	if err != nil {
		return nil, "", fmt.Errorf("list the followers of app %d, topic %d: %w", app, f.Topic, err)
	}
	return page, next, nil
}

// followed is what a call of the app is about: the app itself, or a topic of
// it, with its name. Somebody else's topic looks like none: ErrNoTopic.
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
// means few of a million costs little. last is where the next page begins, 0
// at the end.
func (f *Followers) page(tx *store.Tx, on Resource, below int64) (page []Follower, last int64, err error) {
	if f.UID != "" || f.UIDEnd != "" {
		page, err = f.named(tx, on)
		return page, 0, err
	}
	floor := int64(0)
	if f.filters() {
		if floor, err = f.floor(tx, on, below); err != nil {
			return nil, 0, err
		}
	}
	page, err = f.read(tx, on, below, floor)
	if len(page) > f.Limit {
		return page[:f.Limit], page[f.Limit-1].id, err
	}
	return page, floor, err
}

// filters tells whether there are any that no index serves.
func (f *Followers) filters() bool {
	return f.Rejected != nil || f.Muted != nil || f.Paid != nil || f.Source != "" || !f.Since.IsZero()
}

// there selects what the list and its index hold, $1 and $2 being the kind and
// the target.
const there = `s.kind = $1 AND s.target = $2 AND (s.active = 1 OR s.rejected = 1)`

// floor is the last of the stretch that a page looks at, 0 when that is all
// there are.
func (f *Followers) floor(tx *store.Tx, on Resource, below int64) (floor int64, err error) {
	args := []any{int64(on.Kind), on.Target, below, scanPage}
	extra := ""
	if f.Extra != "" {
		extra, args = ` AND s.extra <> '' AND s.extra = $5`, append(args, f.Extra)
	}
	var n int
	err = tx.QueryRow(`SELECT COALESCE(MIN(id), 0), COUNT(*) FROM (SELECT s.id FROM subscription s
		WHERE `+there+` AND s.id < $3`+extra+` ORDER BY s.id DESC LIMIT $4) c`, args...).Scan(&floor, &n)
	if n < scanPage {
		floor = 0
	}
	return floor, err
}

// named are the few whose UID is meant.
func (f *Followers) named(tx *store.Tx, on Resource) ([]Follower, error) {
	where, arg := `uid = $1`, string(f.UID)
	if f.UID == "" {
		where, arg = `SUBSTR(uid, LENGTH(uid) - 5) = $1`, f.UIDEnd[len(f.UIDEnd)-shortEnd:]
	}
	if strings.IndexFunc(arg, func(r rune) bool { return r > '~' }) >= 0 { // no UID has that
		return nil, nil
	}
	var users []int64
	_, err := store.Collect(tx, func(r *store.Rows) (none struct{}, err error) {
		var user int64
		var uid string
		if err = r.Scan(&user, &uid); strings.HasSuffix(uid, f.UIDEnd) {
			users = append(users, user)
		}
		return none, err
	}, `SELECT id, uid FROM users WHERE `+where+` LIMIT 100`, arg)
	if err != nil || len(users) == 0 {
		return nil, err
	}
	return f.read(tx, on, math.MaxInt64, 0, users...)
}

const followerColumns = `s.id, s.user_id, u.uid, s.source, s.extra, s.rejected, s.muted, u.following = 0, u.muted, u.blocked_at > 0, s.paid_until, s.created_at`

// read returns those of the stretch whom the filters mean, one more than the
// page takes; of these users only, if any are given.
func (f *Followers) read(tx *store.Tx, on Resource, below, floor int64, users ...int64) ([]Follower, error) {
	var where strings.Builder
	args := []any{int64(on.Kind), on.Target, below, floor, f.Limit + 1}
	if len(users) > 0 {
		fmt.Fprintf(&where, " AND s.user_id IN (%s)", store.In(len(args)+1, len(users)))
		for _, user := range users {
			args = append(args, user)
		}
	}
	add := func(condition string, value any) {
		args = append(args, value)
		fmt.Fprintf(&where, " AND "+condition, len(args))
	}
	if f.Extra != "" {
		add("s.extra <> '' AND s.extra = $%d", f.Extra)
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
		WHERE `+there+` AND s.id < $3 AND s.id >= $4`+where.String()+` ORDER BY s.id DESC LIMIT $5`, args...)
}

func scanFollower(r *store.Rows) (f Follower, err error) {
	var paidUntil, followedAt int64
	err = r.Scan(&f.id, &f.user, &f.UID, &f.Source, &f.Extra, &f.Rejected, &f.Muted, &f.Left, &f.Off, &f.Blocked, &paidUntil, &followedAt)
	f.PaidUntil, f.FollowedAt = store.Time(paidUntil), store.Time(followedAt)
	return f, err
}

// addTopics tells of each follower of the page which topics of the app they
// follow.
func addTopics(tx *store.Tx, app AppID, page []Follower, most int) error {
	if len(page) == 0 {
		return nil
	}
	l := newList("user_id BIGINT")
	byUser := make(map[UserID]*Follower, len(page))
	for i := range page {
		l.add(int64(page[i].user))
		byUser[page[i].user] = &page[i]
	}
	_, err := collectAll(tx, l, func(r *store.Rows) (none struct{}, err error) {
		var user UserID
		var all int
		t := Topic{App: app}
		err = r.Scan(&user, &t.ID, &t.Name, &all)
		if f := byUser[user]; f != nil {
			f.Topics = append(f.Topics, t)
			f.MoreTopics = all - len(f.Topics)
		}
		return none, err
	}, `SELECT user_id, id, name, n FROM (
			SELECT s.user_id, t.id, t.name, ROW_NUMBER() OVER (PARTITION BY s.user_id ORDER BY t.id) AS place, COUNT(*) OVER (PARTITION BY s.user_id) AS n
			FROM subscription s JOIN topic t ON t.id = s.target AND t.app_id = $1 AND t.deleted_at = 0
			WHERE s.kind = 1 AND s.active = 1 AND s.rejected = 0 AND s.user_id IN (SELECT user_id FROM v)) x
		WHERE place <= $2 ORDER BY user_id, place`, int64(app), most)
	return err
}

func uidOf(tx *store.Tx, user int64) (uid UID, err error) {
	err = tx.QueryRow(`SELECT uid FROM users WHERE id = $1`, user).Scan(&uid)
	return uid, err
}
