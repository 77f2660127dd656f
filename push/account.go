package push

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hongyan/store"
)

// AccountState is how the official account stands, as the database knows it.
type AccountState struct {
	PausedUntil time.Time // it sends nothing before; past or zero: it sends
	PauseReason string
	Quota       Quota
}

// Quota is what WeChat last said of the day's template messages.
type Quota struct {
	Limit, Left int64
	At          time.Time // zero: it was not asked yet
}

// Paused tells whether the account sends nothing at that time.
func (a AccountState) Paused(now time.Time) bool { return a.PausedUntil.After(now) }

// AccountState reads it.
func (s *Service) AccountState(ctx context.Context) (a AccountState, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		a, err = s.accountState(tx)
		return err
	})
	if err != nil {
		return AccountState{}, fmt.Errorf("state of account %s: %w", s.o.Account, err)
	}
	return a, nil
}

func (s *Service) accountState(tx *store.Tx) (a AccountState, err error) {
	var paused, used, at int64
	err = tx.QueryRow(`SELECT paused_until, pause_reason, quota_limit, quota_used, quota_at FROM account WHERE appid = $1`, s.o.Account).
		Scan(&paused, &a.PauseReason, &a.Quota.Limit, &used, &at)
	if errors.Is(err, store.ErrNotFound) {
		return AccountState{}, nil
	}
	a.PausedUntil, a.Quota.Left, a.Quota.At = store.Time(paused), max(0, a.Quota.Limit-used), store.Time(at)
	return a, err
}

// KeepQuota keeps what WeChat says of the day's template sends, for every
// node to see.
func (s *Service) KeepQuota(ctx context.Context, limit, left int64) error {
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`INSERT INTO account (appid, quota_limit, quota_used, quota_at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (appid) DO UPDATE SET quota_limit = excluded.quota_limit, quota_used = excluded.quota_used, quota_at = excluded.quota_at`,
			s.o.Account, limit, max(0, limit-left), store.Millis(tx.Now))
		return err
	})
	if err != nil {
		return fmt.Errorf("keep the quota of account %s: %w", s.o.Account, err)
	}
	return nil
}
