package billing_test

import (
	"errors"
	"slices"
	"time"

	"pgregory.net/rapid"

	"hongyan/billing"
	"hongyan/oa/sandbox/pay"
	"hongyan/push"
	"hongyan/store"
)

// look makes everything due and lets a node ask.
func (p *play) look(r *rapid.T) { p.lookBy(p.anyNode(r)) }

func (p *play) lookBy(node *billing.Service) {
	p.exec(`UPDATE attempt SET due_at = 1 WHERE due_at > 0`)
	_, err := node.Look(p.Context())
	p.must(err)
	p.seen()
}

// seen takes over what a look found out: nothing that WeChat Pay does not say.
func (p *play) seen() {
	now := p.clock.Now()
	states := map[string]int{}
	for _, a := range p.attempts {
		states[a.TradeNo] = int(p.number(`SELECT state FROM attempt WHERE trade_no = $1`, a.TradeNo))
	}
	for _, state := range []int{1, 3, 2} {
		for _, a := range p.attempts {
			if states[a.TradeNo] != state || a.state == state {
				continue
			}
			if paid := a.payer != ""; paid != (state != 2) {
				p.Fatalf("attempt %s: state %d, paid by %q", a.TradeNo, state, a.payer)
			}
			if state == 2 {
				p.closed(a, now)
			} else {
				p.model.paid(a, now)
				a.order.PaidAt = latest(a.order.PaidAt, a, store.Time(p.number(`SELECT paid_at FROM orders WHERE id = $1`, int64(a.order.ID))))
			}
			if a.state != state {
				p.Fatalf("attempt %s: state %d, want %d", a.TradeNo, state, a.state)
			}
		}
	}
	for _, o := range p.model.orders {
		p.over(o, now)
	}
}

func (p *play) pass(r *rapid.T) {
	p.shop.pass(rapid.SampledFrom([]time.Duration{
		time.Millisecond, time.Second, time.Minute, time.Minute, 10 * time.Minute, 10 * time.Minute, 29 * time.Minute, time.Hour,
		23 * time.Hour, 20 * billing.Day, 200 * billing.Day, -time.Hour,
	}).Draw(r, "for"))
	if now := p.clock.Now(); now.After(p.latest) {
		p.latest = now
	}
}

func (p *play) cancel(r *rapid.T) {
	o := some(r, p.model.orders, "order")
	p.must(p.anyNode(r).Cancel(p.Context(), o.user.ID, o.Handle))
	if now := p.clock.Now(); o.State == billing.OrderCreated {
		if o.ExpiresAt.After(now) {
			o.ExpiresAt = now
		}
		p.over(o, now)
	}
}

// paying is the attempt that paid an order.
func (p *play) paying(o *modelOrder) *modelAttempt {
	for _, a := range p.attempts {
		if a.order == o && a.state == 1 {
			return a
		}
	}
	return nil
}

func (p *play) refundable(o *modelOrder) bool {
	return (o.State == billing.OrderPaid || o.State == billing.OrderPartlyRefunded) && o.Left() > 0 && !o.PaidAt.Add(365*billing.Day).Before(p.clock.Now())
}

func (p *play) refund(r *rapid.T) {
	o := mostly(r, p.model.orders, p.refundable, "order")
	amount := rapid.Int64Range(0, o.Amount+1).Draw(r, "fen")
	no, err := p.anyNode(r).Refund(p.Context(), o.product.id, o.ID, amount, "不想要了")
	var invalid *push.Invalid
	switch {
	case !p.refundable(o):
		if !errors.Is(err, billing.ErrNotRefundable) {
			r.Fatalf("refund of %+v: %v", o.Order, err)
		}
	case amount < 1 || amount > o.Left():
		if !errors.As(err, &invalid) {
			r.Fatalf("refund of %d fen, %d left: %v", amount, o.Left(), err)
		}
	default:
		p.must(err)
		o.Returning += amount
		p.refunds = append(p.refunds, &modelRefund{no: no, attempt: p.paying(o), amount: amount, state: billing.RefundSending})
	}
}

func (p *play) wish(r *rapid.T) {
	o := mostly(r, p.model.orders, p.refundable, "order")
	err := p.anyNode(r).AskRefund(p.Context(), o.user.ID, o.Handle, "想退")
	for _, f := range p.refunds {
		if f.attempt.order == o && f.state == billing.RefundAsked {
			p.must(err)
			return
		}
	}
	if !p.refundable(o) {
		if !errors.Is(err, billing.ErrNotRefundable) {
			r.Fatalf("wish for %+v: %v", o.Order, err)
		}
		return
	}
	p.must(err)
	f := &modelRefund{attempt: p.paying(o), amount: o.Left(), state: billing.RefundAsked}
	f.no = p.text(`SELECT refund_no FROM refund WHERE order_id = $1 AND state = 0`, int64(o.ID))
	o.Returning += f.amount
	p.refunds = append(p.refunds, f)
}

func (p *play) decide(r *rapid.T) {
	f := some(r, slices.DeleteFunc(slices.Clone(p.refunds), func(f *modelRefund) bool { return f.surplus }), "refund")
	o := f.attempt.order
	var err error
	var settled bool // decided so before
	yes := rapid.Bool().Draw(r, "yes")
	if yes {
		err = p.anyNode(r).Approve(p.Context(), o.product.id, f.no)
		settled = f.state == billing.RefundSending || f.state == billing.RefundAccepted || f.state == billing.RefundOver
	} else {
		err = p.anyNode(r).Decline(p.Context(), o.product.id, f.no, "已使用")
		settled = f.state == billing.RefundDeclined
	}
	switch {
	case settled:
		p.must(err)
	case f.state != billing.RefundAsked:
		if !errors.Is(err, billing.ErrRefundDecided) {
			r.Fatalf("decided twice: %v", err)
		}
	case yes:
		p.must(err)
		f.state = billing.RefundSending
	default:
		p.must(err)
		f.state = billing.RefundDeclined
		o.Returning -= f.amount
	}
}

// send makes all refunds due and lets a node send and ask; WeChat Pay ends
// those it accepts as the dice say.
func (p *play) send(r *rapid.T) {
	end := rapid.SampledFrom([]string{"SUCCESS", "SUCCESS", "SUCCESS", "CLOSED", "ABNORMAL"}).Draw(r, "end")
	p.dial(func(c *pay.Settings) { c.RefundEnd = end })
	p.sendBy(p.anyNode(r))
}

func (p *play) sendBy(node *billing.Service) {
	p.exec(`UPDATE refund SET due_at = 1 WHERE due_at > 0`)
	_, _ = node.SendRefunds(p.Context()) // within a minute of the last WeChat Pay refuses, for now
	for _, f := range p.refunds {
		if f.no == "" {
			f.no = p.text(`SELECT refund_no FROM refund WHERE trade_no = $1 AND surplus = 1`, f.attempt.TradeNo)
		}
		state := billing.RefundProgress(p.number(`SELECT state FROM refund WHERE refund_no = $1`, f.no))
		if state == f.state {
			continue
		}
		said := billing.RefundProcessing
		switch state {
		case billing.RefundOver:
			said = p.returns(f.no).State
			if said != billing.RefundDone {
				p.Fatalf("refund %s is done, WeChat Pay says %s", f.no, said)
			}
		case billing.RefundFailed:
			if got, err := p.pay.Refunded(p.Context(), f.no); err == nil && got.State != billing.RefundClosed {
				p.Fatalf("refund %s failed, WeChat Pay says %s", f.no, got.State)
			}
			said = billing.RefundClosed
		}
		p.refunded(f, said, p.clock.Now())
		if f.state == billing.RefundAccepted {
			p.returns(f.no) // so that it ends as it was dialled now
		}
		if f.state != state {
			p.Fatalf("refund %s: state %d, want %d", f.no, state, f.state)
		}
	}
}

// sent are the refunds that WeChat Pay knows.
func (p *play) sent() []*modelRefund {
	return slices.DeleteFunc(slices.Clone(p.refunds), func(f *modelRefund) bool {
		return f.state != billing.RefundAccepted && f.state != billing.RefundOver
	})
}

// edit changes the price of a product and what it gives access to.
func (p *play) edit(r *rapid.T) {
	product := some(r, p.products, "product")
	has := slices.DeleteFunc(slices.Clone(p.resources), func(push.Resource) bool { return rapid.Bool().Draw(r, "drop") })
	if len(has) == 0 {
		has = p.resources[:1]
	}
	node := p.anyNode(r)
	p.must(node.Delist(p.Context(), p.app, product.id, ""))
	p.must(node.Edit(p.Context(), p.app, product.id, billing.ProductDraft{
		Name: "每日行情", Resources: has,
		Plans: []billing.PlanDraft{{Line: product.plan.Line, Days: rapid.IntRange(1, 400).Draw(r, "days"), Price: rapid.Int64Range(1, 1000).Draw(r, "price")}},
	}))
	p.must(node.Submit(p.Context(), p.app, product.id))
	p.must(node.List(p.Context(), product.id))
	plans, err := node.Plans(p.Context(), product.id)
	p.must(err)
	product.plan, product.has = plans[0], has
}
