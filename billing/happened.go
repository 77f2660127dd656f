package billing

import (
	"context"
	"fmt"
	"time"

	"hongyan/store"
)

// Happened is what became of products and money in a span of time, for whoever
// watches time pass.
type Happened struct {
	Warned, Delisted  []string // names of products
	Payments, Refunds int
	Income            int64 // fen, less what went back
}

// Happened tells what was written after from and until to.
func (s *Service) Happened(ctx context.Context, from, to time.Time) (h Happened, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		h = Happened{}
		name := func(r *store.Rows) (name string, err error) { return name, r.Scan(&name) }
		after, until := store.Millis(from), store.Millis(to)
		if h.Warned, err = store.Collect(tx, name, `SELECT name FROM product WHERE warned_at > $1 AND warned_at <= $2 ORDER BY warned_at, id`, after, until); err != nil {
			return err
		}
		if h.Delisted, err = store.Collect(tx, name, `SELECT name FROM product WHERE state = 4 AND delisted_at > $1 AND delisted_at <= $2 ORDER BY delisted_at, id`, after, until); err != nil {
			return err
		}
		return tx.QueryRow(`SELECT COALESCE(SUM(CASE WHEN amount > 0 THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE WHEN amount < 0 THEN 1 ELSE 0 END), 0),
			COALESCE(SUM(amount), 0) FROM ledger WHERE amount <> 0 AND at > $1 AND at <= $2`, after, until).Scan(&h.Payments, &h.Refunds, &h.Income)
	})
	if err != nil {
		return Happened{}, fmt.Errorf("what happened since %s: %w", date(from), err)
	}
	return h, nil
}

// NextDue is when a job of this package next has something to do: WeChat Pay to
// be asked or a refund to be sent, a silent product to be warned or taken out
// of the market. Zero is never. What is due already is not meant.
func (s *Service) NextDue(ctx context.Context) (next time.Time, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		next = time.Time{}
		sooner := func(at time.Time) {
			if at.After(tx.Now) && (next.IsZero() || at.Before(next)) {
				next = at
			}
		}
		var at int64
		err := tx.QueryRow(`SELECT COALESCE(MIN(at), 0) FROM (SELECT MIN(due_at) AS at FROM attempt WHERE due_at > $1
			UNION ALL SELECT MIN(due_at) AS at FROM refund WHERE due_at > $1) due`, store.Millis(tx.Now)).Scan(&at)
		if err != nil {
			return err
		}
		sooner(store.Time(at))
		onSale, err := store.Collect(tx, func(r *store.Rows) (Product, error) { return scanProduct(r) },
			`SELECT `+productColumns+` FROM product p WHERE p.state IN (2, 3)`)
		for i := range onSale {
			onSale[i].silentFrom(sooner)
		}
		return err
	})
	if err != nil {
		return time.Time{}, fmt.Errorf("what is due in billing: %w", err)
	}
	return next, nil
}

// silentFrom hands out when silence has consequences for a product on sale: the
// warning after three full days, the delisting after six and three days after
// the warning. A push that no job has heard yet makes it later, never sooner.
func (p *Product) silentFrom(at func(time.Time)) {
	since := p.ListedAt
	if p.PushedAt.After(since) {
		since = p.PushedAt
	}
	at(since.Add(WarnAfter))
	at(since.Add(DelistAfter))
	if p.State == Warned {
		at(p.WarnedAt.Add(WarnedFor))
	}
}
