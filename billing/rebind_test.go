package billing_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"hongyan/billing"
	"hongyan/push"
	"hongyan/store"
)

// bound is a delisted product of the app's topic, sold to some users.
func (w *world) bound(users int) (product push.ProductID, topic push.Resource) {
	w.Helper()
	made, err := w.push.CreateTopic(w.Context(), w.app, "夜间行情")
	w.must(err)
	topic = push.Resource{Kind: push.OfTopic, Target: int64(made.ID)}
	id, err := w.Create(w.Context(), w.app, billing.ProductDraft{Name: "行情", Resources: []push.Resource{topic}, Plans: []billing.PlanDraft{{Days: 30, Price: 500}}})
	w.must(err)
	w.must(w.Submit(w.Context(), w.app, id))
	w.must(w.List(w.Context(), id))
	plans, err := w.Plans(w.Context(), id)
	w.must(err)
	for i := range users {
		w.buy(w.user(someone(i)), plans[0])
	}
	w.must(w.Delist(w.Context(), w.app, id, ""))
	return id, topic
}

func (w *world) rebound(id push.ProductID, to ...push.Resource) {
	w.Helper()
	w.must(w.Edit(w.Context(), w.app, id, billing.ProductDraft{Name: "行情", Resources: to, Plans: []billing.PlanDraft{{Line: 1, Days: 30, Price: 500}}}))
}

// TestRebind_HoldersFollowWhatIsBound: the app that comes to a product is
// followed by everybody who has it, its developer is told of each, and what was
// taken away is no longer paid for.
func TestRebind_HoldersFollowWhatIsBound(t *testing.T) {
	eachWorld(t, func(w *world) {
		_, err := w.push.SetUnverifiedEndpoint(w.Context(), w.app, "https://dev.example/")
		w.must(err)
		id, topic := w.bound(3)
		app := push.Resource{Kind: push.OfApp, Target: int64(w.app)}
		ended := w.user(someone(9))
		w.must(w.Gift(w.Context(), w.app, id, ended.UID, 1, ""))
		w.clock.Advance(2 * billing.Day)
		w.rebound(id, app)
		if n := w.number(`SELECT COUNT(*) FROM subscription WHERE kind = 0 AND active = 1 AND source = 'order' AND paid_until > $1`, w.clock.Now().UnixMilli()); n != 3 {
			t.Errorf("%d follow the app, want 3", n)
		}
		if n := w.number(`SELECT COUNT(*) FROM callback WHERE action = 'app_subscribe' AND body LIKE '%"source":"order"%'`); n != 3 {
			t.Errorf("the developer is told %d times, want 3", n)
		}
		if n := w.number(`SELECT COUNT(*) FROM subscription WHERE kind = 1 AND target = $1 AND paid_until > $2`, topic.Target, w.clock.Now().UnixMilli()); n != 0 {
			t.Errorf("%d have still paid for the topic", n)
		}
		w.rebound(id, topic, app)
		w.rebound(id, topic, app)
		if n := w.number(`SELECT COUNT(*) FROM subscription s JOIN entitlement e ON e.user_id = s.user_id WHERE s.paid_until = e.ends_at AND e.ends_at > $1`, w.clock.Now().UnixMilli()); n != 6 {
			t.Errorf("%d subscriptions follow the ledger, want 6", n)
		}
		if n := w.number(`SELECT COUNT(*) FROM rebinding`); n != 0 {
			t.Errorf("%d rebindings left", n)
		}
		if n := w.number(`SELECT COUNT(*) FROM callback WHERE action = 'app_subscribe'`); n != 3 {
			t.Errorf("the developer is told %d times in the end, want 3", n)
		}
	})
}

// TestRebind_GoesOnAfterACrash: the server stops between any two steps and
// loses nobody; who pays meanwhile has the new thing already.
func TestRebind_GoesOnAfterACrash(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.SetRebindChunk(2)
		id, _ := w.bound(7)
		app := push.Resource{Kind: push.OfApp, Target: int64(w.app)}
		stopped, stop := context.WithCancel(w.Context())
		stop()
		err := w.Edit(push.WithActor(w.Context(), push.Actor{}), w.app, id, billing.ProductDraft{Name: "行情"})
		w.must(err)
		// An edit whose server stops before it moved anybody.
		w.must(w.db.Update(w.Context(), func(tx *store.Tx) error { return w.RebindTx(tx, id, nil, []push.Resource{app}) }))
		if _, err := w.Rebind(stopped); !errors.Is(err, context.Canceled) {
			t.Errorf("stopped: %v", err)
		}
		steps := 0
		for over := false; !over; steps++ {
			w.must(w.db.Update(w.Context(), func(tx *store.Tx) (err error) {
				over, err = w.RebindStep(tx)
				return err
			}))
			// What a crash takes away is a step that did not commit.
			lost := errors.New("crash")
			if err := w.db.Update(w.Context(), func(tx *store.Tx) error {
				_, err := w.RebindStep(tx)
				return errors.Join(err, lost)
			}); !errors.Is(err, lost) {
				t.Fatal(err)
			}
		}
		if steps < 5 {
			t.Errorf("%d steps for 7 holders of 2 at a time", steps)
		}
		if n := w.number(`SELECT COUNT(*) FROM subscription s JOIN entitlement e ON e.user_id = s.user_id
			WHERE s.kind = 0 AND s.active = 1 AND s.paid_until = e.ends_at`); n != 7 {
			t.Errorf("%d of 7 have the app", n)
		}
	})
}

// TestRebind_ARejectedHolderStaysRejected, and one of two products that give
// the same keeps the longer time.
func TestRebind_TheLongestTimeCounts(t *testing.T) {
	eachWorld(t, func(w *world) {
		id, _ := w.bound(2)
		other, plan := w.listed(60, 900)
		app := push.Resource{Kind: push.OfApp, Target: int64(w.app)}
		long := w.known(someone(0))
		w.buy(long, plan)
		w.must(w.push.RejectFollower(w.Context(), w.app, 0, long.UID, true))
		want := w.paidUntil(long)
		w.rebound(id, app)
		if got := w.paidUntil(long); !got.Equal(want) {
			t.Errorf("until %s, want %s of product %d", got, want, other)
		}
		w.rebound(id)
		if got := w.paidUntil(long); !got.Equal(want) {
			t.Errorf("after it was taken away until %s, want %s", got, want)
		}
		if got := w.paidUntil(w.known(someone(1))); !got.IsZero() {
			t.Errorf("who has nothing else paid until %s", got)
		}
		if n := w.number(`SELECT COUNT(*) FROM subscription WHERE rejected = 1`); n != 1 {
			t.Errorf("%d rejected", n)
		}
	})
}

// TestRebind_ManyHolders measures with scripts/test --long, with a hundred
// thousand.
func TestRebind_ManyHolders(t *testing.T) {
	many := int64(1500)
	if os.Getenv("HONGYAN_TEST_LONG") != "" {
		many = 100_000
	}
	eachWorld(t, func(w *world) {
		id, _ := w.bound(0)
		product, _ := w.listed(30, 500)
		end := w.clock.Now().Add(300 * billing.Day).UnixMilli()
		w.exec(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
			INSERT INTO users (openid, uid, spt_hash, spt_sealed, following, created_at)
			SELECT 'o_big_' || i, 'UID_big_' || i, `+blobOf(w, "i")+`, `+blobOf(w, "i")+`, 1, 0 FROM n`, many)
		w.exec(`INSERT INTO entitlement (product_id, user_id, ends_at, n, since) SELECT $1, id, $2, 1, 0 FROM users WHERE openid LIKE 'o_big_%'`, int64(id), end)
		w.exec(`INSERT INTO entitlement (product_id, user_id, ends_at, n, since) SELECT $1, id, $2, 1, 0 FROM users WHERE openid LIKE 'o_big_%'`, int64(product), end)
		w.exec(`INSERT INTO ledger (product_id, user_id, n, kind, key, added, amount, at, ends_at, sum)
			SELECT $1, id, 1, 'payment', 'big' || id, 1, 500, CAST($2 AS BIGINT) - id * 60000, $2, '' FROM users WHERE openid LIKE 'o_big_%'`, int64(product), w.clock.Now().UnixMilli())
		begin := time.Now()
		w.must(w.Edit(w.Context(), w.app, id, billing.ProductDraft{Name: "行情", Resources: []push.Resource{{Kind: push.OfApp, Target: int64(w.app)}}}))
		t.Logf("edit of a product with %d holders: %v", many, time.Since(begin))
		begin = time.Now()
		slowest, steps := time.Duration(0), 0
		for over := false; !over; steps++ {
			step := time.Now()
			w.must(w.db.Update(w.Context(), func(tx *store.Tx) (err error) {
				over, err = w.RebindStep(tx)
				return err
			}))
			slowest = max(slowest, time.Since(step))
		}
		t.Logf("the rest in %d steps, %v, the slowest %v", steps, time.Since(begin), slowest)
		if n := w.number(`SELECT COUNT(*) FROM subscription WHERE kind = 0 AND paid_until = $1`, end); n != many {
			t.Errorf("%d of %d have the app", n, many)
		}
		for name, do := range map[string]func() error{
			"products": func() error { _, _, err := w.Products(w.Context(), w.app, 0, 20); return err },
			"income": func() error {
				_, err := w.Income(w.Context(), w.app, product, w.clock.Now().AddDate(0, 0, -90), false)
				return err
			},
			"months": func() error {
				_, err := w.Income(w.Context(), w.app, product, w.clock.Now().AddDate(-2, 0, 0), true)
				return err
			},
			"subscribers": func() error {
				_, _, err := w.Subscribers(w.Context(), w.app, product, billing.SubscriberFilter{})
				return err
			},
		} {
			w.must(do())
			begin := time.Now()
			w.must(do())
			t.Logf("%s of %d entries: %v", name, many, time.Since(begin))
		}
	})
}

// blobOf turns a number into bytes.
func blobOf(w *world, column string) string {
	if w.db.Postgres() {
		return `CAST('spt' || ` + column + ` AS bytea)`
	}
	return `CAST('spt' || ` + column + ` AS BLOB)`
}
