// Package pay is WeChat Pay in miniature: the merchant platform as the
// documentation of its API v3 describes it, for the sandbox.
//
// It is not a mock of a payment gateway. It verifies the signature of every
// request, signs every answer by the key the request asks for, keeps orders,
// refunds and bills, and sends signed and encrypted notices on WeChat Pay's
// schedule. What nobody outside knows is a setting. It knows nothing of the
// rest of the sandbox: its clock, its dice, its followers and its HTTP client
// are handed over in Options.
//
// Data passes so: a request becomes an order; a follower's phone asks for the
// Sheet of its handle (a prepay_id or a code_url) and calls Pay; the paid
// order becomes a notice that Run sends until it is answered. Every change is
// one line of the journal before anybody hears of it.
package pay

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Options say which merchant the platform serves, and where it stands.
type Options struct {
	Account Account // empty is DefaultAccount
	AppID   string  // the official account bound to the merchant
	Dir     string  // of the journal; empty keeps everything in memory

	Now      func() time.Time
	Bits     func() uint64            // of every random choice
	Chance   func(share float64) bool // is true so often
	Settings func() Settings          // in force now
	Known    func(openid string) bool // whether there is such a user
	Client   func() *http.Client      // sends notices
	Sent     func(Attempt)            // hears of every notice that was sent; may be nil
	Changed  func()                   // hears of every change; may be nil
	Log      *slog.Logger
	// Stamp is the time that signatures carry. Nil is the machine's, wherever Now
	// was moved to: the official SDK knows no other.
	Stamp func() time.Time
}

// Platform is WeChat Pay for one merchant. Its methods may be called from any
// goroutine. Notices and delayed refunds need Run.
type Platform struct {
	o    Options
	keys keyring
	mux  *http.ServeMux
	wake chan struct{}

	mu      sync.Mutex
	book    book
	agenda  agenda
	sending map[string]int64 // when notices on their way were due, by id
	tally   tally
	bills   map[string]billFile // by token
	journal journal
}

// New builds a platform and reads the state its folder holds.
func New(o Options) (*Platform, error) {
	if o.Account == (Account{}) {
		o.Account = DefaultAccount()
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Stamp == nil {
		o.Stamp = time.Now
	}
	p := &Platform{o: o, wake: make(chan struct{}, 1), book: newBook(), sending: map[string]int64{}, bills: map[string]billFile{}, tally: newTally(), mux: http.NewServeMux()}
	var err error
	if p.keys, err = openKeyring(o.Account); err != nil {
		return nil, err
	}
	for pattern, answer := range p.calls() {
		p.mux.HandleFunc(pattern, p.serve(answer))
	}
	if err := p.load(); err != nil {
		return nil, err
	}
	return p, nil
}

// calls lists every call of the platform.
func (p *Platform) calls() map[string]func(*call) (any, error) {
	return map[string]func(*call) (any, error){
		"POST /v3/pay/transactions/jsapi":                   p.prepayJSAPI,
		"POST /v3/pay/transactions/native":                  p.prepayNative,
		"GET /v3/pay/transactions/out-trade-no/{no}":        p.queryByTradeNo,
		"GET /v3/pay/transactions/id/{id}":                  p.queryByID,
		"POST /v3/pay/transactions/out-trade-no/{no}/close": p.closeOrder,
		"POST /v3/refund/domestic/refunds":                  p.createRefund,
		"GET /v3/refund/domestic/refunds/{no}":              p.queryRefund,
		"GET /v3/certificates":                              p.listCertificates,
		"GET /v3/bill/tradebill":                            p.askTradeBill,
		"GET /v3/billdownload/file":                         p.downloadBill,
	}
}

// Paths are the paths of the platform's calls, as Route names them.
func Paths() []string {
	var paths []string
	for pattern := range (&Platform{}).calls() {
		_, path, _ := strings.Cut(pattern, " ")
		paths = append(paths, path)
	}
	return paths
}

// Route is the pattern of the call that r is, without the method, or "".
func (p *Platform) Route(r *http.Request) string {
	_, pattern := p.mux.Handler(r)
	_, path, _ := strings.Cut(pattern, " ")
	return path
}

// ServeHTTP answers a request of the merchant.
func (p *Platform) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.mux.ServeHTTP(w, r) }

// stamp is the time that signatures carry.
func (p *Platform) stamp(rules *Settings) time.Time {
	return p.o.Stamp().Add(time.Duration(rules.SkewMs) * time.Millisecond)
}

// A call is one request on its way through the platform.
type call struct {
	r     *http.Request
	now   time.Time
	rules Settings
	body  []byte
}

// A file is an answer that carries no signature.
type file []byte

// maxBody bounds what a request may send.
const maxBody = 1 << 20

// serve checks, answers and signs.
func (p *Platform) serve(answer func(*call) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c := &call{r: r, now: p.o.Now(), rules: p.o.Settings()}
		out, err := p.judge(c, answer)
		status, body, signed := p.settle(out, err)
		h := w.Header()
		h.Set("Request-ID", p.digits(24))
		if _, raw := out.(file); raw && err == nil {
			h.Set("Content-Type", "application/octet-stream")
		} else if len(body) > 0 {
			h.Set("Content-Type", "application/json; charset=utf-8")
		}
		if key := p.answerKey(c); signed && key != "" {
			p.seal(h, key, p.stamp(&c.rules), body)
		}
		w.WriteHeader(status)
		_, _ = w.Write(body)
	}
}

func (p *Platform) judge(c *call, answer func(*call) (any, error)) (any, error) {
	var err error
	if c.body, err = io.ReadAll(io.LimitReader(c.r.Body, maxBody+1)); err != nil || len(c.body) > maxBody {
		return nil, refuse(http.StatusBadRequest, "PARAM_ERROR", "请求体不完整或过大")
	}
	if err := checkHeaders(c.r); err != nil {
		return nil, err
	}
	if err := p.check(c); err != nil {
		return nil, err
	}
	if p.answerKey(c) == "" {
		return nil, refuse(http.StatusInternalServerError, "SYSTEM_ERROR", "系统繁忙，请稍后重试")
	}
	return answer(c)
}

// answerKey is the serial of the key the request asks for, or "" when there is
// no such key.
func (p *Platform) answerKey(c *call) string {
	switch serial := c.r.Header.Get("Wechatpay-Serial"); {
	case serial == p.o.Account.PublicKeyID, serial == p.keys.serial:
		return serial
	case serial != "":
		return ""
	case c.rules.CertificateOnly || c.r.URL.Path == "/v3/certificates":
		return p.keys.serial
	default:
		return p.o.Account.PublicKeyID
	}
}

// settle turns an outcome into the answer. Answers to unproved callers, and
// files, are not signed.
func (p *Platform) settle(out any, err error) (status int, body []byte, signed bool) {
	var refused *refusal
	switch {
	case errors.As(err, &refused):
		return refused.status, refused.body(), refused.status < http.StatusUnauthorized
	case err != nil:
		p.o.Log.Error("sandbox pay call failed", "error", err)
		return http.StatusInternalServerError, refuse(500, "SYSTEM_ERROR", "系统繁忙，请稍后重试").body(), false
	case out == nil:
		return http.StatusNoContent, nil, true
	}
	if raw, ok := out.(file); ok {
		return http.StatusOK, raw, false
	}
	body, err = json.Marshal(out)
	if err != nil {
		return p.settle(nil, err)
	}
	return http.StatusOK, body, true
}

// decode reads the body's JSON and says which field has the wrong type.
func (c *call) decode(v any) error {
	err := json.Unmarshal(c.body, v)
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return badField(wrong.Field, wrong.Value, "类型不符，应为 "+wrong.Type.String())
	}
	if err != nil {
		return refuse(http.StatusBadRequest, "PARAM_ERROR", "请求体不是有效的JSON")
	}
	return nil
}

// beijing is the zone of the platform's days.
var beijing = time.FixedZone("CST", 8*3600)

// stamp writes an instant as the platform does.
func stamp(ms int64) string {
	return time.UnixMilli(ms).In(beijing).Format("2006-01-02T15:04:05+08:00")
}

func (p *Platform) changed() {
	if p.o.Changed != nil {
		p.o.Changed()
	}
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

func (p *Platform) text(n int) string { return p.draw(n, letters) }

func (p *Platform) digits(n int) string { return p.draw(n, "0123456789") }

func (p *Platform) draw(n int, from string) string {
	out := make([]byte, n)
	for i := range out {
		out[i] = from[p.o.Bits()>>8%uint64(len(from))]
	}
	return string(out)
}

// between is a duration of min to max milliseconds.
func (p *Platform) between(min, max int64) int64 {
	if max <= min {
		return min
	}
	return min + int64(p.o.Bits()>>1%uint64(max-min))
}
