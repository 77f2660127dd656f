package push

import (
	"context"
	"errors"

	"hongyan/store"
)

// A standing is how a user stands to an app or a topic. Whoever is active and
// not rejected follows it.
type standing struct{ active, rejected bool }

func (st standing) follows() bool { return st.active && !st.rejected }

// A turnOf changes a standing.
type turnOf func(*standing)

func leaving(st *standing) { st.active = false }
func removal(st *standing) { *st = standing{} }
func rejection(on bool) turnOf {
	return func(st *standing) { st.rejected = on }
}

// changeStanding changes how a user stands to something and counts who came or
// went by it. changed is false when they stood so before; ErrNotFollowing is
// for somebody who never followed.
func changeStanding(tx *store.Tx, on Resource, user UserID, change turnOf) (changed bool, err error) {
	var before standing
	err = tx.QueryRow(`SELECT active, rejected FROM subscription WHERE kind = $1 AND target = $2 AND user_id = $3`+tx.ForUpdate(),
		int64(on.Kind), on.Target, int64(user)).Scan(&before.active, &before.rejected)
	if errors.Is(err, store.ErrNotFound) {
		err = ErrNotFollowing
	}
	if err != nil {
		return false, err
	}
	after := before
	if change(&after); after == before {
		return false, nil
	}
	_, err = tx.Exec(`UPDATE subscription SET active = $4, rejected = $5 WHERE kind = $1 AND target = $2 AND user_id = $3`,
		int64(on.Kind), on.Target, int64(user), bit(after.active), bit(after.rejected))
	if err != nil {
		return false, err
	}
	return true, grow(tx, on, bit(after.follows())-bit(before.follows()))
}

// A membership is a user and what of an app they are meant to follow.
type membership struct {
	app  AppID
	on   Resource
	name string // of a topic
	user UserID
	uid  UID
}

// where names the topic for the audit log; it is empty for the app itself.
func (m membership) where() string {
	if m.on.Kind == OfApp {
		return ""
	}
	return topicMark(TopicID(m.on.Target)) + " " + m.name
}

// change is what the app's people do to a membership: the change, and a line
// about it in the audit log if it changed something.
func (s *Service) change(ctx context.Context, tx *store.Tx, m membership, action string, how turnOf) error {
	changed, err := changeStanding(tx, m.on, m.user, how)
	if err != nil || !changed {
		return err
	}
	return s.AuditTx(ctx, tx, Change{App: m.app, Action: action, Subject: string(m.uid), Before: m.where()})
}

// reject is change for a rejection and its lifting.
func (s *Service) reject(ctx context.Context, tx *store.Tx, m membership, on bool) error {
	return s.change(ctx, tx, m, map[bool]string{true: "follower.reject", false: "follower.accept"}[on], rejection(on))
}
