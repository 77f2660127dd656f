package wechatpay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"hongyan/billing"
)

const (
	payPath    = "/pay"
	refundPath = "/refund"

	// maxNotice bounds a notice; WeChat Pay's have some 1.5 kB.
	maxNotice = 64 << 10
	// settleWithin leaves half a second of the five that WeChat Pay waits.
	settleWithin = 4500 * time.Millisecond

	noticeCall = "notice" // for Observe
)

// Taker is who is told of verified notices, with the id of each: package
// billing's Service. ErrNoOrder and ErrMismatch refuse one, any other error asks
// WeChat Pay to send it again.
type Taker interface {
	Settle(ctx context.Context, notice string, t billing.Trade) error
	SettleRefund(ctx context.Context, notice string, r billing.Refunded) error
}

// Why a notice is refused, besides its signature.
var (
	errMethod    = errors.New("no POST")
	errPath      = errors.New("no address of notices")
	errBig       = errors.New("the body is larger than 64 KiB")
	errBody      = errors.New("the body broke off")
	errMalformed = errors.New("no notice as JSON")
	errSealed    = errors.New("cannot be opened with the APIv3 key")
	errOther     = errors.New("of a kind that is not ours")
	errForeign   = errors.New("of another merchant or account")
	errContent   = errors.New("the content is incomplete or contradicts itself")
	errNotStored = errors.New("could not be stored")
)

// refusals are the HTTP status and the word for metrics of each.
var refusals = []struct {
	err    error
	status int
	kind   string
}{
	{errMethod, http.StatusMethodNotAllowed, "method"},
	{errPath, http.StatusNotFound, "path"},
	{errUnsigned, http.StatusUnauthorized, "unsigned"},
	{errProbe, http.StatusUnauthorized, "probe"},
	{errStale, http.StatusUnauthorized, "stale"},
	{errSerial, http.StatusUnauthorized, "serial"},
	{errExpired, http.StatusUnauthorized, "expired"},
	{errForged, http.StatusUnauthorized, "forged"},
	{errBig, http.StatusRequestEntityTooLarge, "large"},
	{errBody, http.StatusBadRequest, "body"},
	{errMalformed, http.StatusBadRequest, "malformed"},
	{errSealed, http.StatusBadRequest, "sealed"},
	{errOther, http.StatusBadRequest, "other"},
	{errForeign, http.StatusForbidden, "foreign"},
	{errContent, http.StatusBadRequest, "content"},
	{billing.ErrNoOrder, http.StatusNotFound, "no order"},
	{billing.ErrMismatch, http.StatusConflict, "mismatch"},
	{errNotStored, http.StatusServiceUnavailable, "not stored"},
}

// Notices takes WeChat Pay's notices under NotifyBase. It answers 204 to what is
// done, now or before; 4xx to what is not WeChat Pay's or does not fit; 5xx to
// what should come again. Of a request it logs nothing but the kind of trouble.
func (c *Client) Notices(take Taker) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := c.o.Now()
		kind := "taken"
		defer func() {
			if thrown := recover(); thrown != nil {
				// What was thrown may quote the request; the stack does not.
				c.o.Log.ErrorContext(r.Context(), "pay notice: panic", "thrown", fmt.Sprintf("%T", thrown), "stack", string(debug.Stack()))
				kind = "panic"
				answer(w, http.StatusInternalServerError)
			}
			c.o.Observe(noticeCall, kind, took(began, c.o.Now()))
		}()
		// WeChat Pay hanging up is no reason to forget a payment.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), settleWithin)
		defer cancel()
		var status int
		status, kind = c.fate(ctx, c.take(ctx, w, r, take))
		answer(w, status)
	})
}

// take does everything with a notice.
func (c *Client) take(ctx context.Context, w http.ResponseWriter, r *http.Request, take Taker) error {
	body, err := c.receive(ctx, w, r)
	if err != nil {
		return err
	}
	n, err := c.readNotice(body)
	if err != nil {
		return err
	}
	if n.refund != nil {
		err = take.SettleRefund(ctx, n.id, *n.refund)
	} else {
		err = take.Settle(ctx, n.id, *n.trade)
	}
	if err == nil || errors.Is(err, billing.ErrNoOrder) || errors.Is(err, billing.ErrMismatch) {
		return err
	}
	return fmt.Errorf("%w: %s", errNotStored, n.withoutContent(err))
}

// receive returns a body that WeChat Pay signed. What needs no body is looked at
// first.
func (c *Client) receive(ctx context.Context, w http.ResponseWriter, r *http.Request) ([]byte, error) {
	switch path, under := strings.CutPrefix(r.URL.Path, c.notify.Path); {
	case !under || path != payPath && path != refundPath:
		return nil, errPath
	case r.Method != http.MethodPost:
		return nil, errMethod
	}
	s, err := readSignature(r.Header)
	if err != nil {
		return nil, err
	}
	if err := s.acceptable(c.o.Now()); err != nil {
		return nil, err
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxNotice))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, errBig
	case err != nil:
		return nil, errBody
	}
	return body, c.verify(ctx, s, body)
}

// fate is the one place where a notice's error becomes HTTP, a word and a line
// in the log.
func (c *Client) fate(ctx context.Context, err error) (status int, kind string) {
	if err == nil {
		return http.StatusNoContent, "taken"
	}
	status, kind = http.StatusInternalServerError, "failed"
	for _, refusal := range refusals {
		if errors.Is(err, refusal.err) {
			status, kind = refusal.status, refusal.kind
			break
		}
	}
	switch {
	case kind == "not stored":
		c.o.Log.ErrorContext(ctx, "pay notice not taken, WeChat Pay will repeat it", "kind", kind, "reason", err)
	case kind == "probe":
		c.o.Log.DebugContext(ctx, "pay notice refused", "kind", kind)
	default:
		c.o.Log.WarnContext(ctx, "pay notice refused", "kind", kind)
	}
	return status, kind
}

// answer says no more than WeChat Pay reads; who is somebody else learns nothing.
func answer(w http.ResponseWriter, status int) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if status == http.StatusNoContent {
		w.WriteHeader(status)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]string{"code": "FAIL", "message": "失败"})
}
