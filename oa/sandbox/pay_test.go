package sandbox_test

import (
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
