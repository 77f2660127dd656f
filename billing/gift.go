package billing

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"hongyan/push"
	"hongyan/store"
)

// Gift gives somebody days of a product of the app, who is told with the
// reason; it may be empty. Each call gives: whoever repeats it has to know
// whether the one before did. ErrNoProduct, push.ErrNoUser, push.ErrRejected,
// *push.Suspended, *push.Invalid.
func (s *Service) Gift(ctx context.Context, app push.AppID, id push.ProductID, uid push.UID, days int, reason string) error {
	reason = strings.TrimSpace(reason)
	if days < 1 || days > MaxDays {
		return &push.Invalid{Field: "days", Text: fmt.Sprintf(textGiftDays, MaxDays)}
	}
	if n := utf8.RuneCountInString(reason); n > maxReason {
		return &push.Invalid{Field: "reason", Text: fmt.Sprintf(textLongReason, maxReason, n)}
	}
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		p, err := own(tx, app, id)
		if err != nil {
			return err
		}
		var user push.UserID
		err = tx.QueryRow(`SELECT id FROM users WHERE uid = $1`, storable(string(uid))).Scan(&user)
		if errors.Is(err, store.ErrNotFound) {
			err = push.ErrNoUser
		}
		if err == nil {
			err = s.receivable(tx, user, p.ID)
		}
		if err != nil {
			return err
		}
		e := Entry{Product: p.ID, User: user, Kind: KindGift, Key: rand.Text(), Added: time.Duration(days) * Day}
		if _, err := s.book(tx, &e); err != nil {
			return err
		}
		if err := s.push.TellTx(tx, user, giftSummary(p, days), giftText(p, days, reason, e.EndsAt)); err != nil {
			return err
		}
		return s.push.AuditTx(ctx, tx, push.Change{App: p.App, Action: "product.gift", Subject: productSubject(p), Before: string(uid), After: giftChange(days, reason)})
	})
	if err != nil {
		return fmt.Errorf("give days of product %d: %w", id, err)
	}
	return nil
}

// receivable tells why a user cannot have days of a product, whether it is on
// sale or not.
func (s *Service) receivable(tx *store.Tx, user push.UserID, product push.ProductID) error {
	resources, err := s.push.ResourcesTx(tx, product)
	if err != nil {
		return err
	}
	if len(resources) == 0 {
		return &push.Invalid{Field: "days", Text: textGiftNothing}
	}
	for _, on := range resources {
		if err := s.push.PayableTx(tx, user, on); err != nil {
			return err
		}
	}
	return nil
}

// productSubject names a product in the audit log.
func productSubject(p Product) string { return fmt.Sprintf("%d %s", p.ID, p.Name) }
