package billing

import (
	"context"
	"errors"
)

var (
	// ErrNoOrder: no attempt or refund of ours has this number.
	ErrNoOrder = errors.New("no such order")
	// ErrMismatch: what WeChat Pay says does not agree with the order. It is
	// written down for the administrator and changes nothing else.
	ErrMismatch = errors.New("does not agree with the order")
)

// Settle takes WeChat Pay's verified word about an attempt, by notice (its id)
// or by an answer (empty). Taking it twice, on any node, changes nothing more.
// ErrNoOrder and ErrMismatch change nothing.
func (s *Service) Settle(ctx context.Context, notice string, t Trade) error {
	return ErrNoOrder
}

// SettleRefund takes WeChat Pay's verified word about a refund; see Settle.
func (s *Service) SettleRefund(ctx context.Context, notice string, r Refunded) error {
	return ErrNoOrder
}
