package billing_test

import (
	"errors"
	"testing"
	"time"

	"hongyan/billing"
)

// TestSettle_PaidOnceExtendsOnce: the second notice, and the third, change
// nothing.
func TestSettle_PaidOnceExtendsOnce(t *testing.T) {
	eachWorld(t, func(w *world) {
		_, plan := w.listed(30, 500)
		u := w.user("o_ming")
		o, err := w.Order(w.Context(), u.ID, plan.ID, "")
		w.must(err)
		no := w.attempt(o)
		for range 3 {
			w.must(w.Settle(w.Context(), "EV-1", w.word(no, "o_ming", 500)))
		}
		if got, want := w.paidUntil(u), w.clock.Now().Add(30*24*time.Hour); got.Sub(want).Abs() > time.Second {
			t.Errorf("paid until %s, want %s", got, want)
		}
		if n := w.number(`SELECT COUNT(*) FROM ledger`); n != 1 {
			t.Errorf("%d entries", n)
		}
	})
}

// TestI6_WhatDoesNotAgreeIsNotBooked but written down.
func TestI6_WhatDoesNotAgreeIsNotBooked(t *testing.T) {
	eachWorld(t, func(w *world) {
		_, plan := w.listed(30, 500)
		u := w.user("o_ming")
		o, err := w.Order(w.Context(), u.ID, plan.ID, "")
		w.must(err)
		no := w.attempt(o)
		for name, spoil := range map[string]func(*billing.Trade){
			"amount":   func(t *billing.Trade) { t.Total = 1 },
			"currency": func(t *billing.Trade) { t.Currency = "USD" },
			"merchant": func(t *billing.Trade) { t.MchID = "1900000002" },
			"account":  func(t *billing.Trade) { t.AppID = "wx0" },
		} {
			word := w.word(no, "o_ming", 500)
			spoil(&word)
			if err := w.Settle(w.Context(), "EV-"+name, word); !errors.Is(err, billing.ErrMismatch) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n := w.number(`SELECT COUNT(*) FROM ledger`); n != 0 {
			t.Errorf("%d entries", n)
		}
		if n := w.number(`SELECT COUNT(*) FROM difference`); n != 4 {
			t.Errorf("%d differences", n)
		}
	})
}
