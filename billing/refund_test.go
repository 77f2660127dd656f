package billing_test

import (
	"testing"
	"time"

	"hongyan/billing"
)

// TestRefund_AMinuteApart: WeChat Pay wants a minute between the refunds of one
// trade, however many are asked for at once.
func TestRefund_AMinuteApart(t *testing.T) {
	eachWorld(t, func(w *world) {
		_, plan := w.listed(30, 500)
		o, no := w.paid(w.user("o_ming"), plan)
		for range 5 {
			w.refund(o, 10)
		}
		for i := range 5 {
			at := w.clock.Now().Add(time.Duration(i) * time.Minute).UnixMilli()
			if n := w.number(`SELECT COUNT(*) FROM refund WHERE trade_no = $1 AND due_at = $2`, no, at); n != 1 {
				t.Errorf("%d refunds due after %d minutes, want 1", n, i)
			}
		}
	})
}

// TestRefund_AMinuteAfterTheLastWasAccepted or was done.
func TestRefund_AMinuteAfterTheLastWasAccepted(t *testing.T) {
	for state, said := range map[string]billing.RefundState{"accepted": billing.RefundProcessing, "done": billing.RefundDone} {
		t.Run(state, func(t *testing.T) {
			eachWorld(t, func(w *world) {
				_, plan := w.listed(30, 500)
				o, no := w.paid(w.user("o_ming"), plan)
				first := w.refund(o, 10)
				w.clock.Advance(3 * time.Hour) // WeChat Pay was away
				word := w.returned(first, no, 10, 500)
				word.State = said
				w.must(w.SettleRefund(w.Context(), "", word))
				sent := w.clock.Now()
				w.clock.Advance(20 * time.Second)
				second := w.refund(o, 10)
				if got, want := w.number(`SELECT due_at FROM refund WHERE refund_no = $1`, second), sent.Add(time.Minute).UnixMilli(); got != want {
					t.Errorf("due at %s, want %s", time.UnixMilli(got), time.UnixMilli(want))
				}
			})
		})
	}
}

// TestF30_WordsThatMakeNoSenseChangeNothing: a state nobody documented is no
// payment, and a refund nobody sent is neither closed nor stuck.
func TestF30_WordsThatMakeNoSenseChangeNothing(t *testing.T) {
	eachWorld(t, func(w *world) {
		_, plan := w.listed(30, 500)
		u := w.user("o_ming")
		o, err := w.Order(w.Context(), u.ID, plan.ID, "")
		w.must(err)
		no := w.attempt(o)
		for _, state := range []billing.TradeState{"", "USERPAYING", "PAYERROR", "ACCEPT", "success"} {
			word := w.word(no, u.OpenID, 500)
			word.State = state
			w.must(w.Settle(w.Context(), "EV-"+string(state), word))
		}
		if n := w.number(`SELECT COUNT(*) FROM ledger`); n != 0 {
			t.Errorf("%d entries", n)
		}

		w.must(w.Settle(w.Context(), "EV-1", w.word(no, u.OpenID, 500)))
		w.must(w.AskRefund(w.Context(), u.ID, o.Handle, ""))
		asked := w.text(`SELECT refund_no FROM refund`)
		w.must(w.Decline(w.Context(), o.Product, asked, ""))
		for _, state := range []billing.RefundState{billing.RefundClosed, billing.RefundAbnormal, billing.RefundProcessing, "?"} {
			word := w.returned(asked, no, 500, 500)
			word.State = state
			w.must(w.SettleRefund(w.Context(), "", word))
		}
		if got := w.order(u, o); got.Returning != 0 || got.Returned != 0 || got.State != billing.OrderPaid {
			t.Errorf("order %+v", got)
		}
	})
}
