package billing

import (
	"context"
	"fmt"

	"hongyan/push"
	"hongyan/store"
)

// chainsAtOnce is how many ledgers one reading folds.
const chainsAtOnce = 200

// chain is the ledger of one product and user.
type chain struct {
	product push.ProductID
	user    push.UserID
}

// CheckLedger folds every ledger and compares what it says with how it stands.
// A contradiction means that something other than this program changed rows; it
// is written down for the administrator, once, and changes nothing else. It
// returns how many there are.
func (s *Service) CheckLedger(ctx context.Context) (n int, err error) {
	var after chain
	for ctx.Err() == nil {
		doubts, last, err := s.doubtful(ctx, after)
		if err != nil {
			return n, fmt.Errorf("check the ledger: %w", err)
		}
		for _, c := range doubts {
			s.log.Error("the ledger contradicts itself", "product", c.product, "user", c.user)
			err := s.db.Update(ctx, func(tx *store.Tx) error {
				why, err := contradiction(tx, c)
				if err != nil || why == "" {
					return err
				}
				return differ(tx, Difference{Kind: DiffLedger, Key: fmt.Sprintf("%d/%d", c.product, c.user), Ours: why})
			})
			if err != nil {
				return n, fmt.Errorf("check the ledger of product %d and user %d: %w", c.product, c.user, err)
			}
			n++
		}
		if after = last; last == (chain{}) {
			break
		}
	}
	return n, ctx.Err()
}

// doubtful are the ledgers of one page that contradict themselves, and the last
// of the page; zero: there is no further one.
func (s *Service) doubtful(ctx context.Context, after chain) (doubts []chain, last chain, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		doubts, last = nil, chain{}
		page, err := store.Collect(tx, func(r *store.Rows) (c chain, err error) { return c, r.Scan(&c.product, &c.user) },
			`SELECT product_id, user_id FROM entitlement WHERE (product_id, user_id) > ($1, $2)
			UNION SELECT product_id, user_id FROM ledger WHERE n = 1 AND (product_id, user_id) > ($1, $2)
			ORDER BY product_id, user_id LIMIT $3`, int64(after.product), int64(after.user), chainsAtOnce)
		if err != nil {
			return err
		}
		for _, c := range page {
			why, err := contradiction(tx, c)
			if err != nil {
				return err
			}
			if why != "" {
				doubts = append(doubts, c)
			}
		}
		if len(page) == chainsAtOnce {
			last = page[len(page)-1]
		}
		return nil
	})
	return doubts, last, err
}

// contradiction says what is wrong with a ledger; empty: nothing.
func contradiction(tx *store.Tx, c chain) (string, error) {
	entries, err := entriesTx(tx, c.product, c.user)
	if err != nil {
		return "", err
	}
	end, broken := Fold(entries)
	if broken != nil {
		return textLedgerBroken, nil
	}
	var ends, n int64
	var sum string
	err = tx.QueryRow(`SELECT COALESCE(MAX(ends_at), 0), COALESCE(MAX(n), 0), COALESCE(MAX(sum), '') FROM entitlement WHERE product_id = $1 AND user_id = $2`,
		int64(c.product), int64(c.user)).Scan(&ends, &n, &sum)
	if err != nil {
		return "", err
	}
	last := ""
	if len(entries) > 0 {
		last = entries[len(entries)-1].sum
	}
	if ends != store.Millis(end) || n != int64(len(entries)) || sum != last {
		return textEndDiffers, nil
	}
	return "", nil
}

const (
	keepNotices = 30 * Day
	tidyAtOnce  = 1000
)

// Retain deletes the ids of notices that are too old to come again. Orders and
// the ledger stay for ever. It returns how many it deleted.
func (s *Service) Retain(ctx context.Context) (n int, err error) {
	for did := int64(1); did > 0 && ctx.Err() == nil; {
		err := s.db.Update(ctx, func(tx *store.Tx) (err error) {
			did, err = tx.Exec(`DELETE FROM pay_notice WHERE id IN (SELECT id FROM pay_notice WHERE taken_at < $1 ORDER BY taken_at LIMIT $2)`,
				store.Millis(tx.Now.Add(-keepNotices)), tidyAtOnce)
			return err
		})
		if err != nil {
			return n, fmt.Errorf("delete old notices: %w", err)
		}
		n += int(did)
	}
	return n, ctx.Err()
}
