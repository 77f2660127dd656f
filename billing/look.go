package billing

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"hongyan/store"
)

// When WeChat Pay is asked what became of an attempt, for the notice that
// never comes: some minutes after it was made, every minute near its end, and
// on each of the days after it was closed.
const (
	looksBefore = 5 * time.Minute // before the end, looks come every minute
	looksAfter  = 3               // days on which a closed attempt is asked about
)

// nextLook is when the attempt is asked about after a look at now; zero is
// never. A look is never more than a minute later than the end of its minute.
func nextLook(a *Attempt, now time.Time) time.Time {
	if a.state == attemptClosed {
		if a.looks >= looksAfter {
			return time.Time{}
		}
		return now.Add(Day)
	}
	near := a.ExpiresAt.Add(-looksBefore)
	for _, after := range []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute} {
		if at := a.CreatedAt.Add(after); at.After(now) && at.Before(near) {
			return at
		}
	}
	if now.Before(near) {
		return near
	}
	return now.Add(time.Minute)
}

// nextRefundLook is when a refund is sent or asked about again after a call at
// now.
func nextRefundLook(f *RefundOrder, now time.Time) time.Time {
	waits := []time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 6 * time.Hour, Day}
	return now.Add(waits[min(f.looks, len(waits)-1)])
}

const (
	lookLease  = time.Minute // a crashed look is repeated after it
	looksAtOne = 100         // claimed at once
	lookHands  = 8           // calls under way
)

// Look asks WeChat Pay about the attempts that are due, settles what was paid
// and closes what nobody can or should pay any more, orders without an attempt
// too. It returns how many it asked about, and the first failure; what failed
// is tried again.
func (s *Service) Look(ctx context.Context) (int, error) {
	n, err := s.lookAtDue(ctx)
	return n, errors.Join(err, s.closeOver(ctx))
}

func (s *Service) lookAtDue(ctx context.Context) (int, error) {
	return s.work(ctx, `UPDATE attempt SET looks = looks + 1, due_at = $2 WHERE trade_no IN
		(SELECT trade_no FROM c) RETURNING trade_no`, `SELECT trade_no FROM attempt WHERE due_at > 0 AND due_at <= $1 ORDER BY due_at LIMIT $3`, s.look)
}

// SendRefunds sends the refunds that are due and asks about those that were
// accepted; see Look.
func (s *Service) SendRefunds(ctx context.Context) (int, error) {
	return s.work(ctx, `UPDATE refund SET looks = looks + 1, due_at = $2 WHERE refund_no IN
		(SELECT refund_no FROM c) RETURNING refund_no`, `SELECT refund_no FROM refund WHERE due_at > 0 AND due_at <= $1 ORDER BY due_at LIMIT $3`, s.lookRefund)
}

// work claims what is due until nothing is, and does each.
func (s *Service) work(ctx context.Context, claim, due string, do func(context.Context, string) error) (n int, first error) {
	if s.o.Gateway == nil {
		return 0, nil
	}
	for ctx.Err() == nil {
		var keys []string
		err := s.db.Update(ctx, func(tx *store.Tx) (err error) {
			keys, err = store.Collect(tx, func(r *store.Rows) (key string, err error) { return key, r.Scan(&key) },
				`WITH c AS MATERIALIZED (`+due+tx.SkipLocked()+`) `+claim, store.Millis(tx.Now), store.Millis(tx.Now.Add(lookLease)), looksAtOne)
			return err
		})
		if err != nil {
			return n, fmt.Errorf("claim what WeChat Pay is asked about: %w", err)
		}
		if len(keys) == 0 {
			return n, first
		}
		n += len(keys)
		var g errgroup.Group
		g.SetLimit(lookHands)
		failures := make([]error, len(keys))
		for i, key := range keys {
			g.Go(func() error {
				failures[i] = do(ctx, key)
				return nil
			})
		}
		_ = g.Wait()
		if err := errors.Join(failures...); err != nil && first == nil {
			first = err
		}
	}
	return n, first
}

// look asks about one attempt.
func (s *Service) look(ctx context.Context, tradeNo string) error {
	var a Attempt
	var o Order
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		if a, err = scanAttempt(tx.QueryRow(`SELECT `+attemptColumns+` FROM attempt a WHERE a.trade_no = $1`, tradeNo)); err != nil {
			return err
		}
		o, err = scanOrder(tx.QueryRow(`SELECT `+orderColumns+` FROM orders WHERE id = $1`, int64(a.Order)))
		return err
	})
	if err != nil {
		return err
	}
	if a.state != attemptOpen && a.state != attemptClosed {
		return s.lookAgain(ctx, &a, true)
	}
	t, err := s.o.Gateway.Trade(ctx, tradeNo)
	over := o.State != OrderCreated || !s.db.Now().Before(o.ExpiresAt)
	switch {
	case errors.Is(err, ErrNoTrade):
		// It was never announced, or the announcement is still under way.
		if t = (Trade{TradeNo: tradeNo, State: TradeWaiting}); over {
			t.State = TradeClosed
		}
	case err != nil:
		return fmt.Errorf("ask about trade %s: %w", tradeNo, err)
	case t.State == TradeWaiting && over && a.state == attemptOpen:
		if t.State, err = s.end(ctx, tradeNo); err != nil {
			return err
		}
	}
	if t.State == TradeWaiting || a.state == attemptClosed && t.State == TradeClosed {
		return s.lookAgain(ctx, &a, false)
	}
	if err := s.Settle(ctx, "", t); err != nil && !errors.Is(err, ErrMismatch) {
		return err
	} else if err != nil {
		return errors.Join(err, s.lookAgain(ctx, &a, true))
	}
	return nil
}

// end closes an attempt at WeChat Pay. One that is paid meanwhile is waiting
// still: the next look finds out.
func (s *Service) end(ctx context.Context, tradeNo string) (TradeState, error) {
	err := s.o.Gateway.Close(ctx, tradeNo)
	switch {
	case errors.Is(err, ErrTradePaid), errors.Is(err, ErrTradePaying):
		return TradeWaiting, nil
	case err != nil && !errors.Is(err, ErrNoTrade):
		return "", fmt.Errorf("close trade %s: %w", tradeNo, err)
	}
	return TradeClosed, nil
}

// lookAgain says when the attempt is asked about next.
func (s *Service) lookAgain(ctx context.Context, a *Attempt, never bool) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		at := int64(0)
		if !never {
			at = store.Millis(nextLook(a, tx.Now))
		}
		_, err := tx.Exec(`UPDATE attempt SET due_at = $2 WHERE trade_no = $1 AND state = $3`, a.TradeNo, at, int64(a.state))
		return err
	})
}

// lookRefund sends one refund, or asks about it.
func (s *Service) lookRefund(ctx context.Context, no string) error {
	var f RefundOrder
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		f, err = scanRefund(tx.QueryRow(`SELECT `+refundColumns+` FROM refund WHERE refund_no = $1`, no))
		return err
	})
	if err != nil {
		return err
	}
	var r Refunded
	switch f.State {
	case RefundSending:
		r, err = s.o.Gateway.Refund(ctx, RefundCall{RefundNo: f.No, TradeNo: f.TradeNo, Reason: f.Reason, Amount: f.Amount, Total: f.Total})
	case RefundAccepted:
		r, err = s.o.Gateway.Refunded(ctx, no)
	default:
		return s.refundAgain(ctx, &f, true)
	}
	var refusal *Refusal
	if errors.As(err, &refusal) && !refusal.Setup {
		return s.giveUp(ctx, &f, refusal.Text)
	}
	if err == nil {
		if err = s.SettleRefund(ctx, "", r); err == nil && (r.State == RefundProcessing && f.State == RefundAccepted) {
			return s.refundAgain(ctx, &f, false)
		}
	}
	if err != nil {
		return errors.Join(fmt.Errorf("refund %s: %w", no, err), s.refundAgain(ctx, &f, false))
	}
	return nil
}

func (s *Service) refundAgain(ctx context.Context, f *RefundOrder, never bool) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		at := int64(0)
		if !never {
			at = store.Millis(nextRefundLook(f, tx.Now))
		}
		_, err := tx.Exec(`UPDATE refund SET due_at = $2 WHERE refund_no = $1 AND state = $3`, f.No, at, int64(f.State))
		return err
	})
}

// giveUp ends a refund that WeChat Pay refuses for good.
func (s *Service) giveUp(ctx context.Context, f *RefundOrder, why string) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		f, o, err := lockRefund(tx, f.No)
		if err != nil || f.State != RefundSending {
			return err
		}
		return s.refundFailed(tx, &f, &o, why)
	})
}
