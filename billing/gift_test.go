package billing_test

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"sync"
	"testing"
	"time"

	"hongyan/billing"
	"hongyan/push"
)

// TestGift_ExtendsAndTells: the days come on top of what is left, the user is
// told why, and the log says who gave what.
func TestGift_ExtendsAndTells(t *testing.T) {
	eachWorld(t, func(w *world) {
		product, plan := w.listed(30, 500)
		u := w.user(someone(1))
		w.buy(u, plan)
		w.must(w.Gift(w.Context(), w.app, product, u.UID, 3, "服务中断补偿"))
		if got, want := w.paidUntil(u), w.clock.Now().Add(33*billing.Day); got.Sub(want).Abs() > time.Second {
			t.Errorf("until %s, want %s", got, want)
		}
		if n := w.number(`SELECT COUNT(*) FROM content WHERE body LIKE '%服务中断补偿%'`); n != 1 {
			t.Errorf("%d messages name the reason", n)
		}
		if n := w.number(`SELECT COUNT(*) FROM audit WHERE action = 'product.gift' AND before = $1 AND after LIKE '3 天%'`, string(u.UID)); n != 1 {
			t.Errorf("%d lines in the log", n)
		}
		fresh := w.user(someone(2))
		w.must(w.Gift(w.Context(), w.app, product, fresh.UID, 1, ""))
		if w.paidUntil(fresh).IsZero() {
			t.Error("who followed nothing got nothing")
		}
		var invalid *push.Invalid
		for name, c := range map[string]struct {
			days   int
			reason string
		}{"no days": {0, ""}, "less": {-1, ""}, "ages": {billing.MaxDays + 1, ""}, "long": {1, string(bytes.Repeat([]byte("长"), 81))}} {
			if err := w.Gift(w.Context(), w.app, product, u.UID, c.days, c.reason); !errors.As(err, &invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := w.Gift(w.Context(), w.app, product, "UID_没有\x00", 1, ""); !errors.Is(err, push.ErrNoUser) {
			t.Errorf("nobody: %v", err)
		}
		w.must(w.push.RejectFollower(w.Context(), w.app, 0, u.UID, true))
		if err := w.Gift(w.Context(), w.app, product, u.UID, 1, ""); !errors.Is(err, push.ErrRejected) {
			t.Errorf("a rejected one: %v", err)
		}
		if n := w.number(`SELECT COUNT(*) FROM ledger WHERE kind = 'gift'`); n != 2 {
			t.Errorf("%d gifts", n)
		}
	})
}

// TestCoupon_OfDays is used in any case, once a user, as often as there are
// uses, until it ends.
func TestCoupon_OfDays(t *testing.T) {
	eachWorld(t, func(w *world) {
		product, plan := w.listed(30, 500)
		c, err := w.CreateCoupon(w.Context(), w.app, product, billing.CouponDraft{Code: " open-2026 ", Days: 7, Uses: 2, Expires: w.clock.Now().Add(time.Hour)})
		w.must(err)
		if c.Code != "OPEN-2026" || c.Used != 0 || c.Uses != 2 {
			t.Errorf("coupon %+v", c)
		}
		var invalid *push.Invalid
		if _, err := w.CreateCoupon(w.Context(), w.app, product, billing.CouponDraft{Code: "Open-2026", Off: 1, Uses: 2}); !errors.As(err, &invalid) || invalid.Field != "code" {
			t.Errorf("the same code: %v", err)
		}
		var users []push.User
		for i := range 4 {
			users = append(users, w.user(someone(i)))
		}
		until, err := w.Redeem(w.Context(), users[0].ID, product, "oPen-2026")
		w.must(err)
		if got := w.paidUntil(users[0]); !got.Equal(until) || until.Sub(w.clock.Now().Add(7*billing.Day)).Abs() > time.Second {
			t.Errorf("until %s, the subscription says %s", until, got)
		}
		refused := func(name string, u push.User, code string) {
			if _, err := w.Redeem(w.Context(), u.ID, product, code); !errors.Is(err, billing.ErrCoupon) {
				t.Errorf("%s: %v, want ErrCoupon", name, err)
			}
		}
		refused("twice", users[0], "OPEN-2026")
		refused("unknown", users[1], "NOPE\x00雁")
		refused("none", users[1], "")
		if _, err := w.Order(w.Context(), users[1].ID, plan.ID, "OPEN-2026"); !errors.Is(err, billing.ErrCoupon) {
			t.Errorf("days are not sold: %v", err)
		}
		_, err = w.Redeem(w.Context(), users[1].ID, product, "OPEN-2026")
		w.must(err)
		refused("used up", users[2], "OPEN-2026")
		if n := w.number(`SELECT COUNT(*) FROM ledger WHERE kind = 'coupon'`); n != 2 {
			t.Errorf("%d entries", n)
		}
		for name, end := range map[string]func(code string){
			"ended":   func(code string) { w.must(w.EndCoupon(w.Context(), w.app, product, code)) },
			"expired": func(string) { w.clock.Advance(2 * time.Hour) },
		} {
			made, err := w.CreateCoupon(w.Context(), w.app, product, billing.CouponDraft{Days: 1, Uses: 9, Expires: w.clock.Now().Add(time.Hour)})
			w.must(err)
			end(made.Code)
			refused(name, users[3], made.Code)
		}
		w.must(w.Delist(w.Context(), w.app, product, ""))
		if _, err := w.Redeem(w.Context(), users[2].ID, product, "OPEN-2026"); !errors.Is(err, billing.ErrNotSold) {
			t.Errorf("delisted: %v", err)
		}
	})
}

// TestCoupon_OffAnOrder in any case; whoever ends it leaves the order its price.
func TestCoupon_OffAnOrder(t *testing.T) {
	eachWorld(t, func(w *world) {
		product, plan := w.listed(30, 500)
		made, err := w.CreateCoupon(w.Context(), w.app, product, billing.CouponDraft{Off: 200, Uses: 5})
		w.must(err)
		if len(made.Code) != 10 {
			t.Errorf("made code %q", made.Code)
		}
		u := w.user(someone(1))
		o, err := w.Order(w.Context(), u.ID, plan.ID, " "+string(bytes.ToLower([]byte(made.Code))))
		w.must(err)
		w.must(w.EndCoupon(w.Context(), w.app, product, made.Code))
		w.must(w.Settle(w.Context(), "", w.word(w.attempt(o), u.OpenID, 300)))
		all, more, err := w.Coupons(w.Context(), w.app, product, 0, 10)
		w.must(err)
		if len(all) != 1 || more || all[0].Used != 1 || all[0].EndedAt.IsZero() {
			t.Errorf("coupons %+v", all)
		}
		row, err := w.OrderOf(w.Context(), w.app, product, o.Handle)
		w.must(err)
		if row.Amount != 300 || row.Price != 500 || row.Code != made.Code {
			t.Errorf("order %+v", row)
		}
		if _, err := w.Redeem(w.Context(), w.user(someone(2)).ID, product, made.Code); !errors.Is(err, billing.ErrCoupon) {
			t.Errorf("it gives no days: %v", err)
		}
	})
}

func TestCouponDraft_Validate(t *testing.T) {
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		d    billing.CouponDraft
		want string
	}{
		"days":       {billing.CouponDraft{Days: 1, Uses: 1}, ""},
		"off":        {billing.CouponDraft{Off: 1, Uses: billing.MaxUses, Code: "a-1b"}, ""},
		"both":       {billing.CouponDraft{Days: 1, Off: 1, Uses: 1}, "days"},
		"neither":    {billing.CouponDraft{Uses: 1}, "days"},
		"less":       {billing.CouponDraft{Off: -1, Uses: 1}, "off"},
		"many":       {billing.CouponDraft{Days: billing.MaxDays + 1, Uses: 1}, "days"},
		"no use":     {billing.CouponDraft{Days: 1}, "uses"},
		"many uses":  {billing.CouponDraft{Days: 1, Uses: billing.MaxUses + 1}, "uses"},
		"short":      {billing.CouponDraft{Days: 1, Uses: 1, Code: "abc"}, "code"},
		"Chinese":    {billing.CouponDraft{Days: 1, Uses: 1, Code: "优惠优惠"}, "code"},
		"blank":      {billing.CouponDraft{Days: 1, Uses: 1, Code: "AB CD"}, "code"},
		"over":       {billing.CouponDraft{Days: 1, Uses: 1, Expires: now}, "expires"},
		"ages":       {billing.CouponDraft{Days: 1, Uses: 1, Expires: now.AddDate(11, 0, 0)}, "expires"},
		"after 2038": {billing.CouponDraft{Days: 1, Uses: 1, Expires: now.AddDate(9, 11, 0)}, ""},
	} {
		got := ""
		var invalid *push.Invalid
		if err := c.d.Validate(now); errors.As(err, &invalid) {
			got = invalid.Field
		}
		if got != c.want {
			t.Errorf("%s: wrong %q, want %q", name, got, c.want)
		}
	}
}

// TestRedeem_OfManyAtOnce gives each user once, and no more than there are
// uses.
func TestRedeem_OfManyAtOnce(t *testing.T) {
	eachWorld(t, func(w *world) {
		product, plan := w.listed(30, 500)
		c, err := w.CreateCoupon(w.Context(), w.app, product, billing.CouponDraft{Days: 1, Uses: 5})
		w.must(err)
		var g sync.WaitGroup
		for i := range 8 {
			u := w.user(someone(i))
			o, err := w.Order(w.Context(), u.ID, plan.ID, "")
			w.must(err)
			word := w.word(w.attempt(o), u.OpenID, 500)
			g.Go(func() { // who pays meanwhile is not kept waiting for ever
				if err := w.Settle(w.Context(), "", word); err != nil {
					t.Error(err)
				}
			})
			for range 2 {
				g.Go(func() {
					if _, err := w.Redeem(w.Context(), u.ID, product, c.Code); err != nil && !errors.Is(err, billing.ErrCoupon) {
						t.Error(err)
					}
				})
			}
		}
		g.Wait()
		if n := w.number(`SELECT COUNT(*) FROM ledger WHERE kind = 'coupon'`); n != 5 {
			t.Errorf("%d entries, want 5", n)
		}
		if n := w.number(`SELECT used FROM coupon`); n != 5 {
			t.Errorf("used %d times", n)
		}
		if n := w.number(`SELECT COUNT(*) FROM entitlement e JOIN subscription s ON s.user_id = e.user_id AND s.kind = 0 AND s.paid_until <> e.ends_at`); n != 0 {
			t.Errorf("%d subscriptions do not follow the ledger", n)
		}
	})
}

// TestCover_IsPartOfWhatWasReviewed, and its name changes with it.
func TestCover_IsPartOfWhatWasReviewed(t *testing.T) {
	eachWorld(t, func(w *world) {
		id, err := w.Create(w.Context(), w.app, billing.ProductDraft{
			Name: "每日行情", Resources: []push.Resource{{Kind: push.OfApp, Target: int64(w.app)}}, Plans: []billing.PlanDraft{{Days: 1, Price: 1}},
		})
		w.must(err)
		var file bytes.Buffer
		w.must(png.Encode(&file, image.NewNRGBA(image.Rect(0, 0, 40, 30))))
		w.must(w.SetCover(w.Context(), w.app, id, file.Bytes()))
		p, err := w.Product(w.Context(), id)
		w.must(err)
		if p.CoverPath() != "/cover/1/"+p.Cover || p.Cover == "" {
			t.Errorf("path %q", p.CoverPath())
		}
		if got, err := w.Cover(w.Context(), id, p.Cover); err != nil || got.Kind != "image/png" || len(got.Body) == 0 {
			t.Errorf("%+v, %v", got.Kind, err)
		}
		for _, name := range []string{"", "x.png", "雁\x00"} {
			if _, err := w.Cover(w.Context(), id, name); !errors.Is(err, billing.ErrNoCover) {
				t.Errorf("%q: %v", name, err)
			}
		}
		var invalid *push.Invalid
		if err := w.SetCover(w.Context(), w.app, id, []byte("<svg>")); !errors.As(err, &invalid) || invalid.Field != "cover" {
			t.Errorf("no picture: %v", err)
		}
		w.must(w.Submit(w.Context(), w.app, id))
		if err := w.SetCover(w.Context(), w.app, id, nil); !errors.Is(err, billing.ErrState) {
			t.Errorf("under review: %v", err)
		}
		w.must(w.Withdraw(w.Context(), w.app, id))
		w.must(w.SetCover(w.Context(), w.app, id, nil))
		if _, err := w.Cover(w.Context(), id, p.Cover); !errors.Is(err, billing.ErrNoCover) {
			t.Errorf("taken away: %v", err)
		}
	})
}

// TestEnsureScene_MakesOneCode, which knows its product.
func TestEnsureScene_MakesOneCode(t *testing.T) {
	eachWorld(t, func(w *world) {
		product, _ := w.listed(1, 1)
		first, err := w.EnsureScene(w.Context(), w.app, product)
		w.must(err)
		again, err := w.EnsureScene(w.Context(), w.app, product)
		w.must(err)
		if first.Handle != again.Handle || again.Product != product || again.Purpose != push.SceneProduct {
			t.Errorf("%+v, then %+v", first, again)
		}
		if p, err := w.Product(w.Context(), product); err != nil || p.Scene != first.Handle || p.PagePath() != "/product/1" {
			t.Errorf("%+v, %v", p, err)
		}
	})
}
