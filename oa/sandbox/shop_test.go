package sandbox_test

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/verifiers"
	"github.com/wechatpay-apiv3/wechatpay-go/core/notify"
	"github.com/wechatpay-apiv3/wechatpay-go/core/option"
	"github.com/wechatpay-apiv3/wechatpay-go/services/payments"
	"github.com/wechatpay-apiv3/wechatpay-go/services/payments/jsapi"
	"github.com/wechatpay-apiv3/wechatpay-go/services/payments/native"
	"github.com/wechatpay-apiv3/wechatpay-go/services/refunddomestic"
	"github.com/wechatpay-apiv3/wechatpay-go/utils"

	"hongyan/oa/sandbox"
)

// noticeURL is where a shop hears of payments.
const noticeURL = "http://account/pay/notice"

// A shop sells through the official SDK and reads the notices it is sent.
type shop struct {
	*platform
	sdk     *core.Client
	handler *notify.Handler
	buyer   *sandbox.Follower

	mu      sync.Mutex
	notices []heard
	status  int // answers a good notice; 0 is 200
}

// A heard notice is one request and what the SDK made of it.
type heard struct {
	event, id string
	serial    string
	paid      payments.Transaction
	refund    map[string]any
	err       error
	at        time.Time
}

// newShop opens a shop in public-key mode; its handler knows both keys.
func newShop(t testing.TB, change ...func(*sandbox.Options)) *shop {
	t.Helper()
	s := &shop{platform: newPlatform(t, change...)}
	s.account.answer = http.HandlerFunc(s.hear)
	s.sdk = s.publicKeyClient()
	a := sandbox.DefaultPay()
	certificate := must[*x509.Certificate](t)(utils.LoadCertificate(a.Certificate))
	verifier := verifiers.NewSHA256WithRSACombinedVerifier(core.NewCertificateMapWithList([]*x509.Certificate{certificate}), a.PublicKeyID, *s.publicKey())
	s.handler = must[*notify.Handler](t)(notify.NewRSANotifyHandler(a.APIv3Key, verifier))
	s.buyer = s.Add()
	return s
}

func (s *shop) merchantKey() *rsa.PrivateKey {
	return must[*rsa.PrivateKey](s.t)(utils.LoadPrivateKey(sandbox.DefaultPay().PrivateKey))
}

func (s *shop) publicKey() *rsa.PublicKey {
	return must[*rsa.PublicKey](s.t)(utils.LoadPublicKey(sandbox.DefaultPay().PublicKey))
}

func (s *shop) publicKeyClient() *core.Client {
	a := sandbox.DefaultPay()
	return must[*core.Client](s.t)(core.NewClient(context.Background(),
		option.WithWechatPayPublicKeyAuthCipher(a.MchID, a.Serial, s.merchantKey(), a.PublicKeyID, s.publicKey()), option.WithHTTPClient(s.client)))
}

// hear is the shop's notice address.
func (s *shop) hear(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	h := heard{serial: r.Header.Get("Wechatpay-Serial"), at: s.Now()}
	var head struct {
		ID       string          `json:"id"`
		Event    string          `json:"event_type"`
		Resource json.RawMessage `json:"resource"`
	}
	_ = json.Unmarshal(body, &head)
	h.id, h.event = head.ID, head.Event
	if head.Resource == nil {
		h.err = errNoResource // the SDK would panic
	} else if head.Event == "TRANSACTION.SUCCESS" {
		_, h.err = s.handler.ParseNotifyRequest(r.Context(), r, &h.paid)
	} else {
		_, h.err = s.handler.ParseNotifyRequest(r.Context(), r, &h.refund)
	}
	s.mu.Lock()
	s.notices = append(s.notices, h)
	status := http.StatusOK
	if h.err != nil {
		status = http.StatusBadRequest
	} else if s.status != 0 {
		status = s.status
	}
	s.mu.Unlock()
	w.WriteHeader(status)
}

// answers sets how good notices are answered from now on.
func (s *shop) answers(status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status = status
}

var errNoResource = io.ErrUnexpectedEOF

func (s *shop) all() []heard {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]heard(nil), s.notices...)
}

// native orders by QR code.
func (s *shop) native(no string, total int64, change ...func(*native.PrepayRequest)) (codeURL string, err error) {
	r := native.PrepayRequest{Appid: core.String(appID), Mchid: core.String(sandbox.DefaultPay().MchID), Description: core.String("鸿雁会员 30 天"),
		OutTradeNo: core.String(no), NotifyUrl: core.String(noticeURL), Attach: core.String("附加"), Amount: &native.Amount{Total: core.Int64(total)}}
	for _, c := range change {
		c(&r)
	}
	answer, _, err := (&native.NativeApiService{Client: s.sdk}).Prepay(context.Background(), r)
	if err != nil {
		return "", err
	}
	return *answer.CodeUrl, nil
}

// jsapi orders inside WeChat, for the buyer.
func (s *shop) jsapi(no string, total int64) (*jsapi.PrepayWithRequestPaymentResponse, error) {
	answer, _, err := (&jsapi.JsapiApiService{Client: s.sdk}).PrepayWithRequestPayment(context.Background(), jsapi.PrepayRequest{
		Appid: core.String(appID), Mchid: core.String(sandbox.DefaultPay().MchID), Description: core.String("鸿雁会员 30 天"), OutTradeNo: core.String(no),
		NotifyUrl: core.String(noticeURL), Amount: &jsapi.Amount{Total: core.Int64(total)}, Payer: &jsapi.Payer{Openid: core.String(s.buyer.OpenID)}})
	return answer, err
}

// sold is an order that was paid.
func (s *shop) sold(no string, total int64) {
	s.t.Helper()
	code := must[string](s.t)(s.native(no, total))
	if got, err := s.buyer.Pay(code); err != nil || got.Shown != "paid" {
		s.t.Fatalf("paying %s: %+v %v", no, got, err)
	}
}

func (s *shop) query(no string) (*payments.Transaction, error) {
	answer, _, err := (&native.NativeApiService{Client: s.sdk}).QueryOrderByOutTradeNo(context.Background(),
		native.QueryOrderByOutTradeNoRequest{OutTradeNo: core.String(no), Mchid: core.String(sandbox.DefaultPay().MchID)})
	return answer, err
}

func (s *shop) state(no string) string {
	s.t.Helper()
	return *must[*payments.Transaction](s.t)(s.query(no)).TradeState
}

func (s *shop) close(no string) (status int, err error) {
	result, err := (&native.NativeApiService{Client: s.sdk}).CloseOrder(context.Background(),
		native.CloseOrderRequest{OutTradeNo: core.String(no), Mchid: core.String(sandbox.DefaultPay().MchID)})
	if result != nil && result.Response != nil {
		status = result.Response.StatusCode
	}
	return status, err
}

func (s *shop) refund(no, refundNo string, fen, total int64) (*refunddomestic.Refund, error) {
	answer, _, err := (&refunddomestic.RefundsApiService{Client: s.sdk}).Create(context.Background(), refunddomestic.CreateRequest{
		OutTradeNo: core.String(no), OutRefundNo: core.String(refundNo), NotifyUrl: core.String(noticeURL), Reason: core.String("不想要了"),
		Amount: &refunddomestic.AmountReq{Refund: core.Int64(fen), Total: core.Int64(total), Currency: core.String("CNY")}})
	return answer, err
}

func (s *shop) refundState(refundNo string) string {
	s.t.Helper()
	answer, _, err := (&refunddomestic.RefundsApiService{Client: s.sdk}).QueryByOutRefundNo(context.Background(),
		refunddomestic.QueryByOutRefundNoRequest{OutRefundNo: core.String(refundNo)})
	if err != nil {
		s.t.Fatal(err)
	}
	return string(*answer.Status)
}

// wantAPI checks the code of an SDK's error; "" wants none.
func wantAPI(t testing.TB, what string, err error, want string) {
	t.Helper()
	if want == "" && err == nil {
		return
	}
	e, ok := err.(*core.APIError)
	if got := ""; !ok {
		t.Errorf("%s: got %q (%v), want %q", what, got, err, want)
	} else if got = e.Code; got != want {
		t.Errorf("%s: got %q %q, want %q", what, got, e.Message, want)
	}
}
