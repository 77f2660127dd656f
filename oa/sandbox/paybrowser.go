package sandbox

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"hongyan/oa/sandbox/pay"
	"hongyan/server/ui"
)

// payBrowserRoutes registers what a page inside WeChat pays with: the bridge,
// what it asks, and pictures of code_urls.
func (s *Sandbox) payBrowserRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /pay/bridge.js", func(w http.ResponseWriter, r *http.Request) { s.serveAsset(w, r, "bridge.js") })
	mux.HandleFunc("GET /pay/qr", s.servePayQR)
	mux.HandleFunc("POST /pay/invoke", neighbours(s.reply(s.invokePay)))
	mux.HandleFunc("POST /pay/confirm", neighbours(s.reply(s.confirmPay)))
	mux.HandleFunc("OPTIONS /pay/", neighbours(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Access-Control-Allow-Headers", "Content-Type")
		w.Header().Set("Access-Control-Max-Age", "600")
		w.WriteHeader(http.StatusNoContent)
	}))
}

// neighbours lets pages of this host, on whatever port, ask too: the server's,
// when the sandbox is a process of its own. Others are refused.
func neighbours(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Origin") != "" && !isNeighbour(r) {
			http.Error(w, http.StatusText(http.StatusForbidden), http.StatusForbidden)
			return
		}
		allowNeighbour(w, r)
		next(w, r)
	}
}

// allowNeighbour tells the browser that such a page may read the answer.
func allowNeighbour(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Add("Vary", "Origin")
	if isNeighbour(r) {
		h.Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
		h.Set("Access-Control-Allow-Credentials", "true")
	}
}

func isNeighbour(r *http.Request) bool {
	origin, err := url.Parse(r.Header.Get("Origin"))
	if err != nil || origin.Host == "" {
		return false
	}
	here := url.URL{Host: r.Host}
	return strings.EqualFold(origin.Hostname(), here.Hostname())
}

// invokePay answers getBrandWCPayRequest: the sheet, as the follower this
// browser is sees it, with the reason when it cannot be paid.
func (s *Sandbox) invokePay(r *http.Request) (any, error) {
	ask, err := read[pay.Invocation](r)
	if err != nil {
		return nil, err
	}
	prepayID, reason := s.pay.Invoked(ask)
	if reason != "" {
		return pay.Sheet{Merchant: s.Settings().Pay.MerchantName, Reason: reason}, nil
	}
	sheet, _ := s.Follower(s.browserFollower(r)).Sheet(prepayID)
	return sheet, nil
}

func (s *Sandbox) confirmPay(r *http.Request) (any, error) {
	a, err := read[payAct](r)
	if err != nil {
		return nil, err
	}
	return s.Follower(s.browserFollower(r)).Pay(a.handle())
}

// servePayQR is the picture of a code_url.
func (s *Sandbox) servePayQR(w http.ResponseWriter, r *http.Request) {
	code := r.URL.Query().Get("code")
	if !pay.IsCode(code) || len(code) > 200 {
		http.NotFound(w, r)
		return
	}
	picture, err := ui.QR(code, qrPixels)
	if err != nil {
		s.log.Error("pay code not drawn", "error", err)
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h["Content-Type"] = imageType
	h.Set("Content-Length", strconv.Itoa(len(picture)))
	h.Set("Cache-Control", "private, max-age=7200")
	_, _ = w.Write(picture)
}
