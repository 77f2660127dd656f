package billing

import (
	"context"
	"errors"
	"fmt"

	"hongyan/store"
)

// bookLost asks WeChat Pay about the lines that are ours and not booked, and
// books them. What is not ours, or does not agree, stays for the comparison.
func (s *Service) bookLost(ctx context.Context, lines []BillLine) error {
	var lost []BillLine
	err := s.db.View(ctx, func(tx *store.Tx) error {
		lost = nil
		for _, l := range lines {
			is, err := isLost(tx, l)
			if err != nil {
				return err
			}
			if is {
				lost = append(lost, l)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, l := range lost {
		if err := s.askLost(ctx, l); err != nil {
			return err
		}
	}
	return nil
}

// isLost tells that a line is of an attempt or refund of ours that was not
// booked.
func isLost(tx *store.Tx, l BillLine) (is bool, err error) {
	if l.RefundNo != "" {
		err = tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM refund WHERE refund_no = $1 AND state IN (1, 2, 5))`, l.RefundNo).Scan(&is)
		return is, err
	}
	err = tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM attempt WHERE trade_no = $1)
		AND NOT EXISTS (SELECT 1 FROM ledger WHERE kind IN ('payment', 'surplus') AND key = $1)`, l.TradeNo).Scan(&is)
	return is, err
}

func (s *Service) askLost(ctx context.Context, l BillLine) (err error) {
	if l.RefundNo != "" {
		var r Refunded
		if r, err = s.o.Gateway.Refunded(ctx, l.RefundNo); err == nil {
			err = s.SettleRefund(ctx, "", r)
		}
	} else {
		var t Trade
		if t, err = s.o.Gateway.Trade(ctx, l.TradeNo); err == nil {
			err = s.Settle(ctx, "", t)
		}
	}
	var refusal *Refusal
	if errors.Is(err, ErrNoTrade) || errors.Is(err, ErrNoOrder) || errors.Is(err, ErrMismatch) || errors.As(err, &refusal) {
		return nil // the comparison tells
	}
	if err != nil {
		return fmt.Errorf("book trade %s from the bill: %w", l.TradeNo, err)
	}
	return nil
}
