package api_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"hongyan/billing"
	"hongyan/push"
	"hongyan/store"
	"hongyan/store/storetest"
)

// told are the callbacks as the developer's server reads them.
type told struct {
	mu     sync.Mutex
	bodies []string
}

// Deliver takes a callback.
func (d *told) Deliver(_ context.Context, j push.Job) push.Outcome {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.bodies = append(d.bodies, string(j.Call.Body))
	return push.Outcome{Verdict: push.Delivered}
}

// next runs the callbacks until one comes whose action that is.
func (d *told) next(t *testing.T, p *push.Service, action string) string {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- p.RunCallbacks(ctx, d) }()
	defer func() { stop(); <-done }()
	for until := time.Now().Add(20 * time.Second); time.Now().Before(until); {
		d.mu.Lock()
		for i, body := range d.bodies {
			if strings.HasPrefix(body, `{"action":"`+action+`"`) {
				d.bodies = append(d.bodies[:i], d.bodies[i+1:]...)
				d.mu.Unlock()
				return body
			}
		}
		d.mu.Unlock()
	}
	t.Fatalf("no %s came, but %q", action, d.bodies)
	return ""
}

// TestContract_APaymentOnTheWire: what a payment and its refund change for the
// developer's programs, byte for byte: the callbacks, payEndTime in both places,
// and whom verifyPayType means.
func TestContract_APaymentOnTheWire(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWire(t, db)
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		payee := billing.Payee{MchID: "1900000001", AppID: "wxsandbox"}
		shop := billing.New(db, w.push, billing.Options{Payee: payee})
		app, token, err := w.push.CreateApp(t.Context(), push.NewApp{Name: "行情", CallbackURL: "https://dev.example/hook"})
		must(err)
		topic, err := w.push.CreateTopic(t.Context(), app.ID, "收盘")
		must(err)
		product, err := shop.Create(t.Context(), app.ID, billing.ProductDraft{
			Name: "每日行情", Plans: []billing.PlanDraft{{Days: 30, Price: 500}},
			Resources: []push.Resource{{Kind: push.OfApp, Target: int64(app.ID)}, {Kind: push.OfTopic, Target: int64(topic.ID)}},
		})
		must(err)
		must(shop.Submit(t.Context(), app.ID, product))
		must(shop.List(t.Context(), product))
		u, _, err := w.push.UserByOpenID(t.Context(), "o_ming")
		must(err)
		plans, err := shop.Plans(t.Context(), product)
		must(err)
		o, err := shop.Order(t.Context(), u.ID, plans[0].ID, "")
		must(err)
		no := "HY" + o.Handle
		w.exec(t, `INSERT INTO attempt (trade_no, order_id, way, amount, created_at, expires_at, due_at) VALUES ($1, $2, 0, $3, 1, 2, 0)`, no, int64(o.ID), o.Amount)
		payEnd := func(want string) {
			t.Helper()
			_, raw := w.raw(t, "GET", fmt.Sprintf("/api/product/query-pay-end-time?uid=%s&prodId=%d", u.UID, product), "")
			if want := fmt.Sprintf(`{"code":1000,"msg":"处理成功","data":[{"resourceType":1,"resourceID":%d,"payEndTime":%s},{"resourceType":2,"resourceID":%d,"payEndTime":%[2]s}],"success":true}`, app.ID, want, topic.ID); raw != want {
				t.Errorf("query-pay-end-time:\n%s, want\n%s", raw, want)
			}
		}
		listed := func(want string) {
			t.Helper()
			_, raw := w.raw(t, "GET", fmt.Sprintf("/api/fun/wxuser/v2?appToken=%s&uid=%s", token, u.UID), "")
			if got := regexp.MustCompile(`"payEndTime":(\d+)`).FindAllStringSubmatch(raw, -1); len(got) != 2 || got[0][1] != want || got[1][1] != want {
				t.Errorf("wxuser says %v, want %s twice", got, want)
			}
		}
		send := func(kind int) string {
			t.Helper()
			_, raw := w.raw(t, "POST", "/api/send/message", fmt.Sprintf(`{"appToken":%q,"content":"收盘了","uids":[%q],"verifyPayType":%d}`, token, u.UID, kind))
			return raw
		}
		payEnd("0")

		developer := &told{}
		must(shop.Settle(t.Context(), "EV-1", billing.Trade{
			TradeNo: no, TransactionID: "4200001", State: billing.TradePaid, MchID: payee.MchID, AppID: payee.AppID,
			OpenID: "o_ming", Total: 500, Currency: "CNY", PaidAt: db.Now(),
		}))
		want := fmt.Sprintf(`{"action":"order_pay","data":{"addTime":2592000000,"amount":500,"appId":%d,"createTime":%d,"prodId":%d,"tradeNo":%q,"type":1,"uid":%q}}`,
			app.ID, o.CreatedAt.UnixMilli(), product, no, u.UID)
		if got := developer.next(t, w.push, "order_pay"); got != want {
			t.Errorf("paid:\n%s, want\n%s", got, want)
		}
		followed := developer.next(t, w.push, "app_subscribe")
		if !strings.HasPrefix(followed, fmt.Sprintf(`{"action":"app_subscribe","data":{"appId":%d,"appKey":"AK_`, app.ID)) ||
			!strings.Contains(followed, `,"appName":"行情","source":"order","userName":"","userHeadImg":"","time":`) ||
			!strings.HasSuffix(followed, fmt.Sprintf(`,"uid":%q,"extra":""}}`, u.UID)) {
			t.Errorf("followed: %s", followed)
		}
		have, err := shop.Holding(t.Context(), u.ID, product)
		must(err)
		end := fmt.Sprint(have.EndsAt.UnixMilli())
		payEnd(end)
		listed(end)
		if got := send(push.OnlyPaid); !strings.Contains(got, "创建发送任务成功") {
			t.Errorf("to payers: %s", got)
		}
		if got := send(push.NotPaid); !strings.Contains(got, "不在本次发送的付费范围内") {
			t.Errorf("to all others: %s", got)
		}

		refund, err := shop.Refund(t.Context(), product, o.ID, 500, "不需要了")
		must(err)
		must(shop.SettleRefund(t.Context(), "EV-2", billing.Refunded{
			RefundNo: refund, TradeNo: no, RefundID: "5030001", MchID: payee.MchID, State: billing.RefundDone, Amount: 500, Total: 500, DoneAt: db.Now(),
		}))
		past, err := shop.History(t.Context(), u.ID, product)
		must(err)
		want = fmt.Sprintf(`{"action":"order_pay","data":{"addTime":%d,"amount":-500,"appId":%d,"createTime":%d,"prodId":%d,"tradeNo":%q,"type":2,"uid":%q}}`,
			past[0].Added.Milliseconds(), app.ID, o.CreatedAt.UnixMilli(), product, no, u.UID)
		if got := developer.next(t, w.push, "order_pay"); got != want || past[0].Added >= 0 {
			t.Errorf("refunded:\n%s, want\n%s", got, want)
		}
		have, err = shop.Holding(t.Context(), u.ID, product)
		must(err)
		if have.EndsAt.After(db.Now()) {
			t.Errorf("after the refund it lasts until %s", have.EndsAt)
		}
		end = fmt.Sprint(have.EndsAt.UnixMilli())
		payEnd(end)
		listed(end)
		if got := send(push.OnlyPaid); !strings.Contains(got, "不在本次发送的付费范围内") {
			t.Errorf("to payers, after the refund: %s", got)
		}
		if got := send(push.NotPaid); !strings.Contains(got, "创建发送任务成功") {
			t.Errorf("to all others, after the refund: %s", got)
		}
	})
}
