package console

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"hongyan/billing"
	"hongyan/server/ui"
)

// ordersView is the orders of a product.
type ordersView struct {
	productHead
	Filter form
	States []option
	Rows   []orderRow
	Next   string
	Export string
	Narrow bool
}

// orderRow is an order with its state in words.
type orderRow struct {
	billing.Ordered
	Chip ui.Chip
}

// orderFilter reads what the list is narrowed by.
func orderFilter(q url.Values) billing.OrderFilter {
	f := billing.OrderFilter{Search: strings.TrimSpace(q.Get("search"))}
	if n, err := strconv.Atoi(q.Get("state")); err == nil && n >= 0 && n < len(wordsOrderStates) {
		state := billing.OrderState(n)
		f.State = &state
	}
	return f
}

func (c *Console) ordersPage(r *request) (reply, error) {
	h, err := c.product(r, "orders")
	if err != nil {
		return reply{}, err
	}
	v := ordersView{productHead: h, Filter: form{Values: r.URL.Query(), Wrong: map[string]string{}}, Export: h.Here + "/orders.csv"}
	v.States = []option{{"", translate(r.lang, "全部")}}
	for i, text := range wordsOrderStates {
		v.States = append(v.States, option{strconv.Itoa(i), translate(r.lang, text)})
	}
	ask := orderFilter(r.URL.Query())
	if v.Narrow = ask.Search != "" || ask.State != nil; v.Narrow {
		v.Export += "?" + url.Values{"search": {ask.Search}, "state": {v.Filter.Value("state")}}.Encode()
	}
	ask.After = v.Filter.Value("after")
	rows, next, err := c.o.Billing.Orders(r.Context(), r.app.ID, h.ID, ask)
	if err != nil {
		return reply{}, err
	}
	for _, o := range rows {
		v.Rows = append(v.Rows, orderRow{o, orderChip(r.lang, o.State)})
	}
	v.Next = turned(r, next)
	if r.htmx() {
		return part("product_orders", "order-list", v), nil
	}
	return shown("product_orders", say("「%s」的订单", h.Name), v), nil
}

func orderChip(lang string, state billing.OrderState) ui.Chip {
	tone := map[billing.OrderState]string{billing.OrderCreated: "wait", billing.OrderPaid: "good", billing.OrderPartlyRefunded: "wait"}[state]
	return ui.Chip{Text: translate(lang, wordsOrderStates[state]), Tone: tone}
}

// exportOrders writes the orders as a file for spreadsheets, as many as there
// are.
func (c *Console) exportOrders(r *request) (reply, error) {
	h, err := c.product(r, "orders")
	if err != nil {
		return reply{}, err
	}
	var heads []string
	for _, head := range wordsOrderHeads {
		heads = append(heads, translate(r.lang, head))
	}
	ask := orderFilter(r.URL.Query())
	ask.Limit = exportPage
	name := fmt.Sprintf("hongyan-product-%d-orders-%s.csv", h.ID, c.o.Now().In(shanghai).Format("20060102-1504"))
	return spreadsheet(name, heads, func(ctx context.Context, row func(...string) error) error {
		for {
			page, next, err := c.o.Billing.Orders(ctx, r.app.ID, h.ID, ask)
			if err != nil {
				return err
			}
			for _, o := range page {
				if err := row(orderCells(r.lang, o)...); err != nil {
					return err
				}
			}
			if ask.After = next; next == "" {
				return nil
			}
		}
	}), nil
}

func orderCells(lang string, o billing.Ordered) []string {
	return []string{
		cellTime(o.CreatedAt), translate(lang, wordsOrderStates[o.State]), string(o.UID), strconv.Itoa(o.Days), plainMoney(o.Price), plainMoney(o.Amount),
		plainMoney(o.Returned), o.Code, cellTime(o.PaidAt), o.TradeNo, o.TransactionID,
	}
}

// orderView is one order with its refunds.
type orderView struct {
	productHead
	Order   orderRow
	Refunds []refundRow
	Form    form
	Left    int64 // fen that can still go back
}

func (c *Console) orderPage(r *request) (reply, error) { return c.order(r, form{}) }

func (c *Console) order(r *request, f form) (reply, error) {
	h, err := c.product(r, "orders")
	if err != nil {
		return reply{}, err
	}
	o, err := c.o.Billing.OrderOf(r.Context(), r.app.ID, h.ID, r.PathValue("order"))
	if err != nil {
		return reply{}, err
	}
	v := orderView{productHead: h, Order: orderRow{o, orderChip(r.lang, o.State)}, Form: f}
	if o.State == billing.OrderPaid || o.State == billing.OrderPartlyRefunded {
		v.Left = o.Left()
	}
	if f.Values == nil {
		v.Form = filled("amount", plainMoney(v.Left))
	}
	all, err := c.o.Billing.RefundsOf(r.Context(), o.ID)
	if err != nil {
		return reply{}, err
	}
	v.Refunds = refundRows(r.lang, all)
	a := shown("product_order", say("订单"), v)
	if len(f.Wrong) > 0 {
		a = a.wrong()
	}
	return a, nil
}

// stepOnRefund says on the phone how much goes back.
func stepOnRefund(r *request) words {
	if fenOf(r.value("amount")) < 1 {
		return say("产品退款：金额没有填对，请点「拒绝」，回到页面改正")
	}
	return say("产品退款：从应用「%s」的收入里退回 %s", r.app.Name, money(fenOf(r.value("amount"))))
}

// refundOrder sends money of an order back.
func (c *Console) refundOrder(r *request) (reply, error) {
	h, err := c.product(r, "orders")
	if err != nil {
		return reply{}, err
	}
	o, err := c.o.Billing.OrderOf(r.Context(), r.app.ID, h.ID, r.PathValue("order"))
	if err != nil {
		return reply{}, err
	}
	_, err = c.o.Billing.Refund(r.Context(), h.ID, o.ID, fenOf(r.value("amount")), r.value("reason"))
	if f := typed(r); f.refuse(err) {
		return c.order(r, f)
	}
	if err != nil {
		return reply{}, err
	}
	return sentTo(h.Here + "/orders/" + o.Handle).saying("退款已提交给微信，到账后对方会收到通知"), nil
}
