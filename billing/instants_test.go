package billing_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hongyan/billing"
	"hongyan/push"
)

// TestF20_ExpiriesAtEveryInstant: a day is 24 hours, to the millisecond,
// whatever the calendar does, and the receipt says the end in China's time.
func TestF20_ExpiriesAtEveryInstant(t *testing.T) {
	cases := []struct {
		name, at string
		days     int
		want     string
	}{
		{"leap day begins", "2028-02-28T23:59:59.999+08:00", 1, "2028-02-29 23:59"},
		{"leap day ends", "2028-02-29T23:59:59.999+08:00", 1, "2028-03-01 23:59"},
		{"a year over leap day", "2028-02-01T00:00:00+08:00", 365, "2029-01-31 00:00"},
		{"no leap day in 2100", "2100-02-28T12:00:00+08:00", 1, "2100-03-01 12:00"},
		{"year end", "2026-12-31T23:59:59.999+08:00", 1, "2027-01-01 23:59"},
		{"year end of UTC", "2027-01-01T07:59:59.999+08:00", 1, "2027-01-02 07:59"},
		{"before 2038", "2038-01-19T11:14:07.999+08:00", 1, "2038-01-20 11:14"},
		{"after 2038", "2038-01-19T11:14:08+08:00", 1, "2038-01-20 11:14"},
		{"over 2038", "2037-12-31T00:00:00+08:00", 3650, "2047-12-29 00:00"},
		{"32 bits without sign", "2106-02-07T14:28:16+08:00", 1, "2106-02-08 14:28"},
		{"midnight in China", "2026-06-30T00:00:00+08:00", 30, "2026-07-30 00:00"},
		{"before it", "2026-06-29T23:59:59.999+08:00", 30, "2026-07-29 23:59"},
		{"clocks in America", "2026-11-01T13:30:00+08:00", 1, "2026-11-02 13:30"},
		{"clocks in Europe", "2027-03-28T09:00:00+08:00", 1, "2027-03-29 09:00"},
	}
	eachWorld(t, func(w *world) {
		for _, c := range cases {
			at, err := time.Parse(time.RFC3339Nano, c.at)
			w.must(err)
			w.clock.Set(at)
			_, plan := w.listed(c.days, 500)
			u := w.user(push.OpenID("o_" + c.at))
			o, no := w.paid(u, plan)
			end := at.Add(time.Duration(c.days) * 24 * time.Hour)
			if got := w.paidUntil(u); !got.Equal(end) {
				t.Errorf("%s: paid until %s, want %s", c.name, got, end)
			}
			if got := w.text(`SELECT body FROM content WHERE body LIKE '%' || $1 || '%'`, no); !strings.Contains(got, c.want) {
				t.Errorf("%s: the receipt does not say %s: %s", c.name, c.want, got)
			}
			w.paid(u, plan) // renewed at once: the time adds up
			if got, want := w.paidUntil(u), end.Add(end.Sub(at)); !got.Equal(want) {
				t.Errorf("%s: renewed until %s, want %s", c.name, got, want)
			}
			w.must(w.SettleRefund(w.Context(), "", w.returned(w.refund(o, 500), no, 500, 500)))
			if got := w.paidUntil(u); !got.Equal(end) {
				t.Errorf("%s: after the refund until %s, want %s", c.name, got, end)
			}
		}
	})
}

// TestF20_TheClockJumpsBetweenOrderAndPayment and back: nothing is lost, and
// what was paid counts from the payment.
func TestF20_TheClockJumpsBetweenOrderAndPayment(t *testing.T) {
	eachWorld(t, func(w *world) {
		_, plan := w.listed(30, 500)
		for _, jump := range []time.Duration{time.Hour, -time.Hour, billing.Day, -billing.Day} {
			u := w.user(push.OpenID(fmt.Sprint("o", jump)))
			o, err := w.Order(w.Context(), u.ID, plan.ID, "")
			w.must(err)
			no := w.attempt(o)
			word := w.word(no, u.OpenID, 500)
			w.clock.Advance(jump)
			w.must(w.Settle(w.Context(), "EV-"+no, word))
			end := w.clock.Now().Add(30 * billing.Day)
			w.clock.Advance(-jump)
			w.must(w.Settle(w.Context(), "EV-"+no, word))
			if got := w.paidUntil(u); !got.Equal(end) {
				t.Errorf("jump %s: paid until %s, want %s", jump, got, end)
			}
			entries, err := w.Ledger(w.Context(), o.Product, u.ID)
			w.must(err)
			if got, err := billing.Fold(entries); err != nil || !got.Equal(end) {
				t.Errorf("jump %s: the ledger says %s, %v", jump, got, err)
			}
		}
	})
}
