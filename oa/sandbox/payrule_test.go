package sandbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/signers"
	"github.com/wechatpay-apiv3/wechatpay-go/services/payments/native"

	"hongyan/oa/sandbox"
)

const (
	nativePath = "/v3/pay/transactions/native"
	jsapiPath  = "/v3/pay/transactions/jsapi"
	refundPath = "/v3/refund/domestic/refunds"
)

// A signature says how a raw request is signed.
type signature struct {
	mchid, serial string
	at            time.Time
	header        http.Header // over the usual ones
	spoil         string      // replaces the Authorization
	body          string      // is signed in the body's place
}

// raw asks WeChat Pay without the SDK and returns the status and code.
func (s *shop) raw(method, path, body string, change ...func(*signature)) (status int, code string, answer *http.Response) {
	s.t.Helper()
	a := sandbox.DefaultPay()
	how := signature{mchid: a.MchID, serial: a.Serial, at: time.Now(), body: body, header: http.Header{}}
	for _, c := range change {
		c(&how)
	}
	r, err := http.NewRequest(method, "https://api.mch.weixin.qq.com"+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	text := fmt.Sprintf("%s\n%s\n%d\nNONCE\n%s\n", method, r.URL.RequestURI(), how.at.Unix(), how.body)
	signed, err := (&signers.SHA256WithRSASigner{MchID: how.mchid, CertificateSerialNo: how.serial, PrivateKey: s.merchantKey()}).Sign(context.Background(), text)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header = http.Header{"Accept": {"application/json"}, "Content-Type": {"application/json"}, "User-Agent": {"test"}}
	r.Header.Set("Authorization", fmt.Sprintf(`WECHATPAY2-SHA256-RSA2048 signature="%s",mchid="%s", serial_no="%s",nonce_str="NONCE",timestamp="%d"`,
		signed.Signature, how.mchid, how.serial, how.at.Unix()))
	if how.spoil != "" {
		r.Header.Set("Authorization", how.spoil)
	}
	for name, values := range how.header {
		r.Header[name] = values
	}
	w, err := s.client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer w.Body.Close()
	got, err := io.ReadAll(w.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	w.Body = io.NopCloser(bytes.NewReader(got))
	var refused struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}
	_ = json.Unmarshal(got, &refused)
	if refused.Code != "" && refused.Message == "" {
		s.t.Errorf("%s %s: code %s without a message", method, path, refused.Code)
	}
	return w.StatusCode, refused.Code, w
}

// order is the body of a prepay call with some fields changed; nil drops one.
func order(change map[string]any) string {
	body := map[string]any{"appid": appID, "mchid": sandbox.DefaultPay().MchID, "description": "会员", "out_trade_no": "raw-000001",
		"notify_url": noticeURL, "amount": map[string]any{"total": 100, "currency": "CNY"}}
	for name, value := range change {
		if body[name] = value; value == nil {
			delete(body, name)
		}
	}
	text, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// F1: who may ask, and within which five minutes.
func TestPay_SignatureOfRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t)
		header := func(name, value string) func(*signature) {
			return func(h *signature) {
				if h.header[name] = nil; value != "" {
					h.header[name] = []string{value}
				}
			}
		}
		later := func(d time.Duration) func(*signature) { return func(h *signature) { h.at = h.at.Add(d) } }
		spoilt := func(text string) func(*signature) { return func(h *signature) { h.spoil = text } }
		for _, c := range []struct {
			name   string
			change func(*signature)
			status int
			code   string
		}{
			{"as it should be", func(*signature) {}, 200, ""},
			{"five minutes old", later(-5 * time.Minute), 200, ""},
			{"older", later(-5*time.Minute - time.Second), 401, "SIGN_ERROR"},
			{"five minutes ahead", later(5 * time.Minute), 200, ""},
			{"further ahead", later(5*time.Minute + time.Second), 401, "SIGN_ERROR"},
			{"another merchant", func(h *signature) { h.mchid = "1900000110" }, 401, "SIGN_ERROR"},
			{"another serial", func(h *signature) { h.serial = "AAAA" }, 401, "SIGN_ERROR"},
			{"another body", func(h *signature) { h.body += " " }, 401, "SIGN_ERROR"},
			{"no authorization", header("Authorization", ""), 401, "SIGN_ERROR"},
			{"another scheme", spoilt("Bearer x"), 401, "SIGN_ERROR"},
			{"a field missing", spoilt(`WECHATPAY2-SHA256-RSA2048 mchid="1",nonce_str="n",timestamp="1",serial_no="s"`), 401, "SIGN_ERROR"},
			{"a field twice", spoilt(`WECHATPAY2-SHA256-RSA2048 mchid="1",mchid="1",nonce_str="n",timestamp="1",serial_no="s",signature="x"`), 401, "SIGN_ERROR"},
			{"no Accept", header("Accept", ""), 400, "PARAM_ERROR"},
			{"Accept of HTML", header("Accept", "text/html"), 406, "PARAM_ERROR"},
			{"a form", header("Content-Type", "application/x-www-form-urlencoded"), 415, "PARAM_ERROR"},
			{"an unknown key", header("Wechatpay-Serial", "PUB_KEY_ID_0"), 500, "SYSTEM_ERROR"},
		} {
			status, code, _ := s.raw("POST", nativePath, order(nil), c.change)
			if status != c.status || code != c.code {
				t.Errorf("%s: got %d %q, want %d %q", c.name, status, code, c.status, c.code)
			}
		}
	})
}

// F2, F3: the fields of an order.
func TestPay_FieldsOfAnOrder(t *testing.T) {
	s := newShop(t, frozen)
	at := func(d time.Duration) string { return s.Now().Add(d).Format(time.RFC3339) }
	amount := func(total any, currency string) map[string]any {
		return map[string]any{"total": total, "currency": currency}
	}
	for i, c := range []struct {
		name, path string
		change     map[string]any
		status     int
		code       string
	}{
		{"good", nativePath, nil, 200, ""},
		{"no appid", nativePath, map[string]any{"appid": nil}, 400, "PARAM_ERROR"},
		{"another appid", nativePath, map[string]any{"appid": "wx1"}, 400, "APPID_MCHID_NOT_MATCH"},
		{"no mchid", nativePath, map[string]any{"mchid": nil}, 400, "PARAM_ERROR"},
		{"another mchid", nativePath, map[string]any{"mchid": "1900000110"}, 400, "PARAM_ERROR"},
		{"no description", nativePath, map[string]any{"description": ""}, 400, "PARAM_ERROR"},
		{"127 characters", nativePath, map[string]any{"description": strings.Repeat("鸿", 127)}, 200, ""},
		{"128 characters", nativePath, map[string]any{"description": strings.Repeat("鸿", 128)}, 400, "PARAM_ERROR"},
		{"number of 5", nativePath, map[string]any{"out_trade_no": "12345"}, 400, "PARAM_ERROR"},
		{"number of 32", nativePath, map[string]any{"out_trade_no": "abcABC0123456789_-|*abcABC012345"}, 200, ""},
		{"number of 33", nativePath, map[string]any{"out_trade_no": strings.Repeat("1", 33)}, 400, "PARAM_ERROR"},
		{"number in Chinese", nativePath, map[string]any{"out_trade_no": "订单订单订单"}, 400, "PARAM_ERROR"},
		{"number with @", nativePath, map[string]any{"out_trade_no": "abc@def"}, 400, "PARAM_ERROR"},
		{"attach of 129", nativePath, map[string]any{"attach": strings.Repeat("a", 129)}, 400, "PARAM_ERROR"},
		{"no address", nativePath, map[string]any{"notify_url": nil}, 400, "PARAM_ERROR"},
		{"address with a query", nativePath, map[string]any{"notify_url": "https://h/n?x=1"}, 400, "PARAM_ERROR"},
		{"address of ftp", nativePath, map[string]any{"notify_url": "ftp://h/n"}, 400, "PARAM_ERROR"},
		{"long address", nativePath, map[string]any{"notify_url": "https://h/" + strings.Repeat("n", 250)}, 400, "PARAM_ERROR"},
		{"nothing to pay", nativePath, map[string]any{"amount": amount(0, "CNY")}, 400, "PARAM_ERROR"},
		{"less than nothing", nativePath, map[string]any{"amount": amount(-1, "CNY")}, 400, "PARAM_ERROR"},
		{"total as text", nativePath, map[string]any{"amount": amount("100", "CNY")}, 400, "PARAM_ERROR"},
		{"half a fen", nativePath, map[string]any{"amount": amount(0.5, "CNY")}, 400, "PARAM_ERROR"},
		{"dollars", nativePath, map[string]any{"amount": amount(100, "USD")}, 400, "PARAM_ERROR"},
		{"expiry in a minute", nativePath, map[string]any{"time_expire": at(time.Minute)}, 200, ""},
		{"expiry too soon", nativePath, map[string]any{"time_expire": at(59 * time.Second)}, 400, "PARAM_ERROR"},
		{"expiry in 15 days", nativePath, map[string]any{"time_expire": at(15 * 24 * time.Hour)}, 200, ""},
		{"expiry too late", nativePath, map[string]any{"time_expire": at(15*24*time.Hour + time.Second)}, 400, "PARAM_ERROR"},
		{"expiry in another form", nativePath, map[string]any{"time_expire": "2026-03-02 10:00:00"}, 400, "PARAM_ERROR"},
		{"payer", jsapiPath, map[string]any{"payer": map[string]any{"openid": s.buyer.OpenID}}, 200, ""},
		{"no payer", jsapiPath, nil, 400, "PARAM_ERROR"},
		{"unknown payer", jsapiPath, map[string]any{"payer": map[string]any{"openid": "oNobody"}}, 500, "OPENID_MISMATCH"},
	} {
		change := map[string]any{"out_trade_no": fmt.Sprintf("field-%06d", i)}
		for name, value := range c.change {
			change[name] = value
		}
		if status, code, _ := s.raw("POST", c.path, order(change)); status != c.status || code != c.code {
			t.Errorf("%s: got %d %q, want %d %q", c.name, status, code, c.status, c.code)
		}
	}
	if status, code, _ := s.raw("POST", nativePath, "{"); status != 400 || code != "PARAM_ERROR" {
		t.Errorf("no JSON: got %d %q", status, code)
	}
	if status, code, _ := s.raw("GET", "/v3/pay/nothing", ""); status != 404 || code != "RESOURCE_NOT_EXISTS" {
		t.Errorf("no such call: got %d %q", status, code)
	}
	s.set(`{"pay":{"lengthsInBytes":true,"requireHTTPS":true}}`)
	if status, _, _ := s.raw("POST", nativePath, order(map[string]any{"out_trade_no": "bytes-0001", "notify_url": "https://h/n", "description": strings.Repeat("鸿", 43)})); status != 400 {
		t.Errorf("129 bytes: got %d, want 400", status)
	}
	if status, _, _ := s.raw("POST", nativePath, order(map[string]any{"out_trade_no": "https-0001"})); status != 400 {
		t.Errorf("address of http: got %d, want 400", status)
	}
}

// F2: what becomes of an out_trade_no that is used again.
func TestPay_ReuseOfAnOrderNumber(t *testing.T) {
	s := newShop(t, frozen)
	first := must[string](t)(s.native("reuse-0001", 100))
	second := must[string](t)(s.native("reuse-0001", 100))
	if first == second {
		t.Error("the same parameters gave the same code_url, want a new one")
	}
	other := func(mode, want string, change ...func(*native.PrepayRequest)) {
		t.Helper()
		s.set(`{"pay":{"reuseAnswer":%q}}`, mode)
		_, err := s.native("reuse-0001", 100, change...)
		wantAPI(t, mode, err, want)
	}
	dearer := func(r *native.PrepayRequest) { r.Amount.Total = core.Int64(101) }
	other("duplicate", "INVALID_REQUEST", dearer)
	other("mismatch", "INVALID_REQUEST", func(r *native.PrepayRequest) { r.Description = core.String("别的") })
	other("param", "PARAM_ERROR", dearer)
	other("used", "OUT_TRADE_NO_USED", dearer)
	_, err := s.jsapi("reuse-0001", 100)
	wantAPI(t, "another trade type", err, "OUT_TRADE_NO_USED")
	s.set(`{"pay":{"reuseRefused":1,"reuseAnswer":"duplicate"}}`)
	_, err = s.native("reuse-0001", 100)
	wantAPI(t, "the same, refused all the same", err, "INVALID_REQUEST")
	s.set(`{"pay":{"reuseRefused":0}}`)

	if got, _ := s.buyer.Pay(first); got.Shown != "paid" {
		t.Errorf("the older code_url: %+v, want paid", got)
	}
	if got, _ := s.buyer.Pay(second); got.Shown != "failed" || got.Reason != "订单已支付" {
		t.Errorf("the other code_url: %+v, want failed", got)
	}
	_, err = s.native("reuse-0001", 100)
	wantAPI(t, "a paid order", err, "OUT_TRADE_NO_USED")
	must[string](t)(s.native("reuse-0002", 100))
	if status, err := s.close("reuse-0002"); status != 204 || err != nil {
		t.Errorf("closing: %d %v, want 204", status, err)
	}
	_, err = s.native("reuse-0002", 100)
	wantAPI(t, "a closed order", err, "ORDER_CLOSED")
}

// F2: how long an order can be paid, and when it can be closed.
func TestPay_ExpiryAndClosing(t *testing.T) {
	s := newShop(t, frozen)
	code := must[string](t)(s.native("life-00001", 100))
	pays := func(what, code, want string) {
		t.Helper()
		if got, err := s.buyer.Pay(code); err != nil || got.Shown+got.Reason != want {
			t.Errorf("%s: got %+v %v, want %s", what, got, err, want)
		}
	}
	s.Advance(2*time.Hour - time.Second)
	kept := must[string](t)(s.native("life-00001", 100))
	s.Advance(time.Second)
	pays("a code_url of two hours", code, "failed支付链接已过期，请回到商家重新下单")
	pays("a newer one", kept, "paid")

	soon := must[string](t)(s.native("life-00002", 100, func(r *native.PrepayRequest) { r.TimeExpire = core.Time(s.Now().Add(time.Minute)) }))
	s.Advance(time.Minute)
	pays("after time_expire", soon, "failed订单已超过支付时间，请重新下单")
	if got := s.state("life-00002"); got != "NOTPAY" {
		t.Errorf("expired: %s, want NOTPAY", got)
	}
	s.set(`{"pay":{"expiredCloses":true}}`)
	if got := s.state("life-00002"); got != "CLOSED" {
		t.Errorf("expired: %s, want CLOSED", got)
	}
	pays("no such code", "weixin://wxpay/bizpayurl?pr=x", "failed没有这笔待支付的订单")

	_, err := s.close("life-00001")
	wantAPI(t, "closing a paid order", err, "INVALID_REQUEST")
	_, err = s.close("life-00002")
	wantAPI(t, "closing a closed order", err, "ORDER_CLOSED")
	_, err = s.close("life-00003")
	wantAPI(t, "closing no order", err, "ORDER_NOT_EXIST")
	_, err = s.query("life-00003")
	wantAPI(t, "asking for no order", err, "ORDER_NOT_EXIST")
	closed := must[string](t)(s.native("life-00004", 100))
	if _, err := s.close("life-00004"); err != nil {
		t.Error(err)
	}
	pays("a closed order", closed, "failed订单已关闭")
	if got := s.state("life-00004"); got != "CLOSED" {
		t.Errorf("closed: %s", got)
	}
	s.set(`{"pay":{"failPayment":1}}`)
	poor := must[string](t)(s.native("life-00005", 100))
	pays("a refusing bank", poor, "failed银行没有扣款成功，请稍后再试")
	if got := s.state("life-00005"); got != "PAYERROR" {
		t.Errorf("after the bank: %s, want PAYERROR", got)
	}
	s.set(`{"pay":{"failPayment":0}}`)
	pays("a second try", poor, "paid")
}

// F2: a payment in progress cannot be closed, and ends by itself.
func TestPay_UserPaying(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t, frozen)
		running(t, s.platform)
		s.set(`{"pay":{"payingMs":30000}}`)
		code := must[string](t)(s.native("paying-0001", 100))
		if got, _ := s.buyer.Pay(code); got.Shown != "paying" {
			t.Errorf("got %+v, want paying", got)
		}
		if got := s.state("paying-0001"); got != "USERPAYING" {
			t.Errorf("got %s, want USERPAYING", got)
		}
		if status, code, _ := s.raw("POST", "/v3/pay/transactions/out-trade-no/paying-0001/close", `{"mchid":"`+sandbox.DefaultPay().MchID+`"}`); status != 202 || code != "USER_PAYING" {
			t.Errorf("closing: got %d %s, want 202 USER_PAYING", status, code)
		}
		s.Advance(30 * time.Second)
		synctest.Wait()
		if got := s.state("paying-0001"); got != "SUCCESS" || len(s.all()) != 1 {
			t.Errorf("got %s and %d notices, want SUCCESS and 1", got, len(s.all()))
		}
	})
}

// F5: what a refund is held against.
func TestPay_RefundRules(t *testing.T) {
	s := newShop(t, frozen)
	s.sold("refund-0001", 100)
	must[string](t)(s.native("refund-0002", 100))
	wants := func(what, code string, err error) {
		t.Helper()
		wantAPI(t, what, err, code)
	}
	try := func(no, refundNo string, fen, total int64) error {
		_, err := s.refund(no, refundNo, fen, total)
		return err
	}
	wants("no order", "RESOURCE_NOT_EXISTS", try("refund-0009", "R1", 1, 100))
	wants("not paid", "INVALID_REQUEST", try("refund-0002", "R1", 1, 100))
	wants("another total", "INVALID_REQUEST", try("refund-0001", "R1", 1, 101))
	wants("nothing", "PARAM_ERROR", try("refund-0001", "R1", 0, 100))
	wants("number of 65", "PARAM_ERROR", try("refund-0001", strings.Repeat("R", 65), 1, 100))
	wants("number in Chinese", "PARAM_ERROR", try("refund-0001", "退款", 1, 100))
	wants("more than was paid", "INVALID_REQUEST", try("refund-0001", "R1", 101, 100))
	s.set(`{"pay":{"notEnough":1}}`)
	wants("short funds", "NOT_ENOUGH", try("refund-0001", "R1", 40, 100))
	s.set(`{"pay":{"notEnough":0}}`)
	wants("the same number afterwards", "", try("refund-0001", "R1", 40, 100))
	wants("the same again", "", try("refund-0001", "R1", 40, 100))
	wants("the same with another amount", "INVALID_REQUEST", try("refund-0001", "R1", 41, 100))
	s.sold("refund-0003", 100)
	wants("the same for another order", "INVALID_REQUEST", try("refund-0003", "R1", 40, 100))
	wants("within a minute", "FREQUENCY_LIMITED", try("refund-0001", "R@2", 60, 100))
	s.Advance(time.Minute)
	wants("more than is left", "INVALID_REQUEST", try("refund-0001", "R@2", 61, 100))
	wants("what is left", "", try("refund-0001", "R@2", 60, 100))
	if got := s.Payments(); got.Transactions[0].Refunded != 100 || len(got.Refunds) != 2 {
		t.Errorf("payments %+v, want one of 100 refunded twice", got)
	}
	if got := s.state("refund-0001"); got != "REFUND" {
		t.Errorf("order is %s, want REFUND", got)
	}
	byID := func(id, no string) (int, string) {
		status, code, _ := s.raw("POST", refundPath, fmt.Sprintf(`{"transaction_id":%q,"out_trade_no":%q,"out_refund_no":"R1","amount":{"refund":40,"total":100,"currency":"CNY"}}`, id, no))
		return status, code
	}
	if status, code := byID(s.Payments().Transactions[0].TransactionID, ""); status != 200 {
		t.Errorf("by transaction_id: got %d %s, want 200", status, code)
	}
	if status, code := byID(s.Payments().Transactions[0].TransactionID, "refund-0003"); status != 400 || code != "PARAM_ERROR" {
		t.Errorf("of two orders: got %d %s, want 400 PARAM_ERROR", status, code)
	}
	s.set(`{"pay":{"refundSpacingSeconds":0,"refundMax":50}}`)
	for i := range 50 {
		wants("one of fifty", "", try("refund-0003", fmt.Sprint("F", i), 1, 100))
	}
	wants("the fifty-first", "RULE_LIMIT", try("refund-0003", "F50", 1, 100))
	s.sold("refund-0004", 100)
	s.Advance(365*24*time.Hour + time.Second)
	wants("after a year", "RULE_LIMIT", try("refund-0004", "Y1", 1, 100))
}
