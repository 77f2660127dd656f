package billing_test

import (
	"errors"
	"flag"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hongyan/billing"
	"hongyan/oa/sandbox/pay"
	"hongyan/push"
)

// TestI5_LedgerEqualsTheModel: whatever happens in whatever order, on either of
// two nodes, the ledger says what the model says, after every step; and when
// everything has come to rest the ledger and WeChat Pay hold the same money.
func TestI5_LedgerEqualsTheModel(t *testing.T) {
	checks := "10"
	if long() {
		checks = "300"
	}
	setFlag(t, "rapid.checks", checks)
	setFlag(t, "rapid.steps", "60")
	eachShop(t, func(s *shop) {
		topics := []push.TopicID{s.topic("早盘"), s.topic("收盘")}
		start := s.clock.Now()
		rapid.Check(s.TB, func(r *rapid.T) {
			s.clock.Set(start)
			s.wechat.Advance(0)
			p := newPlay(s, r, topics)
			r.Repeat(map[string]func(*rapid.T){
				"":             p.check,
				"order":        p.order,
				"attempt":      p.attempt,
				"buys":         p.buy,
				"buys more":    p.buy,
				"pays":         p.phone,
				"asks trade":   p.askTrade,
				"asks refund":  p.askRefund,
				"notice":       p.deliver,
				"notice late":  p.deliver,
				"forged":       p.forge,
				"look":         p.look,
				"time passes":  p.pass,
				"cancel":       p.cancel,
				"refund":       p.refund,
				"wishes":       p.wish,
				"decides":      p.decide,
				"send refunds": p.send,
				"edit":         p.edit,
			})
			p.rest(r)
		})
		for _, kind := range []billing.Kind{billing.KindPayment, billing.KindSurplus, billing.KindRefund, billing.KindReturn} {
			n := s.number(`SELECT COUNT(*) FROM ledger WHERE kind = $1`, string(kind))
			if s.Logf("%d entries of kind %s", n, kind); n == 0 {
				s.Errorf("no entry of kind %s: the steps do not reach it", kind)
			}
		}
		s.Logf("%d orders paid after their closing, %d partly refunded", s.number(`SELECT COUNT(*) FROM orders WHERE closed_at > 0 AND paid_at > 0`),
			s.number(`SELECT COUNT(*) FROM orders WHERE state = 2`))
	})
}

func setFlag(t *testing.T, name, value string) {
	t.Helper()
	f := flag.Lookup(name)
	before := f.Value.String()
	if before != f.DefValue {
		return // given on the command line
	}
	if err := f.Value.Set(value); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Value.Set(before) })
}

// checked is the testing.TB of one check: what fails in it fails the check.
type checked struct {
	testing.TB
	r *rapid.T
}

func (c checked) Helper()                   { c.r.Helper() }
func (c checked) Fatal(args ...any)         { c.r.Fatal(args...) }
func (c checked) Fatalf(f string, a ...any) { c.r.Fatalf(f, a...) }
func (c checked) Errorf(f string, a ...any) { c.r.Errorf(f, a...) }

// play is a shop beside its model.
type play struct {
	*shop
	model
	words  []word // WeChat Pay's, on their way
	latest time.Time
}

// A word is what WeChat Pay said of an attempt or a refund at some time.
type word struct {
	id      string
	attempt *modelAttempt
	trade   billing.Trade
	refund  *modelRefund
	said    billing.Refunded
}

func newPlay(s *shop, r *rapid.T, topics []push.TopicID) *play {
	w := *s.world
	w.TB = checked{s.TB, r}
	one := &shop{world: &w, wechat: s.wechat, pay: s.pay, nodes: s.nodes}
	p := &play{shop: one, model: model{accounts: map[holding]*account{}}}
	p.dial(func(c *pay.Settings) { c.RefundEnd = "SUCCESS" })
	p.resources = []push.Resource{{Kind: push.OfApp, Target: int64(s.app)}}
	for _, topic := range topics {
		p.resources = append(p.resources, push.Resource{Kind: push.OfTopic, Target: int64(topic)})
	}
	for range 2 {
		p.users = append(p.users, p.buyer())
		id, plan := p.listed(rapid.IntRange(1, 400).Draw(r, "days"), int64(rapid.IntRange(1, 1000).Draw(r, "price")))
		off := int64(rapid.IntRange(1, 1000).Draw(r, "off"))
		p.coupon(id, "码", off)
		p.products = append(p.products, &modelProduct{id: id, plan: plan, has: p.resources[:1], code: "码", off: off, codeUses: 1})
	}
	return p
}

func (p *play) anyNode(r *rapid.T) *billing.Service {
	return rapid.SampledFrom(p.nodes).Draw(r, "node")
}

// some draws one of what there is; without any the step is skipped.
func some[T any](r *rapid.T, all []T, what string) T {
	if len(all) == 0 {
		r.Skip("no " + what)
	}
	return rapid.SampledFrom(all).Draw(r, what)
}

// mostly draws one of those that are meant, now and then any.
func mostly[T any](r *rapid.T, all []T, meant func(T) bool, what string) T {
	if rapid.IntRange(0, 4).Draw(r, "any") > 0 {
		if some := slices.DeleteFunc(slices.Clone(all), func(one T) bool { return !meant(one) }); len(some) > 0 {
			all = some
		}
	}
	return some(r, all, what)
}

// buy orders and pays at once, as most people do.
func (p *play) buy(r *rapid.T) {
	p.order(r)
	if len(p.model.orders) > 0 {
		p.attemptOf(r, p.model.orders[len(p.model.orders)-1])
	}
	p.phone(r)
}

func (p *play) order(r *rapid.T) {
	product, u := some(r, p.products, "product"), some(r, p.users, "user")
	coupon := rapid.Bool().Draw(r, "coupon")
	code := ""
	if coupon {
		code = product.code
	}
	now := p.clock.Now()
	o, err := p.anyNode(r).Order(p.Context(), u.ID, product.plan.ID, code)
	if want := p.waiting(product, u, coupon, now); want != nil {
		if err != nil || o.ID != want.ID {
			r.Fatalf("ordered again: %d %v, want %d", o.ID, err, want.ID)
		}
		return
	}
	if coupon && (p.live(product, u.ID) || p.used(product) >= product.codeUses) {
		if !errors.Is(err, billing.ErrCoupon) {
			r.Fatalf("used the coupon again: %v", err)
		}
		return
	}
	p.must(err)
	price := product.plan.Price
	if coupon {
		price = max(1, price-product.off)
	}
	if o.Amount != price || o.Days != product.plan.Days || !o.ExpiresAt.Equal(now.Add(30*time.Minute)) {
		r.Fatalf("order %+v, want %d fen", o, price)
	}
	p.orders = append(p.orders, &modelOrder{Order: o, product: product, user: u, coupon: coupon})
}

func (p *play) attempt(r *rapid.T) {
	p.attemptOf(r, mostly(r, p.model.orders, func(o *modelOrder) bool { return o.State == billing.OrderCreated }, "order"))
}

func (p *play) attemptOf(r *rapid.T, o *modelOrder) {
	way := rapid.SampledFrom([]billing.Way{billing.InWeChat, billing.ByCode}).Draw(r, "way")
	a, err := p.anyNode(r).Pay(p.Context(), o.user.ID, o.Handle, way)
	if o.State != billing.OrderCreated || o.ExpiresAt.Before(p.clock.Now().Add(2*time.Minute)) {
		if !errors.Is(err, billing.ErrOrderOver) {
			r.Fatalf("paying an order that is over: %v", err)
		}
		return
	}
	p.must(err)
	for _, old := range p.attempts {
		if old.TradeNo == a.TradeNo {
			if old.order != o || old.state != 0 || old.Way != way {
				r.Fatalf("attempt %s is another's", a.TradeNo)
			}
			return
		}
	}
	p.attempts = append(p.attempts, &modelAttempt{Attempt: a, order: o})
}

// phone pays, by somebody else too where WeChat Pay allows it.
func (p *play) phone(r *rapid.T) {
	a := mostly(r, p.attempts, func(a *modelAttempt) bool { return a.payer == "" && a.state == 0 }, "attempt")
	by := a.order.user.OpenID
	if rapid.IntRange(0, 9).Draw(r, "stranger") == 0 {
		by = some(r, p.users, "payer").OpenID
	}
	if p.pays(by, a.Attempt) == pay.ShownPaid {
		a.payer = by
		p.wordOf(a)
	}
}

func (p *play) wordOf(a *modelAttempt) {
	t, err := p.pay.Trade(p.Context(), a.TradeNo)
	p.must(err)
	p.words = append(p.words, word{id: "EV-" + a.TradeNo, attempt: a, trade: t})
}

func (p *play) askTrade(r *rapid.T) { p.wordOf(some(r, p.attempts, "attempt")) }

func (p *play) askRefund(r *rapid.T) {
	f := some(r, p.sent(), "refund")
	p.words = append(p.words, word{id: "EV-" + f.no, refund: f, said: p.returns(f.no)})
}

// deliver tells a node a word, once or again, in any order.
func (p *play) deliver(r *rapid.T) {
	w := some(r, p.words, "word")
	p.tell(p.anyNode(r), w)
}

func (p *play) tell(node *billing.Service, w word) {
	now := p.clock.Now()
	if w.refund != nil {
		p.must(node.SettleRefund(p.Context(), w.id, w.said))
		p.refunded(w.refund, w.said.State, now)
		return
	}
	p.must(node.Settle(p.Context(), w.id, w.trade))
	switch w.trade.State {
	case billing.TradePaid, billing.TradeRefunded:
		p.paid(w.attempt, now)
		w.attempt.order.PaidAt = latest(w.attempt.order.PaidAt, w.attempt, w.trade.PaidAt)
	case billing.TradeClosed:
		p.closed(w.attempt, now)
	}
}

// latest is when an order was paid, if this attempt did it.
func latest(was time.Time, a *modelAttempt, at time.Time) time.Time {
	if a.state == 1 && a.order.TradeNo == a.TradeNo {
		return at
	}
	return was
}

// forge tells a node what WeChat Pay would never say.
func (p *play) forge(r *rapid.T) {
	w := some(r, p.words, "word")
	if w.refund != nil {
		switch rapid.IntRange(0, 3).Draw(r, "field") {
		case 0:
			w.said.Amount++
		case 1:
			w.said.Total++
		case 2:
			w.said.TradeNo += "x"
		default:
			w.said.MchID = "1900000002"
		}
		if err := p.anyNode(r).SettleRefund(p.Context(), "EV-forged", w.said); !errors.Is(err, billing.ErrMismatch) {
			r.Fatalf("forged refund %+v: %v", w.said, err)
		}
		return
	}
	want := billing.ErrMismatch
	w.trade.State = billing.TradePaid
	if w.trade.TransactionID == "" {
		w.trade.TransactionID, w.trade.Total, w.trade.Currency = "42", w.attempt.Amount, "CNY"
	}
	switch rapid.IntRange(0, 4).Draw(r, "field") {
	case 0:
		w.trade.Total += int64(rapid.SampledFrom([]int{-1, 1, 100}).Draw(r, "fen"))
	case 1:
		w.trade.Currency = "USD"
	case 2:
		w.trade.MchID = "1900000002"
	case 3:
		w.trade.AppID = "wx0"
	default:
		w.trade.TradeNo, want = "HYnobody", billing.ErrNoOrder
	}
	if err := p.anyNode(r).Settle(p.Context(), "EV-forged", w.trade); !errors.Is(err, want) {
		r.Fatalf("forged trade %+v: %v", w.trade, err)
	}
}
