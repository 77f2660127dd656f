package billing_test

import (
	"context"
	"testing"
	"time"

	"hongyan/billing"
	"hongyan/oa/sandbox"
	"hongyan/push"
	"hongyan/store"
	"hongyan/store/storetest"
)

// world is one platform with an app that sells.
type world struct {
	testing.TB
	*billing.Service
	push  *push.Service
	db    *store.DB
	clock *storetest.Clock
	app   push.AppID
	owner push.UserID
}

// payee is the merchant of the tests.
var payee = billing.Payee{MchID: sandbox.DefaultPay().MchID, AppID: "wxsandbox000000001"}

func eachWorld(t *testing.T, test func(*world)) {
	storetest.EachClock(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) { test(newWorld(t, db, clock)) })
}

func newWorld(t testing.TB, db *store.DB, clock *storetest.Clock) *world {
	t.Helper()
	p, err := push.New(context.Background(), db, push.Options{BaseURL: "http://127.0.0.1:1", Account: "sandbox"})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{TB: t, Service: billing.New(db, p, billing.Options{Payee: payee}), push: p, db: db, clock: clock}
	w.owner = w.user("o_owner").ID
	app, _, err := p.CreateApp(w.Context(), push.NewApp{Name: "价格提醒", CallbackURL: "https://dev.example/callback"})
	w.must(err)
	w.app = app.ID
	return w
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// user is somebody who follows the official account.
func (w *world) user(openid push.OpenID) (u push.User) {
	w.Helper()
	_, err := w.push.Once(w.Context(), push.Inbound{Key: "follow " + string(openid), OpenID: openid, At: w.clock.Now()}, func(t *push.Turn) error {
		if _, err := w.push.Subscribe(t); err != nil {
			return err
		}
		u = t.User
		return nil
	})
	w.must(err)
	return u
}

// listed is a product of the app that is in the market, with one plan.
func (w *world) listed(days int, price int64) (push.ProductID, billing.Plan) {
	w.Helper()
	id, err := w.Create(w.Context(), w.app, billing.ProductDraft{
		Name: "每日行情", Resources: []push.Resource{{Kind: push.OfApp, Target: int64(w.app)}},
		Plans: []billing.PlanDraft{{Days: days, Price: price}},
	})
	w.must(err)
	w.must(w.Submit(w.Context(), w.app, id))
	w.must(w.List(w.Context(), id))
	plans, err := w.Plans(w.Context(), id)
	w.must(err)
	return id, plans[0]
}

// attempt is an order's attempt, without asking WeChat Pay.
func (w *world) attempt(o billing.Order) string {
	w.Helper()
	no := "HY" + o.Handle
	w.exec(`INSERT INTO attempt (trade_no, order_id, way, amount, created_at, expires_at, due_at) VALUES ($1, $2, 0, $3, $4, $5, 0)`,
		no, int64(o.ID), o.Amount, o.CreatedAt.UnixMilli(), o.ExpiresAt.UnixMilli())
	return no
}

// word is WeChat Pay's word that the attempt was paid by the user.
func (w *world) word(no string, by push.OpenID, amount int64) billing.Trade {
	return billing.Trade{
		TradeNo: no, TransactionID: "42" + no, State: billing.TradePaid, MchID: payee.MchID, AppID: payee.AppID,
		OpenID: by, Total: amount, Currency: "CNY", PaidAt: w.clock.Now(),
	}
}

func (w *world) exec(query string, args ...any) {
	w.Helper()
	w.must(w.db.Update(context.Background(), func(tx *store.Tx) error {
		_, err := tx.Exec(query, args...)
		return err
	}))
}

func (w *world) number(query string, args ...any) (n int64) {
	w.Helper()
	w.must(w.db.View(context.Background(), func(tx *store.Tx) error { return tx.QueryRow(query, args...).Scan(&n) }))
	return n
}

// paidUntil is what the subscription to the app says.
func (w *world) paidUntil(u push.User) time.Time {
	w.Helper()
	return store.Time(w.number(`SELECT COALESCE(MAX(paid_until), 0) FROM subscription WHERE kind = 0 AND target = $1 AND user_id = $2`, int64(w.app), int64(u.ID)))
}

// text is what a query asks for.
func (w *world) text(query string, args ...any) (text string) {
	w.Helper()
	w.must(w.db.View(context.Background(), func(tx *store.Tx) error { return tx.QueryRow(query, args...).Scan(&text) }))
	return text
}
