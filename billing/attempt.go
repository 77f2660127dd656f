package billing

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"hongyan/push"
	"hongyan/store"
)

// An Attempt is one try to pay an order. Its trade number is never used again.
type Attempt struct {
	TradeNo      string
	Order        OrderID
	Way          Way
	Amount       int64
	Prepaid      string // prepay_id or code_url; empty until WeChat Pay gave it
	PrepaidUntil time.Time
	CreatedAt    time.Time
	ExpiresAt    time.Time

	state  attemptState
	looks  int
	openid push.OpenID
	what   string // the payer reads
}

type attemptState int64

const (
	attemptOpen    attemptState = 0
	attemptPaid    attemptState = 1
	attemptClosed  attemptState = 2
	attemptSurplus attemptState = 3
)

// prepaidLife is how long WeChat Pay keeps a prepay_id and a code_url.
const prepaidLife = 2 * time.Hour

const attemptColumns = `a.trade_no, a.order_id, a.way, a.amount, a.state, a.prepaid, a.prepaid_until, a.created_at, a.expires_at, a.looks`

func scanAttempt(r scanner) (a Attempt, err error) {
	var until, created, expires int64
	err = r.Scan(&a.TradeNo, &a.Order, &a.Way, &a.Amount, &a.state, &a.Prepaid, &until, &created, &expires, &a.looks)
	a.PrepaidUntil, a.CreatedAt, a.ExpiresAt = store.Time(until), store.Time(created), store.Time(expires)
	return a, err
}

// newTradeNo is an out_trade_no: 28 of the 32 characters there may be.
func newTradeNo() string { return tradePrefix + rand.Text() }

const tradePrefix = "HY"

// Pay gets what the user's phone needs to pay an order: of the attempt that is
// open for this way, or of a new one. It may be repeated: two at the same
// moment announce one attempt twice. ErrNoOrder,
// ErrOrderOver, ErrNoGateway, *Refusal; any other error passes.
func (s *Service) Pay(ctx context.Context, user push.UserID, handle string, way Way) (a Attempt, err error) {
	if s.o.Gateway == nil {
		return a, ErrNoGateway
	}
	for range 2 {
		if a, err = s.attempt(ctx, user, handle, way); err != nil || a.Prepaid != "" {
			break
		}
		var prepaid Prepaid
		prepaid, err = s.o.Gateway.Prepay(ctx, Prepay{
			Way: way, TradeNo: a.TradeNo, Description: a.what, Amount: a.Amount, OpenID: a.openid, Expires: a.ExpiresAt,
		})
		if !errors.Is(err, ErrTradeNoUsed) {
			if err == nil {
				a.Prepaid = prepaid.ID
				err = s.announced(ctx, &a)
			}
			break
		}
		if err = s.forget(ctx, a.TradeNo); err != nil {
			break
		}
		err = ErrTradeNoUsed
	}
	if err != nil {
		return Attempt{}, fmt.Errorf("pay an order of user %d: %w", user, err)
	}
	return a, nil
}

// attempt finds or writes the attempt.
func (s *Service) attempt(ctx context.Context, user push.UserID, handle string, way Way) (a Attempt, err error) {
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		o, err := lockOwn(tx, user, handle)
		if err != nil {
			return err
		}
		if o.State != OrderCreated || o.ExpiresAt.Before(tx.Now.Add(leastLife)) {
			return ErrOrderOver
		}
		a, err = scanAttempt(tx.QueryRow(`SELECT `+attemptColumns+` FROM attempt a
			WHERE a.order_id = $1 AND a.way = $2 AND a.state = 0 AND (a.prepaid_until > $3 OR a.prepaid = '') ORDER BY a.created_at DESC LIMIT 1`,
			int64(o.ID), int64(way), store.Millis(tx.Now.Add(leastLife))))
		fresh := errors.Is(err, store.ErrNotFound)
		if fresh {
			a = Attempt{TradeNo: newTradeNo(), Order: o.ID, Way: way, Amount: o.Amount, CreatedAt: tx.Now, ExpiresAt: o.ExpiresAt}
		} else if err != nil {
			return err
		}
		err = tx.QueryRow(`SELECT u.openid, p.name FROM users u, product p WHERE u.id = $1 AND p.id = $2`, int64(user), int64(o.Product)).Scan(&a.openid, &a.what)
		if a.what = describe(a.what, o.Days); err != nil || !fresh {
			return err
		}
		_, err = tx.Exec(`INSERT INTO attempt (trade_no, order_id, way, amount, created_at, expires_at, due_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7)`, a.TradeNo, int64(o.ID), int64(way), a.Amount,
			store.Millis(tx.Now), store.Millis(a.ExpiresAt), store.Millis(nextLook(&a, tx.Now)))
		return err
	})
	return a, err
}

// announced keeps what WeChat Pay gave.
func (s *Service) announced(ctx context.Context, a *Attempt) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		a.PrepaidUntil = tx.Now.Add(prepaidLife)
		_, err := tx.Exec(`UPDATE attempt SET prepaid = $2, prepaid_until = $3 WHERE trade_no = $1`,
			a.TradeNo, a.Prepaid, store.Millis(a.PrepaidUntil))
		return err
	})
}

// forget closes an attempt whose number WeChat Pay did not take.
func (s *Service) forget(ctx context.Context, tradeNo string) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE attempt SET state = 2, due_at = 0 WHERE trade_no = $1 AND state = 0`, tradeNo)
		return err
	})
}
