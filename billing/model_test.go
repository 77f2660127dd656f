package billing_test

import (
	"math/big"
	"slices"
	"time"

	"hongyan/billing"
	"hongyan/push"
)

// The model is the shop as somebody would explain it: no database, no nodes,
// nothing that is repeated. Its times are those of the shop's clock.
type model struct {
	products  []*modelProduct
	users     []push.User
	resources []push.Resource
	orders    []*modelOrder
	attempts  []*modelAttempt
	refunds   []*modelRefund
	accounts  map[holding]*account
}

type modelProduct struct {
	id       push.ProductID
	plan     billing.Plan
	has      []push.Resource
	code     string
	off      int64
	codeUses int
}

type modelOrder struct {
	billing.Order
	product *modelProduct
	user    push.User
	coupon  bool
}

type modelAttempt struct {
	billing.Attempt
	order *modelOrder
	state int // 0 open, 1 paid, 2 closed, 3 surplus
	payer push.OpenID
}

type modelRefund struct {
	no      string
	attempt *modelAttempt
	amount  int64
	surplus bool
	state   billing.RefundProgress
}

// A holding is a user's of a product, and the account what it came to.
type holding struct {
	product push.ProductID
	user    push.UserID
}

type account struct {
	end     time.Time
	entries int
	fen     int64
	told    int // payments and refunds the developer hears of
}

func (m *model) account(o *modelOrder) *account {
	h := holding{o.product.id, o.user.ID}
	if m.accounts[h] == nil {
		m.accounts[h] = &account{}
	}
	return m.accounts[h]
}

// live tells whether the user has an order with the coupon that may be or was
// paid with it.
func (m *model) live(p *modelProduct, u push.UserID) bool {
	return slices.ContainsFunc(m.orders, func(o *modelOrder) bool {
		return o.coupon && o.product == p && o.user.ID == u && o.State != billing.OrderClosed
	})
}

func (m *model) used(p *modelProduct) (n int) {
	for _, u := range m.users {
		if m.live(p, u.ID) {
			n++
		}
	}
	return n
}

// waiting is the order that a second tap means.
func (m *model) waiting(p *modelProduct, u push.User, coupon bool, now time.Time) *modelOrder {
	for _, o := range slices.Backward(m.orders) {
		if o.Plan == p.plan.ID && o.user.ID == u.ID && o.coupon == coupon && o.State == billing.OrderCreated && o.ExpiresAt.After(now.Add(2*time.Minute)) {
			return o
		}
	}
	return nil
}

// paid is the money of an attempt arriving: for its order, or to go back.
func (m *model) paid(a *modelAttempt, now time.Time) {
	if a.state == 1 || a.state == 3 {
		return
	}
	o := a.order
	acc := m.account(o)
	acc.entries++
	acc.fen += o.Amount
	if a.payer != o.user.OpenID || o.State != billing.OrderCreated && o.State != billing.OrderClosed {
		a.state = 3
		m.refunds = append(m.refunds, &modelRefund{attempt: a, amount: o.Amount, surplus: true, state: billing.RefundSending})
		return
	}
	a.state = 1
	o.State, o.TradeNo, o.Added = billing.OrderPaid, a.TradeNo, time.Duration(o.Days)*24*time.Hour
	if acc.end.Before(now) {
		acc.end = now
	}
	acc.end = acc.end.Add(o.Added)
	acc.told++
}

// closed is the end of an attempt that nobody paid.
func (m *model) closed(a *modelAttempt, now time.Time) {
	if a.state == 0 {
		a.state = 2
		m.over(a.order, now)
	}
}

// over closes an order at its end when nothing can pay it.
func (m *model) over(o *modelOrder, now time.Time) {
	open := slices.ContainsFunc(m.attempts, func(a *modelAttempt) bool { return a.order == o && a.state == 0 })
	if o.State == billing.OrderCreated && !o.ExpiresAt.After(now) && !open {
		o.State = billing.OrderClosed
	}
}

// refunded is what WeChat Pay says of a refund.
func (m *model) refunded(f *modelRefund, said billing.RefundState, now time.Time) {
	underway := f.state == billing.RefundSending || f.state == billing.RefundAccepted
	o := f.attempt.order
	switch {
	case f.state == billing.RefundOver:
	case said == billing.RefundDone:
		m.returned(f, now)
	case said == billing.RefundClosed && underway:
		f.state = billing.RefundFailed
		if !f.surplus {
			o.Returning -= f.amount
		}
	case said != billing.RefundClosed && f.state == billing.RefundSending:
		f.state = billing.RefundAccepted
	}
}

func (m *model) returned(f *modelRefund, now time.Time) {
	o := f.attempt.order
	acc := m.account(o)
	acc.entries++
	acc.fen -= f.amount
	held := f.state != billing.RefundFailed
	f.state = billing.RefundOver
	if f.surplus {
		return
	}
	acc.told++
	part := func(fen int64) time.Duration { // of what the order added
		n := new(big.Int).Mul(big.NewInt(o.Added.Milliseconds()), big.NewInt(fen))
		return time.Duration(n.Div(n, big.NewInt(o.Amount)).Int64()) * time.Millisecond
	}
	takes := part(o.Returned+f.amount) - part(o.Returned)
	if left := acc.end.Sub(now); takes > left {
		takes = max(0, left)
	}
	acc.end = acc.end.Add(-takes)
	o.Returned += f.amount
	if held {
		o.Returning -= f.amount
	}
	o.State = billing.OrderPartlyRefunded
	if o.Returned >= o.Amount {
		o.State = billing.OrderRefunded
	}
}

// paidUntil is the longest of the products that give access to something.
func (m *model) paidUntil(u push.User, on push.Resource) (until time.Time) {
	for _, p := range m.products {
		if acc := m.accounts[holding{p.id, u.ID}]; acc != nil && slices.Contains(p.has, on) && acc.end.After(until) {
			until = acc.end
		}
	}
	return until
}
