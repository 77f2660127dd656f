package billing_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"hongyan/billing"
	"hongyan/push"
)

// A story is an order that two devices announced, an older one to renew, and
// what may happen to them. Each event may come at any time and more than once.
type story struct {
	*world
	u           push.User
	old, o      billing.Order
	oldNo, a, b string
	began       time.Time
}

func newStory(w *world, plan billing.Plan, name string) *story {
	s := &story{world: w, u: w.user(push.OpenID("o_" + name)), began: w.clock.Now()}
	s.old, s.oldNo = w.paid(s.u, plan)
	o, err := w.Order(w.Context(), s.u.ID, plan.ID, "")
	w.must(err)
	s.o, s.a, s.b = o, w.attempt(o), "HYB"+o.Handle[:20]
	w.exec(`INSERT INTO attempt (trade_no, order_id, way, amount, created_at, expires_at, due_at) VALUES ($1, $2, 1, $3, 1, 1, 0)`, s.b, int64(o.ID), o.Amount)
	return s
}

// events are the six: two devices pay, the order is closed, the old one is
// refunded in two parts while it is renewed, and the new one is refunded.
var events = []string{"paid on a", "paid on b", "closed", "part back", "rest back", "refund"}

// happens does one event on a node, as if nothing had happened before. The
// answers may differ with the order, the outcome not.
func (s *story) happens(node *billing.Service, event string) error {
	ctx := s.Context()
	switch event {
	case "paid on a":
		return node.Settle(ctx, "EV-A"+s.a, s.word(s.a, s.u.OpenID, 500))
	case "paid on b":
		return node.Settle(ctx, "EV-B"+s.b, s.word(s.b, s.u.OpenID, 500))
	case "closed":
		if err := node.Cancel(ctx, s.u.ID, s.o.Handle); err != nil {
			return err
		}
		for _, no := range []string{s.a, s.b} {
			if err := node.Settle(ctx, "", billing.Trade{TradeNo: no, State: billing.TradeClosed}); err != nil {
				return err
			}
		}
		return nil
	case "part back":
		return s.back(node, s.old, s.oldNo, 250)
	case "rest back":
		return s.back(node, s.old, s.oldNo, 250)
	default:
		o, _, err := node.MyOrder(ctx, s.u.ID, s.o.Handle)
		if err != nil || o.TradeNo == "" {
			return err // not paid so far: there is nothing to refund
		}
		return s.back(node, o.Order, o.TradeNo, o.Amount)
	}
}

// back refunds an amount, and WeChat Pay tells of it twice.
func (s *story) back(node *billing.Service, o billing.Order, tradeNo string, amount int64) error {
	no, err := node.Refund(s.Context(), o.Product, o.ID, amount, "")
	var invalid *push.Invalid
	if errors.Is(err, billing.ErrNotRefundable) || errors.As(err, &invalid) {
		return nil
	}
	if err != nil {
		return err
	}
	for range 2 {
		if err := node.SettleRefund(s.Context(), "EV-"+no, s.returned(no, tradeNo, amount, o.Amount)); err != nil {
			return err
		}
	}
	return nil
}

// wantWhole is what must hold after all six, in whatever order they came.
func (s *story) wantWhole(t *testing.T, when string) {
	t.Helper()
	entries, err := s.Ledger(s.Context(), s.o.Product, s.u.ID)
	s.must(err)
	end, err := billing.Fold(entries)
	if err != nil {
		t.Errorf("%s: %v", when, err)
	}
	o := s.order(s.u, s.o)
	want := s.began // the old order went back whole
	if o.State == billing.OrderPaid {
		want = s.began.Add(30 * billing.Day)
	}
	if !end.Equal(want) || !s.paidUntil(s.u).Equal(want) {
		t.Errorf("%s: ledger until %s, subscription until %s, want %s; order in state %d", when, end, s.paidUntil(s.u), want, o.State)
	}
	count := map[billing.Kind]int{}
	for _, e := range entries {
		count[e.Kind]++
	}
	refunds := 2
	if o.State == billing.OrderRefunded {
		refunds = 3
	}
	if count[billing.KindPayment] != 2 || count[billing.KindSurplus] != 1 || count[billing.KindRefund] != refunds {
		t.Errorf("%s: %v, order in state %d", when, count, o.State)
	}
	if o.State != billing.OrderPaid && o.State != billing.OrderRefunded || o.Returning != 0 {
		t.Errorf("%s: order %+v", when, o)
	}
	if n := s.number(`SELECT COUNT(*) FROM callback WHERE user_id = $1 AND action = 'order_pay'`, int64(s.u.ID)); int(n) != 2+refunds {
		t.Errorf("%s: the developer was told %d times, want %d", when, n, 2+refunds)
	}
	if n := s.number(`SELECT COUNT(*) FROM refund WHERE order_id = $1 AND surplus = 1`, int64(s.o.ID)); n != 1 {
		t.Errorf("%s: %d surplus refunds, want 1", when, n)
	}
}

// permutations of 0 to n-1.
func permutations(n int) (all [][]int) {
	if n == 0 {
		return [][]int{nil}
	}
	for _, p := range permutations(n - 1) {
		for at := range n {
			all = append(all, slices.Insert(slices.Clone(p), at, n-1))
		}
	}
	return all
}

// TestF32_EveryOrderOfSixEvents, on two nodes in turn, and all of it once more.
func TestF32_EveryOrderOfSixEvents(t *testing.T) {
	eachWorld(t, func(w *world) {
		_, plan := w.listed(30, 500)
		nodes := []*billing.Service{w.Service, billing.New(w.db, w.push, billing.Options{Payee: payee})}
		// The two devices are alike, and so are the two halves: of orders that
		// differ in them only one is needed.
		all := slices.DeleteFunc(permutations(len(events)), func(p []int) bool {
			return slices.Index(p, 0) > slices.Index(p, 1) || slices.Index(p, 3) > slices.Index(p, 4)
		})
		if w.db.Postgres() && !long() { // where it takes long, every fourth
			all = slices.DeleteFunc(all, func(p []int) bool { return (p[0]+2*p[1]+3*p[2]+4*p[3])%4 > 0 })
		}
		var g errgroup.Group
		g.SetLimit(16) // stories have nothing to do with each other
		for i, p := range all {
			g.Go(func() error {
				s := newStory(w, plan, fmt.Sprint(i))
				when := ""
				for again := range 1 + (i+1)%4/3 { // some twice
					for n, event := range p {
						when += events[event] + ", "
						if err := s.happens(nodes[(i+n+again)%2], events[event]); err != nil {
							return fmt.Errorf("%s: %w", when, err)
						}
					}
				}
				s.wantWhole(t, when)
				return nil
			})
		}
		w.must(g.Wait())
	})
}

// TestF32_SixEventsAtOnce: all at the same moment, and what WeChat Pay and the
// closing do twice, on two nodes.
func TestF32_SixEventsAtOnce(t *testing.T) {
	eachWorld(t, func(w *world) {
		_, plan := w.listed(30, 500)
		nodes := []*billing.Service{w.Service, billing.New(w.db, w.push, billing.Options{Payee: payee})}
		for i := range 15 {
			s := newStory(w, plan, fmt.Sprint(i))
			var g errgroup.Group
			for n, event := range append(slices.Clone(events), events[:3]...) {
				g.Go(func() error { return s.happens(nodes[(n+n/len(events))%2], event) })
			}
			w.must(g.Wait())
			w.must(s.happens(nodes[0], "refund")) // whatever came first
			s.wantWhole(t, fmt.Sprintf("round %d", i))
		}
	})
}
