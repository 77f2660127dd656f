package console_test

import (
	"fmt"
	"net/url"
	"time"

	"hongyan/billing"
	"hongyan/push"
)

// Those of products.
var _ = addSamples(map[string]sample{
	"GET /console/app/{app}/products":                                  {make: aProduct(billing.Listed)},
	"GET /console/app/{app}/products/new":                              {},
	"POST /console/app/{app}/products/new":                             {form: url.Values{"name": {"每日行情"}, "resource": {"0:97"}, "line": {""}, "days": {"30"}, "price": {"9.90"}}},
	"POST /console/app/{app}/products/rows":                            {form: url.Values{"line": {""}, "days": {"30"}, "price": {"9.90"}}},
	"POST /console/app/{app}/products/preview":                         {form: url.Values{"description": {"# 行情"}}},
	"GET /console/app/{app}/products/{product}":                        {make: aProduct(billing.Listed)},
	"GET /console/app/{app}/products/{product}/page":                   {make: aProduct(billing.Listed)},
	"GET /console/app/{app}/products/{product}/edit":                   {make: aProduct(billing.Draft)},
	"POST /console/app/{app}/products/{product}/edit":                  {make: aProduct(billing.Draft), form: url.Values{"name": {"行情"}}},
	"POST /console/app/{app}/products/{product}/cover":                 {make: aProduct(billing.Draft), form: url.Values{"remove": {"1"}}},
	"POST /console/app/{app}/products/{product}/code":                  {make: aProduct(billing.Listed)},
	"POST /console/app/{app}/products/{product}/submit":                {make: aProduct(billing.Draft)},
	"POST /console/app/{app}/products/{product}/withdraw":              {make: aProduct(billing.Submitted)},
	"POST /console/app/{app}/products/{product}/delist":                {make: aProduct(billing.Listed)},
	"POST /console/app/{app}/products/{product}/relist":                {make: aSilentProduct},
	"GET /console/app/{app}/products/{product}/subscribers":            {make: aPurchase},
	"POST /console/app/{app}/products/{product}/gift":                  {make: aPurchase, form: url.Values{"days": {"3"}}},
	"GET /console/app/{app}/products/{product}/orders":                 {make: aPurchase},
	"GET /console/app/{app}/products/{product}/orders.csv":             {make: aPurchase},
	"GET /console/app/{app}/products/{product}/orders/{order}":         {make: aPurchase},
	"POST /console/app/{app}/products/{product}/orders/{order}/refund": {make: aPurchase, form: url.Values{"amount": {"1"}}},
	"GET /console/app/{app}/products/{product}/refunds":                {make: aPurchase},
	"POST /console/app/{app}/products/{product}/refunds/approve":       {make: aPurchase, form: url.Values{"amount": {"1"}}},
	"POST /console/app/{app}/products/{product}/refunds/decline":       {make: aPurchase, form: url.Values{"reason": {"已经用完"}}},
	"GET /console/app/{app}/products/{product}/coupons":                {make: aCoupon},
	"POST /console/app/{app}/products/{product}/coupons":               {make: aProduct(billing.Listed), form: url.Values{"days": {"7"}, "uses": {"10"}}},
	"POST /console/app/{app}/products/{product}/coupons/end":           {make: aCoupon},
})

// sale is a product of app 97 in this state, with a plan of 30 days.
func (s *site) sale(name string, state billing.ProductState, resources ...push.Resource) (push.ProductID, billing.Plan) {
	s.Helper()
	if resources == nil {
		resources = []push.Resource{{Kind: push.OfApp, Target: 97}}
	}
	id, err := s.billing.Create(s.Context(), 97, billing.ProductDraft{
		Name: name, Description: "# 每天收盘后\n\n- **三只**自选股的涨跌\n- 一句话点评", Resources: resources, Plans: []billing.PlanDraft{{Days: 30, Price: 990}},
	})
	s.must(err)
	if state != billing.Draft {
		s.must(s.billing.Submit(s.Context(), 97, id))
	}
	if state > billing.Submitted {
		s.must(s.billing.List(s.Context(), id))
	}
	if state == billing.Delisted {
		s.must(s.billing.Delist(s.Context(), 97, id, ""))
	}
	plans, err := s.billing.Plans(s.Context(), id)
	s.must(err)
	return id, plans[0]
}

// buys orders the plan for the follower and has it paid.
func (s *site) buys(p *phone, plan billing.Plan) billing.Order {
	s.Helper()
	o, err := s.billing.Order(s.Context(), p.user().ID, plan.ID, "")
	s.must(err)
	no := "HY" + o.Handle
	s.exec(`INSERT INTO attempt (trade_no, order_id, way, amount, created_at, expires_at, due_at) VALUES ($1, $2, 0, $3, $4, $5, 0)`,
		no, int64(o.ID), o.Amount, o.CreatedAt.UnixMilli(), o.ExpiresAt.UnixMilli())
	s.must(s.billing.Settle(s.Context(), "", billing.Trade{
		TradeNo: no, TransactionID: fmt.Sprintf("4200001%021d", o.ID), State: billing.TradePaid, OpenID: push.OpenID(p.OpenID), Total: o.Amount, Currency: "CNY", PaidAt: s.db.Now(),
	}))
	paid, _, err := s.billing.MyOrder(s.Context(), p.user().ID, o.Handle)
	s.must(err)
	return paid.Order
}

func aProduct(state billing.ProductState) func(*site, *team) map[string]string {
	return func(s *site, _ *team) map[string]string {
		id, _ := s.sale("每日行情", state)
		return map[string]string{"product": fmt.Sprint(id)}
	}
}

// aSilentProduct fell silent, and something was pushed since.
func aSilentProduct(s *site, m *team) map[string]string {
	id, _ := s.sale("每日行情", billing.Delisted)
	s.exec(`UPDATE product SET silent = 1, delisted_at = delisted_at - 3600000 WHERE id = $1`, int64(id))
	uid := s.follows(97).user().UID
	_, err := s.push.Send(s.Context(), m.token, push.Draft{Content: fmt.Sprint("收盘 ", id), Kind: 1, UIDs: []push.UID{uid}})
	s.must(err)
	return map[string]string{"product": fmt.Sprint(id)}
}

// aPurchase is one that somebody bought and wants the money back of.
func aPurchase(s *site, _ *team) map[string]string {
	id, plan := s.sale("每日行情", billing.Listed)
	ming := s.phone()
	ming.Follow(s.Context())
	o := s.buys(ming, plan)
	s.must(s.billing.AskRefund(s.Context(), ming.user().ID, o.Handle, "买错了"))
	return map[string]string{
		"product": fmt.Sprint(id), "order": o.Handle, "=uid": string(ming.user().UID), "=no": s.word(`SELECT refund_no FROM refund WHERE order_id = $1`, int64(o.ID)),
	}
}

func aCoupon(s *site, _ *team) map[string]string {
	id, _ := s.sale("每日行情", billing.Listed)
	c, err := s.billing.CreateCoupon(s.Context(), 97, id, billing.CouponDraft{Days: 7, Uses: 10, Expires: s.db.Now().Add(time.Hour)})
	s.must(err)
	return map[string]string{"product": fmt.Sprint(id), "=code": c.Code}
}
