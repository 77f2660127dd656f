package billing

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"hongyan/push"
	"hongyan/store"
)

// Returned is a refund as the owners of the product see it.
type Returned struct {
	RefundOrder
	UID    push.UID // of who ordered
	Handle string   // of the order
	Days   int      // of the order
}

// mostAsked is how many undecided refunds stand before a list.
const mostAsked = 100

// Refunds lists the refunds of a product of the app: first those that nobody
// decided yet, the oldest first, then on every page the others, the newest
// first. The cursor of the next page is empty at the end. ErrNoProduct,
// *push.Invalid.
func (s *Service) Refunds(ctx context.Context, app push.AppID, product push.ProductID, after string, limit int) (asked, rest []Returned, next string, err error) {
	at, no, err := readRefundCursor(after)
	if err != nil {
		return nil, nil, "", err
	}
	size := pageSize(limit)
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		if _, err = own(tx, app, product); err != nil {
			return err
		}
		if after == "" {
			asked, err = store.Collect(tx, scanReturned, `SELECT `+returnedColumns+`
				WHERE f.product_id = $1 AND f.state = 0 ORDER BY f.created_at, f.refund_no LIMIT $2`, int64(product), mostAsked)
			if err != nil {
				return err
			}
		}
		rest, err = store.Collect(tx, scanReturned, `SELECT `+returnedColumns+`
			WHERE f.product_id = $1 AND f.state > 0 AND (f.created_at < $2 OR f.created_at = $2 AND f.refund_no < $3)
			ORDER BY f.created_at DESC, f.refund_no DESC LIMIT $4`, int64(product), at, no, size+1)
		return err
	})
	if err != nil {
		return nil, nil, "", fmt.Errorf("refunds of product %d: %w", product, err)
	}
	if len(rest) > size {
		rest = rest[:size]
		next = fmt.Sprintf("%d.%s", store.Millis(rest[size-1].CreatedAt), rest[size-1].No)
	}
	return asked, rest, next, nil
}

// RefundsOf lists the refunds of one order, the newest first; of money that
// nobody waited for, too.
func (s *Service) RefundsOf(ctx context.Context, order OrderID) (all []Returned, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		all, err = store.Collect(tx, scanReturned, `SELECT `+returnedColumns+` WHERE f.order_id = $1 ORDER BY f.created_at DESC, f.refund_no DESC`, int64(order))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("refunds of order %d: %w", order, err)
	}
	return all, nil
}

var returnedColumns = "f." + strings.Join(strings.Fields(refundColumns), " f.") + `, u.uid, o.handle, o.days
	FROM refund f JOIN orders o ON o.id = f.order_id JOIN users u ON u.id = o.user_id`

func scanReturned(r *store.Rows) (f Returned, err error) {
	f.RefundOrder, err = scanRefund(behind{r, []any{&f.UID, &f.Handle, &f.Days}})
	return f, err
}

func readRefundCursor(after string) (at int64, no string, err error) {
	if after == "" {
		return 1<<63 - 1, "", nil
	}
	left, no, _ := strings.Cut(after, ".")
	if at, err = strconv.ParseInt(left, 10, 64); err != nil {
		return 0, "", &push.Invalid{Field: "after", Text: textCursor}
	}
	return at, storable(no), nil
}

// ApprovePart is Approve of a part of what was asked for; the rest of the order
// stays as it is. Doing it again is ErrRefundDecided. ErrNoOrder, *push.Invalid.
func (s *Service) ApprovePart(ctx context.Context, product push.ProductID, no string, amount int64) error {
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		f, _, err := lockRefund(tx, no)
		if err == nil && f.Product != product {
			err = ErrNoOrder
		}
		switch {
		case err != nil:
			return err
		case f.State != RefundAsked:
			return ErrRefundDecided
		case amount < 1 || amount > f.Amount:
			return &push.Invalid{Field: "amount", Text: fmt.Sprintf(textRefundAmount, Yuan(f.Amount))}
		}
		at, err := sendAt(tx, f.TradeNo)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE refund SET state = 1, amount = $2, due_at = $3 WHERE refund_no = $1`, no, amount, store.Millis(at)); err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE orders SET refunding = refunding - $2 WHERE id = $1`, int64(f.Order), f.Amount-amount); err != nil {
			return err
		}
		return s.audit(ctx, tx, product, "refund.approve", no, Yuan(f.Amount), Yuan(amount))
	})
	if err != nil {
		return fmt.Errorf("decide refund %s: %w", no, err)
	}
	return nil
}
