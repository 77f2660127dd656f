package billing

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"hongyan/push"
	"hongyan/store"
)

// The bounds of a coupon.
const (
	MinCode    = 4
	MaxCode    = 32
	MaxUses    = 100_000
	madeCode   = 10             // characters of a code that is made: 50 bits
	couponLife = 10 * 366 * Day // the latest end
	codeLooks  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"
)

// Coupon gives days at once, or takes something off one order's price.
type Coupon struct {
	ID        CouponID
	Product   push.ProductID
	Code      string // upper case
	Days      int    // given; 0: it takes Off
	Off       int64  // fen
	Uses      int    // in all, one a user
	Used      int
	ExpiresAt time.Time // zero: never
	EndedAt   time.Time // by the owner
	CreatedAt time.Time
}

// CouponDraft is a coupon as an owner writes it.
type CouponDraft struct {
	Code    string // empty: one is made
	Days    int
	Off     int64 // fen; one of the two
	Uses    int
	Expires time.Time // zero: never
}

// couponCode is a code as it is kept: it is the same in both cases.
func couponCode(code string) string { return storable(strings.ToUpper(strings.TrimSpace(code))) }

// Validate tells in a *push.Invalid what is wrong.
func (d *CouponDraft) Validate(now time.Time) error {
	d.Code = couponCode(d.Code)
	switch {
	case d.Code != "" && (len(d.Code) < MinCode || len(d.Code) > MaxCode || strings.Trim(d.Code, codeLooks) != ""):
		return &push.Invalid{Field: "code", Text: fmt.Sprintf(textCouponCode, MinCode, MaxCode)}
	case (d.Days == 0) == (d.Off == 0):
		return &push.Invalid{Field: "days", Text: textCouponGives}
	case d.Days < 0 || d.Days > MaxDays:
		return &push.Invalid{Field: "days", Text: fmt.Sprintf(textPlanDays, MaxDays)}
	case d.Off < 0 || d.Off > MaxPrice:
		return &push.Invalid{Field: "off", Text: fmt.Sprintf(textCouponOff, Yuan(MaxPrice))}
	case d.Uses < 1 || d.Uses > MaxUses:
		return &push.Invalid{Field: "uses", Text: fmt.Sprintf(textCouponUses, MaxUses)}
	case !d.Expires.IsZero() && (!d.Expires.After(now) || d.Expires.Sub(now) > couponLife):
		return &push.Invalid{Field: "expires", Text: textCouponExpires}
	}
	return nil
}

// CreateCoupon makes a coupon of a product of the app. A code that the product
// has had is an *push.Invalid. ErrNoProduct.
func (s *Service) CreateCoupon(ctx context.Context, app push.AppID, product push.ProductID, d CouponDraft) (c Coupon, err error) {
	if err := d.Validate(s.db.Now()); err != nil {
		return Coupon{}, err
	}
	if d.Code == "" {
		d.Code = rand.Text()[:madeCode]
	}
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		p, err := own(tx, app, product)
		if err != nil {
			return err
		}
		n, err := tx.Exec(`INSERT INTO coupon (product_id, code, days, off, uses, expires_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (product_id, code) DO NOTHING`,
			int64(product), d.Code, int64(d.Days), d.Off, int64(d.Uses), store.Millis(d.Expires), store.Millis(tx.Now))
		if err == nil && n == 0 {
			err = &push.Invalid{Field: "code", Text: textCouponTaken}
		}
		if err != nil {
			return err
		}
		if c, err = couponTx(tx, product, d.Code); err != nil {
			return err
		}
		return s.push.AuditTx(ctx, tx, push.Change{App: p.App, Action: "coupon.create", Subject: productSubject(p), Before: c.Code, After: c.gives()})
	})
	if err != nil {
		return Coupon{}, fmt.Errorf("make a coupon of product %d: %w", product, err)
	}
	return c, nil
}

// Coupons lists the coupons of a product of the app, the newest first: up to
// limit below the number after, 0 being the first page. ErrNoProduct.
func (s *Service) Coupons(ctx context.Context, app push.AppID, product push.ProductID, after CouponID, limit int) (all []Coupon, more bool, err error) {
	size := pageSize(limit)
	if after == 0 {
		after = 1<<63 - 1
	}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		if _, err := own(tx, app, product); err != nil {
			return err
		}
		all, err = store.Collect(tx, func(r *store.Rows) (Coupon, error) { return scanCoupon(r) },
			`SELECT `+couponColumns+` FROM coupon WHERE product_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3`, int64(product), int64(after), size+1)
		return err
	})
	if err != nil {
		return nil, false, fmt.Errorf("coupons of product %d: %w", product, err)
	}
	if more = len(all) > size; more {
		all = all[:size]
	}
	return all, more, nil
}

// EndCoupon ends a coupon: nobody can use it any more, and orders that were
// made with it keep their price. Ending twice is not an error. ErrNoProduct,
// ErrCoupon.
func (s *Service) EndCoupon(ctx context.Context, app push.AppID, product push.ProductID, code string) error {
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		p, err := own(tx, app, product)
		if err != nil {
			return err
		}
		c, err := couponTx(tx, product, couponCode(code))
		if err != nil || !c.EndedAt.IsZero() {
			return err
		}
		if _, err := tx.Exec(`UPDATE coupon SET ended_at = $2 WHERE id = $1`, int64(c.ID), store.Millis(tx.Now)); err != nil {
			return err
		}
		return s.push.AuditTx(ctx, tx, push.Change{App: p.App, Action: "coupon.end", Subject: productSubject(p), Before: c.Code})
	})
	if err != nil {
		return fmt.Errorf("end a coupon of product %d: %w", product, err)
	}
	return nil
}

const couponColumns = `id, product_id, code, days, off, uses, used, expires_at, ended_at, created_at`

func scanCoupon(r scanner) (c Coupon, err error) {
	var expires, ended, created int64
	err = r.Scan(&c.ID, &c.Product, &c.Code, &c.Days, &c.Off, &c.Uses, &c.Used, &expires, &ended, &created)
	c.ExpiresAt, c.EndedAt, c.CreatedAt = store.Time(expires), store.Time(ended), store.Time(created)
	return c, err
}

// couponTx finds a coupon by its code. ErrCoupon.
func couponTx(tx *store.Tx, product push.ProductID, code string) (Coupon, error) {
	all, err := store.Collect(tx, func(r *store.Rows) (Coupon, error) { return scanCoupon(r) },
		`SELECT `+couponColumns+` FROM coupon WHERE product_id = $1 AND code = $2`, int64(product), code)
	if err == nil && len(all) == 0 {
		return Coupon{}, ErrCoupon
	}
	if err != nil {
		return Coupon{}, err
	}
	return all[0], nil
}
