package billing_test

import (
	"testing"
	"time"

	"hongyan/billing"
)

// TestF33_AllNoticesLost: the payment is found by asking, within five minutes
// of the order's end whenever it was made.
func TestF33_AllNoticesLost(t *testing.T) {
	eachShop(t, func(s *shop) {
		_, plan := s.listed(30, 500)
		for _, after := range []time.Duration{0, 4 * time.Minute, 14 * time.Minute, 26 * time.Minute, billing.OrderLife - time.Second} {
			u := s.buyer()
			o, err := s.Order(s.Context(), u.ID, plan.ID, "")
			s.must(err)
			a := s.announced(u, o, billing.InWeChat)
			s.minutes(o.CreatedAt.Add(after))
			if got := s.pays(u.OpenID, a); got != "paid" {
				t.Fatalf("after %s the phone shows %s", after, got)
			}
			s.minutes(o.ExpiresAt.Add(time.Minute))
			if got := s.order(u, o); got.State != billing.OrderPaid || got.TradeNo != a.TradeNo {
				t.Errorf("paid after %s: state %d a minute after the order's end", after, got.State)
			}
			if n := s.number(`SELECT COUNT(*) FROM ledger WHERE user_id = $1`, int64(u.ID)); n != 1 {
				t.Errorf("%d entries", n)
			}
		}
	})
}

// TestF33_AskedAboutOnTheDaysAfter: WeChat Pay said that nobody paid, and knows
// better the next day.
func TestF33_AskedAboutOnTheDaysAfter(t *testing.T) {
	eachShop(t, func(s *shop) {
		_, plan := s.listed(30, 500)
		for day := 1; day <= 3; day++ {
			u := s.buyer()
			o, a := s.bought(u, plan)
			s.exec(`UPDATE attempt SET looks = 9 WHERE trade_no = $1`, a.TradeNo)
			s.must(s.Cancel(s.Context(), u.ID, o.Handle))
			s.must(s.Settle(s.Context(), "", billing.Trade{TradeNo: a.TradeNo, State: billing.TradeClosed}))
			if got := s.order(u, o).State; got != billing.OrderClosed {
				t.Fatalf("state %d, want closed", got)
			}
			s.exec(`UPDATE attempt SET looks = $2 WHERE trade_no = $1`, a.TradeNo, day-1)
			s.pass(23 * time.Hour)
			s.looks()
			if got := s.order(u, o).State; got != billing.OrderClosed {
				t.Errorf("state %d before the day was over", got)
			}
			s.pass(time.Hour)
			s.looks()
			if got := s.order(u, o).State; got != billing.OrderPaid {
				t.Errorf("state %d after a day, want paid", got)
			}
		}
	})
}

// TestLook_ClosesWhatNobodyPaid at WeChat Pay and here, also orders that nobody
// tried to pay, and nobody can pay them any more.
func TestLook_ClosesWhatNobodyPaid(t *testing.T) {
	eachShop(t, func(s *shop) {
		product, plan := s.listed(30, 500)
		s.coupon(product, "新年", 200)
		tried, idle, other := s.buyer(), s.buyer(), s.buyer()
		o, err := s.Order(s.Context(), tried.ID, plan.ID, "")
		s.must(err)
		a := s.announced(tried, o, billing.ByCode)
		never, err := s.Order(s.Context(), idle.ID, plan.ID, "新年")
		s.must(err)
		failed, err := s.Order(s.Context(), other.ID, plan.ID, "")
		s.must(err)
		s.exec(`INSERT INTO attempt (trade_no, order_id, way, amount, state, created_at, expires_at, due_at) VALUES ('HYgone', $1, 0, 500, 2, 1, 1, 0)`, int64(failed.ID))

		s.minutes(o.ExpiresAt.Add(-time.Second))
		if n := s.number(`SELECT COUNT(*) FROM orders WHERE state = 4`); n != 0 {
			t.Errorf("%d closed before their end", n)
		}
		s.minutes(o.ExpiresAt.Add(time.Minute))
		if n := s.number(`SELECT COUNT(*) FROM orders WHERE state = 4`); n != 3 {
			t.Errorf("%d of 3 closed", n)
		}
		if got := s.pays(tried.OpenID, a); got != "failed" {
			t.Errorf("the phone shows %s", got)
		}
		if n := s.number(`SELECT used FROM coupon`); n != 0 {
			t.Errorf("the coupon of an order nobody tried to pay was used %d times", n)
		}
		if got := s.order(idle, never).ClosedAt; got.Before(never.ExpiresAt) {
			t.Errorf("closed at %s, before its end", got)
		}
	})
}

// minutes lets time pass until an instant, and the nodes look every minute or,
// when it is far, every hour.
func (s *shop) minutes(until time.Time) {
	s.Helper()
	for s.clock.Now().Before(until) {
		step := time.Minute
		if left := until.Sub(s.clock.Now()); left > 12*time.Hour {
			step = time.Hour
		} else if left < step {
			step = left
		}
		s.pass(step)
		s.looks()
	}
}
