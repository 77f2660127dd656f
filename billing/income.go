package billing

import (
	"context"
	"fmt"
	"slices"
	"time"

	"hongyan/push"
	"hongyan/store"
)

// Earned is what came and went back in one day or month of Shanghai.
type Earned struct {
	At       time.Time // its beginning
	Paid     int64     // fen
	Returned int64     // fen, positive
	Orders   int64     // that were paid
}

// mostEarned bounds the points of a curve.
const mostEarned = 1000

// Income is what a product of the app earned since then, by days or by months.
// Each has its point, the last one is the present; of more than 1,000 the last
// are returned. A payment counts when it was booked. ErrNoProduct.
func (s *Service) Income(ctx context.Context, app push.AppID, product push.ProductID, since time.Time, byMonth bool) (all []Earned, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		if _, err := own(tx, app, product); err != nil {
			return err
		}
		all = emptyIncome(since, tx.Now, byMonth)
		days, err := store.Collect(tx, scanEarned, `SELECT l.day, CAST(SUM(CASE WHEN l.kind = 'payment' THEN l.amount ELSE 0 END) AS BIGINT),
				CAST(SUM(CASE WHEN l.kind = 'refund' THEN -l.amount ELSE 0 END) AS BIGINT), SUM(CASE WHEN l.kind = 'payment' THEN 1 ELSE 0 END)
			FROM (SELECT (at + 28800000) / 86400000 AS day, kind, amount FROM ledger
				WHERE product_id = $1 AND kind IN ('payment', 'refund') AND at >= $2) l
			GROUP BY l.day ORDER BY l.day`, int64(product), store.Millis(all[0].At))
		if err != nil {
			return err
		}
		fillIncome(all, days)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("income of product %d: %w", product, err)
	}
	return all, nil
}

// scanEarned reads a day by its number since 1970 in Shanghai.
func scanEarned(r *store.Rows) (e Earned, err error) {
	var day int64
	err = r.Scan(&day, &e.Paid, &e.Returned, &e.Orders)
	e.At = time.UnixMilli(day*86400000 - 28800000)
	return e, err
}

// emptyIncome has a point for every day or month.
func emptyIncome(since, now time.Time, byMonth bool) (all []Earned) {
	start, years, months, days := dayOf, 0, 0, -1
	if byMonth {
		start, months, days = monthOf, -1, 0
	}
	first := start(since)
	for at := start(now); len(all) == 0 || len(all) < mostEarned && !at.Before(first); at = at.AddDate(years, months, days) {
		all = append(all, Earned{At: at})
	}
	slices.Reverse(all)
	return all
}

// fillIncome adds days to the points they belong to; both are in their order.
func fillIncome(all, days []Earned) {
	i := 0
	for _, day := range days {
		for i+1 < len(all) && !day.At.Before(all[i+1].At) {
			i++
		}
		all[i].Paid += day.Paid
		all[i].Returned += day.Returned
		all[i].Orders += day.Orders
	}
}

func dayOf(t time.Time) time.Time {
	t = t.In(china)
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, china)
}

func monthOf(t time.Time) time.Time {
	t = t.In(china)
	return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, china)
}
