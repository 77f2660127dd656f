package sandbox_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/services/payments"
	"github.com/wechatpay-apiv3/wechatpay-go/services/payments/native"

	"hongyan/oa/sandbox"
)

// The first line: a QR code, a payment, a signed notice, the query.
func TestPay_NativeFromPrepayToNotice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t)
		running(t, s.platform)
		code := must[string](t)(s.native("order-000001", 990))
		if got := s.state("order-000001"); got != "NOTPAY" {
			t.Errorf("before paying: got %s, want NOTPAY", got)
		}
		if got, err := s.buyer.Pay(code); err != nil || got.Shown != "paid" || got.TradeNo != "order-000001" {
			t.Fatalf("paying: got %+v %v", got, err)
		}
		synctest.Wait()
		got := s.all()
		if len(got) != 1 || got[0].err != nil {
			t.Fatalf("notices: got %+v, want one good one", got)
		}
		paid, asked := got[0].paid, must[*payments.Transaction](t)(s.query("order-000001"))
		if *paid.TransactionId != *asked.TransactionId || *paid.Amount.Total != 990 || *paid.Payer.Openid != s.buyer.OpenID ||
			*paid.Attach != "附加" || *paid.TradeType != "NATIVE" || *asked.TradeState != "SUCCESS" {
			t.Errorf("notice %v, query %v", paid, asked)
		}
		byID, _, err := (&native.NativeApiService{Client: s.sdk}).QueryOrderById(t.Context(),
			native.QueryOrderByIdRequest{TransactionId: paid.TransactionId, Mchid: core.String(sandbox.DefaultPay().MchID)})
		if err != nil || *byID.OutTradeNo != "order-000001" {
			t.Errorf("query by id: %v %v", byID, err)
		}
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		if got := s.all(); len(got) != 1 {
			t.Errorf("an answered notice came %d times", len(got))
		}
	})
}

// Inside WeChat: the prepay_id is signed by the SDK and paid by its payer.
func TestPay_JSAPI(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		order, err := s.jsapi("jsapi-00001", 100)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := s.Add().Pay(*order.PrepayId); got.Shown != "failed" || got.Reason != "只有下单的人可以支付这笔订单" {
			t.Errorf("another payer: %+v, want failed", got)
		}
		if got, _ := s.buyer.Pay(*order.PrepayId); got.Shown != "paid" {
			t.Errorf("the payer: %+v, want paid", got)
		}
		synctest.Wait()
		if got := s.all(); len(got) != 1 || got[0].err != nil || *got[0].paid.TradeType != "JSAPI" {
			t.Errorf("heard %+v", got)
		}
		if got, _ := s.Follower("oNobody").Pay(*order.PrepayId); got.Shown != "failed" {
			t.Errorf("nobody: %+v, want failed", got)
		}
	})
}

// Under hostile every order is paid once, whatever becomes of the notices:
// each is answered in the end, or was lost, and no fake was taken for one.
func TestPay_Hostile(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		if err := s.UseProfile("hostile"); err != nil {
			t.Fatal(err)
		}
		s.set(`{"busyRatio":0,"latencyMaxMs":0}`)
		const orders = 200
		for i := range orders {
			s.sold(fmt.Sprintf("hostile-%04d", i), int64(i+1))
		}
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		got := s.Payments()
		answered := 0
		for _, o := range got.Transactions {
			if o.State != "SUCCESS" || o.Notices.Answered > 1 {
				t.Errorf("transaction %+v", o)
			}
			answered += o.Notices.Answered
		}
		if n := got.Notices; answered+int(n.Dropped) != orders || n.Dropped == 0 || n.Sent <= int64(answered) || len(n.Pending) != 0 {
			t.Errorf("%d of %d answered, counted %+v", answered, orders, n)
		}
		for _, kind := range []string{"signtest", "forged", "serial", "stale", "resource", "cipher"} {
			if f := got.Notices.Fakes[kind]; f.Sent == 0 || f.Accepted != 0 {
				t.Errorf("%s: %+v, want some and none accepted", kind, f)
			}
		}
	})
}

// BenchmarkPay is an order with its payment, notice and query.
func BenchmarkPay(b *testing.B) {
	s := newShop(b)
	s.set(`{"pay":{"noticeMaxMs":0}}`)
	ctx, stop := context.WithCancel(b.Context())
	defer stop()
	go s.Run(ctx)
	for i := 0; b.Loop(); i++ {
		no := fmt.Sprintf("bench-%08d", i)
		s.sold(no, 100)
		if got := s.state(no); got != "SUCCESS" {
			b.Fatal(got)
		}
	}
}

// A sandbox whose clock was moved a year is still understood by a merchant
// whose SDK knows only the wall clock; what it says of times has moved.
func TestPay_AMovedClockIsUnderstood(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		s.Advance(365 * 24 * time.Hour)
		s.sold("moved-00001", 100)
		synctest.Wait()
		got := s.all()
		if len(got) != 1 || got[0].err != nil {
			t.Fatalf("heard %+v, want one good notice", got)
		}
		if want := s.Now().In(time.FixedZone("", 8*3600)).Format(time.RFC3339); *got[0].paid.SuccessTime != want {
			t.Errorf("paid at %s, want %s", *got[0].paid.SuccessTime, want)
		}
		s.set(`{"pay":{"skewMs":301000}}`)
		_, err := s.query("moved-00001")
		wantAPI(t, "a merchant whose own clock is wrong", err, "SIGN_ERROR")
	})
}
