package billing_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"hongyan/billing"
	"hongyan/push"
	"hongyan/store"
	"hongyan/store/storetest"
)

// A victim is a node that dies at a step of its store: nothing of it goes on.
type victim struct {
	*billing.Service
	left atomic.Int64 // steps to the crash; 0: none
	dead atomic.Bool
}

// step is the store's.
func (v *victim) step(string) {
	if v.dead.Load() || v.left.Add(-1) == 0 {
		v.dead.Store(true)
		runtime.Goexit()
	}
}

// dies does work and dies before the step of that number, or after it if it is
// a commit; false: the work was done before.
func (v *victim) dies(at int64, work func(*billing.Service)) bool {
	v.dead.Store(false)
	v.left.Store(at)
	over := make(chan struct{})
	go func() {
		defer close(over)
		work(v.Service)
	}()
	<-over
	dead := v.dead.Load()
	v.dead.Store(false)
	v.left.Store(0)
	return dead
}

// eachVictim gives a shop a node more, with a store of its own on the same
// database, as a second process has.
func eachVictim(t *testing.T, test func(*shop, *victim)) {
	for _, engine := range []string{storetest.SQLiteEngine, storetest.PostgresEngine} {
		t.Run(engine, func(t *testing.T) {
			clock := storetest.NewClock(time.Date(2026, 11, 2, 12, 0, 0, 0, time.FixedZone("CST", 8*3600)))
			url := storetest.URL(t, engine)
			open := func(o store.Options) *store.DB {
				o.Now = clock.Now
				db, err := store.Open(t.Context(), url, o)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = db.Close() })
				return db
			}
			s := newShop(newWorld(t, open(store.Options{}), clock))
			v := &victim{}
			db := open(store.Options{Step: v.step})
			p, err := push.New(context.Background(), db, push.Options{BaseURL: "http://127.0.0.1:1", Account: "sandbox"})
			s.must(err)
			v.Service = s.node(db, p)
			test(s, v)
		})
	}
}

// works are what hears of money. Each is prepared and then done by a node that
// dies and once more by another; the same must have happened as if it had been
// done once.
var works = map[string]struct {
	prepare func(*shop, push.User, billing.Plan) func(*billing.Service)
	want    string
}{
	"payment": {func(s *shop, u push.User, plan billing.Plan) func(*billing.Service) {
		_, a := s.bought(u, plan)
		t, err := s.pay.Trade(s.Context(), a.TradeNo)
		s.must(err)
		return func(n *billing.Service) { s.must(n.Settle(context.Background(), "EV-"+a.TradeNo, t)) }
	}, "orders 1, attempts 1, refunds , entries payment 30, told 1, receipts 1, notices 1"},
	"payment after the closing": {func(s *shop, u push.User, plan billing.Plan) func(*billing.Service) {
		o, a := s.bought(u, plan)
		s.closed(u, o, a.TradeNo)
		t, err := s.pay.Trade(s.Context(), a.TradeNo)
		s.must(err)
		return func(n *billing.Service) { s.must(n.Settle(context.Background(), "EV-"+a.TradeNo, t)) }
	}, "orders 1, attempts 1, refunds , entries payment 30, told 1, receipts 1, notices 1"},
	"second payment": {func(s *shop, u push.User, plan billing.Plan) func(*billing.Service) {
		o, err := s.Order(s.Context(), u.ID, plan.ID, "")
		s.must(err)
		one, two := s.announced(u, o, billing.InWeChat), s.announced(u, o, billing.ByCode)
		for _, a := range []billing.Attempt{one, two} {
			if got := s.pays(u.OpenID, a); got != "paid" {
				s.Fatalf("the phone shows %s", got)
			}
		}
		s.must(s.Settle(s.Context(), "", s.word(one.TradeNo, u.OpenID, o.Amount)))
		t, err := s.pay.Trade(s.Context(), two.TradeNo)
		s.must(err)
		return func(n *billing.Service) { s.must(n.Settle(context.Background(), "EV-"+two.TradeNo, t)) }
	}, "orders 1, attempts 1 3, refunds 1, entries payment 30 surplus 0, told 1, receipts 1, notices 1"},
	"refund": {func(s *shop, u push.User, plan billing.Plan) func(*billing.Service) {
		no := s.accepted(u, plan)
		r := s.returns(no)
		return func(n *billing.Service) { s.must(n.SettleRefund(context.Background(), "EV-"+no, r)) }
	}, "orders 3, attempts 1, refunds 3, entries payment 30 refund -30, told 2, receipts 2, notices 1"},
	"closed refund": {func(s *shop, u push.User, plan billing.Plan) func(*billing.Service) {
		no := s.accepted(u, plan)
		r := s.returns(no)
		r.State = billing.RefundClosed
		return func(n *billing.Service) { s.must(n.SettleRefund(context.Background(), "EV-"+no, r)) }
	}, "orders 1, attempts 1, refunds 5, entries payment 30, told 1, receipts 1, notices 1"},
	"look at a payment": {func(s *shop, u push.User, plan billing.Plan) func(*billing.Service) {
		s.bought(u, plan)
		s.pass(time.Minute)
		return s.looked
	}, "orders 1, attempts 1, refunds , entries payment 30, told 1, receipts 1, notices 0"},
	"look at the end": {func(s *shop, u push.User, plan billing.Plan) func(*billing.Service) {
		o, err := s.Order(s.Context(), u.ID, plan.ID, "")
		s.must(err)
		s.announced(u, o, billing.InWeChat)
		s.pass(billing.OrderLife)
		return s.looked
	}, "orders 4, attempts 2, refunds , entries , told 0, receipts 0, notices 0"},
	"sending a refund": {func(s *shop, u push.User, plan billing.Plan) func(*billing.Service) {
		o, a := s.bought(u, plan)
		s.must(s.Settle(s.Context(), "", s.word(a.TradeNo, u.OpenID, o.Amount)))
		s.refund(s.order(u, o), o.Amount)
		return func(n *billing.Service) {
			s.pass(2 * time.Minute)
			_, err := n.SendRefunds(context.Background())
			s.must(err)
		}
	}, "orders 3, attempts 1, refunds 3, entries payment 30 refund -30, told 2, receipts 2, notices 0"},
}

// looked looks after the lease of one who died.
func (s *shop) looked(n *billing.Service) {
	s.pass(time.Minute)
	_, err := n.Look(context.Background())
	s.must(err)
}

// accepted is a refund of a whole order that WeChat Pay has accepted.
func (s *shop) accepted(u push.User, plan billing.Plan) string {
	s.Helper()
	o, a := s.bought(u, plan)
	s.must(s.Settle(s.Context(), "", s.word(a.TradeNo, u.OpenID, o.Amount)))
	no := s.refund(s.order(u, o), o.Amount)
	_, err := s.SendRefunds(s.Context())
	s.must(err)
	return no
}

// stands tells what became of a user's money.
func (s *shop) stands(u push.User) string {
	s.Helper()
	var stands string
	s.must(s.db.View(context.Background(), func(tx *store.Tx) error {
		list := func(query string) string {
			rows, err := store.Collect(tx, func(r *store.Rows) (one string, err error) { return one, r.Scan(&one) }, query, int64(u.ID))
			s.must(err)
			return strings.Join(rows, " ")
		}
		const ours = ` IN (SELECT id FROM orders WHERE user_id = $1)`
		stands = fmt.Sprintf("orders %s, attempts %s, refunds %s, entries %s, told %s, receipts %s, notices %s",
			list(`SELECT CAST(state AS TEXT) FROM orders WHERE user_id = $1`),
			list(`SELECT CAST(state AS TEXT) FROM attempt WHERE order_id`+ours+` ORDER BY state`),
			list(`SELECT CAST(state AS TEXT) FROM refund WHERE order_id`+ours),
			list(`SELECT kind || ' ' || CAST((added + CASE WHEN added < 0 THEN -3600000 ELSE 3600000 END) / 86400000 AS TEXT) FROM ledger WHERE user_id = $1 ORDER BY n`),
			list(`SELECT CAST(COUNT(*) AS TEXT) FROM callback WHERE user_id = $1 AND action = 'order_pay'`),
			list(`SELECT CAST(COUNT(*) AS TEXT) FROM delivery WHERE user_id = $1`),
			list(`SELECT CAST(COUNT(*) AS TEXT) FROM pay_notice WHERE key IN (SELECT trade_no FROM attempt WHERE order_id`+ours+`)
				OR key IN (SELECT refund_no FROM refund WHERE order_id`+ours+`)`))
		return nil
	}))
	return stands
}

// TestF3_CrashAtEveryStoreCall of what hears of money, before it is on disk
// and after.
func TestF3_CrashAtEveryStoreCall(t *testing.T) {
	eachVictim(t, func(s *shop, v *victim) {
		_, plan := s.listed(30, 500)
		for name, work := range works {
			steps := int64(0)
			for crashed := true; crashed; {
				steps++
				s.exec(`UPDATE attempt SET due_at = 0`)
				s.exec(`UPDATE refund SET due_at = 0`)
				u := s.buyer()
				do := work.prepare(s, u, plan)
				crashed = v.dies(steps, do)
				do(s.nodes[1])
				do(s.nodes[0])
				if got := s.stands(u); got != work.want {
					t.Errorf("%s, crash at step %d:\ngot  %s\nwant %s", name, steps, got, work.want)
				}
			}
			t.Logf("%s: %d crashes", name, steps-1)
			if steps < 10 {
				t.Errorf("%s: only %d steps", name, steps)
			}
		}
	})
}
