package billing_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"hongyan/billing"
	"hongyan/oa/sandbox/pay"
	"hongyan/push"
)

// at moves the clock to an hour of the day after so many days.
func (s *shop) at(days, hour int) {
	now := s.clock.Now().In(time.FixedZone("CST", 8*3600))
	s.clock.Set(time.Date(now.Year(), now.Month(), now.Day()+days, hour, 0, 0, 0, now.Location()))
	s.wechat.Advance(0)
}

// compares runs the comparison on the first node.
func (s *shop) compares(want int) {
	s.Helper()
	n, err := s.nodes[0].CompareBill(s.Context())
	s.must(err)
	if n != want {
		s.Errorf("%d bills compared, want %d", n, want)
	}
}

// differences are those that are open: kind and day, in the order they were found.
func (s *shop) differences() string {
	s.Helper()
	all, err := s.Differences(s.Context())
	s.must(err)
	var text []string
	for _, d := range all {
		if d.SettledAt.IsZero() {
			text = append(text, string(d.Kind))
		}
	}
	return strings.Join(text, " ")
}

// TestF33_TheBillFindsALostNotice: nobody looked in time, and the bill is the
// last that can tell.
func TestF33_TheBillFindsALostNotice(t *testing.T) {
	eachShop(t, func(s *shop) {
		_, plan := s.listed(30, 500)
		u := s.buyer()
		s.bought(u, plan)
		s.at(1, 9)
		s.compares(2) // two days before the first attempt
		s.at(0, 10)
		s.compares(1)
		if n := s.number(`SELECT COUNT(*) FROM ledger WHERE kind = 'payment' AND amount = 500`); n != 1 || s.paidUntil(u).IsZero() {
			t.Errorf("%d entries, paid until %s", n, s.paidUntil(u))
		}
		s.compares(0)
		for range 4 {
			s.at(1, 10)
			s.compares(1)
		}
		if got := s.differences(); got != "" {
			t.Errorf("differences: %s", got)
		}
		bills, err := s.Bills(t.Context())
		s.must(err)
		if len(bills) != 7 || bills[4].Day != "2026-11-02" || bills[4].Lines != 1 || bills[4].Income != 500 || bills[0].Lines != 0 {
			t.Errorf("bills %+v", bills)
		}
	})
}

// TestCompareBill_WaitsForTheBill, and goes on where it stopped.
func TestCompareBill_WaitsForTheBill(t *testing.T) {
	eachShop(t, func(s *shop) {
		_, plan := s.listed(30, 500)
		s.bought(s.buyer(), plan)
		s.looks()
		s.dial(func(p *pay.Settings) { p.BillCreating = true })
		s.at(3, 12)
		s.compares(0)
		s.dial(func(p *pay.Settings) { p.BillCreating = false })
		s.compares(5)
		if got := s.differences(); got != "" {
			t.Errorf("differences: %s", got)
		}
	})
}

// TestCompareBill_AroundMidnight: paid a second before, booked after it.
func TestCompareBill_AroundMidnight(t *testing.T) {
	eachShop(t, func(s *shop) {
		_, plan := s.listed(30, 500)
		s.clock.Set(time.Date(2026, 11, 2, 15, 59, 59, 0, time.UTC)) // a second before midnight in Shanghai
		s.bought(s.buyer(), plan)
		s.pass(10 * time.Minute)
		s.looks()
		for range 6 {
			s.at(1, 11)
			_, err := s.CompareBill(t.Context())
			s.must(err)
		}
		if got := s.differences(); got != "" {
			t.Errorf("differences: %s", got)
		}
	})
}

// TestCompareBill_FindsWhatDiffers: unknown to us, missing at WeChat Pay,
// another amount, another transaction, a refund of nobody's.
func TestCompareBill_FindsWhatDiffers(t *testing.T) {
	for name, of := range map[string]struct {
		spoil func(s *shop, tradeNo string)
		want  string
	}{
		"unknown": {func(s *shop, no string) {
			s.exec(`DELETE FROM ledger`)
			s.exec(`DELETE FROM attempt`)
			s.exec(`INSERT INTO attempt (trade_no, order_id, way, amount, created_at, expires_at, due_at) SELECT 'OTHER', id, 0, 1, created_at, expires_at, 0 FROM orders`)
		}, "unknown"},
		"missing": {func(s *shop, no string) {
			s.exec(`UPDATE ledger SET key = 'HYGONE'`)
			s.exec(`INSERT INTO billed (kind, key, day) VALUES ('payment', 'x', '2026-11-02')`)
			s.exec(`INSERT INTO ledger (product_id, user_id, n, kind, key, added, amount, at, ends_at, transaction_id, sum)
				SELECT product_id, user_id, 2, kind, $1, 0, 0, at, ends_at, transaction_id, sum FROM ledger`, no)
		}, "missing amount"},
		"amount":      {func(s *shop, no string) { s.exec(`UPDATE ledger SET amount = 400`) }, "amount"},
		"transaction": {func(s *shop, no string) { s.exec(`UPDATE ledger SET transaction_id = '4200000000'`) }, "transaction"},
	} {
		t.Run(name, func(t *testing.T) {
			eachShop(t, func(s *shop) {
				_, plan := s.listed(30, 500)
				_, a := s.bought(s.buyer(), plan)
				s.pass(2 * time.Minute)
				s.looks()
				of.spoil(s, a.TradeNo)
				for range 5 {
					s.at(1, 10)
					_, err := s.CompareBill(t.Context())
					s.must(err)
				}
				if got := s.differences(); got != of.want {
					t.Errorf("differences %q, want %q", got, of.want)
				}
				if n := s.number(`SELECT SUM(differences) FROM bill WHERE day = '2026-11-02'`); n != int64(len(strings.Fields(of.want))) {
					t.Errorf("the bill counts %d", n)
				}
			})
		})
	}
}

// TestCompareBill_Refunds: one on its way, one whose notice was lost, and one
// that nobody here made.
func TestCompareBill_Refunds(t *testing.T) {
	eachShop(t, func(s *shop) {
		id, plan := s.listed(30, 500)
		o, _ := s.bought(s.buyer(), plan)
		s.pass(2 * time.Minute)
		s.looks()
		no, err := s.Refund(t.Context(), id, o.ID, 200, "")
		s.must(err)
		_, err = s.nodes[0].SendRefunds(t.Context()) // accepted; its end is not asked about
		s.must(err)
		s.at(1, 10)
		s.compares(3)
		if n := s.number(`SELECT COUNT(*) FROM ledger WHERE kind = 'refund' AND key = $1 AND amount = -200`, no); n != 1 {
			t.Errorf("%d entries of the refund", n)
		}
		s.exec(`UPDATE refund SET refund_no = 'HROTHER'`)
		s.exec(`DELETE FROM bill WHERE day = '2026-11-02'`)
		s.compares(1)
		if got := s.differences(); got != "unknown" {
			t.Errorf("differences %q", got)
		}
	})
}

// TestF21_BillsOfThirtyDays are made up for, the oldest first; what is older is
// given up, and nothing of it is called missing.
func TestF21_BillsOfThirtyDays(t *testing.T) {
	eachShop(t, func(s *shop) {
		_, plan := s.listed(30, 500)
		s.bought(s.buyer(), plan)
		s.pass(2 * time.Minute)
		s.looks()
		s.at(40, 10)
		s.compares(30)
		if got := s.differences(); got != "" {
			t.Errorf("differences %q", got)
		}
		s.at(0, 23)
		s.compares(0)
		s.at(1, 9)
		s.compares(0)
		s.at(0, 10)
		s.compares(1)
	})
}

// TestF21_TwoNodesCompareOneBill
func TestF21_TwoNodesCompareOneBill(t *testing.T) {
	eachShop(t, func(s *shop) {
		_, plan := s.listed(30, 500)
		s.exec(`UPDATE users SET admin = 1 WHERE id = $1`, int64(s.owner))
		s.bought(s.buyer(), plan)
		s.pass(2 * time.Minute)
		s.looks()
		s.exec(`UPDATE ledger SET amount = 400`)
		s.at(1, 10)
		done := make(chan error, 2)
		for _, node := range s.nodes {
			go func() {
				_, err := node.CompareBill(t.Context())
				done <- err
			}()
		}
		for range s.nodes {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if bills, told := s.number(`SELECT COUNT(*) FROM bill`), s.number(`SELECT COUNT(*) FROM message WHERE summary LIKE '账单与账本%'`); bills != 3 || told != 1 {
			t.Errorf("%d bills, the administrator was told %d times", bills, told)
		}
		if got := s.differences(); got != "amount" {
			t.Errorf("differences %q", got)
		}
	})
}

// TestSettleDifference_WantsANote, is written down, and settles once.
func TestSettleDifference_WantsANote(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.exec(`INSERT INTO difference (kind, key, ours, theirs, found_at) VALUES ('unknown', 'HY1', '', '¥5.00', 1)`)
		id := w.number(`SELECT id FROM difference`)
		var invalid *push.Invalid
		for _, note := range []string{"", "  ", strings.Repeat("字", 201), "a\x00"} {
			if err := w.SettleDifference(t.Context(), id, note); !errors.As(err, &invalid) || invalid.Field != "note" {
				t.Errorf("note %.9q: %v", note, err)
			}
		}
		if err := w.SettleDifference(t.Context(), id+1, "查过"); !errors.Is(err, billing.ErrNoDifference) {
			t.Errorf("another number: %v", err)
		}
		w.must(w.SettleDifference(t.Context(), id, "另一个系统的订单"))
		w.must(w.SettleDifference(t.Context(), id, "再来一次"))
		all, err := w.Differences(t.Context())
		w.must(err)
		if all[0].Note != "另一个系统的订单" || all[0].SettledAt.IsZero() {
			t.Errorf("settled %+v", all[0])
		}
		if n := w.number(`SELECT COUNT(*) FROM audit WHERE action = 'difference.settle'`); n != 1 {
			t.Errorf("%d lines in the audit log", n)
		}
	})
}

// TestF7_CheckLedgerFindsFlippedValues in every column that counts, over
// several pages, and tells each once.
func TestF7_CheckLedgerFindsFlippedValues(t *testing.T) {
	eachWorld(t, func(w *world) {
		_, plan := w.listed(30, 500)
		for i := range 205 {
			openid := push.OpenID(fmt.Sprintf("o_%d", i))
			w.pays(w.user(openid), openid, plan)
		}
		check := func(want int) {
			t.Helper()
			n, err := w.CheckLedger(t.Context())
			w.must(err)
			if n != want {
				t.Errorf("%d contradictions, want %d", n, want)
			}
		}
		check(0)
		last := w.number(`SELECT MAX(id) FROM ledger`)
		for i, flip := range []string{
			`UPDATE ledger SET amount = amount + 1 WHERE id = $1`, `UPDATE ledger SET added = added + 1 WHERE id = $1`,
			`UPDATE ledger SET ends_at = ends_at + 1 WHERE id = $1`, `UPDATE ledger SET n = 2 WHERE id = $1`,
			`UPDATE ledger SET transaction_id = 'x' WHERE id = $1`, `DELETE FROM ledger WHERE id = $1`,
			`UPDATE entitlement SET ends_at = ends_at + 86400000 WHERE user_id = (SELECT user_id FROM ledger WHERE id = $1)`,
			`DELETE FROM entitlement WHERE user_id = (SELECT user_id FROM ledger WHERE id = $1)`,
		} {
			w.exec(flip, last-int64(i))
			check(i + 1)
		}
		check(8)
		if n := w.number(`SELECT COUNT(*) FROM difference WHERE kind = 'ledger'`); n != 8 {
			t.Errorf("%d differences", n)
		}
	})
}

// TestRetain_NoticesGoAfterThirtyDays; the ledger stays.
func TestRetain_NoticesGoAfterThirtyDays(t *testing.T) {
	eachWorld(t, func(w *world) {
		_, plan := w.listed(30, 500)
		u := w.user("o_ming")
		o, err := w.Order(t.Context(), u.ID, plan.ID, "")
		w.must(err)
		w.must(w.Settle(t.Context(), "EV-1", w.word(w.attempt(o), "o_ming", 500)))
		w.clock.Advance(30 * 24 * time.Hour)
		for _, want := range []int{0, 1, 0} {
			n, err := w.Retain(t.Context())
			w.must(err)
			if n != want {
				t.Errorf("%d deleted, want %d", n, want)
			}
			w.clock.Advance(time.Second)
		}
		if n := w.number(`SELECT COUNT(*) FROM ledger`); n != 1 {
			t.Errorf("%d entries", n)
		}
	})
}

// TestCompareBill_ABillThatWasGivenUpAccusesNobody: what was booked next to it
// may have stood there.
func TestCompareBill_ABillThatWasGivenUpAccusesNobody(t *testing.T) {
	eachShop(t, func(s *shop) {
		_, plan := s.listed(30, 500)
		s.clock.Set(time.Date(2026, 11, 2, 15, 59, 59, 0, time.UTC))
		s.bought(s.buyer(), plan)
		s.pass(10 * time.Minute)
		s.looks()
		s.at(30, 10)
		s.compares(30) // from the day of the booking on
		if got := s.differences(); got != "" {
			t.Errorf("differences %q", got)
		}
	})
}
