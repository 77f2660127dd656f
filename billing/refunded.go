package billing

import (
	"context"
	"fmt"
	"time"

	"hongyan/push"
	"hongyan/store"
)

// SettleRefund takes WeChat Pay's verified word about a refund; see Settle. A
// refund that is done takes away the time that its share of the order added,
// and never more than is left.
func (s *Service) SettleRefund(ctx context.Context, notice string, r Refunded) error {
	var wrong bool
	err := s.db.Update(ctx, func(tx *store.Tx) (err error) {
		f, o, err := lockRefund(tx, r.RefundNo)
		if err != nil {
			return err
		}
		if wrong, err = s.refundDisagrees(tx, &f, r); err != nil || wrong {
			return err
		}
		switch {
		case f.State == RefundOver:
		case r.State == RefundDone:
			err = s.refunded(tx, &f, &o, r)
		case r.State == RefundClosed && f.State.underway():
			err = s.refundFailed(tx, &f, &o, textRefundClosed)
		case r.State == RefundAbnormal && f.State.underway():
			err = s.refundStuck(tx, &f, r)
		case r.State == RefundProcessing && f.State == RefundSending:
			f.looks, f.State = 0, RefundAccepted
			_, err = tx.Exec(`UPDATE refund SET state = 2, refund_id = $2, looks = 0, due_at = $3 WHERE refund_no = $1`,
				f.No, r.RefundID, store.Millis(nextRefundLook(&f, tx.Now)))
		}
		if err != nil {
			return err
		}
		return taken(tx, notice, "refund", r.RefundNo)
	})
	if err == nil && wrong {
		err = ErrMismatch
	}
	if err != nil {
		return fmt.Errorf("settle refund %s: %w", r.RefundNo, err)
	}
	return nil
}

func (s *Service) refundDisagrees(tx *store.Tx, f *RefundOrder, r Refunded) (bool, error) {
	if r.Amount != f.Amount || r.Total != f.Total || r.TradeNo != f.TradeNo {
		return true, differ(tx, Difference{Kind: DiffRefund, Key: f.No, Ours: Yuan(f.Amount), Theirs: Yuan(r.Amount)})
	}
	if r.MchID != "" && r.MchID != s.o.Payee.MchID {
		return true, differ(tx, Difference{Kind: DiffMerchant, Key: f.No, Ours: s.o.Payee.MchID, Theirs: r.MchID})
	}
	return false, nil
}

// share is the part of what an order added that belongs to an amount of it,
// which is never more than all of it.
func (o *Order) share(amount int64) time.Duration {
	amount = min(amount, o.Amount)
	ms := o.Added.Milliseconds()
	whole, rest := ms/o.Amount*amount, ms%o.Amount*amount/o.Amount // a product of both could overflow
	return time.Duration(whole+rest) * time.Millisecond
}

func (s *Service) refunded(tx *store.Tx, f *RefundOrder, o *Order, r Refunded) error {
	e := Entry{
		Product: f.Product, User: o.User, Kind: KindReturn, Key: f.No, Order: o.ID, Amount: -f.Amount, TradeNo: f.TradeNo, TransactionID: r.RefundID,
	}
	if !f.Surplus {
		e.Kind, e.Added = KindRefund, o.share(o.Returned)-o.share(o.Returned+f.Amount)
	}
	booked, err := s.book(tx, &e)
	if err != nil || !booked {
		return err
	}
	_, err = tx.Exec(`UPDATE refund SET state = 3, refund_id = $2, due_at = 0, done_at = $3 WHERE refund_no = $1`,
		f.No, r.RefundID, store.Millis(tx.Now))
	if err != nil {
		return err
	}
	if f.Surplus {
		return nil
	}
	held := f.Amount
	if f.State == RefundFailed || f.State == RefundDeclined { // it had been given up, and was set free
		held = 0
	}
	_, err = tx.Exec(`UPDATE orders SET refunded = refunded + $2, refunding = refunding - $3,
		state = CASE WHEN refunded + $2 >= amount THEN 3 ELSE 2 END WHERE id = $1`, int64(o.ID), f.Amount, held)
	if err != nil {
		return err
	}
	return s.tellRefunded(tx, o, f, &e)
}

// refundFailed gives a refund up: nothing went back, and it can be tried again
// under another number.
func (s *Service) refundFailed(tx *store.Tx, f *RefundOrder, o *Order, why string) error {
	if err := release(tx, f, RefundFailed, why); err != nil {
		return err
	}
	if f.Surplus {
		return differ(tx, Difference{Kind: DiffReturn, Key: f.No, Ours: Yuan(f.Amount), Theirs: why})
	}
	return s.tellRefundFailed(tx, o, f, why)
}

// refundStuck is for an account that takes no money: the administrator acts at
// WeChat Pay, and it is asked about every day.
func (s *Service) refundStuck(tx *store.Tx, f *RefundOrder, r Refunded) error {
	_, err := tx.Exec(`UPDATE refund SET state = CASE WHEN state = 1 THEN 2 ELSE state END, refund_id = $2, due_at = $3, answer = $4 WHERE refund_no = $1`,
		f.No, r.RefundID, store.Millis(tx.Now.Add(Day)), textRefundAbnormal)
	if err != nil {
		return err
	}
	return differ(tx, Difference{Kind: DiffAbnormal, Key: f.No, Ours: Yuan(f.Amount), Theirs: textRefundAbnormal})
}

// tellRefunded tells the developer and the payer.
func (s *Service) tellRefunded(tx *store.Tx, o *Order, f *RefundOrder, e *Entry) error {
	p, err := productTx(tx, o.Product)
	if err != nil {
		return err
	}
	if err := s.push.PaymentTx(tx, push.Payment{
		App: p.App, Product: p.ID, User: o.User, Key: "refund " + f.No, TradeNo: o.TradeNo, Ordered: o.CreatedAt, Added: e.Added, Amount: e.Amount,
	}); err != nil {
		return err
	}
	return s.push.TellTx(tx, o.User, refundSummary(p, f), refundText(p, f, e))
}
