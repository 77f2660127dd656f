package console

import (
	"strconv"

	"hongyan/billing"
)

// payView is how money stands: what WeChat Pay and the ledger do not agree on,
// the bills, and refunds that do not move.
type payView struct {
	billing.Standing
	Merchant string
	Open     []differenceView
	Settled  []differenceView
	Bills    []billing.Bill
	Stuck    []billing.Stuck
}

// A differenceView is one difference, with what to do about it.
type differenceView struct {
	billing.Difference
	What, Remedy string
	Form         form
}

// Money words an amount.
func (payView) Money(fen int64) string { return money(fen) }

func (c *Console) payPage(r *request) (reply, error) { return c.pay(r, 0, filled()) }

// pay is the page; f is what was typed about one of the differences.
func (c *Console) pay(r *request, of int64, f form) (reply, error) {
	v := payView{Merchant: c.o.Billing.Merchant()}
	var err error
	if v.Standing, err = c.o.Billing.Standing(r.Context()); err != nil {
		return reply{}, err
	}
	all, err := c.o.Billing.Differences(r.Context())
	if err != nil {
		return reply{}, err
	}
	for _, d := range all {
		text := wordsDifferences[d.Kind]
		one := differenceView{Difference: d, What: translate(r.lang, text.name), Remedy: translate(r.lang, text.remedy), Form: filled()}
		if d.ID == of {
			one.Form = f
		}
		if d.SettledAt.IsZero() {
			v.Open = append(v.Open, one)
		} else if len(v.Settled) < 50 {
			v.Settled = append(v.Settled, one)
		}
	}
	if v.Bills, err = c.o.Billing.Bills(r.Context()); err != nil {
		return reply{}, err
	}
	if v.Stuck, err = c.o.Billing.StuckRefunds(r.Context()); err != nil {
		return reply{}, err
	}
	return shown("admin_pay", wordsPay, v), nil
}

func (c *Console) settleDifference(r *request) (reply, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || id < 1 {
		return reply{}, billing.ErrNoDifference
	}
	err = c.o.Billing.SettleDifference(r.Context(), id, r.value("note"))
	if f := typed(r); f.refuse(err) {
		a, err := c.pay(r, id, f)
		return a.wrong(), err
	}
	if err != nil {
		return reply{}, err
	}
	return sentTo(Prefix + "admin/pay").saying("已标为处理完"), nil
}
