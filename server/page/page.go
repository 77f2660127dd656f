// Package page serves the pages a follower opens on the phone: the message,
// the way to follow an app or a topic, and what is the follower's own.
//
// The message page needs nobody to say who they are: a request names a
// delivery by its handle, the service counts the opening and hands over the
// message as it was sent, package content makes its body safe, package ui
// frames it. The page has no origin of its own and nothing in it that the
// sender could make run.
//
// The other pages are ordinary ones. A browser becomes a follower's by
// WeChat's authorisation (signin.go) and is remembered by a sealed cookie
// (session.go). Reading is GET and changes nothing; every change is a POST
// from a page of ours.
package page

import (
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"hongyan/billing"
	"hongyan/billing/wechatpay"
	"hongyan/oa"
	"hongyan/push"
	"hongyan/server/ui"
	"hongyan/store/cache"
	"hongyan/store/limit"
)

//go:embed pages
var pages embed.FS

// Options say what the pages are served from.
type Options struct {
	Push    *push.Service
	Billing *billing.Service
	Pay     *wechatpay.Client // signs what a page pays with; nil: nothing can be paid
	WeChat  *oa.Client        // says who opens a page and makes codes
	BaseURL string            // begins every link, without a trailing slash
	// AnyBrowser is for the sandbox, whose authorisation answers outside of
	// WeChat too.
	AnyBrowser bool
	// Bridge is the address of a script that does for any browser what
	// WeChat's own does for itself: it pays. Empty with an official account.
	Bridge string
	Cache  *cache.Cache   // keeps rendered content; nil is one of this process
	Limit  *limit.Limiter // counts what could be guessed; nil counts nothing
	Log    *slog.Logger
	Now    func() time.Time // nil is time.Now
}

// Prefix is the path before the handle of a message.
const Prefix = "/api/message/"

// Patterns are what a ServeMux has to lead here besides Prefix.
func Patterns() []string {
	return []string{"/m/", "/my/", "/follow", "/wxuser/", "/app/", push.LogoPrefix, marketPath, "/product/", billing.CoverPrefix}
}

// routes is every page on one screen.
func (h *handler) routes() *http.ServeMux {
	mux := http.NewServeMux()
	for pattern, do := range map[string]answerer{
		"GET /m/{handle}/go":      h.leave,
		"GET /m/{handle}/mute":    h.silencePage,
		"POST /m/{handle}/mute":   h.silence,
		"GET /m/{handle}/report":  h.reportPage,
		"POST /m/{handle}/report": h.report,

		"GET /wxuser/": h.printed,
		"GET /app/":    h.printed,
		"GET /follow":  h.followPage,
		"POST /follow": h.known(h.follow),

		"GET /market":                    h.market,
		"GET /product/{id}":              h.product,
		"POST /product/{id}/buy":         h.known(h.buy),
		"POST /product/{id}/trial":       h.known(h.try),
		"POST /product/{id}/redeem":      h.known(h.redeemCoupon),
		"GET /my/order/{handle}":         h.known(h.order),
		"POST /my/order/{handle}/code":   h.known(h.makeCode),
		"GET /my/order/{handle}/cancel":  h.known(h.cancelPage),
		"POST /my/order/{handle}/cancel": h.known(h.cancel),
		"GET /my/order/{handle}/refund":  h.known(h.refundPage),
		"POST /my/order/{handle}/refund": h.known(h.askRefund),
		"GET /my/products":               h.known(h.products),
		"GET /my/products/{id}":          h.known(h.holding),

		"GET /my/signin":         h.signIn,
		"GET /my/subscriptions":  h.known(h.subscriptions),
		"POST /my/subscriptions": h.known(h.turnSwitch),
		"GET /my/unfollow":       h.known(h.unfollowPage),
		"POST /my/unfollow":      h.known(h.unfollow),
		"GET /my/door":           h.known(h.door),
		"GET /my/uid":            h.known(h.uidPage),
		"GET /my/spt":            h.known(h.sptPage),
		"GET /my/spt/reset":      h.known(h.resetPage),
		"POST /my/spt/reset":     h.known(h.reset),
		"GET /my/help":           h.help,
		"/":                      h.nowhere,
	} {
		mux.HandleFunc(pattern, h.serve(do))
	}
	mux.HandleFunc("GET "+fragmentPath(), serveFragment)
	mux.HandleFunc("GET "+push.LogoPrefix+"{app}/{name}", h.logo)
	mux.HandleFunc("GET "+billing.CoverPrefix+"{product}/{name}", h.cover)
	mux.HandleFunc("GET /my/order/{handle}/state", h.orderState)
	mux.HandleFunc("POST /my/order/{handle}/pay", h.payRequest)
	mux.HandleFunc("GET "+payPath(), servePay)
	return mux
}

// New returns the handler of Prefix and of Patterns. To any other path it
// answers that there is no such page.
func New(o Options) (http.Handler, error) {
	t, err := ui.Parse(pages, "pages/*.html")
	if err != nil {
		return nil, fmt.Errorf("open follower pages: %w", err)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Cache == nil {
		o.Cache = cache.New(cache.Options{})
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	h := &handler{Options: o, pages: t, names: cookiesOf(o.BaseURL)}
	if o.Push != nil {
		if h.sessions, err = o.Push.Sealer("follower session"); err != nil {
			return nil, err
		}
		if h.tickets, err = o.Push.Sealer("follower sign-in"); err != nil {
			return nil, err
		}
	}
	guard := http.NewCrossOriginProtection()
	if u, err := url.Parse(o.BaseURL); err == nil && u.Host != "" {
		if err := guard.AddTrustedOrigin(u.Scheme + "://" + u.Host); err != nil {
			return nil, fmt.Errorf("open follower pages: %w", err)
		}
	}
	guard.SetDenyHandler(h.serve(func(*http.Request) (reply, error) {
		return refused(http.StatusForbidden, wordsForeign), nil
	}))
	h.rest = guard.Handler(h.routes())
	return h, nil
}

type handler struct {
	Options
	pages    *ui.Templates
	names    cookies
	sessions push.Sealer
	tickets  push.Sealer
	rest     http.Handler
}

// ServeHTTP answers GET and HEAD below Prefix with the message, or with a page
// that says why there is none, and leads the rest on. Prefix does not go
// through a ServeMux, which would redirect what clients in the wild send.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.HasPrefix(r.URL.Path, Prefix) && h.rest != nil {
		h.rest.ServeHTTP(w, r)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		h.write(w, r, http.StatusMethodNotAllowed, notice(wordsNoMessage))
		return
	}
	handle := strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, Prefix), "/")
	if !plausible(handle) {
		h.write(w, r, http.StatusNotFound, notice(wordsNoMessage))
		return
	}
	status, v := h.message(r.Context(), handle)
	h.write(w, r, status, v)
}

// plausible reports whether a handle has the form of one, so that a mistyped
// link costs no look into the database.
func plausible(handle string) bool {
	return len(handle) == 22 && strings.Trim(handle, base64url) == ""
}

const base64url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// refusals are the pages for what can go wrong, in the order they are tried.
var refusals = []struct {
	err    error
	status int
	words  ui.Notice
}{
	{push.ErrNoMessage, http.StatusNotFound, wordsNoMessage},
	{push.ErrNoApp, http.StatusNotFound, wordsNoTarget},
	{push.ErrNoTopic, http.StatusNotFound, wordsNoTarget},
	{push.ErrRejected, http.StatusForbidden, wordsRejected},
	{push.ErrNoDoor, http.StatusNotFound, wordsNoDoor},
	{billing.ErrNoProduct, http.StatusNotFound, wordsNoProduct},
	{billing.ErrNoOrder, http.StatusNotFound, wordsNoOrder},
	{billing.ErrNotSold, http.StatusConflict, wordsNotSold},
}

// refusal is the page for an error.
func (h *handler) refusal(err error) reply {
	for _, one := range refusals {
		if errors.Is(err, one.err) {
			return refused(one.status, one.words)
		}
	}
	if errors.As(err, new(*push.Suspended)) {
		return refused(http.StatusForbidden, wordsSuspended)
	}
	var invalid *push.Invalid
	if errors.As(err, &invalid) {
		words := wordsInvalid
		words.Text = invalid.Text
		return refused(http.StatusBadRequest, words)
	}
	h.Log.Error("follower page", "error", err)
	var refusedBy *oa.Error
	var unreachable *oa.NetworkError
	if errors.As(err, &refusedBy) || errors.As(err, &unreachable) {
		return refused(http.StatusBadGateway, wordsWeChat)
	}
	return refused(http.StatusInternalServerError, wordsBroken)
}

func (h *handler) nowhere(*http.Request) (reply, error) {
	return refused(http.StatusNotFound, wordsNowhere), nil
}
