package callback

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"time"

	"hongyan/push"
)

// maxRetryAfter is the longest pause an endpoint may ask for.
const maxRetryAfter = 24 * time.Hour

// judge decides what an answer means. The note is for the developer's log: on
// success why there was no reply, else the reason.
func judge(a answer, now time.Time) (out push.Outcome, note string) {
	switch {
	case a.status >= 200 && a.status < 300:
		out.Verdict = push.Delivered
		out.Reply, note = reply(a)
		return out, note
	case a.status == http.StatusGone:
		out.Verdict = push.Gone
	case a.status == http.StatusTooManyRequests, a.status == http.StatusServiceUnavailable:
		if at, ok := retryAt(a.retryAfter, now); ok {
			out.Verdict, out.RetryAt = push.RetryAfter, at
		}
	}
	out.Reason = statusWords(a.status)
	return out, out.Reason
}

// retryAt reads Retry-After: seconds or an HTTP date, at most maxRetryAfter
// ahead. A moment that is not ahead asks for nothing.
func retryAt(header string, now time.Time) (time.Time, bool) {
	header = strings.TrimSpace(header)
	at, err := http.ParseTime(header)
	if err != nil {
		n, err := strconv.ParseUint(header, 10, 63)
		if err != nil && !errors.Is(err, strconv.ErrRange) {
			return time.Time{}, false
		}
		at = now.Add(time.Duration(min(n, uint64(maxRetryAfter/time.Second))) * time.Second)
	}
	if latest := now.Add(maxRetryAfter); at.After(latest) {
		at = latest
	}
	return at, at.After(now)
}

func statusWords(status int) string {
	switch {
	case status == http.StatusGone:
		return wordGone
	case status >= 300 && status < 400:
		return fmt.Sprintf(wordRedirect, status)
	case status == http.StatusTooManyRequests:
		return fmt.Sprintf(wordBusy, status)
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return fmt.Sprintf(wordForbidden, status)
	case status == http.StatusNotFound, status == http.StatusMethodNotAllowed:
		return fmt.Sprintf(wordNotFound, status)
	case status >= 500:
		return fmt.Sprintf(wordServerError, status)
	default:
		return fmt.Sprintf(wordStatus, status)
	}
}

// explain turns the error of a call without an answer into a sentence that
// says what to do. It carries neither addresses nor secrets.
func explain(ctx context.Context, err error) string {
	var (
		invalid *URLError
		name    *net.DNSError
	)
	switch {
	case errors.As(err, &invalid):
		return invalid.Text
	case errors.Is(err, errSecret):
		return wordSecret
	case refused(err):
		return wordRefused
	case errors.Is(ctx.Err(), context.Canceled):
		return wordStopped
	case errors.As(err, &name) && name.IsNotFound:
		return wordNoName
	case errors.As(err, &name):
		return wordNameServer
	case errors.Is(ctx.Err(), context.DeadlineExceeded), timedOut(err):
		return wordTimeout
	case Distrusted(err):
		return wordCertificate
	case noTLS(err):
		return wordTLS
	case errors.Is(err, syscall.ECONNREFUSED):
		return wordConnRefused
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return wordUnreachable
	default:
		return wordBroken
	}
}

// Distrusted reports a certificate we do not accept.
func Distrusted(err error) bool {
	var e *tls.CertificateVerificationError
	return errors.As(err, &e)
}

// noTLS reports two sides that do not agree on how, or whether, to encrypt.
func noTLS(err error) bool {
	var record tls.RecordHeaderError
	var alert tls.AlertError
	return errors.As(err, &record) || errors.As(err, &alert) || errors.Is(err, http.ErrSchemeMismatch)
}

func timedOut(err error) bool {
	var e net.Error
	return errors.As(err, &e) && e.Timeout()
}
