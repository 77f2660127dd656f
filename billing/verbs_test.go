package billing_test

import (
	"time"

	"hongyan/billing"
	"hongyan/push"
	"hongyan/store"
)

// paid is an order of the plan that was paid, and its trade number.
func (w *world) paid(u push.User, plan billing.Plan) (billing.Order, string) {
	w.Helper()
	o, err := w.Order(w.Context(), u.ID, plan.ID, "")
	w.must(err)
	no := w.attempt(o)
	w.must(w.Settle(w.Context(), "EV-"+no, w.word(no, u.OpenID, o.Amount)))
	return w.order(u, o), no
}

// order reads an order again.
func (w *world) order(u push.User, o billing.Order) billing.Order {
	w.Helper()
	found, _, err := w.MyOrder(w.Context(), u.ID, o.Handle)
	w.must(err)
	return found.Order
}

// refund starts to send an amount back.
func (w *world) refund(o billing.Order, amount int64) (no string) {
	w.Helper()
	no, err := w.Refund(w.Context(), o.Product, o.ID, amount, "不想要了")
	w.must(err)
	return no
}

// returned is WeChat Pay's word that a refund is done.
func (w *world) returned(refundNo, tradeNo string, amount, total int64) billing.Refunded {
	return billing.Refunded{
		RefundNo: refundNo, TradeNo: tradeNo, RefundID: "50" + refundNo, MchID: payee.MchID, State: billing.RefundDone,
		Amount: amount, Total: total, DoneAt: w.clock.Now(),
	}
}

// topic makes a topic of the app.
func (w *world) topic(name string) push.TopicID {
	w.Helper()
	t, err := w.push.CreateTopic(w.Context(), w.app, name)
	w.must(err)
	return t.ID
}

// paidFor is until when a user has paid for something.
func (w *world) paidFor(u push.User, on push.Resource) time.Time {
	w.Helper()
	return store.Time(w.number(`SELECT COALESCE(MAX(paid_until), 0) FROM subscription WHERE kind = $1 AND target = $2 AND user_id = $3`,
		int64(on.Kind), on.Target, int64(u.ID)))
}
