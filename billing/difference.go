package billing

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"hongyan/push"
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
	// DiffTransaction is another transaction than the one that was booked.
	DiffTransaction DifferenceKind = "transaction"
	// DiffLedger is a ledger that contradicts itself; key: product and user.
	DiffLedger DifferenceKind = "ledger"
)

// Difference is what the administrator has to look at.
type Difference struct {
	ID           int64
	Kind         DifferenceKind
	Key          string // trade or refund number, or what else the kind is about
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

// ErrNoDifference: there is none of this number.
var ErrNoDifference = errors.New("no such difference")

// longestNote bounds what the administrator writes of a difference, in
// characters.
const longestNote = 200

// SettleDifference closes a difference with what was found or done about it.
// Settling it again changes nothing. ErrNoDifference, *push.Invalid.
func (s *Service) SettleDifference(ctx context.Context, id int64, note string) error {
	note = strings.TrimSpace(note)
	if n := utf8.RuneCountInString(note); n < 1 || n > longestNote || strings.ContainsRune(note, 0) || !utf8.ValidString(note) {
		return &push.Invalid{Field: "note", Text: fmt.Sprintf(textNeedNote, longestNote)}
	}
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		var d Difference
		var settled int64
		err := tx.QueryRow(`SELECT kind, key, settled_at FROM difference WHERE id = $1`+tx.ForUpdate(), id).Scan(&d.Kind, &d.Key, &settled)
		if errors.Is(err, store.ErrNotFound) {
			err = ErrNoDifference
		}
		if err != nil || settled != 0 {
			return err
		}
		if _, err := tx.Exec(`UPDATE difference SET settled_at = $2, note = $3 WHERE id = $1`, id, store.Millis(tx.Now), note); err != nil {
			return err
		}
		return s.push.AuditTx(ctx, tx, push.Change{Action: "difference.settle", Subject: string(d.Kind) + " " + d.Key, After: note})
	})
	if err != nil {
		return fmt.Errorf("settle difference %d: %w", id, err)
	}
	return nil
}
