package billing_test

import (
	"errors"
	"testing"
	"time"

	"hongyan/billing"
	"hongyan/push"
)

// tryable is a listed product with free days.
func (w *world) tryable(days int) (push.ProductID, billing.Plan) {
	w.Helper()
	id, plan := w.listed(30, 500)
	w.exec(`UPDATE product SET trial_days = $2 WHERE id = $1`, int64(id), int64(days))
	return id, plan
}

// pay pays an order.
func (w *world) pay(o billing.Order, by push.OpenID) string {
	w.Helper()
	no := w.attempt(o)
	w.must(w.Settle(w.Context(), "EV-"+no, w.word(no, by, o.Amount)))
	return no
}

// TestTrial_OnceAUserAndProduct, whoever has bought it before has seen it, and
// the app is followed as by an order.
func TestTrial_OnceAUserAndProduct(t *testing.T) {
	eachWorld(t, func(w *world) {
		id, plan := w.tryable(7)
		ming, hong, gang := w.user("o_ming"), w.user("o_hong"), w.user("o_gang")
		until, err := w.Trial(w.Context(), ming.ID, id)
		w.must(err)
		if got, want := until, w.clock.Now().Add(7*24*time.Hour); got.Sub(want).Abs() > time.Second || !w.paidUntil(ming).Equal(got) {
			t.Errorf("until %s, the subscription says %s, want %s", got, w.paidUntil(ming), want)
		}
		if n := w.number(`SELECT COUNT(*) FROM subscription WHERE kind = 0 AND user_id = $1 AND source = 'order' AND active = 1`, int64(ming.ID)); n != 1 {
			t.Error("the trial did not follow the app as an order does")
		}
		if _, err := w.Trial(w.Context(), ming.ID, id); !errors.Is(err, billing.ErrTrialUsed) {
			t.Errorf("a second time: %v", err)
		}
		w.clock.Advance(8 * 24 * time.Hour)
		if _, err := w.Trial(w.Context(), ming.ID, id); !errors.Is(err, billing.ErrTrialUsed) {
			t.Errorf("after the end: %v", err)
		}
		o, err := w.Order(w.Context(), hong.ID, plan.ID, "")
		w.must(err)
		w.pay(o, "o_hong")
		if _, err := w.Trial(w.Context(), hong.ID, id); !errors.Is(err, billing.ErrTrialUsed) {
			t.Errorf("after a purchase: %v", err)
		}
		w.exec(`UPDATE product SET trial_days = 0`)
		if _, err := w.Trial(w.Context(), gang.ID, id); !errors.Is(err, billing.ErrNoTrial) {
			t.Errorf("without free days: %v", err)
		}
		w.must(w.Delist(w.Context(), w.app, id, ""))
		if _, err := w.Trial(w.Context(), gang.ID, id); !errors.Is(err, billing.ErrNotSold) {
			t.Errorf("delisted: %v", err)
		}
		if _, err := w.Trial(w.Context(), gang.ID, 4711); !errors.Is(err, billing.ErrNoProduct) {
			t.Errorf("no such product: %v", err)
		}
	})
}

// TestTrial_TwoAtOnceAreOne: two devices, or a second tap.
func TestTrial_TwoAtOnceAreOne(t *testing.T) {
	eachWorld(t, func(w *world) {
		id, _ := w.tryable(7)
		ming := w.user("o_ming")
		outcomes := make(chan error)
		for range 4 {
			go func() { _, err := w.Trial(w.Context(), ming.ID, id); outcomes <- err }()
		}
		good := 0
		for range 4 {
			if err := <-outcomes; err == nil {
				good++
			} else if !errors.Is(err, billing.ErrTrialUsed) {
				t.Error(err)
			}
		}
		if n := w.number(`SELECT COUNT(*) FROM ledger`); good != 1 || n != 1 {
			t.Errorf("%d trials, %d entries, want 1", good, n)
		}
	})
}

// TestMarket_ShowsWhatCanBeOrdered: the newest first, page by page, and nothing
// that is no longer sold.
func TestMarket_ShowsWhatCanBeOrdered(t *testing.T) {
	eachWorld(t, func(w *world) {
		var ids []push.ProductID
		for range 5 {
			id, _ := w.listed(30, 500)
			ids = append(ids, id)
		}
		_, err := w.Create(w.Context(), w.app, billing.ProductDraft{Name: "草稿"})
		w.must(err)
		w.must(w.Delist(w.Context(), w.app, ids[3], ""))
		var got []push.ProductID
		for after := push.ProductID(0); ; {
			page, err := w.Market(w.Context(), after, 2)
			w.must(err)
			if len(page) == 0 {
				break
			}
			for _, o := range page {
				got, after = append(got, o.ID), o.ID
				if p, ok := o.Cheapest(); !ok || p.Price != 500 || o.AppName != "价格提醒" {
					t.Errorf("offer %+v", o)
				}
			}
		}
		if want := []push.ProductID{ids[4], ids[2], ids[1], ids[0]}; len(got) != 4 || got[0] != want[0] || got[1] != want[1] || got[3] != want[3] {
			t.Errorf("market %v, want %v", got, want)
		}
		w.exec(`UPDATE app SET suspended_at = 1`)
		if page, err := w.Market(w.Context(), 0, 10); err != nil || len(page) != 0 {
			t.Errorf("of a suspended app: %d, %v", len(page), err)
		}
		if o, err := w.Offer(w.Context(), ids[0]); err != nil || !o.Gone || o.Orderable() || len(o.Gives) != 1 || o.Gives[0].Name != "价格提醒" {
			t.Errorf("offer %+v, %v", o, err)
		}
	})
}

// TestOffer_OfWhatNeverWasListedIsNone.
func TestOffer_OfWhatNeverWasListedIsNone(t *testing.T) {
	eachWorld(t, func(w *world) {
		id, err := w.Create(w.Context(), w.app, billing.ProductDraft{Name: "草稿"})
		w.must(err)
		for _, id := range []push.ProductID{id, 4711} {
			if _, err := w.Offer(w.Context(), id); !errors.Is(err, billing.ErrNoProduct) {
				t.Errorf("product %d: %v", id, err)
			}
		}
	})
}

// TestMine_TellsWhatTheLedgerKnows: of the user alone.
func TestMine_TellsWhatTheLedgerKnows(t *testing.T) {
	eachWorld(t, func(w *world) {
		id, plan := w.tryable(7)
		ming, hong := w.user("o_ming"), w.user("o_hong")
		_, err := w.Trial(w.Context(), ming.ID, id)
		w.must(err)
		o, err := w.Order(w.Context(), ming.ID, plan.ID, "")
		w.must(err)
		if open, err := w.MyOrders(w.Context(), ming.ID, 0); err != nil || len(open) != 1 || open[0].Name != "每日行情" {
			t.Errorf("open orders %+v, %v", open, err)
		}
		w.pay(o, "o_ming")
		w.must(w.AskRefund(w.Context(), ming.ID, o.Handle, "不需要了"))
		mine, err := w.Mine(w.Context(), ming.ID)
		if err != nil || len(mine) != 1 || !mine[0].EndsAt.Equal(w.paidUntil(ming)) {
			t.Errorf("mine %+v, %v", mine, err)
		}
		past, err := w.History(w.Context(), ming.ID, id)
		if err != nil || len(past) != 2 || past[0].Kind != billing.KindPayment || past[1].Kind != billing.KindTrial {
			t.Errorf("history %+v, %v", past, err)
		}
		orders, err := w.MyOrders(w.Context(), ming.ID, id)
		if err != nil || len(orders) != 1 || len(orders[0].Refunds) != 1 || orders[0].Refundable(w.clock.Now()) {
			t.Errorf("orders %+v, %v", orders, err)
		}
		if h, err := w.Holding(w.Context(), ming.ID, id); err != nil || !h.Tried || h.EndsAt.IsZero() {
			t.Errorf("holding %+v, %v", h, err)
		}
		if _, _, err := w.MyOrder(w.Context(), hong.ID, o.Handle); !errors.Is(err, billing.ErrNoOrder) {
			t.Errorf("somebody else's order: %v", err)
		}
		if mine, err := w.Mine(w.Context(), hong.ID); err != nil || len(mine) != 0 {
			t.Errorf("of somebody else: %+v, %v", mine, err)
		}
	})
}

// TestWorth_UsesNothingUp, and a code of days is redeemed once.
func TestWorth_UsesNothingUp(t *testing.T) {
	eachWorld(t, func(w *world) {
		id, plan := w.listed(30, 500)
		ming := w.user("o_ming")
		w.exec(`INSERT INTO coupon (product_id, code, days, off, uses, created_at) VALUES ($1, 'DAYS', 10, 0, 5, 1), ($1, 'OFF', 0, 200, 5, 1)`, int64(id))
		for range 2 {
			days, off, err := w.Worth(w.Context(), ming.ID, id, " days ")
			if err != nil || days != 10 || off != 0 {
				t.Errorf("%d days, %d off, %v", days, off, err)
			}
		}
		until, err := w.Redeem(w.Context(), ming.ID, id, "days")
		w.must(err)
		if !until.Equal(w.paidUntil(ming)) {
			t.Errorf("until %s, the subscription says %s", until, w.paidUntil(ming))
		}
		if _, err := w.Redeem(w.Context(), ming.ID, id, "DAYS"); !errors.Is(err, billing.ErrCoupon) {
			t.Errorf("again: %v", err)
		}
		if _, _, err := w.Worth(w.Context(), ming.ID, id, "DAYS\x00"); !errors.Is(err, billing.ErrCoupon) {
			t.Errorf("a used one: %v", err)
		}
		o, err := w.Order(w.Context(), ming.ID, plan.ID, "OFF")
		if err != nil || o.Amount != billing.Reduced(500, 200) {
			t.Errorf("order %+v, %v", o, err)
		}
	})
}
