package push

import (
	"context"
	"fmt"
	"time"

	"hongyan/store"
)

// Pause lets the account send nothing before until. Deliveries stay due; it is
// one row that every claim reads. A longer pause that stands already remains.
func (s *Service) Pause(ctx context.Context, until time.Time, reason string) error {
	err := s.db.Update(ctx, func(tx *store.Tx) error { return s.pauseAccount(tx, until, reason) })
	if err != nil {
		return fmt.Errorf("pause account %s: %w", s.o.Account, err)
	}
	return nil
}

// Resume ends a pause.
func (s *Service) Resume(ctx context.Context) error {
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE account SET paused_until = 0, pause_reason = '' WHERE appid = $1`, s.o.Account)
		tx.Notify(s.deliveries.table.name)
		return err
	})
	if err != nil {
		return fmt.Errorf("resume account %s: %w", s.o.Account, err)
	}
	return nil
}

func (s *Service) pauseAccount(tx *store.Tx, until time.Time, reason string) error {
	_, err := tx.Exec(`INSERT INTO account (appid, paused_until, pause_reason) VALUES ($1, $2, $3)
		ON CONFLICT (appid) DO UPDATE SET paused_until = excluded.paused_until, pause_reason = excluded.pause_reason
		WHERE account.paused_until < excluded.paused_until`, s.o.Account, store.Millis(until), storable(reason))
	return err
}

// pausedUntil reads until when the account may send nothing.
func (s *Service) pausedUntil(tx *store.Tx) (time.Time, error) {
	a, err := s.accountState(tx)
	return a.PausedUntil, err
}

// pauseBy pauses the account as the outcomes ask for; without a time, for a
// minute.
func (s *Service) pauseBy(tx *store.Tx, settled []*task) error {
	var until time.Time
	var reason string
	for _, t := range settled {
		if t.back || t.outcome.Verdict != Paused {
			continue
		}
		at := t.outcome.RetryAt
		if !at.After(tx.Now) {
			at = tx.Now.Add(time.Minute)
		}
		if at.After(until) {
			until, reason = at, orElse(t.outcome.Reason, whyPaused)
		}
	}
	if until.IsZero() {
		return nil
	}
	s.log.Warn("the account is paused", "until", until, "reason", reason)
	return s.pauseAccount(tx, until, reason)
}
