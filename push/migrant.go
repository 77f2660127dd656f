package push

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"hongyan/store"
)

// MigrantState says how far somebody from another platform has come.
type MigrantState int64

// The states of the migrant table.
const (
	MigrantKnown   MigrantState = 0
	MigrantInvited MigrantState = 1
	MigrantArrived MigrantState = 2
	MigrantBarred  MigrantState = 3 // cannot be invited; the note says why
)

// OldFollow is one record of the other platform: somebody follows the app or a
// topic there.
type OldFollow struct {
	UID       string
	Kind      SubscriptionKind
	Target    int64  // the app's or topic's number there
	Name      string // and name
	PaidUntil time.Time
	Rejected  bool // by the app's owner
	Off       bool // does not take messages
}

// carried is what a migrant follows as soon as they arrive, as it is stored.
type carried struct {
	Kind      SubscriptionKind `json:"kind"`
	Target    int64            `json:"target"` // here
	PaidUntil int64            `json:"paidUntil,omitempty"`
	Rejected  bool             `json:"rejected,omitempty"`
	Off       bool             `json:"off,omitempty"`
}

// LearnMigrants keeps one page of the other platform's records, makes the
// topics that are missing here, and moves the migration to the next place, all
// in one transaction. Reading a page again is harmless; who has arrived keeps
// what they have. A zero place ends the reading. ErrOtherOrigin when the
// records are of another app than those before.
func (s *Service) LearnMigrants(ctx context.Context, app AppID, page []OldFollow, next Place) (m Migration, err error) {
	err = s.db.Update(ctx, func(tx *store.Tx) (err error) {
		if m, err = readMigration(tx, app, tx.ForUpdate()); err != nil {
			return err
		}
		for _, one := range page {
			if err := m.learn(tx, one); err != nil {
				return err
			}
		}
		if m.Place = next; next == (Place{}) {
			m.Place, m.ReadAt = Place{OfApp, 1}, tx.Now
		}
		return m.write(tx)
	})
	if err != nil {
		return Migration{}, fmt.Errorf("keep %d followers of app %d's past: %w", len(page), app, err)
	}
	return m, nil
}

func (m *Migration) learn(tx *store.Tx, one OldFollow) error {
	c := carried{one.Kind, int64(m.App), store.Millis(one.PaidUntil), one.Rejected, one.Off}
	switch {
	case one.Kind == OfTopic:
		topic, err := m.topicHere(tx, one.Target, one.Name)
		if err != nil {
			return err
		}
		c.Target = int64(topic)
	case m.OldApp == 0:
		m.OldApp = one.Target
	case m.OldApp != one.Target:
		return fmt.Errorf("%w: app %d there, now %d", ErrOtherOrigin, m.OldApp, one.Target)
	}
	var follows string
	var state MigrantState
	var invited int64
	err := tx.QueryRow(`SELECT follows, state, invited_at FROM migrant WHERE app_id = $1 AND old_uid = $2`+tx.ForUpdate(),
		int64(m.App), one.UID).Scan(&follows, &state, &invited)
	switch {
	case errors.Is(err, store.ErrNotFound):
		follows = "[]"
	case err != nil:
		return err
	case state == MigrantArrived:
		return nil
	}
	all, err := merged(follows, c)
	if err != nil {
		return err
	}
	return m.keep(tx, one.UID, all, invited == 0)
}

// keep writes what a migrant follows. What hinders an invitation is decided
// here until one was tried; then the row's own state and note stand.
func (m *Migration) keep(tx *store.Tx, uid string, all []carried, decide bool) error {
	follows, err := json.Marshal(all)
	if err != nil {
		return err
	}
	state, note := MigrantKnown, obstacle(uid, all)
	if note != "" {
		state = MigrantBarred
	}
	_, err = tx.Exec(`INSERT INTO migrant (app_id, old_uid, handle, follows, state, note, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (app_id, old_uid) DO UPDATE SET follows = excluded.follows,
			state = CASE WHEN $8 = 1 THEN excluded.state ELSE migrant.state END,
			note = CASE WHEN $8 = 1 THEN excluded.note ELSE migrant.note END`,
		int64(m.App), uid, randomHandle(), string(follows), int64(state), note, store.Millis(tx.Now), bit(decide))
	return err
}

// merged is the stored list with c in it, in place of what it said before.
func merged(follows string, c carried) ([]carried, error) {
	var all []carried
	if err := json.Unmarshal([]byte(follows), &all); err != nil {
		return nil, fmt.Errorf("read what a migrant follows: %w", err)
	}
	for i := range all {
		if all[i].Kind == c.Kind && all[i].Target == c.Target {
			all[i] = c
			return all, nil
		}
	}
	return append(all, c), nil
}

// obstacle says why somebody cannot be invited by a message of the app; empty
// when they can.
func obstacle(uid string, all []carried) string {
	if n := utf8.RuneCountInString(uid); n < 1 || n > maxExtra {
		return whyLongUID
	}
	for _, c := range all {
		switch {
		case c.Kind != OfApp:
		case c.Rejected:
			return whyRejectedThere
		case c.Off:
			return whyOffThere
		default:
			return ""
		}
	}
	return whyTopicOnly
}

// Obstacle says why the follower of these records would not be invited; empty
// when they would. It is for looking before anything is written.
func Obstacle(uid string, records []OldFollow) string {
	all := make([]carried, 0, len(records))
	for _, r := range records {
		all = append(all, carried{Kind: r.Kind, Rejected: r.Rejected, Off: r.Off})
	}
	return obstacle(uid, all)
}
