package sandbox_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"hongyan/oa/sandbox"
)

// killed is a shop on the same folder after the sandbox was killed: nothing
// was saved at the end, and the last line of the journal is half.
func (s *shop) killed(t *testing.T, dir string) *shop {
	t.Helper()
	file, err := os.OpenFile(filepath.Join(dir, "pay.ndjson"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteString(`{"order":{"kind":"NATIVE","ask":{"out_trade_no":"ha`); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return newShop(t, func(o *sandbox.Options) { o.Dir, o.Seed = dir, 1 })
}

// A killed sandbox remembers every order, refund and unanswered notice, twice
// over, and goes on where the schedule was.
func TestPay_StateSurvivesAKill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		s := newShop(t, func(o *sandbox.Options) { o.Dir = dir })
		code := must[string](t)(s.native("kill-000001", 100))
		s.sold("kill-000002", 200)
		s.set(`{"pay":{"refundMinMs":60000,"refundMaxMs":60000}}`)
		if _, err := s.refund("kill-000002", "K1", 50, 200); err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf("%+v", s.Payments())
		for range 2 {
			s = s.killed(t, dir)
			if got := fmt.Sprintf("%+v", s.Payments()); got != want {
				t.Fatalf("payments are\n%s\nwant\n%s", got, want)
			}
		}
		if _, err := s.native("kill-000001", 100); err != nil {
			t.Errorf("the same parameters after the kill: %v", err)
		}
		if got, err := s.buyer.Pay(code); err != nil || got.Shown != "paid" {
			t.Errorf("the old code_url: %+v %v", got, err)
		}
		s.answers(http.StatusInternalServerError)
		running(t, s.platform)
		time.Sleep(20 * time.Second)
		s.answers(http.StatusOK)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		events := map[string]int{}
		for _, h := range s.all() {
			if h.err != nil {
				t.Error(h.err)
			}
			events[h.event]++
		}
		if events["TRANSACTION.SUCCESS"] < 4 || events["REFUND.SUCCESS"] != 1 || s.refundState("K1") != "SUCCESS" {
			t.Errorf("heard %v", events)
		}
		if got := s.Payments(); len(got.Notices.Pending) != 0 || got.Transactions[0].TransactionID == got.Transactions[1].TransactionID {
			t.Errorf("payments %+v", got)
		}
	})
}

// An attempt that the end of the process cuts off counts for nothing.
func TestPay_StoppingGivesTheNoticeBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		s := newShop(t, func(o *sandbox.Options) { o.Dir = dir })
		s.account.replies(func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- s.Run(ctx) }()
		s.sold("stop-000001", 100)
		time.Sleep(time.Second)
		stop()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		s = newShop(t, func(o *sandbox.Options) { o.Dir = dir })
		if got := s.Payments().Notices.Pending; len(got) != 1 || got[0].Attempts != 0 {
			t.Errorf("pending %+v, want one without attempts", got)
		}
	})
}

// The control API of payments.
func TestControl_Payments(t *testing.T) {
	s := newShop(t)
	code := must[string](t)(s.native("control-001", 990))
	who := "/followers/" + s.buyer.OpenID
	body := func(cancel bool) string { return fmt.Sprintf(`{"codeUrl":%q,"cancel":%v}`, code, cancel) }
	if got := s.do("POST", who+"/pay", body(true), 200); got["shown"] != "cancelled" || got["tradeNo"] != "control-001" {
		t.Errorf("cancel answers %v", got)
	}
	if got := s.do("POST", who+"/scan", fmt.Sprintf(`{"code":%q}`, code), 200); got["pay"].(map[string]any)["total"] != 990.0 {
		t.Errorf("scan answers %v", got)
	}
	if got := s.do("POST", who+"/pay", body(false), 200); got["shown"] != "paid" || got["tradeNo"] != "control-001" {
		t.Errorf("pay answers %v", got)
	}
	if got := s.do("POST", who+"/pay", body(false), 200); got["shown"] != "failed" || got["reason"] != "订单已支付" {
		t.Errorf("pay again answers %v", got)
	}
	order, err := s.jsapi("control-002", 100)
	if err != nil {
		t.Fatal(err)
	}
	other := "/followers/" + s.Add().OpenID
	if got := s.do("POST", other+"/pay", fmt.Sprintf(`{"prepayId":%q}`, *order.PrepayId), 200); got["shown"] != "failed" {
		t.Errorf("another's prepay_id answers %v", got)
	}
	if got := s.do("POST", who+"/pay", fmt.Sprintf(`{"prepayId":%q}`, *order.Package), 200); got["shown"] != "paid" {
		t.Errorf("prepay_id answers %v", got)
	}
	s.do("POST", "/followers/oNobody/pay", body(false), 404)
	s.do("POST", who+"/scan", `{"code":"weixin://wxpay/bizpayurl?pr=none"}`, 404)
	s.do("POST", "/faults", `{"pay":{"dropNotices":2}}`, 400)
	s.do("POST", "/faults", `{"pay":{"dropNotices":1}}`, 200)
	if got := s.Settings().Pay.DropNotices; got != 1 {
		t.Errorf("dropNotices is %v", got)
	}
	s.do("DELETE", "/faults", "", 200)
	s.do("POST", "/settings", `{"pay":{"refundEnd":"LOST"}}`, 400)
	got := s.do("GET", "/payments", "", 200)
	first := got["transactions"].([]any)[0].(map[string]any)
	if first["tradeNo"] != "control-001" || first["state"] != "SUCCESS" || first["total"] != 990.0 || first["refunded"] != 0.0 ||
		first["openid"] != s.buyer.OpenID || first["notices"].(map[string]any)["sent"] != 0.0 || len(got["notices"].(map[string]any)["pending"].([]any)) != 2 {
		t.Errorf("payments %v", got)
	}
}
