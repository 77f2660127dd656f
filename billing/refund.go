package billing

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"hongyan/push"
	"hongyan/store"
)

// RefundProgress is how far a refund came.
type RefundProgress int64

// The states. Asked goes to sending or declined, sending to accepted, accepted
// to done or failed. What was accepted is not done: only done gives time up.
const (
	RefundAsked    RefundProgress = 0
	RefundSending  RefundProgress = 1
	RefundAccepted RefundProgress = 2
	RefundOver     RefundProgress = 3
	RefundDeclined RefundProgress = 4
	RefundFailed   RefundProgress = 5
)

// underway tells whether WeChat Pay was, or will be, asked for it.
func (st RefundProgress) underway() bool { return st == RefundSending || st == RefundAccepted }

// WeChat Pay's limits (F5 of its documentation of refunds).
const (
	refundWithin = 365 * Day
	mostRefunds  = 50 // of one trade
	refundApart  = time.Minute
)

// maxReason is the longest reason of a refund, in characters.
const maxReason = 80

var (
	// ErrNotRefundable: the order was not paid, or more than a year ago, or
	// nothing of it is left, or it had as many refunds as there may be.
	ErrNotRefundable = errors.New("nothing to refund")
	// ErrRefundDecided: the refund was decided before.
	ErrRefundDecided = errors.New("the refund is decided")
)

// RefundOrder is money on its way back.
type RefundOrder struct {
	No        string
	Order     OrderID
	Product   push.ProductID
	TradeNo   string
	Amount    int64 // fen
	Total     int64 // of the trade
	Surplus   bool  // of money nobody waited for
	Reason    string
	Answer    string // of the owner or of WeChat Pay
	AskedBy   push.UserID
	State     RefundProgress
	RefundID  string
	CreatedAt time.Time
	DoneAt    time.Time

	looks int
}

const refundColumns = `refund_no, order_id, product_id, trade_no, amount, total, surplus, reason, answer, asked_by, state, refund_id, created_at, done_at, looks`

func scanRefund(r scanner) (f RefundOrder, err error) {
	var created, done int64
	err = r.Scan(&f.No, &f.Order, &f.Product, &f.TradeNo, &f.Amount, &f.Total, &f.Surplus, &f.Reason, &f.Answer, &f.AskedBy, &f.State,
		&f.RefundID, &created, &done, &f.looks)
	f.CreatedAt, f.DoneAt = store.Time(created), store.Time(done)
	if errors.Is(err, store.ErrNotFound) {
		err = ErrNoOrder
	}
	return f, err
}

func newRefundNo() string { return "HR" + rand.Text() }

// insertRefund writes a refund; one that is to be sent is due a minute after
// the last of its trade.
func insertRefund(tx *store.Tx, f RefundOrder) error {
	due := int64(0)
	if f.State == RefundSending {
		at, err := sendAt(tx, f.TradeNo)
		if err != nil {
			return err
		}
		due = store.Millis(at)
	}
	_, err := tx.Exec(`INSERT INTO refund (refund_no, order_id, product_id, trade_no, amount, total, surplus, reason, asked_by, state, created_at, due_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		f.No, int64(f.Order), int64(f.Product), f.TradeNo, f.Amount, f.Total, bit(f.Surplus), f.Reason, int64(f.AskedBy), int64(f.State),
		store.Millis(tx.Now), due)
	return err
}

// sendAt is when the next refund of a trade may be sent: a minute after the
// last one was, or will be.
func sendAt(tx *store.Tx, tradeNo string) (time.Time, error) {
	const minute = int64(refundApart / time.Millisecond)
	now := store.Millis(tx.Now)
	var last int64
	err := tx.QueryRow(`SELECT COALESCE(MAX(CASE
			WHEN state = 1 AND looks = 0 THEN due_at -- waits for its turn
			WHEN state = 1 AND due_at <= $2 THEN due_at -- is being sent, or soon again
			WHEN state = 2 AND looks = 0 THEN due_at - $3 -- was accepted then
			WHEN state = 3 THEN done_at
			ELSE created_at END), 0) FROM refund WHERE trade_no = $1 AND state IN (1, 2, 3)`, tradeNo, now+minute, minute).Scan(&last)
	at := tx.Now
	if next := last + minute; last > 0 && next > now && next <= now+(mostRefunds+2)*minute { // farther: the clock was moved
		at = store.Time(next)
	}
	return at, err
}

// AskRefund is the subscriber's wish to get back what is left of an order; the
// product's owners decide. Asking again while it is undecided changes nothing.
// ErrNoOrder, ErrNotRefundable, *push.Invalid.
func (s *Service) AskRefund(ctx context.Context, user push.UserID, handle, reason string) error {
	if err := checkReason(reason); err != nil {
		return err
	}
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		o, err := lockOwn(tx, user, handle)
		if err != nil {
			return err
		}
		var asked bool
		err = tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM refund WHERE order_id = $1 AND state = 0)`, int64(o.ID)).Scan(&asked)
		if err != nil || asked {
			return err
		}
		f, err := startRefund(tx, &o, o.Left(), RefundOrder{Reason: reason, AskedBy: user, State: RefundAsked})
		if err != nil {
			return err
		}
		return s.tellAsked(tx, &o, &f)
	})
	if err != nil {
		return fmt.Errorf("ask for a refund as user %d: %w", user, err)
	}
	return nil
}

// Refund sends an amount of an order back, by an owner of the product or the
// administrator, whose right to do so has been checked. ErrNoOrder,
// ErrNotRefundable, *push.Invalid.
func (s *Service) Refund(ctx context.Context, product push.ProductID, order OrderID, amount int64, reason string) (no string, err error) {
	if err := checkReason(reason); err != nil {
		return "", err
	}
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		o, err := lockOrder(tx, order)
		if err == nil && o.Product != product {
			err = ErrNoOrder
		}
		if err != nil {
			return err
		}
		f, err := startRefund(tx, &o, amount, RefundOrder{Reason: reason, State: RefundSending})
		if no = f.No; err != nil {
			return err
		}
		return s.audit(ctx, tx, product, "refund.send", f.No, "", Yuan(amount))
	})
	if err != nil {
		return "", fmt.Errorf("refund order %d: %w", order, err)
	}
	return no, nil
}

func checkReason(reason string) error {
	if n := utf8.RuneCountInString(reason); n > maxReason {
		return &push.Invalid{Field: "reason", Text: fmt.Sprintf(textLongReason, maxReason, n)}
	}
	return nil
}

func needReason(reason string) error {
	if n := utf8.RuneCountInString(reason); n < 1 || n > maxReason {
		return &push.Invalid{Field: "reason", Text: fmt.Sprintf(textNeedReason, maxReason)}
	}
	return nil
}

// startRefund sets an amount of a paid order aside for a refund.
func startRefund(tx *store.Tx, o *Order, amount int64, f RefundOrder) (RefundOrder, error) {
	if o.State != OrderPaid && o.State != OrderPartlyRefunded || o.Left() == 0 || o.PaidAt.Add(refundWithin).Before(tx.Now) {
		return f, ErrNotRefundable
	}
	if amount < 1 || amount > o.Left() {
		return f, &push.Invalid{Field: "amount", Text: fmt.Sprintf(textRefundAmount, Yuan(o.Left()))}
	}
	var many int
	if err := tx.QueryRow(`SELECT COUNT(*) FROM refund WHERE trade_no = $1 AND state IN (1, 2, 3)`, o.TradeNo).Scan(&many); err != nil {
		return f, err
	}
	if many >= mostRefunds {
		return f, ErrNotRefundable
	}
	f.No, f.Order, f.Product, f.TradeNo, f.Amount, f.Total = newRefundNo(), o.ID, o.Product, o.TradeNo, amount, o.Amount
	f.CreatedAt = tx.Now
	if _, err := tx.Exec(`UPDATE orders SET refunding = refunding + $2 WHERE id = $1`, int64(o.ID), amount); err != nil {
		return f, err
	}
	return f, insertRefund(tx, f)
}

// lockRefund locks the order of a refund and reads both. ErrNoOrder.
func lockRefund(tx *store.Tx, no string) (f RefundOrder, o Order, err error) {
	if f, err = scanRefund(tx.QueryRow(`SELECT `+refundColumns+` FROM refund WHERE refund_no = $1`, no)); err != nil {
		return f, o, err
	}
	if o, err = lockOrder(tx, f.Order); err != nil {
		return f, o, err
	}
	f, err = scanRefund(tx.QueryRow(`SELECT `+refundColumns+` FROM refund WHERE refund_no = $1`, no))
	return f, o, err
}

// Approve sends back what a subscriber asked for, and Decline says no with an
// answer that the subscriber reads. Deciding again as before is not an error.
// ErrNoOrder, ErrRefundDecided, *push.Invalid.
func (s *Service) Approve(ctx context.Context, product push.ProductID, no string) error {
	return s.decide(ctx, product, no, RefundSending, "")
}

// Decline is the other decision; see Approve.
func (s *Service) Decline(ctx context.Context, product push.ProductID, no, answer string) error {
	if err := checkReason(answer); err != nil {
		return err
	}
	return s.decide(ctx, product, no, RefundDeclined, answer)
}

func (s *Service) decide(ctx context.Context, product push.ProductID, no string, to RefundProgress, answer string) error {
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		f, o, err := lockRefund(tx, no)
		if err == nil && f.Product != product {
			err = ErrNoOrder
		}
		switch {
		case err != nil:
			return err
		case f.State == to, to == RefundSending && (f.State == RefundAccepted || f.State == RefundOver):
			return nil
		case f.State != RefundAsked:
			return ErrRefundDecided
		}
		if to == RefundDeclined {
			if err := release(tx, &f, to, answer); err != nil {
				return err
			}
			if err := s.tellDeclined(tx, &o, &f, answer); err != nil {
				return err
			}
			return s.audit(ctx, tx, product, "refund.decline", no, Yuan(f.Amount), answer)
		}
		at, err := sendAt(tx, f.TradeNo)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE refund SET state = 1, due_at = $2 WHERE refund_no = $1`, no, store.Millis(at)); err != nil {
			return err
		}
		return s.audit(ctx, tx, product, "refund.approve", no, "", Yuan(f.Amount))
	})
	if err != nil {
		return fmt.Errorf("decide refund %s: %w", no, err)
	}
	return nil
}

// release ends a refund by which nothing went back.
func release(tx *store.Tx, f *RefundOrder, to RefundProgress, answer string) error {
	_, err := tx.Exec(`UPDATE refund SET state = $2, answer = $3, due_at = 0, done_at = $4 WHERE refund_no = $1`,
		f.No, int64(to), answer, store.Millis(tx.Now))
	if err != nil || f.Surplus {
		return err
	}
	_, err = tx.Exec(`UPDATE orders SET refunding = refunding - $2 WHERE id = $1`, int64(f.Order), f.Amount)
	return err
}

func bit(is bool) int64 {
	if is {
		return 1
	}
	return 0
}
