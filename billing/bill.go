package billing

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"hongyan/store"
)

const (
	billMade     = 10 * time.Hour // of the next day, in Shanghai
	mostBills    = 30             // missed days that are made up for
	billAround   = 2              // days by which a bill and the ledger may be apart
	linesAtOnce  = 100
	billDays     = 2*billAround + 1
	billDateForm = time.DateOnly
)

// Bill is a day's bill that was compared with the ledger.
type Bill struct {
	Day             string // 2026-01-31, in Shanghai
	Lines           int64
	Income, Refunds int64 // fen
	Differences     int64
	ComparedAt      time.Time
}

// lastBill is the last day whose bill is made at now.
func lastBill(now time.Time) time.Time { return midnight(now.Add(-billMade)).AddDate(0, 0, -1) }

// midnight is when the day of a time began in Shanghai.
func midnight(at time.Time) time.Time {
	y, m, d := at.In(china).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, china)
}

// CompareBill compares the bills that WeChat Pay has made by now and that were
// not compared yet, oldest first and thirty at most, with the ledger, and
// writes down what differs. Money that WeChat Pay has and the ledger does not
// is asked about first and booked if it is ours: its notice was lost. It
// returns how many days it compared, and may be stopped and repeated at any
// point. A bill that is not made yet is left for the next run.
func (s *Service) CompareBill(ctx context.Context) (n int, err error) {
	if s.o.Gateway == nil {
		return 0, nil
	}
	last := lastBill(s.db.Now())
	day, err := s.firstBill(ctx, last)
	if err != nil || day.IsZero() {
		return 0, err
	}
	for ; !day.After(last); day = day.AddDate(0, 0, 1) {
		err := s.compareDay(ctx, day)
		if errors.Is(err, ErrBillLater) {
			return n, nil
		}
		if err != nil {
			return n, fmt.Errorf("compare the bill of %s: %w", day.Format(billDateForm), err)
		}
		n++
	}
	return n, nil
}

// firstBill is the first day to compare: the one after the last that was, or
// some days before the first attempt to pay anything. Zero: none.
func (s *Service) firstBill(ctx context.Context, last time.Time) (day time.Time, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		var compared string
		if err := tx.QueryRow(`SELECT COALESCE(MAX(day), '') FROM bill`).Scan(&compared); err != nil {
			return err
		}
		if compared != "" {
			day, err = time.ParseInLocation(billDateForm, compared, china)
			day = day.AddDate(0, 0, 1)
			return err
		}
		var first int64
		if err := tx.QueryRow(`SELECT COALESCE(MIN(created_at), 0) FROM attempt`).Scan(&first); err != nil || first == 0 {
			return err
		}
		day = midnight(store.Time(first)).AddDate(0, 0, -billAround)
		return nil
	})
	if err != nil {
		return day, fmt.Errorf("look for bills to compare: %w", err)
	}
	if earliest := last.AddDate(0, 0, 1-mostBills); !day.IsZero() && day.Before(earliest) {
		day = earliest
	}
	return day, nil
}

func (s *Service) compareDay(ctx context.Context, day time.Time) error {
	lines, err := s.o.Gateway.Bill(ctx, day)
	if err != nil && !errors.Is(err, ErrNoBill) {
		return err
	}
	b := Bill{Day: day.Format(billDateForm), Lines: int64(len(lines))}
	for some := range slices.Chunk(lines, linesAtOnce) {
		if err := s.bookLost(ctx, some); err != nil {
			return err
		}
		err := s.db.Update(ctx, func(tx *store.Tx) error {
			for _, l := range some {
				if err := compareLine(tx, b.Day, l); err != nil {
					return fmt.Errorf("trade %s: %w", l.TradeNo, err)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		for _, l := range some {
			if l.RefundNo == "" {
				b.Income += l.Amount
			} else {
				b.Refunds += l.Amount
			}
		}
	}
	return s.db.Update(ctx, func(tx *store.Tx) error { return s.endDay(tx, day, b) })
}

// compareLine holds one line of a bill against what is booked of it. The day on
// which it was booked does not matter.
func compareLine(tx *store.Tx, day string, l BillLine) error {
	if l.RefundNo != "" {
		return compareRefund(tx, day, l)
	}
	var amount int64
	var transaction string
	err := tx.QueryRow(`SELECT amount, transaction_id FROM ledger WHERE kind IN ('payment', 'surplus') AND key = $1`, l.TradeNo).Scan(&amount, &transaction)
	if errors.Is(err, store.ErrNotFound) {
		return differ(tx, Difference{Kind: DiffUnknown, Key: l.TradeNo, Day: day, Ours: textNotBooked, Theirs: Yuan(l.Amount)})
	}
	if err != nil {
		return err
	}
	if amount != l.Amount {
		err = differ(tx, Difference{Kind: DiffAmount, Key: l.TradeNo, Day: day, Ours: Yuan(amount), Theirs: Yuan(l.Amount)})
	}
	if err == nil && transaction != l.TransactionID {
		err = differ(tx, Difference{Kind: DiffTransaction, Key: l.TradeNo, Day: day, Ours: transaction, Theirs: l.TransactionID})
	}
	if err != nil {
		return err
	}
	return stood(tx, "payment", l.TradeNo, day)
}

// compareRefund does it for money that went back, or is on its way: a bill has
// what WeChat Pay accepted, and the ledger what is done.
func compareRefund(tx *store.Tx, day string, l BillLine) error {
	f, err := scanRefund(tx.QueryRow(`SELECT `+refundColumns+` FROM refund WHERE refund_no = $1`, l.RefundNo))
	known := err == nil && (f.State == RefundSending || f.State == RefundAccepted || f.State == RefundOver)
	switch {
	case err != nil && !errors.Is(err, ErrNoOrder):
		return err
	case !known && err == nil && l.State != string(RefundDone): // nothing went back
		return nil
	case !known:
		return differ(tx, Difference{Kind: DiffUnknown, Key: l.RefundNo, Day: day, Ours: textNotBooked, Theirs: Yuan(-l.Amount)})
	case f.Amount != l.Amount || f.TradeNo != l.TradeNo:
		if err := differ(tx, Difference{Kind: DiffRefund, Key: l.RefundNo, Day: day, Ours: Yuan(-f.Amount), Theirs: Yuan(-l.Amount)}); err != nil {
			return err
		}
	}
	return stood(tx, "refund", l.RefundNo, day)
}

// stood writes down that a payment or refund is in a bill; one that was missed
// before is found by that.
func stood(tx *store.Tx, kind, key, day string) error {
	n, err := tx.Exec(`INSERT INTO billed (kind, key, day) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, kind, key, day)
	if err != nil || n == 0 {
		return err
	}
	_, err = tx.Exec(`UPDATE difference SET settled_at = $3, note = $4 WHERE kind = $1 AND key = $2 AND settled_at = 0`,
		string(DiffMissing), key, store.Millis(tx.Now), fmt.Sprintf(textLaterInBill, day))
	return err
}

// endDay writes the bill down, and what of some days before is in no bill: a
// payment a second before midnight may be booked the next day, and a lost
// notice later, so a day is judged when the bills around it are compared.
func (s *Service) endDay(tx *store.Tx, day time.Time, b Bill) error {
	n, err := tx.Exec(`INSERT INTO bill (day, lines, income, refunds, differences, compared_at) VALUES ($1, $2, $3, $4, 0, $5) ON CONFLICT DO NOTHING`,
		b.Day, b.Lines, b.Income, b.Refunds, store.Millis(tx.Now))
	if err != nil || n == 0 {
		return err
	}
	judged := day.AddDate(0, 0, -billAround)
	if err := missing(tx, judged, day); err != nil {
		return err
	}
	var found int64
	for _, of := range []string{judged.Format(billDateForm), b.Day} {
		_, err := tx.Exec(`UPDATE bill SET differences = (SELECT COUNT(*) FROM difference d WHERE d.day = bill.day) WHERE day = $1`, of)
		if err != nil {
			return err
		}
	}
	err = tx.QueryRow(`SELECT COUNT(*) FROM difference WHERE settled_at = 0 AND day IN ($1, $2)`, judged.Format(billDateForm), b.Day).Scan(&found)
	if err != nil || found == 0 {
		return err
	}
	return s.tellAdmins(tx, "账单与账本不一致："+b.Day, differencesText(b.Day, found))
}

// missing writes down what was booked on a day and stood in none of the bills
// around it. Without all of those it says nothing.
func missing(tx *store.Tx, judged, last time.Time) error {
	var bills int
	err := tx.QueryRow(`SELECT COUNT(*) FROM bill WHERE day >= $1 AND day <= $2`,
		judged.AddDate(0, 0, -billAround).Format(billDateForm), last.Format(billDateForm)).Scan(&bills)
	if err != nil || bills < billDays {
		return err
	}
	gone, err := store.Collect(tx, func(r *store.Rows) (d Difference, err error) {
		var amount int64
		err = r.Scan(&d.Key, &amount)
		d.Kind, d.Day, d.Ours, d.Theirs = DiffMissing, judged.Format(billDateForm), Yuan(amount), textNotInBill
		return d, err
	}, `SELECT l.key, l.amount FROM ledger l WHERE l.amount <> 0 AND l.at >= $1 AND l.at < $2 AND NOT EXISTS (
			SELECT 1 FROM billed b WHERE b.key = l.key AND b.kind = CASE WHEN l.kind IN ('payment', 'surplus') THEN 'payment' ELSE 'refund' END)
		ORDER BY l.id`, store.Millis(judged), store.Millis(judged.AddDate(0, 0, 1)))
	if err != nil {
		return err
	}
	for _, d := range gone {
		if err := differ(tx, d); err != nil {
			return err
		}
	}
	return nil
}

// Bills lists the bills that were compared, the newest first.
func (s *Service) Bills(ctx context.Context) (all []Bill, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		all, err = store.Collect(tx, func(r *store.Rows) (b Bill, err error) {
			var at int64
			err = r.Scan(&b.Day, &b.Lines, &b.Income, &b.Refunds, &b.Differences, &at)
			b.ComparedAt = store.Time(at)
			return b, err
		}, `SELECT day, lines, income, refunds, differences, compared_at FROM bill ORDER BY day DESC LIMIT 31`)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list bills: %w", err)
	}
	return all, nil
}
