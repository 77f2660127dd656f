package push

import (
	"fmt"
	"time"

	"hongyan/store"
)

// receiver is somebody named by uid or SPT, and all that decides whether a
// message may be written for them.
type receiver struct {
	id        UserID
	following bool
	muted     bool
	blockedAt int64
	blocked   string
	follows   bool // the app: an active subscription
	rejected  bool // by the app
	appMuted  bool // by the user, for this app
	paidUntil int64
}

// sender is the app a call comes from, known by a column of its row.
type sender struct {
	column  string
	value   any
	missing error // when there is no such app
}

func byToken(token string) sender { return sender{"token_hash", hashSecret(token), ErrToken} }

func byNumber(app AppID) sender { return sender{"id", int64(app), ErrNoApp} }

// lookupByUID finds the app whose column is $1 and, among the uids from $3 on,
// its receivers: one row for each user found, or one without a user. The list
// is padded to a power of two, so that few different texts are prepared.
func lookupByUID(column string, n int) string {
	return `SELECT a.id, a.suspended_at > 0, a.suspended_reason, COALESCE(u.id, 0), COALESCE(u.uid, ''), COALESCE(u.following, 0), COALESCE(u.muted, 0),
		COALESCE(u.blocked_at, 0), COALESCE(u.blocked_reason, ''),
		COALESCE(s.active, 0), COALESCE(s.rejected, 0), COALESCE(s.muted, 0), COALESCE(s.paid_until, 0)
		FROM app a
		LEFT JOIN users u ON u.uid IN (` + store.In(3, padded(n)) + `)
		LEFT JOIN subscription s ON s.kind = $2 AND s.target = a.id AND s.user_id = u.id
		WHERE a.` + column + ` = $1 AND a.deleted_at = 0`
}

func padded(n int) int {
	size := 1
	for size < n {
		size *= 2
	}
	return size
}

// lookupArgs are first and then the names, the last one repeated up to the
// padded length.
func lookupArgs[T any](names []T, arg func(T) any, first ...any) []any {
	args := make([]any, 0, len(first)+padded(len(names)))
	args = append(args, first...)
	for _, name := range names {
		args = append(args, arg(name))
	}
	for len(args) < cap(args) {
		if len(names) == 0 {
			args = append(args, nil)
			continue
		}
		args = append(args, args[len(args)-1])
	}
	return args
}

// receivers returns the app, or the error that it is missing or suspended, and those of the
// users who exist, by uid.
func (o *outgoing) receivers(tx *store.Tx) (app AppID, found map[UID]receiver, err error) {
	found = make(map[UID]receiver, len(o.args))
	var stopped bool
	var why string
	apps, err := store.Collect(tx, func(rows *store.Rows) (app AppID, err error) {
		var r receiver
		var uid UID
		err = rows.Scan(&app, &stopped, &why, &r.id, &uid, &r.following, &r.muted, &r.blockedAt, &r.blocked, &r.follows, &r.rejected, &r.appMuted, &r.paidUntil)
		if r.id != 0 {
			found[uid] = r
		}
		return app, err
	}, o.look, o.args...)
	if err != nil {
		return 0, nil, err
	}
	if len(apps) == 0 {
		return 0, nil, o.from.missing
	}
	if stopped {
		return 0, nil, &Suspended{why}
	}
	return apps[0], found, nil
}

// refusal says why nothing is sent to this user; empty means it is.
func (r receiver) refusal(uid UID, exists bool, audience int, now time.Time) string {
	switch {
	case !exists:
		return fmt.Sprintf(textNoUser, uid)
	case r.rejected:
		return fmt.Sprintf(textRejected, uid)
	case !r.follows:
		return fmt.Sprintf(textNotFollowing, uid)
	case !r.following:
		return fmt.Sprintf(textLeft, uid)
	case r.muted:
		return fmt.Sprintf(textMuted, uid)
	case r.appMuted:
		return fmt.Sprintf(textAppMuted, uid)
	case r.blockedAt != 0:
		return fmt.Sprintf(textBlocked, uid, r.blocked)
	case unpaid(audience, r.paidUntil, now) != "":
		return fmt.Sprintf(textUnpaid, uid)
	}
	return ""
}

// ownTopics returns which of the topics belong to the app and exist. A topic
// of somebody else looks like one that does not exist.
func ownTopics(tx *store.Tx, app AppID, topics []TopicID) (map[TopicID]bool, error) {
	if len(topics) == 0 {
		return nil, nil
	}
	args := lookupArgs(topics, func(id TopicID) any { return int64(id) }, int64(app))
	ids, err := store.Collect(tx, func(r *store.Rows) (id TopicID, err error) { return id, r.Scan(&id) },
		`SELECT id FROM topic WHERE app_id = $1 AND deleted_at = 0 AND id IN (`+store.In(2, padded(len(topics)))+`)`, args...)
	ours := make(map[TopicID]bool, len(ids))
	for _, id := range ids {
		ours[id] = true
	}
	return ours, err
}
