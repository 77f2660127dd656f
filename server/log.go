package main

import (
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"runtime/debug"
	"time"
)

// newLogger writes logs to w. Whatever looks like a secret is masked in every
// value, since no caller is careful for ever.
func newLogger(w io.Writer, format, level string) *slog.Logger {
	var least slog.Level
	_ = least.UnmarshalText([]byte(level)) // kong lets only known levels through
	options := &slog.HandlerOptions{Level: least, ReplaceAttr: redact}
	if format == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

// secrets are our tokens by their prefixes and WeChat's by their parameter
// names.
var secrets = regexp.MustCompile(`\b(AT|SPT|whsec)_[0-9A-Za-z+/=]{6,}|((?i)access_token|secret|appsecret|code|apptoken|signature)=[^&\s"]+`)

// redact masks secrets in strings and errors.
func redact(_ []string, a slog.Attr) slog.Attr {
	switch a.Value.Kind() {
	case slog.KindString:
		a.Value = slog.StringValue(mask(a.Value.String()))
	case slog.KindAny:
		if err, ok := a.Value.Any().(error); ok {
			a.Value = slog.StringValue(mask(err.Error()))
		}
	}
	return a
}

func mask(s string) string {
	return secrets.ReplaceAllStringFunc(s, func(hit string) string {
		for i, c := range hit {
			if c == '_' && i < 6 || c == '=' {
				return hit[:i+1] + "…"
			}
		}
		return "…"
	})
}

// guard answers a panic of any handler with 500 and logs slow requests. It
// never logs a raw path: a GET send carries its token there.
func (n *node) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		defer func() {
			if broken := recover(); broken != nil {
				if broken == http.ErrAbortHandler {
					panic(broken)
				}
				n.log.Error("panic", "method", r.Method, "cause", broken, "stack", string(debug.Stack()))
				http.Error(w, "internal server error", http.StatusInternalServerError)
			}
			if took := time.Since(began); took > 5*time.Second {
				n.log.Warn("slow request", "method", r.Method, "took", took)
			}
		}()
		next.ServeHTTP(w, r)
	})
}
