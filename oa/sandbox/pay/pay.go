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

// wall is the time that signatures carry: the one outside, wherever the
// sandbox's clock was moved to, since the official SDK knows no other.
func wall(rules *Settings) time.Time {
	return time.Now().Add(time.Duration(rules.SkewMs) * time.Millisecond)
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
