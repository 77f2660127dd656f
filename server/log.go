package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"runtime/debug"
	"strings"
	"time"
	"unicode"

	"github.com/redis/go-redis/v9"
)

// newLogger writes logs to w. Whatever looks like a secret and every one of
// the known secrets is masked in every value, since no caller is careful for
// ever.
func newLogger(w io.Writer, format, level string, known ...string) *slog.Logger {
	var least slog.Level
	_ = least.UnmarshalText([]byte(level)) // kong lets only known levels through
	options := &slog.HandlerOptions{Level: least, ReplaceAttr: newMask(known).attr}
	if format == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

// logger is the process's log on standard error. What libraries print by
// themselves goes there, too: net/http tells of developers' servers that talk
// out of turn, and what they said, go-redis of its connections.
func (c *Config) logger(known ...string) *slog.Logger {
	log := newLogger(os.Stderr, c.LogFormat, c.LogLevel, append(c.secrets(), known...)...)
	slog.SetDefault(log) // the standard log package then writes there
	redis.SetLogger(redisLog{log})
	return log
}

type redisLog struct{ *slog.Logger }

// Printf is what go-redis calls, for trouble only.
func (l redisLog) Printf(ctx context.Context, format string, v ...any) {
	l.WarnContext(ctx, fmt.Sprintf(format, v...))
}

// mask hides secrets: the known ones wherever they stand, others by their
// looks.
type mask struct{ known *strings.Replacer }

// shortestKnown keeps a word from being hidden everywhere because somebody
// chose it as a token.
const shortestKnown = 6

func newMask(known []string) mask {
	var pairs []string
	for _, secret := range known {
		if len(secret) >= shortestKnown {
			pairs = append(pairs, secret, "…", url.QueryEscape(secret), "…")
		}
	}
	return mask{strings.NewReplacer(pairs...)}
}

// secrets are our tokens by their prefixes, WeChat's by their names in
// addresses and in JSON, and passwords in addresses. The first group stays.
var secrets = []*regexp.Regexp{
	regexp.MustCompile(`\b((?:AT|SPT)_)[0-9A-Za-z]{6,}`),
	regexp.MustCompile(`\b(whsec_)[0-9A-Za-z+/=]{6,}`),
	regexp.MustCompile(`(?i)\b((?:access_token|app_?secret|secret|app_?token|token|spt|ticket|code|signature|msg_signature)=)[^&\s"]+`),
	regexp.MustCompile(`(?i)(\\?"(?:access_token|app_?secret|secret|app_?token|token|spt|signature)\\?"\s*:\s*\\?")[^"\\]*`),
	regexp.MustCompile(`(://[^/\s:@]*:)[^/\s@]+@`),
}

func (m mask) text(s string) string {
	s = m.known.Replace(s)
	for _, secret := range secrets {
		s = secret.ReplaceAllString(s, "${1}…")
	}
	return s
}

// attr cleans the value of one attribute, and the message.
func (m mask) attr(_ []string, a slog.Attr) slog.Attr {
	switch a.Value.Kind() {
	case slog.KindString:
		a.Value = slog.StringValue(visible(m.text(a.Value.String())))
	case slog.KindAny:
		if err, ok := a.Value.Any().(error); ok {
			a.Value = slog.StringValue(visible(m.text(err.Error())))
			return a
		}
		plain := fmt.Sprintf("%+v", a.Value.Any())
		if clean := visible(m.text(plain)); clean != plain {
			a.Value = slog.StringValue(clean)
		}
	}
	return a
}

// visible escapes what slog's JSON would leave raw: a terminal obeys DEL and
// the C1 control characters as it does the escape character, and characters
// that turn the direction of writing hide what stands behind them.
func visible(s string) string {
	clean := func(r rune) bool {
		return r >= 0x7f && (unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Bidi_Control, r))
	}
	if strings.IndexFunc(s, clean) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if clean(r) {
			fmt.Fprintf(&b, `\u%04x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// slow is when a request is worth a line in the log.
const slow = 5 * time.Second

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
				n.log.Error("panic", "method", r.Method, "cause", fmt.Sprint(broken), "stack", string(debug.Stack()))
				http.Error(w, "internal server error", http.StatusInternalServerError)
			}
			if took := time.Since(began); took > slow && w.Header().Get("Content-Type") != "text/event-stream" {
				n.log.Warn("slow request", "method", r.Method, "took", took)
			}
		}()
		next.ServeHTTP(w, r)
	})
}
