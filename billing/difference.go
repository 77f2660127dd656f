package billing

import (
	"context"
	"fmt"
	"time"

	"hongyan/store"
)

// DifferenceKind is in what WeChat Pay and the ledger differ.
type DifferenceKind string

// The kinds. A trade or refund has one difference of a kind, however often it
// is found.
const (
	DiffAmount   DifferenceKind = "amount"
	DiffCurrency DifferenceKind = "currency"
	DiffMerchant DifferenceKind = "merchant"
	DiffAccount  DifferenceKind = "account"
	DiffRefund   DifferenceKind = "refund"   // another amount went back
	DiffReturn   DifferenceKind = "return"   // a surplus could not be paid back
	DiffAbnormal DifferenceKind = "abnormal" // the payer's account takes nothing
	DiffUnknown  DifferenceKind = "unknown"  // in the bill and not in the ledger
	DiffMissing  DifferenceKind = "missing"  // in the ledger and not in the bill
)

// Difference is what the administrator has to look at.
type Difference struct {
	ID           int64
	Kind         DifferenceKind
	Key          string // trade or refund number
	Day          string // of the bill, 2026-01-31; empty: not from a bill
	Ours, Theirs string
	FoundAt      time.Time
	SettledAt    time.Time
	Note         string // of who settled it
}

// differ writes a difference down, once.
func differ(tx *store.Tx, d Difference) error {
	_, err := tx.Exec(`INSERT INTO difference (kind, key, day, ours, theirs, found_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (kind, key) DO NOTHING`, string(d.Kind), d.Key, d.Day, d.Ours, d.Theirs, store.Millis(tx.Now))
	return err
}

// Differences lists them, the open ones first, the newest first.
func (s *Service) Differences(ctx context.Context) (all []Difference, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		all, err = store.Collect(tx, func(r *store.Rows) (d Difference, err error) {
			var found, settled int64
			err = r.Scan(&d.ID, &d.Kind, &d.Key, &d.Day, &d.Ours, &d.Theirs, &found, &settled, &d.Note)
			d.FoundAt, d.SettledAt = store.Time(found), store.Time(settled)
			return d, err
		}, `SELECT id, kind, key, day, ours, theirs, found_at, settled_at, note FROM difference
			ORDER BY CASE settled_at WHEN 0 THEN 0 ELSE 1 END, id DESC LIMIT 200`)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list differences: %w", err)
	}
	return all, nil
}
