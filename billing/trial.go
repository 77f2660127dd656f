package billing

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hongyan/push"
	"hongyan/store"
)

var (
	// ErrNoTrial: the product gives no free days.
	ErrNoTrial = errors.New("no trial")
	// ErrTrialUsed: the user tried or bought the product before.
	ErrTrialUsed = errors.New("the trial was used")
)

// Trial gives a user the free days of a product, once, and returns until when
// they have it now. It makes them follow what the product gives access to, as a
// payment does. ErrNoTrial, ErrTrialUsed, ErrNoProduct, ErrNotSold,
// push.ErrRejected, *push.Suspended.
func (s *Service) Trial(ctx context.Context, user push.UserID, product push.ProductID) (until time.Time, err error) {
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		p, err := productTx(tx, product)
		if err != nil {
			return err
		}
		if err := lockHolder(tx, product, user); err != nil {
			return err
		}
		if err := s.welcome(tx, user, &p); err != nil {
			return err
		}
		used, err := tried(tx, product, user)
		switch {
		case err != nil:
			return err
		case p.TrialDays == 0:
			return ErrNoTrial
		case used:
			return ErrTrialUsed
		}
		e := Entry{
			Product: product, User: user, Kind: KindTrial, Key: fmt.Sprintf("product %d user %d", product, user),
			Added: time.Duration(p.TrialDays) * Day,
		}
		booked, err := s.book(tx, &e)
		if err == nil && !booked {
			err = ErrTrialUsed
		}
		if err != nil {
			return err
		}
		until = e.EndsAt
		return s.push.TellTx(tx, user, trialSummary(p), trialText(p, &e))
	})
	if err != nil {
		return time.Time{}, fmt.Errorf("try product %d as user %d: %w", product, user, err)
	}
	return until, nil
}

// tried tells whether a user had the free days of a product, or paid for it.
func tried(tx *store.Tx, product push.ProductID, user push.UserID) (used bool, err error) {
	err = tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM ledger WHERE product_id = $1 AND user_id = $2 AND kind IN ('trial', 'payment'))`,
		int64(product), int64(user)).Scan(&used)
	return used, err
}
