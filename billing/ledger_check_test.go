package billing_test

import (
	"strings"
	"time"

	"pgregory.net/rapid"

	"hongyan/billing"
	"hongyan/oa/sandbox/pay"
	"hongyan/store"
)

// check compares the shop with the model.
func (p *play) check(r *rapid.T) {
	if now := p.clock.Now(); now.After(p.latest) {
		p.latest = now
	}
	p.checkLedgers(r)
	p.checkOrders(r)
	for _, u := range p.users {
		for _, on := range p.resources {
			got, want := p.paidFor(u, on), p.paidUntil(u, on)
			if !got.Equal(want) && (got.After(p.latest) || want.After(p.latest)) { // what was over when it was bound stays as it was
				r.Errorf("user %d, resource %v: paid until %s, want %s", u.ID, on, got, want)
			}
		}
	}
	for _, product := range p.products {
		used := p.number(`SELECT used FROM coupon WHERE product_id = $1`, int64(product.id))
		uses := p.number(`SELECT COUNT(*) FROM coupon_use WHERE coupon_id = (SELECT id FROM coupon WHERE product_id = $1)`, int64(product.id))
		if want := int64(p.used(product)); used != want || uses != want {
			r.Errorf("coupon of product %d: used %d times by %d uses, want %d", product.id, used, uses, want)
		}
	}
}

func (p *play) checkLedgers(r *rapid.T) {
	told := map[int64]int64{}
	for h, want := range p.accounts {
		entries, err := p.Ledger(p.Context(), h.product, h.user)
		p.must(err)
		end, err := billing.Fold(entries)
		p.must(err)
		var fen int64
		for _, e := range entries {
			fen += e.Amount
		}
		if !end.Equal(want.end) || len(entries) != want.entries || fen != want.fen {
			r.Errorf("ledger of %v: end %s, %d entries, %d fen; want %s, %d, %d", h, end, len(entries), fen, want.end, want.entries, want.fen)
		}
		ends := p.number(`SELECT ends_at FROM entitlement WHERE product_id = $1 AND user_id = $2`, int64(h.product), int64(h.user))
		if got := store.Time(ends); !got.Equal(want.end) {
			r.Errorf("entitlement of %v: %s, want %s", h, got, want.end)
		}
		told[int64(h.user)] += int64(want.told)
	}
	for user, want := range told {
		if got := p.number(`SELECT COUNT(*) FROM callback WHERE user_id = $1 AND action = 'order_pay'`, user); got != want {
			r.Errorf("the developer was told %d times of user %d, want %d", got, user, want)
		}
	}
}

func (p *play) checkOrders(r *rapid.T) {
	for _, want := range p.model.orders {
		got := p.shop.order(want.user, want.Order)
		if got.State != want.State || got.Added != want.Added || got.Returned != want.Returned || got.Returning != want.Returning ||
			got.TradeNo != want.TradeNo || got.Amount != want.Amount || got.Days != want.Days || !got.ExpiresAt.Equal(want.ExpiresAt) {
			r.Errorf("order\n%+v, want\n%+v", got, want.Order)
		}
	}
	for _, a := range p.attempts {
		if got := p.number(`SELECT state FROM attempt WHERE trade_no = $1`, a.TradeNo); got != int64(a.state) {
			r.Errorf("attempt %s: state %d, want %d", a.TradeNo, got, a.state)
		}
	}
}

// rest lets everything come to its end without any notice, and compares the
// money with what WeChat Pay holds.
func (p *play) rest(r *rapid.T) {
	p.dial(func(c *pay.Settings) { c.RefundEnd = "SUCCESS" })
	p.clock.Set(p.latest.Add(2 * time.Hour))
	p.wechat.Advance(0)
	for range 3 {
		for _, node := range p.nodes {
			p.lookBy(node)
			p.shop.pass(2 * time.Minute)
			p.sendBy(node)
			p.check(r)
		}
	}
	for _, o := range p.model.orders {
		if o.State == billing.OrderCreated {
			r.Errorf("order %d is open hours after its end", o.ID)
		}
	}
	ours := map[string]bool{}
	for _, a := range p.attempts {
		ours[a.TradeNo] = true
	}
	var held, booked int64
	for _, t := range p.wechat.Payments().Transactions {
		if ours[t.TradeNo] && t.PaidAt != "" {
			held += t.Total
			n := p.number(`SELECT COUNT(*) FROM ledger WHERE trade_no = $1 AND kind IN ('payment', 'surplus') AND transaction_id = $2 AND amount = $3`,
				t.TradeNo, t.TransactionID, t.Total)
			if n != 1 {
				r.Errorf("trade %s was paid and has %d entries", t.TradeNo, n)
			}
		}
	}
	for _, f := range p.wechat.Payments().Refunds {
		if ours[f.TradeNo] && f.State == "SUCCESS" {
			held -= f.Amount
		}
	}
	for _, acc := range p.accounts {
		booked += acc.fen
	}
	if booked != held {
		r.Errorf("the ledger has %d fen, WeChat Pay holds %d", booked, held)
	}
	for _, f := range p.refunds {
		if f.state == billing.RefundSending && !strings.HasPrefix(f.no, "HR") {
			r.Errorf("refund %+v was never sent", f)
		}
	}
	p.exec(`UPDATE attempt SET due_at = 0`)
	p.exec(`UPDATE refund SET due_at = 0`)
}
