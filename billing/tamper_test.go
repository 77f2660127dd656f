package billing_test

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"hongyan/billing"
	"hongyan/push"
)

// TestF31_ThePriceOfTheOrderCounts whatever the plan costs when it is paid.
func TestF31_ThePriceOfTheOrderCounts(t *testing.T) {
	eachWorld(t, func(w *world) {
		id, plan := w.listed(30, 500)
		u := w.user("o_ming")
		o, err := w.Order(w.Context(), u.ID, plan.ID, "")
		w.must(err)
		no := w.attempt(o)
		w.must(w.Edit(w.Context(), w.app, id, billing.ProductDraft{
			Name: "每日行情", Resources: []push.Resource{{Kind: push.OfApp, Target: int64(w.app)}},
			Plans: []billing.PlanDraft{{Line: plan.Line, Days: 7, Price: 900}},
		}))
		if err := w.Settle(w.Context(), "EV-1", w.word(no, u.OpenID, 900)); !errors.Is(err, billing.ErrMismatch) {
			t.Errorf("paid at the new price: %v", err)
		}
		w.must(w.Settle(w.Context(), "EV-2", w.word(no, u.OpenID, 500)))
		if got := w.order(u, o); got.Days != 30 || got.Added != 30*billing.Day || got.Amount != 500 {
			t.Errorf("order %+v", got)
		}
		if _, err := w.Order(w.Context(), u.ID, plan.ID, ""); !errors.Is(err, billing.ErrNotSold) {
			t.Errorf("ordered the plan that is retired: %v", err)
		}
	})
}

// TestF31_WhatIsNotTheOrdersBuysNothing: no change of what WeChat Pay says, by
// notice or by answer, gives time or moves money that was not paid for it.
func TestF31_WhatIsNotTheOrdersBuysNothing(t *testing.T) {
	setFlag(t, "rapid.checks", "60")
	eachWorld(t, func(w *world) {
		_, plan := w.listed(30, 500)
		u, other := w.user("o_ming"), w.user("o_hong")
		text := rapid.SampledFrom([]string{"", "x", "CNY ", "cny", "USD", payee.MchID + " ", payee.AppID + "0", "人民币"})
		n := 0
		rapid.Check(w.TB, func(r *rapid.T) {
			n++
			w.exec(`UPDATE orders SET expires_at = 1 WHERE state = 0`)
			o, err := w.Order(w.Context(), u.ID, plan.ID, "")
			w.must(err)
			no := w.attempt(o)
			word, want := w.word(no, u.OpenID, 500), billing.ErrMismatch
			switch rapid.SampledFrom([]string{"amount", "currency", "merchant", "account", "trade", "payer", "transaction", "state"}).Draw(r, "field") {
			case "amount":
				word.Total = rapid.Int64().Filter(func(fen int64) bool { return fen != 500 }).Draw(r, "fen")
			case "currency":
				word.Currency = text.Draw(r, "currency")
			case "merchant":
				word.MchID = text.Draw(r, "mchid")
			case "account":
				word.AppID = text.Draw(r, "appid")
			case "trade":
				word.TradeNo, want = "HY"+text.Draw(r, "trade"), billing.ErrNoOrder
			case "payer":
				word.OpenID, want = push.OpenID(rapid.SampledFrom([]string{"", string(other.OpenID), string(u.OpenID) + " "}).Draw(r, "openid")), nil
			case "transaction":
				word.TransactionID = ""
			default:
				word.State, want = billing.TradeState(rapid.SampledFrom([]string{"", "USERPAYING", "NOTPAY", "success"}).Draw(r, "state")), nil
			}
			notice := rapid.SampledFrom([]string{"", "EV-forged"}).Draw(r, "by")
			if err := w.Settle(w.Context(), notice, word); !errors.Is(err, want) {
				r.Errorf("%+v: got %v, want %v", word, err, want)
			}
			if got := w.order(u, o); got.State != billing.OrderCreated {
				r.Errorf("%+v: order in state %d", word, got.State)
			}
			if n := w.number(`SELECT COUNT(*) FROM ledger WHERE kind <> 'surplus' OR added <> 0`); n != 0 {
				r.Errorf("%+v: %d entries", word, n)
			}
			if !w.paidUntil(u).IsZero() || !w.paidUntil(other).IsZero() {
				r.Errorf("%+v: somebody has time", word)
			}
		})
	})
}

// TestF31_AnothersOrderIsNone, and so is one of another product.
func TestF31_AnothersOrderIsNone(t *testing.T) {
	eachWorld(t, func(w *world) {
		id, plan := w.listed(30, 500)
		theirs, _ := w.listed(30, 500)
		u, other := w.user("o_ming"), w.user("o_hong")
		o, no := w.paid(u, plan)
		w.must(w.AskRefund(w.Context(), u.ID, o.Handle, ""))
		asked := w.text(`SELECT refund_no FROM refund WHERE trade_no = $1`, no)
		_, _, own := w.MyOrder(w.Context(), other.ID, o.Handle)
		_, back := w.Refund(w.Context(), theirs, o.ID, 1, "")
		for what, err := range map[string]error{
			"read": own, "refund": back,
			"cancel":  w.Cancel(w.Context(), other.ID, o.Handle),
			"wish":    w.AskRefund(w.Context(), other.ID, o.Handle, ""),
			"approve": w.Approve(w.Context(), theirs, asked),
			"decline": w.Decline(w.Context(), theirs, asked, ""),
		} {
			if !errors.Is(err, billing.ErrNoOrder) {
				t.Errorf("%s: %v, want ErrNoOrder", what, err)
			}
		}
		if n := w.number(`SELECT state FROM refund WHERE refund_no = $1`, asked); n != 0 {
			t.Errorf("refund of product %d is in state %d", id, n)
		}
	})
}
