package main

import (
	"context"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"hongyan/billing"
	"hongyan/billing/wechatpay"
	"hongyan/oa/sandbox"
	"hongyan/oa/sandbox/pay"
	"hongyan/push"
	"hongyan/store"
)

// till is a second node on the data of the killed server: it takes orders and
// asks for refunds. What hears of the money is the server alone.
type till struct {
	*killed
	db      *store.DB
	shop    *billing.Service
	product push.ProductID
	plan    billing.PlanID
	buyers  []buyer
	refunds int
}

type buyer struct {
	id     push.UserID
	openid string
}

// payers is how many pay at once.
const payers = 6

func newTill(t *testing.T, buyers int) *till {
	t.Helper()
	c := &till{killed: newKilled(t)}
	c.crowd(buyers)
	ctx := t.Context()
	var err error
	c.db, err = store.Open(ctx, filepath.Join(c.data, "hongyan.db"), store.Options{})
	c.must(err)
	t.Cleanup(func() { c.db.Close() })
	p, err := push.New(ctx, c.db, push.Options{Account: "sandbox"})
	c.must(err)
	a := sandbox.DefaultPay()
	gateway, err := wechatpay.New(ctx, wechatpay.Options{
		MchID: a.MchID, Serial: a.Serial, PrivateKey: []byte(a.PrivateKey), APIv3Key: a.APIv3Key, PublicKeyID: a.PublicKeyID,
		PublicKey: []byte(a.PublicKey), AppID: sandbox.DefaultAccount().AppID, Host: "http://" + c.wechat, NotifyBase: "http://" + c.address + "/pay/notice",
	})
	c.must(err)
	c.shop = billing.New(c.db, p, billing.Options{Gateway: gateway, Payee: gateway.Payee()})
	app := push.AppID(c.world.file.AppID)
	c.product, err = c.shop.Create(ctx, app, billing.ProductDraft{
		Name: "每日行情", Resources: []push.Resource{{Kind: push.OfApp, Target: int64(app)}}, Plans: []billing.PlanDraft{{Days: 30, Price: 500}},
	})
	c.must(err)
	c.must(c.shop.Submit(ctx, app, c.product))
	c.must(c.shop.List(ctx, c.product))
	plans, err := c.shop.Plans(ctx, c.product)
	c.must(err)
	c.plan = plans[0].ID
	c.world.eventually("the buyers are here", func() bool {
		c.buyers = rows(c, func(r *store.Rows) (b buyer, err error) { return b, r.Scan(&b.id, &b.openid) }, `SELECT id, openid FROM users ORDER BY id`)
		return len(c.buyers) >= buyers
	})
	return c
}

func (c *till) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// rows reads what the store holds.
func rows[T any](c *till, scan func(*store.Rows) (T, error), query string, args ...any) (all []T) {
	c.t.Helper()
	c.must(c.db.View(context.Background(), func(tx *store.Tx) (err error) {
		all, err = store.Collect(tx, scan, query, args...)
		return err
	}))
	return all
}

func (c *till) number(query string, args ...any) int64 {
	c.t.Helper()
	return rows(c, func(r *store.Rows) (n int64, err error) { return n, r.Scan(&n) }, query, args...)[0]
}

// cycle has everybody pay at once and the server die while it hears of it.
func (c *till) cycle(after time.Duration) {
	c.t.Helper()
	ctx := c.t.Context()
	now := c.buyers[c.cycles*payers%len(c.buyers):][:payers]
	attempts := make([]billing.Attempt, payers)
	for i, b := range now {
		o, err := c.shop.Order(ctx, b.id, c.plan, "")
		c.must(err)
		attempts[i], err = c.shop.Pay(ctx, b.id, o.Handle, billing.InWeChat)
		c.must(err)
	}
	c.someBack(ctx)
	var paying sync.WaitGroup
	began := make(chan struct{})
	for i, b := range now {
		paying.Go(func() {
			<-began
			c.sandboxWorld().post("/sandbox/api/followers/"+b.openid+"/pay", map[string]string{"prepayId": attempts[i].Prepaid}, nil)
		})
	}
	if c.refunds > 0 {
		paying.Go(func() {
			<-began
			_, _ = c.shop.SendRefunds(ctx) // one that fails is sent in a later cycle
		})
	}
	close(began)
	time.Sleep(after)
	c.world.kill()
	paying.Wait()
	c.cycles++
	if n := c.number(`SELECT COUNT(*) FROM orders WHERE state = 0`); n > 0 {
		c.atWork++
	}
	c.start()
}

// someBack wants some of what was paid earlier back.
func (c *till) someBack(ctx context.Context) {
	for _, id := range rows(c, func(r *store.Rows) (id billing.OrderID, err error) { return id, r.Scan(&id) },
		`SELECT id FROM orders WHERE state = 1 AND refunding = 0 ORDER BY id LIMIT 3`) {
		_, err := c.shop.Refund(ctx, c.product, id, 200, "不想要了")
		c.must(err)
		c.refunds++
	}
}

func (c *till) payments() (all pay.Payments) {
	c.t.Helper()
	c.sandboxWorld().get("/sandbox/api/payments", &all)
	return all
}

// rest lets WeChat Pay send again what nobody answered, on its schedule, until
// nothing is left.
func (c *till) rest() (all pay.Payments) {
	c.t.Helper()
	for range 40 {
		_, err := c.shop.SendRefunds(c.t.Context())
		c.must(err)
		before := map[string]int{}
		for _, n := range c.payments().Notices.Pending {
			before[n.ID] = n.Attempts
		}
		c.sandboxWorld().post("/sandbox/api/clock", map[string]string{"advance": "31m"}, nil)
		c.world.eventually("notices are sent again", func() bool {
			all = c.payments()
			return !slices.ContainsFunc(all.Notices.Pending, func(n pay.Pending) bool {
				attempts, was := before[n.ID]
				return was && attempts == n.Attempts && attempts < 10 // the later ones wait for hours
			})
		})
		if len(all.Notices.Pending) == 0 && c.number(`SELECT COUNT(*) FROM refund WHERE state IN (1, 2)`) == 0 {
			return all
		}
	}
	c.t.Fatal("notices or refunds are still on their way")
	return all
}

// audit joins what WeChat Pay took and gave back with the ledger.
func (c *till) audit(all pay.Payments) {
	c.t.Helper()
	trades, refunds := 0, 0
	for _, t := range all.Transactions {
		if t.PaidAt == "" {
			continue
		}
		trades++
		if n := c.number(`SELECT COUNT(*) FROM ledger WHERE kind IN ('payment', 'surplus') AND trade_no = $1 AND transaction_id = $2 AND amount = $3`,
			t.TradeNo, t.TransactionID, t.Total); n != 1 {
			c.t.Errorf("trade %s was paid and has %d entries", t.TradeNo, n)
		}
	}
	for _, r := range all.Refunds {
		if r.State != "SUCCESS" {
			c.t.Errorf("refund %s ended as %s", r.RefundNo, r.State)
		}
		refunds++
		if n := c.number(`SELECT COUNT(*) FROM ledger WHERE kind = 'refund' AND key = $1 AND amount = $2`, r.RefundNo, -r.Amount); n != 1 {
			c.t.Errorf("refund %s is done and has %d entries", r.RefundNo, n)
		}
	}
	if n := c.number(`SELECT COUNT(*) FROM ledger`); n != int64(trades+refunds) {
		c.t.Errorf("%d entries, want %d of %d payments and %d refunds", n, trades+refunds, trades, refunds)
	}
	if n := c.number(`SELECT COUNT(*) FROM callback WHERE action = 'order_pay'`); n != int64(trades+refunds) {
		c.t.Errorf("the developer is told of %d, want %d", n, trades+refunds)
	}
	for _, b := range c.buyers {
		entries, err := c.shop.History(c.t.Context(), b.id, c.product)
		c.must(err)
		slices.SortFunc(entries, func(a, b billing.Entry) int { return int(a.N - b.N) })
		end, err := billing.Fold(entries)
		c.must(err)
		until := c.number(`SELECT COALESCE(MAX(paid_until), 0) FROM subscription WHERE user_id = $1 AND kind = 0 AND target = $2`, int64(b.id), c.world.file.AppID)
		if !end.Equal(store.Time(until)) {
			c.t.Errorf("user %d: the ledger says %s, the subscription %s", b.id, end, store.Time(until))
		}
	}
	c.t.Logf("%d kills, %d with payments nobody had heard of, %d payments, %d refunds, %d notices sent, %d given up",
		c.cycles, c.atWork, trades, refunds, all.Notices.Sent, all.Notices.GivenUp)
	if trades == 0 || refunds == 0 || c.atWork*2 < c.cycles {
		c.t.Errorf("too little was in flight")
	}
}

// TestF3_KillLoopInsideNoticeHandling: the server is killed while WeChat Pay
// tells it of payments and refunds; told again on WeChat Pay's schedule, no
// payment is lost and none counts twice.
func TestF3_KillLoopInsideNoticeHandling(t *testing.T) {
	cycles := 32
	if long() {
		cycles = 500
	}
	c := newTill(t, cycles*payers)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 3))
	for range cycles {
		c.cycle(time.Duration(dice.IntN(60)) * time.Millisecond)
	}
	c.audit(c.rest())
}
