package page

import (
	"fmt"
	"time"

	"hongyan/billing"
	"hongyan/server/ui"
)

// ordered is an order as it stands at a moment.
type ordered struct {
	billing.OrderOf
	end time.Time // of the product's paid time
	now time.Time
}

func (o *ordered) payable() bool { return o.Payable(o.now) }

// over tells whether it came to nothing, so that another is offered.
func (o *ordered) over() bool {
	return o.State == billing.OrderClosed || o.State == billing.OrderCreated && !o.payable()
}

// waits tells whether it may change by itself: by a payment, also one that was
// made in the last minute, and by a refund that is decided.
func (o *ordered) waits() bool {
	if o.State == billing.OrderCreated {
		return true
	}
	for _, f := range o.Refunds {
		if f.State == billing.RefundSending || f.State == billing.RefundAccepted {
			return o.now.Sub(f.CreatedAt) < time.Hour
		}
	}
	return false
}

// token changes with what the page shows.
func (o *ordered) token() string {
	token := fmt.Sprintf("%d.%t.%d", o.State, o.over(), o.Returned)
	for _, f := range o.Refunds {
		token += fmt.Sprintf(".%d", f.State)
	}
	return token
}

func (o *ordered) chip() ui.Chip {
	if o.State == billing.OrderCreated && o.over() {
		return wordsOrderLate
	}
	return wordsOrders[o.State]
}

func (o *ordered) text() string {
	switch o.State {
	case billing.OrderCreated:
		if o.over() {
			return wordsOrder.Late
		}
		return ""
	case billing.OrderClosed:
		return wordsOrder.Closed
	}
	if o.end.After(o.now) {
		return fmt.Sprintf(wordsOrder.PaidUntil, moment(o.end))
	}
	return fmt.Sprintf(wordsOrder.Ended, moment(o.end))
}
