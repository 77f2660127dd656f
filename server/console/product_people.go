package console

import (
	"errors"
	"strconv"
	"strings"

	"hongyan/billing"
	"hongyan/push"
)

// subscribersView is who has a product, and the form of a gift.
type subscribersView struct {
	productHead
	Filter form
	States []option
	Rows   []billing.Subscriber
	Next   string
	Gift   form
	Narrow bool
}

func (c *Console) subscribersPage(r *request) (reply, error) {
	return c.subscribers(r, filled("uid", r.URL.Query().Get("uid")))
}

func (c *Console) subscribers(r *request, gift form) (reply, error) {
	h, err := c.product(r, "subscribers")
	if err != nil {
		return reply{}, err
	}
	v := subscribersView{
		productHead: h, Gift: gift, Filter: form{Values: r.URL.Query(), Wrong: map[string]string{}},
		States: said(r, option{"", "全部"}, option{"active", "有效"}, option{"ended", "已到期"}),
	}
	ask := billing.SubscriberFilter{Search: strings.TrimSpace(v.Filter.Value("search")), After: v.Filter.Value("after")}
	if state := v.Filter.Value("state"); state == "active" || state == "ended" {
		active := state == "active"
		ask.Active = &active
	}
	v.Narrow = ask.Search != "" || ask.Active != nil
	rows, next, err := c.o.Billing.Subscribers(r.Context(), r.app.ID, h.ID, ask)
	if err != nil {
		return reply{}, err
	}
	v.Rows, v.Next = rows, turned(r, next)
	if r.htmx() && !r.post() {
		return part("product_people", "subscriber-list", v), nil
	}
	a := shown("product_people", say("「%s」的订阅者", h.Name), v)
	if len(gift.Wrong) > 0 {
		a = a.wrong()
	}
	return a, nil
}

// giveDays gives somebody days of the product.
func (c *Console) giveDays(r *request) (reply, error) {
	f := typed(r)
	h, err := c.product(r, "subscribers")
	if err != nil {
		return reply{}, err
	}
	days, err := strconv.Atoi(r.value("days"))
	if err != nil {
		days = 0
	}
	err = c.o.Billing.Gift(r.Context(), r.app.ID, h.ID, push.UID(r.value("uid")), days, r.value("reason"))
	switch {
	case errors.Is(err, push.ErrNoUser):
		err = &push.Invalid{Field: "uid", Text: translate(r.lang, wordsGiftNobody)}
	case errors.Is(err, push.ErrRejected):
		err = &push.Invalid{Field: "uid", Text: translate(r.lang, wordsGiftRejected)}
	}
	if f.refuse(err) {
		return c.subscribers(r, f)
	}
	if err != nil {
		return reply{}, err
	}
	return sentTo(h.Here+"/subscribers").saying("已送出 %d 天，对方会收到通知", days), nil
}
