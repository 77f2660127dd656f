package billing_test

import (
	"context"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"hongyan/billing"
	"hongyan/push"
	"hongyan/store"
	"hongyan/store/storetest"
)

// onPostgres runs a test of transactions that meet; on SQLite they never do.
func onPostgres(t *testing.T, test func(*world)) {
	clock := storetest.NewClock(time.Date(2026, 11, 2, 12, 0, 0, 0, time.FixedZone("CST", 8*3600)))
	test(newWorld(t, storetest.Open(t, storetest.PostgresEngine, store.Options{Now: clock.Now}), clock))
}

// locked holds the rows of a query until the returned function is called.
func (w *world) locked(query string, args ...any) (release func()) {
	w.Helper()
	held, end, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- w.db.Update(context.Background(), func(tx *store.Tx) error {
			var id int64
			err := tx.QueryRow(query+tx.ForUpdate(), args...).Scan(&id)
			close(held)
			<-end
			return err
		})
	}()
	<-held
	return func() {
		w.Helper()
		close(end)
		w.must(<-done)
	}
}

// starts runs work of one node and returns when it waits for a lock, as the
// only one or beside others, or is done.
func (w *world) starts(g *errgroup.Group, waiting int64, work func() error) {
	w.Helper()
	done := make(chan struct{})
	g.Go(func() error {
		defer close(done)
		return work()
	})
	for {
		select {
		case <-done:
			return
		default:
		}
		if w.number(`SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`) >= waiting {
			return
		}
	}
}

// TestI5_TwoProductsOnOneResource: a refund of the one and a payment of the
// other at the same moment; what was paid for the other stays.
func TestI5_TwoProductsOnOneResource(t *testing.T) {
	onPostgres(t, func(w *world) {
		_, short := w.listed(30, 500)
		_, long := w.listed(60, 900)
		u := w.user("o_ming")
		first, no := w.paid(u, short)
		refund := w.refund(first, 500)
		second, err := w.Order(w.Context(), u.ID, long.ID, "")
		w.must(err)
		other := w.attempt(second)

		release := w.locked(`SELECT id FROM subscription WHERE kind = 0 AND user_id = $1`, int64(u.ID))
		var g errgroup.Group
		w.starts(&g, 1, func() error { return w.Settle(context.Background(), "EV-2", w.word(other, u.OpenID, 900)) })
		w.starts(&g, 2, func() error { return w.SettleRefund(context.Background(), "EV-3", w.returned(refund, no, 500, 500)) })
		release()
		w.must(g.Wait())
		if got, want := w.paidUntil(u), w.clock.Now().Add(60*billing.Day); !got.Equal(want) {
			t.Errorf("paid until %s, want %s", got, want)
		}
	})
}

// TestI5_RebindingMeetsAPayment: the payment is on its way while the product
// gets a topic more; the payer has it.
func TestI5_RebindingMeetsAPayment(t *testing.T) {
	onPostgres(t, func(w *world) {
		id, plan := w.listed(30, 500)
		u := w.user("o_ming")
		o, err := w.Order(w.Context(), u.ID, plan.ID, "")
		w.must(err)
		no := w.attempt(o)
		w.must(w.Delist(w.Context(), w.app, id, ""))
		topic := w.topic("早盘")
		d := billing.ProductDraft{
			Name: "每日行情", Plans: []billing.PlanDraft{{Line: 1, Days: 30, Price: 500}},
			Resources: []push.Resource{{Kind: push.OfApp, Target: int64(w.app)}, {Kind: push.OfTopic, Target: int64(topic)}},
		}

		release := w.locked(`SELECT id FROM users WHERE id = $1`, int64(u.ID))
		var g errgroup.Group
		w.starts(&g, 1, func() error { return w.Settle(context.Background(), "EV-1", w.word(no, u.OpenID, 500)) })
		w.starts(&g, 2, func() error { return w.Edit(context.Background(), w.app, id, d) })
		release()
		w.must(g.Wait())
		for _, on := range d.Resources {
			if got, want := w.paidFor(u, on), w.clock.Now().Add(30*billing.Day); !got.Equal(want) {
				t.Errorf("resource %v paid until %s, want %s", on, got, want)
			}
		}
	})
}
