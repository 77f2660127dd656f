package sandbox

import (
	"crypto/subtle"
	"net/http"
	"strings"
)

// Browser serves what a browser meets, with the prefix already stripped: the
// phone page, the control API, the authorize page and the QR pictures. With a
// key, every path begins with it.
func (s *Sandbox) Browser() http.Handler {
	mux := http.NewServeMux()
	s.phoneRoutes(mux)
	mux.HandleFunc("GET /connect/oauth2/authorize", s.serveAuthorize)
	mux.HandleFunc("GET /cgi-bin/showqrcode", s.serveAPI)
	s.control(mux)
	s.payBrowserRoutes(mux)
	protection := http.NewCrossOriginProtection()
	protection.AddInsecureBypassPattern("POST /pay/") // which looks by itself
	guarded := protection.Handler(mux)
	if s.o.Key == "" {
		return guarded
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		if subtle.ConstantTimeCompare([]byte(key), []byte(s.o.Key)) != 1 {
			http.NotFound(w, r)
			return
		}
		inner := r.Clone(r.Context())
		inner.URL.Path, inner.URL.RawPath = "/"+rest, ""
		guarded.ServeHTTP(w, inner)
	})
}
