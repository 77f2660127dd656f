package push

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"hongyan/store"
)

// Membership is how somebody stands to the app or to one of its topics.
type Membership struct {
	Topic     TopicID // 0: the app itself
	Name      string  // of the topic
	Active    bool    // false: they left, or were removed
	Rejected  bool    // by the app's owner
	Muted     bool    // by the user
	Source    Source
	Extra     string
	PaidUntil time.Time
	At        time.Time // of the latest follow
}

// Follows tells whether they are there now.
func (m Membership) Follows() bool { return m.Active && !m.Rejected }

// Profile is everything about one user in one app.
type Profile struct {
	UID UID
	Reach
	Of       Membership   // of the app; the zero value when they never followed it
	Topics   []Membership // of its topics, by number
	Messages []Received   // the last ones sent to them
	Commands []Command    // the last ones they sent
}

// Received is a message as somebody received it.
type Received struct {
	ID      int64 // public
	Summary string
	At      time.Time
	State   DeliveryState
	Reason  string // why it failed
	Opened  bool
}

// Command is what somebody sent to the app.
type Command struct {
	ID      string // of its callback
	Content string
	At      time.Time
	State   CallbackState
}

// What a profile shows, and how far back it looks for it.
const (
	lastFew      = 10
	lookedBackTo = 2000 // messages and callbacks of the app
)

// ProfileOf tells everything about a user in an app: how they stand to it and
// its topics, and the last ten messages to them and commands from them among
// the app's last 2,000 messages and callbacks. ErrNotFollowing for whoever
// never followed any of it.
func (s *Service) ProfileOf(ctx context.Context, app AppID, uid UID) (p Profile, err error) {
	if checkText("uid", string(uid), 1, maxUID) != nil {
		return Profile{}, ErrNotFollowing
	}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		p = Profile{UID: uid}
		var user UserID
		err := tx.QueryRow(`SELECT id, following = 0, muted, blocked_at > 0 FROM users WHERE uid = $1`, string(uid)).
			Scan(&user, &p.Left, &p.Off, &p.Blocked)
		if errors.Is(err, store.ErrNotFound) {
			err = ErrNotFollowing
		}
		if err != nil {
			return err
		}
		if err := p.memberships(tx, app, user); err != nil {
			return err
		}
		if p.Messages, err = s.received(tx, app, user); err != nil {
			return err
		}
		p.Commands, err = commands(tx, app, user)
		return err
	})
	if err != nil {
		return Profile{}, fmt.Errorf("profile in app %d: %w", app, err)
	}
	return p, nil
}

func (p *Profile) memberships(tx *store.Tx, app AppID, user UserID) error {
	all, err := store.Collect(tx, func(r *store.Rows) (m Membership, err error) {
		var paidUntil, at int64
		err = r.Scan(&m.Topic, &m.Name, &m.Active, &m.Rejected, &m.Muted, &m.Source, &m.Extra, &paidUntil, &at)
		m.PaidUntil, m.At = store.Time(paidUntil), store.Time(at)
		return m, err
	}, `SELECT COALESCE(t.id, 0), COALESCE(t.name, ''), s.active, s.rejected, s.muted, s.source, s.extra, s.paid_until, s.created_at
		FROM subscription s LEFT JOIN topic t ON s.kind = 1 AND t.id = s.target
		WHERE s.user_id = $2 AND `+ofApp+` ORDER BY s.kind, s.target`, int64(app), int64(user))
	if err == nil && len(all) == 0 {
		err = ErrNotFollowing
	}
	if err == nil && all[0].Topic == 0 {
		p.Of, all = all[0], all[1:]
	}
	p.Topics = all
	return err
}

func (s *Service) received(tx *store.Tx, app AppID, user UserID) ([]Received, error) {
	w := weather{now: tx.Now, overdue: tx.Now.Add(-s.o.ConfirmWithin)}
	return store.Collect(tx, func(r *store.Rows) (one Received, err error) {
		var id, at, due, sent, opened int64
		var d deliveryRow
		err = r.Scan(&id, &one.Summary, &at, &d.state, &d.attempts, &due, &sent, &one.Reason, &opened)
		d.due, d.sent = store.Time(due), store.Time(sent)
		one.ID, one.At, one.State, one.Opened = s.PublicMessage(id), store.Time(at), d.stateAt(w), opened > 0
		if one.State == DeliveryFailed {
			one.Reason = orElse(one.Reason, textNoReason)
		}
		return one, err
	}, `WITH m AS MATERIALIZED (SELECT id, summary, created_at FROM message WHERE app_id = $1 ORDER BY created_at DESC, id DESC LIMIT $3)
		SELECT m.id, m.summary, m.created_at, d.state, d.attempts, d.due_at, d.sent_at, d.reason, d.opened_at + d.clicked_at
		FROM m JOIN delivery d ON d.message_id = m.id AND d.user_id = $2 ORDER BY m.created_at DESC, m.id DESC LIMIT $4`,
		int64(app), int64(user), lookedBackTo, lastFew)
}

func commands(tx *store.Tx, app AppID, user UserID) ([]Command, error) {
	return store.Collect(tx, func(r *store.Rows) (one Command, err error) {
		var body string
		var at int64
		var state int
		if err = r.Scan(&one.ID, &body, &at, &state); err != nil {
			return one, err
		}
		var told struct{ Data uplinkData }
		if err := json.Unmarshal([]byte(body), &told); err != nil {
			return one, fmt.Errorf("read callback %s: %w", one.ID, err)
		}
		one.Content, one.At, one.State = told.Data.Content, store.Time(at), callbackState(state)
		return one, nil
	}, `WITH c AS MATERIALIZED (SELECT id, created_at FROM callback WHERE app_id = $1 ORDER BY created_at DESC, id DESC LIMIT $3)
		SELECT k.webhook_id, k.body, k.created_at, k.state FROM c JOIN callback k ON k.id = c.id
		WHERE k.user_id = $2 AND k.action = $4 ORDER BY k.created_at DESC, k.id DESC LIMIT $5`,
		int64(app), int64(user), lookedBackTo, actionUplink, lastFew)
}

func callbackState(state int) CallbackState {
	switch state {
	case stateConfirmed:
		return CallbackDelivered
	case stateFailed:
		return CallbackFailed
	}
	return CallbackWaiting
}
