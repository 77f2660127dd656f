package wechatpay

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestCheck_SaysWhatIsRightAndWhatIsNot(t *testing.T) {
	none := `{"code":"ORDER_NOT_EXIST","message":"订单不存在"}`
	for name, c := range map[string]struct {
		mode    func(*Options)
		prepare func(w *world)
		finds   string // empty: an error
		remedy  string
	}{
		"all is well":         {func(*Options) {}, func(w *world) { w.answer(404, none) }, "so is the public key", ""},
		"with certificates":   {func(o *Options) { byCertificate(o) }, func(w *world) { w.serveNone(none) }, "so are the platform certificates", ""},
		"an unsigned refusal": {func(*Options) {}, func(w *world) { w.answer(404, none); w.signBy(func(http.Header, []byte) {}) }, "unproved", ""},
		"wrong key": {func(*Options) {}, func(w *world) {
			w.answer(401, `{"code":"SIGN_ERROR","message":"签名错误"}`)
			w.signBy(func(h http.Header, _ []byte) { h.Set("Date", w.clock().UTC().Format(http.TimeFormat)) })
		}, "", "商户私钥"},
		"wrong clock": {func(*Options) {}, func(w *world) {
			w.answer(401, `{"code":"SIGN_ERROR","message":"时间相差太大"}`)
			w.signBy(func(h http.Header, _ []byte) { h.Set("Date", w.clock().Add(time.Hour).UTC().Format(http.TimeFormat)) })
		}, "", "NTP"},
		"wrong public key": {func(*Options) {}, func(w *world) {
			w.answer(404, none)
			w.signBy(func(h http.Header, body []byte) {
				w.sign(h, publicKeyID, keyring().stranger, body)
				h.Set("Date", w.clock().UTC().Format(http.TimeFormat))
			})
		}, "", "--pay.public-key-file"},
		"wrong merchant": {func(*Options) {}, func(w *world) {
			w.answer(400, `{"code":"MCH_NOT_EXISTS","message":"商户号不存在"}`)
			w.signBy(func(h http.Header, _ []byte) { h.Set("Date", w.clock().UTC().Format(http.TimeFormat)) })
		}, "", "--pay.mchid"},
		"wrong serial": {func(*Options) {}, func(w *world) {
			w.answer(500, `{"code":"SYSTEM_ERROR","message":"系统繁忙"}`)
			w.signBy(func(h http.Header, _ []byte) { h.Set("Date", w.clock().UTC().Format(http.TimeFormat)) })
		}, "", "--pay.serial"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			c.prepare(w)
			finding, err := w.client(c.mode).Check(t.Context())
			if c.finds != "" && (err != nil || !strings.Contains(finding, c.finds) || !strings.Contains(finding, mchID)) {
				t.Errorf("%q, %v", finding, err)
			}
			if c.remedy != "" && (err == nil || !strings.Contains(Remedy(err), c.remedy)) {
				t.Errorf("%q, %v: %s", finding, err, Remedy(err))
			}
		})
	}
}

// serveNone knows certificates and no trade.
func (w *world) serveNone(none string) {
	w.answerBy(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v3/certificates" {
			w.send(rw, r, 200, []byte(certificateList(w.t, w.cert)))
			return
		}
		w.send(rw, r, 404, []byte(none))
	})
}
