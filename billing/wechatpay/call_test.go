package wechatpay

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"hongyan/billing"
)

const refundAnswer = `{"refund_id":"5030CanaryTransaction000002","out_refund_no":"` + refundNo + `","transaction_id":"4200CanaryTransaction000001","out_trade_no":"` + tradeNo + `","channel":"ORIGINAL","user_received_account":"支付用户零钱","create_time":"2039-03-01T12:00:00+08:00","status":"PROCESSING","funds_account":"UNSETTLED","amount":{"total":990,"refund":330,"payer_total":990,"payer_refund":330,"settlement_refund":330,"settlement_total":990,"discount_refund":0,"currency":"CNY"}}`

var prepay = billing.Prepay{
	Way: billing.InWeChat, TradeNo: tradeNo, Description: "金丝雀日报 30 天", Amount: 990, OpenID: openid,
	Expires: noon.Add(2 * time.Hour).UTC(),
}

// verbs are all calls of the Gateway that ask one question.
func verbs(c *Client) map[string]func(context.Context) error {
	native := prepay
	native.Way = billing.ByCode
	return map[string]func(context.Context) error{
		"prepay": func(ctx context.Context) error { _, err := c.Prepay(ctx, prepay); return err },
		"native": func(ctx context.Context) error { _, err := c.Prepay(ctx, native); return err },
		"query":  func(ctx context.Context) error { _, err := c.Trade(ctx, tradeNo); return err },
		"close":  func(ctx context.Context) error { return c.Close(ctx, tradeNo) },
		"refund": func(ctx context.Context) error {
			_, err := c.Refund(ctx, billing.RefundCall{RefundNo: refundNo, TradeNo: tradeNo, Reason: "不想要了", Amount: 330, Total: 990})
			return err
		},
		"refund query": func(ctx context.Context) error { _, err := c.Refunded(ctx, refundNo); return err },
		"bill":         func(ctx context.Context) error { _, err := c.Bill(ctx, noon); return err },
	}
}

// good answers each call as WeChat Pay does.
func (w *world) good() {
	w.answerBy(func(rw http.ResponseWriter, r *http.Request) {
		switch path := r.URL.Path; {
		case path == "/v3/certificates":
			w.send(rw, r, 200, []byte(certificateList(w.t, w.cert)))
		case strings.HasSuffix(path, "/jsapi"):
			w.send(rw, r, 200, []byte(`{"prepay_id":"wx01121212345678"}`))
		case strings.HasSuffix(path, "/native"):
			w.send(rw, r, 200, []byte(`{"code_url":"weixin://wxpay/bizpayurl?pr=abc"}`))
		case strings.HasSuffix(path, "/close"):
			w.send(rw, r, 204, nil)
		case strings.HasPrefix(path, "/v3/refund/"):
			w.send(rw, r, 200, []byte(refundAnswer))
		case strings.HasPrefix(path, "/v3/bill/"):
			w.send(rw, r, 200, []byte(`{"hash_type":"SHA1","hash_value":"`+billHash+`","download_url":"https://api.mch.weixin.qq.com/v3/billdownload/file?token=abc"}`))
		case strings.HasPrefix(path, billFiles):
			rw.Write(packed(bill))
		default:
			w.send(rw, r, 200, []byte(transaction))
		}
	})
}

// TestCalls_InBothKeyModes: what is asked, of whom, and what is understood.
func TestCalls_InBothKeyModes(t *testing.T) {
	for name, mode := range map[string]func(*Options){"public key": func(*Options) {}, "certificates": byCertificate} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.good()
			c, ctx := w.client(mode), t.Context()

			prepaid, err := c.Prepay(ctx, prepay)
			r, body := w.last()
			if err != nil || prepaid.ID != "wx01121212345678" || r.RequestURI != "/v3/pay/transactions/jsapi" {
				t.Fatalf("JSAPI: %+v, %v, asked %s", prepaid, err, r.RequestURI)
			}
			wantJSON(t, body, `{"appid":"`+appID+`","mchid":"`+mchID+`","description":"金丝雀日报 30 天","out_trade_no":"`+tradeNo+
				`","time_expire":"2039-03-01T14:00:00+08:00","notify_url":"https://push.example.com/pay/notice/pay","amount":{"total":990,"currency":"CNY"},"payer":{"openid":"`+openid+`"}}`)
			for header, want := range map[string]string{
				"Accept": "application/json", "Content-Type": "application/json", "User-Agent": userAgent,
				"Wechatpay-Serial": map[string]string{"public key": publicKeyID, "certificates": w.platformSerial()}[name],
			} {
				if got := r.Header.Get(header); got != want {
					t.Errorf("%s: %q, want %q", header, got, want)
				}
			}

			native := prepay
			native.Way = billing.ByCode
			native.Description = strings.Repeat("长", 200)
			prepaid, err = c.Prepay(ctx, native)
			r, body = w.last()
			if err != nil || prepaid.ID != "weixin://wxpay/bizpayurl?pr=abc" || r.RequestURI != "/v3/pay/transactions/native" || strings.Contains(body, "payer") {
				t.Fatalf("Native: %+v, %v, asked %s %s", prepaid, err, r.RequestURI, body)
			}
			var sent struct{ Description string }
			if err := json.Unmarshal([]byte(body), &sent); err != nil || len(sent.Description) > 127 || !utf8.ValidString(sent.Description) ||
				!strings.HasSuffix(sent.Description, "长…") {
				t.Errorf("a description of %d bytes, %v: %s", len(sent.Description), err, sent.Description)
			}

			trade, err := c.Trade(ctx, tradeNo)
			r, _ = w.last()
			if err != nil || trade.State != billing.TradePaid || trade.Total != 990 || trade.OpenID != openid || r.RequestURI != "/v3/pay/transactions/out-trade-no/"+tradeNo+"?mchid="+mchID {
				t.Errorf("query: %+v, %v, asked %s", trade, err, r.RequestURI)
			}

			err = c.Close(ctx, tradeNo)
			r, body = w.last()
			if err != nil || r.RequestURI != "/v3/pay/transactions/out-trade-no/"+tradeNo+"/close" {
				t.Errorf("close: %v, asked %s", err, r.RequestURI)
			}
			wantJSON(t, body, `{"mchid":"`+mchID+`"}`)

			refunded, err := c.Refund(ctx, billing.RefundCall{RefundNo: refundNo, TradeNo: tradeNo, Reason: "不想要了", Amount: 330, Total: 990})
			_, body = w.last()
			if err != nil || refunded.State != billing.RefundProcessing || refunded.Amount != 330 || refunded.Total != 990 || refunded.TradeNo != tradeNo {
				t.Errorf("refund: %+v, %v", refunded, err)
			}
			wantJSON(t, body, `{"out_trade_no":"`+tradeNo+`","out_refund_no":"`+refundNo+`","reason":"不想要了","notify_url":"https://push.example.com/pay/notice/refund","amount":{"refund":330,"total":990,"currency":"CNY"}}`)
			refunded, err = c.Refunded(ctx, refundNo)
			r, _ = w.last()
			if err != nil || refunded.RefundNo != refundNo || r.RequestURI != "/v3/refund/domestic/refunds/"+refundNo {
				t.Errorf("refund query: %+v, %v, asked %s", refunded, err, r.RequestURI)
			}
			if w.counts("prepay: ok") != 2 || w.counts("close: ok") != 1 {
				t.Errorf("observed %v", w.counted)
			}
		})
	}
}

func wantJSON(t *testing.T, got, want string) {
	t.Helper()
	var a, b any
	if err := json.Unmarshal([]byte(got), &a); err != nil {
		t.Fatalf("%v: %s", err, got)
	}
	if err := json.Unmarshal([]byte(want), &b); err != nil {
		t.Fatal(err)
	}
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	if string(x) != string(y) {
		t.Errorf("got  %s\nwant %s", x, y)
	}
}

func TestTrade_EveryStateHasAMeaning(t *testing.T) {
	w := newWorld(t)
	c := w.client()
	for said, want := range tradeStates {
		answer := strings.Replace(transaction, `"trade_state":"SUCCESS"`, `"trade_state":"`+said+`"`, 1)
		if want == billing.TradeWaiting || want == billing.TradeClosed { // as it looks before anybody paid
			answer = `{"appid":"` + appID + `","mchid":"` + mchID + `","out_trade_no":"` + tradeNo + `","trade_state":"` + said + `","amount":{"total":990,"currency":"CNY"},"payer":{}}`
		}
		w.answer(200, answer)
		if got, err := c.Trade(t.Context(), tradeNo); err != nil || got.State != want {
			t.Errorf("%s: %+v, %v", said, got, err)
		}
	}
}

// TestRefusals_EveryCodeHasItsMeaning: F3 of WeChat Pay's table of codes.
func TestRefusals_EveryCodeHasItsMeaning(t *testing.T) {
	w := newWorld(t)
	c := w.client()
	for _, tc := range []struct {
		call          string
		status        int
		code, message string
		want          error // nil: a Refusal, unless temporary
		temporary     bool
	}{
		{call: "query", status: 404, code: "ORDER_NOT_EXIST", want: billing.ErrNoTrade},
		{call: "query", status: 404, code: "ORDERNOTEXIST", want: billing.ErrNoTrade},
		{call: "close", status: 404, code: "ORDER_NOT_EXIST", want: billing.ErrNoTrade},
		{call: "refund", status: 404, code: "RESOURCE_NOT_EXISTS", want: billing.ErrNoTrade},
		{call: "refund query", status: 404, code: "RESOURCE_NOT_EXISTS", want: billing.ErrNoTrade},
		{call: "prepay", status: 403, code: "OUT_TRADE_NO_USED", want: billing.ErrTradeNoUsed},
		{call: "native", status: 400, code: "ORDER_CLOSED", want: billing.ErrTradeNoUsed},
		{call: "prepay", status: 400, code: "INVALID_REQUEST", message: "201 商户订单号重复", want: billing.ErrTradeNoUsed},
		{call: "prepay", status: 400, code: "INVALID_REQUEST", message: "重入请求数据和已存在的业务单据数据不一致", want: billing.ErrTradeNoUsed},
		{call: "prepay", status: 400, code: "PARAM_ERROR", message: "订单重入参数校验失败", want: billing.ErrTradeNoUsed},
		{call: "prepay", status: 400, code: "INVALID_REQUEST", message: "该订单已支付", want: billing.ErrTradePaid},
		{call: "close", status: 400, code: "ORDER_PAID", want: billing.ErrTradePaid},
		{call: "close", status: 400, code: "INVALID_REQUEST", message: "订单已支付", want: billing.ErrTradePaid},
		{call: "close", status: 202, code: "USER_PAYING", want: billing.ErrTradePaying},
		{call: "close", status: 202, code: "USERPAYING", want: billing.ErrTradePaying},
		{call: "bill", status: 400, code: "NO_STATEMENT_EXIST", want: billing.ErrNoBill},
		{call: "bill", status: 400, code: "STATEMENT_CREATING", want: billing.ErrBillLater},
		{call: "bill", status: 500, code: "STATEMENT_CREATING", want: billing.ErrBillLater},
		{call: "prepay", status: 400, code: "PARAM_ERROR", message: "输入源“/body/payer/openid”映射到值字段“用户标识”字符串规则校验失败，" + openid + " 的字节数大于最大值 32"},
		{call: "prepay", status: 400, code: "APPID_MCHID_NOT_MATCH"},
		{call: "prepay", status: 400, code: "MCH_NOT_EXISTS"},
		{call: "query", status: 401, code: "SIGN_ERROR", message: "签名错误，请检查后再试"},
		{call: "refund", status: 403, code: "NO_AUTH"},
		{call: "prepay", status: 403, code: "RULE_LIMIT"},
		{call: "prepay", status: 403, code: "TRADE_ERROR"},
		{call: "prepay", status: 403, code: "ACCOUNT_ERROR"},
		{call: "refund", status: 403, code: "NOT_ENOUGH"},
		{call: "refund", status: 403, code: "USER_ACCOUNT_ABNORMAL"},
		{call: "prepay", status: 500, code: "OPENID_MISMATCH"},
		{call: "refund", status: 403, code: "SOMETHING_NEW", message: "新的理由"},
		{call: "prepay", status: 429, code: "FREQUENCY_LIMITED", temporary: true},
		{call: "prepay", status: 403, code: "FREQUENCY_LIMIT_EXCEED", temporary: true},
		{call: "prepay", status: 500, code: "SYSTEM_ERROR", temporary: true},
		{call: "refund", status: 500, code: "BANK_ERROR", temporary: true},
		{call: "query", status: 502, code: "SOMETHING_NEW", temporary: true},
		{call: "query", status: 404, code: "", temporary: true},
		{call: "query", status: 400, code: "code with " + openid, temporary: true},
	} {
		raw, err := json.Marshal(map[string]any{"code": tc.code, "message": tc.message, "detail": map[string]string{"value": openid}})
		if err != nil {
			t.Fatal(err)
		}
		for _, signed := range []bool{true, false} {
			w.answer(tc.status, string(raw))
			if !signed {
				w.signBy(func(http.Header, []byte) {})
			}
			got := verbs(c)[tc.call](t.Context())
			var refusal *billing.Refusal
			var failure *Failure
			switch {
			case got == nil:
				t.Errorf("%s %d %s: no error", tc.call, tc.status, tc.code)
				continue
			case tc.want != nil && !errors.Is(got, tc.want), tc.temporary && !errors.As(got, &failure),
				tc.want == nil && !tc.temporary && !errors.As(got, &refusal):
				t.Errorf("%s %d %s %s: %v", tc.call, tc.status, tc.code, tc.message, got)
			}
			if refusal != nil {
				wantNoCanary(t, "the refusal", refusal.Text)
			}
			if refusal != nil && (refusal.Code != tc.code || !strings.ContainsAny(refusal.Text, "请") || strings.ContainsAny(refusal.Text, "!！")) {
				t.Errorf("refusal %+v", refusal)
			}
			wantNoCanary(t, "the error", got.Error())
		}
	}
	w.answer(400, `{"code":"ORDER_CLOSED","message":"订单已关闭"}`)
	if err := c.Close(t.Context(), tradeNo); err != nil {
		t.Errorf("closing twice: %v", err)
	}
}

// TestCalls_AnAnswerThatCannotBeTrustedIsTemporaryAndShowsNothing
func TestCalls_AnAnswerThatCannotBeTrustedIsTemporaryAndShowsNothing(t *testing.T) {
	w := newWorld(t)
	c := w.client()
	signedBy := func(sign func(h http.Header, body []byte)) func() {
		return func() { w.good(); w.signBy(sign) }
	}
	echo := func(status int) func() { // what a proxy in between might show
		return func() {
			w.answerBy(func(rw http.ResponseWriter, r *http.Request) {
				rw.Header().Set("Content-Type", "text/html")
				rw.WriteHeader(status)
				io.WriteString(rw, "<html>"+r.Header.Get("Authorization")+openid+tradeNo+"金丝雀"+apiV3Key)
			})
		}
	}
	for name, prepare := range map[string]func(){
		"unsigned":     signedBy(func(http.Header, []byte) {}),
		"a stranger's": signedBy(func(h http.Header, body []byte) { w.sign(h, publicKeyID, keyring().stranger, body) }),
		"another body": signedBy(func(h http.Header, body []byte) { w.sign(h, publicKeyID, keyring().public, append(body, ' ')) }),
		"other serial": signedBy(func(h http.Header, body []byte) { w.sign(h, publicKeyPrefix+"7", keyring().public, body) }),
		"a probe": signedBy(func(h http.Header, body []byte) {
			w.sign(h, publicKeyID, keyring().public, body)
			h.Set("Wechatpay-Signature", probePrefix+"abc")
		}),
		"old": signedBy(func(h http.Header, body []byte) {
			w.advance(-time.Hour)
			w.sign(h, publicKeyID, keyring().public, body)
			w.advance(time.Hour)
		}),
		"HTML with 200": echo(200),
		"HTML with 502": echo(502),
		"HTML with 404": echo(404),
		"a redirect": func() {
			w.answerBy(func(rw http.ResponseWriter, r *http.Request) {
				http.Redirect(rw, r, "http://127.0.0.1:1/"+openid, http.StatusFound)
			})
		},
		"oversized": func() { w.answer(200, `{"prepay_id":"`+strings.Repeat("x", maxAnswer)+`"}`) },
		"oversized refusal": func() {
			w.answer(404, `{"code":"ORDER_NOT_EXIST","message":"`+strings.Repeat("x", maxAnswer)+`"}`)
		},
		"truncated": func() {
			w.answerBy(func(rw http.ResponseWriter, r *http.Request) {
				rw.Header().Set("Content-Length", "1000")
				io.WriteString(rw, `{"prepay_id":"`+openid)
			})
		},
		"no HTTP": func() {
			w.answerBy(func(rw http.ResponseWriter, r *http.Request) {
				conn, _, err := rw.(http.Hijacker).Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				io.WriteString(conn, openid+tradeNo+"\r\n\r\n")
				conn.Close()
			})
		},
		"hung up":            func() { w.answerBy(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }) },
		"empty, signed":      func() { w.answer(200, "") },
		"not JSON, signed":   func() { w.answer(200, openid) },
		"another's, signed":  func() { w.answer(200, `{"out_trade_no":"other","out_refund_no":"other"}`) },
		"a list, signed":     func() { w.answer(200, `["`+openid+`"]`) },
		"wrong type, signed": func() { w.answer(200, `{"prepay_id":7,"code_url":7,"out_trade_no":7,"refund_id":7,"download_url":7}`) },
		"quoted by the parser, signed": func() {
			w.answer(200, `{"create_time":"`+openid+`","success_time":"`+openid+`","trade_state":"`+tradeNo+`"}`)
		},
		"forged refusal": func() {
			w.answer(404, `{"code":"ORDER_NOT_EXIST","message":"订单不存在"}`)
			w.signBy(func(h http.Header, body []byte) { w.sign(h, publicKeyID, keyring().stranger, body) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			for verb, call := range verbs(c) {
				if verb == "close" && strings.Contains(name, "signed") && name != "unsigned" {
					continue // of which only the status counts
				}
				prepare()
				err := call(t.Context())
				var failed *Failure
				if !errors.As(err, &failed) {
					t.Errorf("%s: %v, want a failure to try again", verb, err)
					continue
				}
				wantNoCanary(t, "the error of "+verb, err.Error())
				if len(err.Error()) > 160 {
					t.Errorf("%s: an error of %d bytes: %v", verb, len(err.Error()), err)
				}
			}
		})
	}
}

// TestCalls_AProbeIsAskedAgain: WeChat Pay answers some calls wrongly on
// purpose.
func TestCalls_AProbeIsAskedAgain(t *testing.T) {
	w := newWorld(t)
	w.good()
	probed := false
	w.signBy(func(h http.Header, body []byte) {
		w.sign(h, publicKeyID, keyring().public, body)
		if !probed {
			probed = true
			h.Set("Wechatpay-Signature", probePrefix+"abc")
		}
	})
	if got, err := w.client().Prepay(t.Context(), prepay); err != nil || got.ID == "" || w.calls() != 2 {
		t.Errorf("%+v, %v after %d calls", got, err, w.calls())
	}
}

func TestCalls_EndInTimeAndAreRefusedInATransaction(t *testing.T) {
	w := newWorld(t)
	type mark struct{}
	inside := context.WithValue(t.Context(), mark{}, true)
	c := w.client(func(o *Options) {
		o.Refuse = func(ctx context.Context) bool { return ctx.Value(mark{}) != nil }
	})
	for verb, call := range verbs(c) {
		if err := call(inside); !errors.Is(err, ErrInTransaction) {
			t.Errorf("%s: %v", verb, err)
		}
	}
	if w.calls() != 0 {
		t.Errorf("%d calls were made", w.calls())
	}
	ctx, cancel := context.WithCancel(t.Context())
	w.answerBy(func(rw http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	_, err := c.Trade(ctx, tradeNo)
	var failed *Failure
	if !errors.As(err, &failed) || !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
}

// deadline is a round-tripper that looks how long a call may last.
type deadline struct{ left time.Duration }

func (d *deadline) RoundTrip(r *http.Request) (*http.Response, error) {
	if at, ok := r.Context().Deadline(); ok {
		d.left = time.Until(at)
	}
	return nil, &net.OpError{Op: "dial", Err: errors.New("connection refused")}
}

func TestCalls_HaveFifteenSecondsAndSayWhatTheNetworkSaid(t *testing.T) {
	w := newWorld(t)
	var d deadline
	_, err := w.client(func(o *Options) { o.HTTP = &http.Client{Transport: &d} }).Trade(t.Context(), tradeNo)
	if err == nil || err.Error() != "wechat pay query: dial: connection refused" {
		t.Errorf("%v", err)
	}
	if d.left <= 0 || d.left > callTimeout {
		t.Errorf("%s left", d.left)
	}
}

// TestPayArguments_AreWhatWeChatVerifies
func TestPayArguments_AreWhatWeChatVerifies(t *testing.T) {
	w := newWorld(t)
	a, err := w.client().PayArguments("wx201410272009395522657a690389285100")
	if err != nil {
		t.Fatal(err)
	}
	message := appID + "\n" + a.TimeStamp + "\n" + a.NonceStr + "\nprepay_id=wx201410272009395522657a690389285100\n"
	if err := rsaVerify(&keyring().merchant.PublicKey, message, a.PaySign); err != nil {
		t.Error(err)
	}
	raw, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]string
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	if got["appId"] != appID || got["timeStamp"] != "2182564800" || got["signType"] != "RSA" || got["package"] != "prepay_id=wx201410272009395522657a690389285100" ||
		got["nonceStr"] == "" || len(got["nonceStr"]) > 32 || got["paySign"] == "" || len(got) != 6 {
		t.Errorf("%v", got)
	}
}

func TestCleanMessage_KeepsWordsAndDropsWhatIsQuoted(t *testing.T) {
	for in, want := range map[string]string{
		"":            "",
		"签名错误，请检查后再试": "签名错误，请检查后再试",
		"商户号 1900000109 与 " + openid + " 不符":          "商户号 … 与 … 不符",
		"输入源“/body/amount/total”":                     "输入源“/body/amount/total”",
		"a\nb\x00c\u202ed":                            "a b c d",
		"签名 " + strings.Repeat("Ab1+/", 20) + "== 不对": "签名 … 不对",
		strings.Repeat("长", 200):                      strings.Repeat("长", maxMessage-1) + "…",
	} {
		if got := cleanMessage(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
