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
	// ErrNoOrder: no order, attempt or refund of ours has this name.
	ErrNoOrder = errors.New("no such order")
	// ErrMismatch: what WeChat Pay says does not agree with the order. It is
	// written down for the administrator and changes nothing else.
	ErrMismatch = errors.New("does not agree with the order")
)

// Settle takes WeChat Pay's verified word about an attempt, by notice (its id)
// or by an answer (empty). Taking it twice, on any node, changes nothing more.
// Money that nobody waited for, because the order was paid already or somebody
// else than its user paid, is booked apart and goes back. ErrNoOrder and
// ErrMismatch change nothing.
func (s *Service) Settle(ctx context.Context, notice string, t Trade) error {
	var wrong bool
	err := s.db.Update(ctx, func(tx *store.Tx) (err error) {
		wrong = false
		a, o, err := lockAttempt(tx, t.TradeNo)
		switch {
		case err != nil:
			return err
		case t.State == TradeClosed:
			return closed(tx, a)
		case t.State != TradePaid && t.State != TradeRefunded:
			return nil // not paid, as far as anybody can tell
		}
		if wrong, err = s.disagrees(tx, a, o, t); err != nil || wrong {
			return err
		}
		if a.state != attemptPaid && a.state != attemptSurplus {
			if err := s.paid(tx, a, &o, t); err != nil {
				return err
			}
		}
		return taken(tx, notice, "payment", t.TradeNo)
	})
	if err == nil && wrong {
		err = ErrMismatch
	}
	if err != nil {
		return fmt.Errorf("settle trade %s: %w", t.TradeNo, err)
	}
	return nil
}

// lockAttempt locks the order of an attempt and reads both. ErrNoOrder.
func lockAttempt(tx *store.Tx, tradeNo string) (a Attempt, o Order, err error) {
	var order OrderID
	err = tx.QueryRow(`SELECT order_id FROM attempt WHERE trade_no = $1`, tradeNo).Scan(&order)
	if errors.Is(err, store.ErrNotFound) {
		err = ErrNoOrder
	}
	if err != nil {
		return a, o, err
	}
	if o, err = lockOrder(tx, order); err != nil {
		return a, o, err
	}
	a, err = scanAttempt(tx.QueryRow(`SELECT `+attemptColumns+` FROM attempt a WHERE a.trade_no = $1`, tradeNo))
	return a, o, err
}

// disagrees compares the word with the order, and writes down what differs.
// Who paid is looked at later, since their money can go back.
func (s *Service) disagrees(tx *store.Tx, a Attempt, o Order, t Trade) (bool, error) {
	for _, c := range []struct {
		kind         DifferenceKind
		ours, theirs string
	}{
		{DiffAmount, Yuan(a.Amount), Yuan(t.Total)},
		{DiffCurrency, currency, t.Currency},
		{DiffMerchant, s.o.Payee.MchID, t.MchID},
		{DiffAccount, s.o.Payee.AppID, t.AppID},
	} {
		if c.ours != c.theirs {
			return true, differ(tx, Difference{Kind: c.kind, Key: t.TradeNo, Ours: c.ours, Theirs: c.theirs})
		}
	}
	if t.TransactionID == "" || o.Amount != a.Amount {
		return true, differ(tx, Difference{Kind: DiffAmount, Key: t.TradeNo, Ours: Yuan(o.Amount), Theirs: Yuan(t.Total)})
	}
	return false, nil
}

// currency is the only one WeChat Pay takes here.
const currency = "CNY"

// paid books the money of an attempt: for the order if it waits for it.
func (s *Service) paid(tx *store.Tx, a Attempt, o *Order, t Trade) error {
	var openid push.OpenID
	if err := tx.QueryRow(`SELECT openid FROM users WHERE id = $1`, int64(o.User)).Scan(&openid); err != nil {
		return err
	}
	e := Entry{
		Product: o.Product, User: o.User, Kind: KindPayment, Key: a.TradeNo, Order: o.ID, Added: time.Duration(o.Days) * Day,
		Amount: t.Total, TradeNo: a.TradeNo, TransactionID: t.TransactionID,
	}
	if openid != t.OpenID || !o.State.waits() {
		return s.surplus(tx, e, openid != t.OpenID)
	}
	booked, err := s.book(tx, &e)
	if err != nil || !booked {
		return err
	}
	if o.State == OrderClosed {
		if err := takeAgain(tx, o); err != nil {
			return err
		}
	}
	o.State, o.PaidAt, o.TradeNo, o.TransactionID, o.Added = OrderPaid, t.PaidAt, a.TradeNo, t.TransactionID, e.Added
	_, err = tx.Exec(`UPDATE orders SET state = 1, paid_at = $2, trade_no = $3, transaction_id = $4, added = $5 WHERE id = $1`,
		int64(o.ID), store.Millis(o.PaidAt), o.TradeNo, o.TransactionID, o.Added.Milliseconds())
	if err != nil {
		return err
	}
	// The other attempts of the order are closed before somebody pays them, too.
	_, err = tx.Exec(`UPDATE attempt SET state = CASE WHEN trade_no = $2 THEN 1 ELSE state END, due_at = CASE WHEN trade_no = $2 THEN 0 ELSE CAST($3 AS BIGINT) END
		WHERE order_id = $1 AND (trade_no = $2 OR state = 0)`, int64(o.ID), a.TradeNo, store.Millis(tx.Now))
	if err != nil {
		return err
	}
	return s.tellPaid(tx, o, &e)
}

// surplus books money that goes back at once.
func (s *Service) surplus(tx *store.Tx, e Entry, otherPayer bool) error {
	e.Kind, e.Added = KindSurplus, 0
	booked, err := s.book(tx, &e)
	if err != nil || !booked {
		return err
	}
	if _, err := tx.Exec(`UPDATE attempt SET state = 3, due_at = 0 WHERE trade_no = $1`, e.TradeNo); err != nil {
		return err
	}
	why := textPaidTwice
	if otherPayer {
		why = textOtherPayer
	}
	return insertRefund(tx, RefundOrder{
		No: newRefundNo(), Order: e.Order, Product: e.Product, TradeNo: e.TradeNo, Amount: e.Amount, Total: e.Amount,
		Surplus: true, Reason: why, State: RefundSending,
	})
}

// closed writes down that nobody can pay the attempt any more. It is asked
// about for some days more, because money may have come before.
func closed(tx *store.Tx, a Attempt) error {
	if a.state != attemptOpen {
		return nil
	}
	a.state, a.looks = attemptClosed, 0
	_, err := tx.Exec(`UPDATE attempt SET state = 2, looks = 0, due_at = $2 WHERE trade_no = $1`, a.TradeNo, store.Millis(nextLook(&a, tx.Now)))
	if err != nil {
		return err
	}
	return closeIfOver(tx, a.Order)
}

// taken keeps the id of a notice.
func taken(tx *store.Tx, notice, kind, key string) error {
	if notice == "" {
		return nil
	}
	_, err := tx.Exec(`INSERT INTO pay_notice (id, kind, key, taken_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
		notice, kind, key, store.Millis(tx.Now))
	return err
}

// tellPaid tells the developer and the payer.
func (s *Service) tellPaid(tx *store.Tx, o *Order, e *Entry) error {
	p, err := productTx(tx, o.Product)
	if err != nil {
		return err
	}
	if err := s.push.PaymentTx(tx, push.Payment{
		App: p.App, Product: p.ID, User: o.User, Key: "payment " + e.Key, TradeNo: o.TradeNo, Ordered: o.CreatedAt, Added: e.Added, Amount: e.Amount,
	}); err != nil {
		return err
	}
	return s.push.TellTx(tx, o.User, receiptSummary(p, o), receiptText(p, o, e))
}
