package billing_test

import (
	"errors"
	"testing"

	"hongyan/billing"
	"hongyan/push"
)

// coupon makes one of the product that takes something off, once.
func (w *world) coupon(product push.ProductID, code string, off int64) {
	w.Helper()
	w.exec(`INSERT INTO coupon (product_id, code, off, uses, created_at) VALUES ($1, $2, $3, 1, 1)`, int64(product), code, off)
}

// closed ends an attempt and its order, as the look after its time does.
func (w *world) closed(u push.User, o billing.Order, no string) {
	w.Helper()
	w.must(w.Cancel(w.Context(), u.ID, o.Handle))
	w.must(w.Settle(w.Context(), "", billing.Trade{TradeNo: no, State: billing.TradeClosed}))
	if got := w.order(u, o).State; got != billing.OrderClosed {
		w.Fatalf("state %d, want closed", got)
	}
}

// TestF32_ACouponOfAnOrderPaidAfterItsClosingIsUsed: it was free again when the
// order was closed, and is not any more when the money came all the same.
func TestF32_ACouponOfAnOrderPaidAfterItsClosingIsUsed(t *testing.T) {
	eachWorld(t, func(w *world) {
		product, plan := w.listed(30, 500)
		w.coupon(product, "新年", 200)
		u := w.user("o_ming")
		o, err := w.Order(w.Context(), u.ID, plan.ID, "新年")
		w.must(err)
		no := w.attempt(o)
		w.closed(u, o, no)
		if n := w.number(`SELECT used FROM coupon`); n != 0 {
			t.Errorf("used %d times after the closing, want 0", n)
		}
		w.must(w.Settle(w.Context(), "EV-1", w.word(no, u.OpenID, 300)))
		if n := w.number(`SELECT used FROM coupon`); n != 1 {
			t.Errorf("used %d times after the payment, want 1", n)
		}
		if _, err := w.Order(w.Context(), u.ID, plan.ID, "新年"); !errors.Is(err, billing.ErrCoupon) {
			t.Errorf("used again: %v", err)
		}
	})
}

// TestF32_ACouponPaidWithIsNotGivenBackByALaterOrder: the second order took the
// coupon while the first was closed, and is closed after the first was paid.
func TestF32_ACouponPaidWithIsNotGivenBackByALaterOrder(t *testing.T) {
	eachWorld(t, func(w *world) {
		product, plan := w.listed(30, 500)
		w.coupon(product, "新年", 200)
		u := w.user("o_ming")
		first, err := w.Order(w.Context(), u.ID, plan.ID, "新年")
		w.must(err)
		no := w.attempt(first)
		w.closed(u, first, no)
		second, err := w.Order(w.Context(), u.ID, plan.ID, "新年")
		w.must(err)
		other := w.attempt(second)
		w.must(w.Settle(w.Context(), "EV-1", w.word(no, u.OpenID, 300)))
		w.closed(u, second, other)
		if _, err := w.Order(w.Context(), u.ID, plan.ID, "新年"); !errors.Is(err, billing.ErrCoupon) {
			t.Errorf("used again: %v", err)
		}
		if got, want := w.number(`SELECT used FROM coupon`), w.number(`SELECT COUNT(*) FROM coupon_use`); got != 1 || want != 1 {
			t.Errorf("used %d times, %d uses, want 1", got, want)
		}
	})
}

// TestOrder_AnUnknownCodeIsSaid also where an order without one is open.
func TestOrder_AnUnknownCodeIsSaid(t *testing.T) {
	eachWorld(t, func(w *world) {
		_, plan := w.listed(30, 500)
		u := w.user("o_ming")
		_, err := w.Order(w.Context(), u.ID, plan.ID, "")
		w.must(err)
		if _, err := w.Order(w.Context(), u.ID, plan.ID, "没有的"); !errors.Is(err, billing.ErrCoupon) {
			t.Errorf("got %v, want ErrCoupon", err)
		}
	})
}
