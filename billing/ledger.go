package billing

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"hongyan/push"
	"hongyan/store"
)

// Kind is what an entry of the ledger is about.
type Kind string

// The kinds. Money moves by the first four, time by all but the surplus and
// its return.
const (
	KindPayment Kind = "payment" // key: trade number
	KindRefund  Kind = "refund"  // key: refund number
	KindSurplus Kind = "surplus" // paid though nobody waited for it; key: trade number
	KindReturn  Kind = "return"  // of a surplus; key: refund number
	KindTrial   Kind = "trial"   // key: product and user
	KindGift    Kind = "gift"    // of the owner; key: random
	KindCoupon  Kind = "coupon"  // days of a coupon; key: coupon and user
)

// Entry is a line of the ledger. It is never changed.
type Entry struct {
	Product push.ProductID
	User    push.UserID
	N       int64 // of the entries of this product and user, from 1
	Kind    Kind
	Key     string
	Order   OrderID
	Added   time.Duration // whole milliseconds; negative: taken away
	Amount  int64         // fen; negative: paid back
	At      time.Time
	EndsAt  time.Time // the paid time after it; zero: never any

	TradeNo, TransactionID string
	sum                    string
}

// ErrLedger: the ledger contradicts itself, so somebody or something changed
// its rows.
var ErrLedger = errors.New("the ledger contradicts itself")

// extend is the end of a paid time after more of it was bought: it begins now,
// or where the time that is left ends.
func extend(end, now time.Time, by time.Duration) time.Time {
	if end.Before(now) {
		end = now
	}
	return end.Add(by)
}

// cut is what can be taken away of a paid time: never more than is left.
func cut(end, now time.Time, by time.Duration) time.Duration {
	return max(0, min(by, end.Sub(now)))
}

// ends is the paid time after an entry on top of an end.
func (e *Entry) ends(end time.Time) time.Time {
	switch {
	case e.Added > 0:
		return extend(end, e.At, e.Added)
	case e.Added < 0:
		return end.Add(e.Added)
	}
	return end
}

// Fold derives the paid time from all entries of one product and user, in
// their order, and checks each: ErrLedger.
func Fold(entries []Entry) (end time.Time, err error) {
	sum := ""
	for i := range entries {
		e := &entries[i]
		end = e.ends(end)
		if sum = e.sumAfter(sum); e.N != int64(i+1) || !e.EndsAt.Equal(end) || e.sum != sum {
			return end, fmt.Errorf("entry %d of product %d and user %d: %w", e.N, e.Product, e.User, ErrLedger)
		}
	}
	return end, nil
}

// sumAfter ties an entry to all before it.
func (e *Entry) sumAfter(before string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%d %d %d %s %q %d %d %d %d %d %q %q", before, e.Product, e.User, e.N, e.Kind, e.Key,
		e.Order, e.Added.Milliseconds(), e.Amount, store.Millis(e.At), store.Millis(e.EndsAt), e.TradeNo, e.TransactionID))
	return hex.EncodeToString(sum[:16])
}

// standing is the newest entry of a product and user.
type standing struct {
	end time.Time
	n   int64
	sum string
}

// lockHolder comes before the ledger of a product and user is read to be
// changed. What the product gives access to stays as it is until the end of the
// transaction, and everything that decides until when the user has paid for
// something waits, of other products, too: paidUntil is the longest of several.
// The order of locks is order, product, user, entitlement, coupon.
func lockHolder(tx *store.Tx, product push.ProductID, user push.UserID) error {
	if err := keepProduct(tx, product); err != nil {
		return err
	}
	return lockUser(tx, user)
}

// keepProduct lets nobody change a product until the end of the transaction.
func keepProduct(tx *store.Tx, product push.ProductID) error {
	lock := tx.KeyShare()
	if lock == "" {
		return nil
	}
	var id int64
	return tx.QueryRow(`SELECT id FROM product WHERE id = $1`+lock, int64(product)).Scan(&id)
}

// lockStanding reads how the ledger stands, making the row at the first entry,
// and keeps it locked until the end of the transaction.
func lockStanding(tx *store.Tx, product push.ProductID, user push.UserID) (st standing, err error) {
	_, err = tx.Exec(`INSERT INTO entitlement (product_id, user_id, since) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
		int64(product), int64(user), store.Millis(tx.Now))
	if err != nil {
		return st, err
	}
	var end int64
	err = tx.QueryRow(`SELECT ends_at, n, sum FROM entitlement WHERE product_id = $1 AND user_id = $2`+tx.ForUpdate(),
		int64(product), int64(user)).Scan(&end, &st.n, &st.sum)
	st.end = store.Time(end)
	return st, err
}

// book appends an entry and lets the subscriptions follow it. When an entry of
// its kind and key is there already nothing happens, and booked is false. A
// negative Added is cut to what is left.
func (s *Service) book(tx *store.Tx, e *Entry) (booked bool, err error) {
	if err := lockHolder(tx, e.Product, e.User); err != nil {
		return false, fmt.Errorf("book %s: %w", e.Kind, err)
	}
	st, err := lockStanding(tx, e.Product, e.User)
	if err != nil {
		return false, fmt.Errorf("book %s: %w", e.Kind, err)
	}
	var there bool
	err = tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM ledger WHERE kind = $1 AND key = $2)`, string(e.Kind), e.Key).Scan(&there)
	if err != nil || there {
		return false, err
	}
	e.N, e.At = st.n+1, store.Time(store.Millis(tx.Now))
	if e.Added < 0 {
		e.Added = -cut(st.end, e.At, -e.Added)
	}
	e.EndsAt = e.ends(st.end)
	e.sum = e.sumAfter(st.sum)
	_, err = tx.Exec(`INSERT INTO ledger (product_id, user_id, n, kind, key, order_id, added, amount, at, ends_at, trade_no, transaction_id, sum)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		int64(e.Product), int64(e.User), e.N, string(e.Kind), e.Key, int64(e.Order), e.Added.Milliseconds(), e.Amount,
		store.Millis(e.At), store.Millis(e.EndsAt), e.TradeNo, e.TransactionID, e.sum)
	if err != nil {
		return false, fmt.Errorf("book %s: %w", e.Kind, err)
	}
	_, err = tx.Exec(`UPDATE entitlement SET ends_at = $3, n = $4, sum = $5 WHERE product_id = $1 AND user_id = $2`,
		int64(e.Product), int64(e.User), store.Millis(e.EndsAt), e.N, e.sum)
	if err == nil && e.Added != 0 {
		err = s.grant(tx, e)
	}
	if err != nil {
		return false, fmt.Errorf("book %s: %w", e.Kind, err)
	}
	return true, nil
}

// grant lets the subscriptions of the product's resources follow an entry. A
// user whose time grows follows them, too. Where several products give access
// to one thing, the longest counts.
func (s *Service) grant(tx *store.Tx, e *Entry) error {
	resources, err := s.push.ResourcesTx(tx, e.Product)
	if err != nil {
		return err
	}
	for _, on := range resources {
		if e.Added > 0 {
			if err := s.push.FollowPaidTx(tx, e.User, on, string(e.Kind)+" "+e.Key); err != nil {
				return err
			}
		}
		until, err := paidUntil(tx, e.User, on)
		if err != nil {
			return err
		}
		if err := s.push.PaidTx(tx, e.User, on, until); err != nil {
			return err
		}
	}
	return nil
}

// paidUntil is the longest paid time of a user that gives access to something.
func paidUntil(tx *store.Tx, user push.UserID, on push.Resource) (time.Time, error) {
	var until int64
	err := tx.QueryRow(`SELECT COALESCE(MAX(e.ends_at), 0) FROM product_resource r
		JOIN entitlement e ON e.product_id = r.product_id AND e.user_id = $3
		WHERE r.kind = $1 AND r.target = $2`, int64(on.Kind), on.Target, int64(user)).Scan(&until)
	return store.Time(until), err
}

const entryColumns = `product_id, user_id, n, kind, key, order_id, added, amount, at, ends_at, trade_no, transaction_id, sum`

func scanEntry(r *store.Rows) (e Entry, err error) {
	var added, at, ends int64
	err = r.Scan(&e.Product, &e.User, &e.N, &e.Kind, &e.Key, &e.Order, &added, &e.Amount, &at, &ends, &e.TradeNo, &e.TransactionID, &e.sum)
	e.Added, e.At, e.EndsAt = time.Duration(added)*time.Millisecond, store.Time(at), store.Time(ends)
	return e, err
}
