package console

import (
	"hongyan/billing"
	"hongyan/server/ui"
)

// refundsView is the refunds of a product, those to decide first.
type refundsView struct {
	productHead
	Asked []refundRow
	Rows  []refundRow
	Next  string
	Form  form
	First bool // page
}

// refundRow is a refund with its state in words.
type refundRow struct {
	billing.Returned
	Chip ui.Chip
	Sum  string // as a field holds it
	Open bool   // its form was refused
}

func refundRows(lang string, all []billing.Returned) (rows []refundRow) {
	for _, f := range all {
		tone := map[billing.RefundProgress]string{
			billing.RefundAsked: "wait", billing.RefundSending: "wait", billing.RefundAccepted: "wait", billing.RefundOver: "good", billing.RefundFailed: "bad",
		}[f.State]
		rows = append(rows, refundRow{Returned: f, Chip: ui.Chip{Text: translate(lang, wordsRefundStates[f.State]), Tone: tone}, Sum: plainMoney(f.Amount)})
	}
	return rows
}

func (c *Console) refundsPage(r *request) (reply, error) { return c.refunds(r, filled()) }

func (c *Console) refunds(r *request, f form) (reply, error) {
	h, err := c.product(r, "refunds")
	if err != nil {
		return reply{}, err
	}
	after := r.URL.Query().Get("after")
	asked, rest, next, err := c.o.Billing.Refunds(r.Context(), r.app.ID, h.ID, after, 0)
	if err != nil {
		return reply{}, err
	}
	v := refundsView{productHead: h, Asked: refundRows(r.lang, asked), Rows: refundRows(r.lang, rest), Next: turned(r, next), Form: f, First: after == ""}
	for i := range v.Asked {
		v.Asked[i].Open = len(f.Wrong) > 0 && v.Asked[i].No == f.Value("no")
	}
	a := shown("product_refunds", say("「%s」的退款", h.Name), v)
	if len(f.Wrong) > 0 {
		a = a.wrong()
	}
	return a, nil
}

// decided leads back to the refunds.
func (c *Console) decided(r *request, do func(productHead) error, said string) (reply, error) {
	h, err := c.product(r, "refunds")
	if err == nil {
		err = do(h)
	}
	if f := typed(r); f.refuse(err) {
		return c.refunds(r, f)
	}
	if err != nil {
		return reply{}, err
	}
	return sentTo(h.Here + "/refunds").saying(said), nil
}

func (c *Console) approveRefund(r *request) (reply, error) {
	return c.decided(r, func(h productHead) error {
		return c.o.Billing.ApprovePart(r.Context(), h.ID, r.value("no"), fenOf(r.value("amount")))
	}, "退款已提交给微信，到账后对方会收到通知")
}

func (c *Console) declineRefund(r *request) (reply, error) {
	return c.decided(r, func(h productHead) error {
		return c.o.Billing.Decline(r.Context(), h.ID, r.value("no"), r.value("reason"))
	}, "已拒绝，对方会收到你的说明")
}
