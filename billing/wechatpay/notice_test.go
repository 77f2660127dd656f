package wechatpay

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"hongyan/billing"
)

// letter is a notice before it is sealed and signed.
type letter struct {
	event, kind string
	plain       string
	nonce, data string
	without     bool // a resource
	raw         string
	serial      string
	path        string
	method      string
	sign        func(h http.Header, body []byte) // nil: rightly
}

const transaction = `{"mchid":"` + mchID + `","appid":"` + appID + `","out_trade_no":"` + tradeNo + `","transaction_id":"4200CanaryTransaction000001","trade_type":"JSAPI","trade_state":"SUCCESS","trade_state_desc":"支付成功","bank_type":"OTHERS","attach":"","success_time":"2039-03-01T11:59:58+08:00","payer":{"openid":"` + openid + `"},"amount":{"total":990,"payer_total":990,"currency":"CNY","payer_currency":"CNY"}}`

const refund = `{"mchid":"` + mchID + `","out_trade_no":"` + tradeNo + `","transaction_id":"4200CanaryTransaction000001","out_refund_no":"` + refundNo + `","refund_id":"5030CanaryTransaction000002","refund_status":"SUCCESS","success_time":"2039-03-01T11:59:59+08:00","user_received_account":"支付用户零钱","amount":{"total":990,"refund":330,"payer_total":990,"payer_refund":330}}`

func paid(plain string) letter {
	return letter{event: "TRANSACTION.SUCCESS", kind: "transaction", plain: plain, nonce: "canary123456", data: "transaction", serial: publicKeyID}
}

func refunded(event, plain string) letter {
	return letter{event: event, kind: "refund", plain: plain, nonce: "canary123456", data: "refund", serial: publicKeyID, path: refundPath}
}

func (w *world) body(l letter) []byte {
	if l.raw != "" {
		return []byte(l.raw)
	}
	told := map[string]any{
		"id": "EV-CANARY-0001", "create_time": "2039-03-01T12:00:00+08:00", "resource_type": "encrypt-resource",
		"event_type": l.event, "summary": "支付成功",
	}
	if !l.without {
		told["resource"] = map[string]string{
			"original_type": l.kind, "algorithm": "AEAD_AES_256_GCM", "ciphertext": seal(w.t, l.nonce, l.data, l.plain),
			"associated_data": l.data, "nonce": l.nonce,
		}
	}
	raw, err := json.Marshal(told)
	if err != nil {
		w.t.Fatal(err)
	}
	return raw
}

// post gives the handler a notice, and returns its answer.
func (w *world) post(h http.Handler, l letter) *httptest.ResponseRecorder {
	w.t.Helper()
	body := w.body(l)
	method, path := l.method, l.path
	if method == "" {
		method = http.MethodPost
	}
	if path == "" {
		path = payPath
	}
	r := httptest.NewRequest(method, "/pay/notice"+path, bytes.NewReader(body))
	switch {
	case l.sign != nil:
		l.sign(r.Header, body)
	case l.serial == publicKeyID:
		w.sign(r.Header, l.serial, keyring().public, body)
	default:
		w.sign(r.Header, l.serial, keyring().platform, body)
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	wantNoCanary(w.t, "the answer", rec.Body.String())
	return rec
}

func TestNotice_TellsBillingWhatWasPaidAndRefunded(t *testing.T) {
	for _, key := range []string{publicKeyID, "7777"} {
		w := newWorld(t)
		w.answer(200, certificateList(t, w.cert))
		var b taken
		h := w.client().Notices(&b)
		l := paid(transaction)
		l.serial = key
		for range 2 { // the second time it is billing's to see that nothing is new
			if rec := w.post(h, l); rec.Code != http.StatusNoContent || rec.Body.Len() != 0 {
				t.Fatalf("%s: answered %d %s\n%s", key, rec.Code, rec.Body, w.log.String())
			}
		}
		want := billing.Trade{
			TradeNo: tradeNo, TransactionID: "4200CanaryTransaction000001", State: billing.TradePaid, MchID: mchID, AppID: appID,
			OpenID: openid, Total: 990, Currency: "CNY", PaidAt: noon.Add(-2 * time.Second),
		}
		if len(b.trades) != 2 || b.notices[0] != "EV-CANARY-0001" {
			t.Fatalf("told %d times of %q", len(b.trades), b.notices)
		}
		got := b.trades[0]
		if !got.PaidAt.Equal(want.PaidAt) {
			t.Errorf("paid at %s, want %s", got.PaidAt, want.PaidAt)
		}
		if got.PaidAt = want.PaidAt; got != want {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
		if left := time.Until(b.until); left <= 0 || left > settleWithin {
			t.Errorf("billing has %s", left)
		}
		for event, state := range refundEvents {
			l := refunded(event, strings.Replace(refund, `"SUCCESS"`, `"`+string(state)+`"`, 1))
			l.serial = key
			if rec := w.post(h, l); rec.Code != http.StatusNoContent {
				t.Fatalf("%s: answered %d\n%s", event, rec.Code, w.log.String())
			}
			got := b.refunds[len(b.refunds)-1]
			if got.State != state || got.RefundNo != refundNo || got.TradeNo != tradeNo || got.MchID != mchID ||
				got.Amount != 330 || got.Total != 990 || got.RefundID != "5030CanaryTransaction000002" || !got.DoneAt.Equal(noon.Add(-time.Second)) {
				t.Errorf("%s: %+v", event, got)
			}
		}
		if got, want := w.counts("notice: taken"), 2+len(refundEvents); got != want {
			t.Errorf("counted %d taken, want %d", got, want)
		}
	}
}

// TestF30_ANoticeThatIsNotOursChangesNothing: no 2xx, nobody told, nothing of it
// in answer or log.
func TestF30_ANoticeThatIsNotOursChangesNothing(t *testing.T) {
	with := func(l letter, change func(*letter)) letter { change(&l); return l }
	replaced := func(old, new string) letter { return paid(strings.Replace(transaction, old, new, 1)) }
	w := newWorld(t)
	expired := makeCertificate(t, 0x6666, noon.AddDate(-5, 0, 0), noon.Add(-time.Hour))
	w.answer(404, `{"code":"RESOURCE_NOT_EXISTS","message":"无可用的平台证书"}`)
	c := w.client(func(o *Options) {
		o.Certificates = [][]byte{pemOf("CERTIFICATE", w.cert.Raw), pemOf("CERTIFICATE", expired.Raw)}
	})
	changed := func(name, value string) func(*letter) {
		return func(l *letter) {
			l.sign = func(h http.Header, body []byte) {
				w.sign(h, publicKeyID, keyring().public, body)
				if h.Set(name, value); value == "" {
					h.Del(name)
				}
			}
		}
	}
	at := func(off time.Duration) func(*letter) {
		return func(l *letter) {
			l.sign = func(h http.Header, body []byte) {
				w.advance(off)
				w.sign(h, publicKeyID, keyring().public, body)
				w.advance(-off)
			}
		}
	}
	xxe := `<?xml version="1.0"?><!DOCTYPE xml [<!ENTITY x SYSTEM "file:///etc/passwd">]><xml><return_code>SUCCESS</return_code><out_trade_no>&x;</out_trade_no></xml>`
	for name, tc := range map[string]struct {
		letter letter
		status int
		kind   string
	}{
		"forged by a stranger": {with(paid(transaction), func(l *letter) {
			l.sign = func(h http.Header, body []byte) { w.sign(h, publicKeyID, keyring().stranger, body) }
		}), 401, "forged"},
		"signed by ourselves": {with(paid(transaction), func(l *letter) {
			l.sign = func(h http.Header, body []byte) { w.sign(h, publicKeyID, keyring().merchant, body) }
		}), 401, "forged"},
		"signature of another body": {with(paid(transaction), func(l *letter) {
			l.sign = func(h http.Header, body []byte) { w.sign(h, publicKeyID, keyring().public, body[1:]) }
		}), 401, "forged"},
		"the certificate's key under the public key's name": {with(paid(transaction), func(l *letter) {
			l.sign = func(h http.Header, body []byte) { w.sign(h, publicKeyID, keyring().platform, body) }
		}), 401, "forged"},
		"the public key under the certificate's name": {with(paid(transaction), func(l *letter) {
			l.sign = func(h http.Header, body []byte) { w.sign(h, w.platformSerial(), keyring().public, body) }
		}), 401, "forged"},
		"another nonce":            {with(paid(transaction), changed("Wechatpay-Nonce", "other")), 401, "forged"},
		"signature no base64":      {with(paid(transaction), changed("Wechatpay-Signature", "!!!!")), 401, "forged"},
		"signature empty":          {with(paid(transaction), changed("Wechatpay-Signature", "")), 401, "unsigned"},
		"signature endless":        {with(paid(transaction), changed("Wechatpay-Signature", strings.Repeat("A", 4096))), 401, "unsigned"},
		"no timestamp":             {with(paid(transaction), changed("Wechatpay-Timestamp", "")), 401, "unsigned"},
		"timestamp no number":      {with(paid(transaction), changed("Wechatpay-Timestamp", "gestern")), 401, "unsigned"},
		"timestamp negative":       {with(paid(transaction), changed("Wechatpay-Timestamp", "-1")), 401, "unsigned"},
		"timestamp with a newline": {with(paid(transaction), changed("Wechatpay-Timestamp", "1\n2")), 401, "unsigned"},
		"no nonce":                 {with(paid(transaction), changed("Wechatpay-Nonce", "")), 401, "unsigned"},
		"no serial":                {with(paid(transaction), changed("Wechatpay-Serial", "")), 401, "unsigned"},
		"another kind of signature": {with(paid(transaction), changed("Wechatpay-Signature-Type", "WECHATPAY2-SM2-WITH-SM3")), 401,
			"unsigned"},
		"two serials": {with(paid(transaction), func(l *letter) {
			l.sign = func(h http.Header, body []byte) {
				w.sign(h, publicKeyID, keyring().public, body)
				h.Add("Wechatpay-Serial", "7777")
			}
		}), 401, "unsigned"},
		"replayed after five minutes": {with(paid(transaction), at(-5*time.Minute)), 401, "stale"},
		"from the future":             {with(paid(transaction), at(5*time.Minute)), 401, "stale"},
		"by the machine's clock": {with(paid(transaction), func(l *letter) {
			l.sign = func(h http.Header, body []byte) {
				w.sign(h, publicKeyID, keyring().public, body)
				h.Set("Wechatpay-Timestamp", strconv.FormatInt(time.Now().Unix(), 10))
			}
		}), 401, "stale"},
		"a probe": {with(paid(transaction), changed("Wechatpay-Signature", probePrefix+"abcdefgh")), 401, "probe"},
		"unknown serial": {with(paid(transaction), func(l *letter) {
			l.sign = func(h http.Header, body []byte) { w.sign(h, "0123456789ABCDEF", keyring().public, body) }
		}), 401, "serial"},
		"another public key's id": {with(paid(transaction), func(l *letter) {
			l.sign = func(h http.Header, body []byte) { w.sign(h, publicKeyPrefix+"other", keyring().public, body) }
		}), 401, "serial"},
		"expired certificate": {with(paid(transaction), func(l *letter) {
			l.sign = func(h http.Header, body []byte) { w.sign(h, "6666", keyring().platform, body) }
		}), 401, "expired"},

		"GET":            {with(paid(transaction), func(l *letter) { l.method = http.MethodGet }), 405, "method"},
		"another path":   {with(paid(transaction), func(l *letter) { l.path = "/pay/../other" }), 404, "path"},
		"10 MB":          {with(paid(""), func(l *letter) { l.raw = `{"id":"` + strings.Repeat("x", 10<<20) + `"}` }), 413, "large"},
		"v2 XML":         {with(paid(""), func(l *letter) { l.raw = xxe; l.sign = func(http.Header, []byte) {} }), 401, "unsigned"},
		"v2 XML, signed": {with(paid(""), func(l *letter) { l.raw = xxe }), 400, "malformed"},
		"empty":          {with(paid(""), func(l *letter) { l.raw = " " }), 400, "malformed"},
		"a list":         {with(paid(""), func(l *letter) { l.raw = "[]" }), 400, "malformed"},
		"null":           {with(paid(""), func(l *letter) { l.raw = "null" }), 400, "malformed"},
		"two documents":  {with(paid(""), func(l *letter) { l.raw = string(w.body(paid(transaction))) + "{}" }), 400, "malformed"},
		"no resource":    {with(paid(transaction), func(l *letter) { l.without = true }), 400, "malformed"},
		"no id": {with(paid(""), func(l *letter) {
			l.raw = strings.Replace(string(w.body(paid(transaction))), "EV-CANARY-0001", "", 1)
		}), 400, "malformed"},
		"resource null": {with(paid(""), func(l *letter) { l.raw = `{"id":"EV-1","event_type":"TRANSACTION.SUCCESS","resource":null}` }), 400, "malformed"},
		"nonce too short": {with(paid(transaction), func(l *letter) { l.nonce = "short" }), 400,
			"sealed"},
		"nonce too long": {with(paid(transaction), func(l *letter) { l.nonce = "muchtoolongnonce" }), 400, "sealed"},
		"other additional data": {with(paid(""), func(l *letter) {
			l.raw = strings.Replace(string(w.body(paid(transaction))), `"associated_data":"transaction"`, `"associated_data":"x"`, 1)
		}), 400, "sealed"},
		"another algorithm": {with(paid(""), func(l *letter) {
			l.raw = strings.Replace(string(w.body(paid(transaction))), "AEAD_AES_256_GCM", "AEAD_SM4_GCM", 1)
		}), 400, "sealed"},
		"ciphertext no base64": {with(paid(""), func(l *letter) {
			l.raw = strings.Replace(string(w.body(paid(transaction))), `"ciphertext":"`, `"ciphertext":"金`, 1)
		}), 400, "sealed"},

		"sharing of profits":          {with(paid(transaction), func(l *letter) { l.kind = "profitsharing" }), 400, "other"},
		"no original type":            {with(paid(transaction), func(l *letter) { l.kind = "" }), 400, "other"},
		"a refund as a transaction":   {with(refunded("REFUND.SUCCESS", refund), func(l *letter) { l.event = "TRANSACTION.SUCCESS" }), 400, "other"},
		"a transaction as a refund":   {with(paid(transaction), func(l *letter) { l.event = "REFUND.SUCCESS" }), 400, "other"},
		"an event nobody knows":       {with(paid(transaction), func(l *letter) { l.event = "PAPAY.SIGN" }), 400, "other"},
		"another merchant":            {replaced(mchID, "1900000110"), 403, "foreign"},
		"another account":             {replaced(appID, "wx0000000000000000"), 403, "foreign"},
		"no merchant":                 {replaced(`"mchid":"`+mchID+`",`, ""), 403, "foreign"},
		"another merchant's refund":   {refunded("REFUND.SUCCESS", strings.Replace(refund, mchID, "1900000110", 1)), 403, "foreign"},
		"not paid":                    {replaced(`"trade_state":"SUCCESS"`, `"trade_state":"NOTPAY"`), 400, "content"},
		"a state nobody knows":        {replaced(`"trade_state":"SUCCESS"`, `"trade_state":"MAYBE"`), 400, "content"},
		"no amount":                   {replaced(`"amount"`, `"sum"`), 400, "content"},
		"amount null":                 {paid(transaction[:strings.Index(transaction, `"amount"`)] + `"amount":null}`), 400, "content"},
		"amount broken":               {replaced(`"total":990`, `"total":9.9`), 400, "content"},
		"amount as text":              {replaced(`"total":990`, `"total":"990"`), 400, "content"},
		"amount negative":             {replaced(`"total":990`, `"total":-990`), 400, "content"},
		"amount beyond 64 bits":       {replaced(`"total":990`, `"total":99999999999999999999`), 400, "content"},
		"no payer":                    {replaced(openid, ""), 400, "content"},
		"no time":                     {replaced(`"success_time"`, `"when"`), 400, "content"},
		"time in words":               {replaced("2039-03-01T11:59:58+08:00", "昨天"), 400, "content"},
		"trade number endless":        {replaced(tradeNo, strings.Repeat("7", 33)), 400, "content"},
		"trade number with a NUL":     {replaced(tradeNo, `7\u0000`), 400, "content"},
		"no transaction":              {replaced("4200CanaryTransaction000001", ""), 400, "content"},
		"content no JSON":             {paid("金丝雀"), 400, "content"},
		"refund of more than paid":    {refunded("REFUND.SUCCESS", strings.Replace(refund, `"refund":330`, `"refund":991`, 1)), 400, "content"},
		"refund of nothing":           {refunded("REFUND.SUCCESS", strings.Replace(refund, `"refund":330`, `"refund":0`, 1)), 400, "content"},
		"refund done without a time":  {refunded("REFUND.SUCCESS", strings.Replace(refund, `"success_time"`, `"when"`, 1)), 400, "content"},
		"refund closed, said as done": {refunded("REFUND.SUCCESS", strings.Replace(refund, `"SUCCESS"`, `"CLOSED"`, 1)), 400, "content"},
	} {
		t.Run(name, func(t *testing.T) {
			var b taken
			before := w.counts("notice: " + tc.kind)
			rec := w.post(c.Notices(&b), tc.letter)
			if rec.Code != tc.status {
				t.Errorf("answered %d, want %d", rec.Code, tc.status)
			}
			if got := strings.TrimSpace(rec.Body.String()); got != `{"code":"FAIL","message":"失败"}` {
				t.Errorf("answered %s", got)
			}
			if len(b.notices) > 0 {
				t.Errorf("billing was told: %+v %+v", b.trades, b.refunds)
			}
			if got := w.counts("notice: " + tc.kind); got != before+1 {
				t.Errorf("not counted as %q: %v", tc.kind, w.counted)
			}
		})
	}
}

// TestF30_WhatBillingRefusesIsAnswered so that WeChat Pay repeats what could not
// be stored.
func TestF30_WhatBillingRefusesIsAnswered(t *testing.T) {
	w := newWorld(t)
	for name, c := range map[string]struct {
		err    error
		status int
		kind   string
	}{
		"unknown order":  {fmt.Errorf("settle %s: %w", tradeNo, billing.ErrNoOrder), 404, "no order"},
		"another amount": {fmt.Errorf("settle %s: %w", tradeNo, billing.ErrMismatch), 409, "mismatch"},
		"the disk is full": {fmt.Errorf("settle %s by EV-CANARY-0001: %w", tradeNo, errors.New("database or disk is full")), 503,
			"not stored"},
	} {
		for _, l := range []letter{paid(transaction), refunded("REFUND.SUCCESS", refund)} {
			b := taken{err: c.err}
			before := w.counts("notice: " + c.kind)
			if rec := w.post(w.client().Notices(&b), l); rec.Code != c.status || !strings.Contains(rec.Body.String(), `"FAIL"`) {
				t.Errorf("%s: answered %d %s, want %d", name, rec.Code, rec.Body, c.status)
			}
			if w.counts("notice: "+c.kind) != before+1 {
				t.Errorf("%s: counted %v", name, w.counted)
			}
		}
	}
	if !strings.Contains(w.log.String(), "database or disk is full") {
		t.Errorf("the log does not say why nothing was stored:\n%s", w.log.String())
	}
}

// TestF30_APanicIsAnAnswerAndShowsNothing
func TestF30_APanicIsAnAnswerAndShowsNothing(t *testing.T) {
	w := newWorld(t)
	b := taken{thrown: "panic about " + openid}
	rec := w.post(w.client().Notices(&b), paid(transaction))
	if rec.Code != http.StatusInternalServerError || w.counts("notice: panic") != 1 {
		t.Errorf("answered %d, counted %v", rec.Code, w.counted)
	}
	if !strings.Contains(w.log.String(), "taken).Settle") {
		t.Errorf("the log does not say where:\n%s", w.log.String())
	}
}

// TestF30_TheWindowEndsBeforeFiveMinutes on both sides of our clock.
func TestF30_TheWindowEndsBeforeFiveMinutes(t *testing.T) {
	w := newWorld(t)
	for off, want := range map[time.Duration]int{
		-299 * time.Second: 204, 299 * time.Second: 204, -300 * time.Second: 401, 300 * time.Second: 401,
	} {
		l := paid(transaction)
		l.sign = func(h http.Header, body []byte) {
			w.advance(off)
			w.sign(h, publicKeyID, keyring().public, body)
			w.advance(-off)
		}
		var b taken
		if rec := w.post(w.client().Notices(&b), l); rec.Code != want {
			t.Errorf("%s: answered %d, want %d", off, rec.Code, want)
		}
	}
}

// TestF30_UnknownSerialsAskForCertificatesOnceAMinute: anybody can send one.
func TestF30_UnknownSerialsAskForCertificatesOnceAMinute(t *testing.T) {
	w := newWorld(t)
	w.answer(404, `{"code":"RESOURCE_NOT_EXISTS","message":"无可用的平台证书"}`)
	var b taken
	h := w.client().Notices(&b)
	l := paid(transaction)
	l.serial = "DEADBEEF"
	for range 20 {
		if rec := w.post(h, l); rec.Code != http.StatusUnauthorized {
			t.Fatalf("answered %d", rec.Code)
		}
	}
	if got := w.calls(); got != 1 {
		t.Errorf("asked %d times, want once", got)
	}
	w.advance(certificatesPause)
	w.post(h, l)
	if got := w.calls(); got != 2 {
		t.Errorf("asked %d times after a minute, want twice", got)
	}
}
