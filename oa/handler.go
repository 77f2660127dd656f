package oa

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"
)

// HandlerOptions are what a [Handler] needs beside the account.
type HandlerOptions struct {
	Now func() time.Time // nil: time.Now
	Log *slog.Logger     // nil: nothing is logged
	// Handle is given every verified event, with [ArrivedAt] in its context.
	// A nil reply is answered with success; an error with HTTP 500, so that
	// WeChat repeats the event.
	Handle func(context.Context, Event) (Reply, error)
}

// Handler is the callback endpoint of one account.
type Handler struct {
	mode    Mode
	json    bool
	tokens  []string
	ciphers []*Cipher
	seen    *replays
	now     func() time.Time
	log     *slog.Logger
	handle  func(context.Context, Event) (Reply, error)
}

// NewHandler refuses an account that could not verify anything, such as one
// with an empty token.
func NewHandler(a Account, o HandlerOptions) (*Handler, error) {
	if err := a.validate(); err != nil {
		return nil, fmt.Errorf("callback of %s: %w", a, err)
	}
	if o.Handle == nil {
		return nil, fmt.Errorf("callback of %s: nothing handles its events", a)
	}
	h := &Handler{mode: a.Mode, json: a.JSON, tokens: a.tokens(), seen: newReplays(),
		now: o.Now, log: o.Log, handle: o.Handle}
	if a.Mode != ModePlain {
		ciphers, err := a.ciphers()
		if err != nil {
			return nil, fmt.Errorf("callback of %s: %w", a, err)
		}
		h.ciphers = ciphers
	}
	if h.now == nil {
		h.now = time.Now
	}
	if h.log == nil {
		h.log = slog.New(slog.DiscardHandler)
	}
	return h, nil
}

// arrivedKey is the context key of the arrival time.
type arrivedKey struct{}

// ArrivedAt is when the request of an event reached us; WeChat gives up five
// seconds after. It is the zero time outside a [Handler].
func ArrivedAt(ctx context.Context) time.Time {
	at, _ := ctx.Value(arrivedKey{}).(time.Time)
	return at
}

// ServeHTTP answers WeChat's check of the address (GET) and its events (POST).
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	arrived := h.now()
	var body []byte
	var kind string
	var err error
	switch r.Method {
	case http.MethodGet:
		body, err = h.verify(r, arrived)
	case http.MethodPost:
		r = r.WithContext(context.WithValue(r.Context(), arrivedKey{}, arrived))
		body, kind, err = h.event(w, r, arrived)
	default:
		w.Header().Set("Allow", "GET, POST")
		err = errMethod
	}
	if err != nil {
		h.refuse(w, r, err)
		return
	}
	write(w, http.StatusOK, kind, body)
}

// verify returns the echostr of a signed GET. WeChat may ask the same again.
func (h *Handler) verify(r *http.Request, now time.Time) ([]byte, error) {
	p, err := h.proofOf(r, now)
	if err != nil {
		return nil, err
	}
	if _, err := h.plain(p, nil); err != nil {
		return nil, err
	}
	echo := r.URL.Query().Get("echostr")
	if echo == "" || len(echo) > maxEcho {
		return nil, fmt.Errorf("%w: echostr of %d bytes", ErrMalformed, len(echo))
	}
	return []byte(echo), nil
}

// proofOf reads the signing parameters and refuses stale ones.
func (h *Handler) proofOf(r *http.Request, now time.Time) (proof, error) {
	q := r.URL.Query()
	p := proof{q.Get("signature"), q.Get("msg_signature"), q.Get("timestamp"), q.Get("nonce")}
	seconds, err := strconv.ParseInt(p.timestamp, 10, 64)
	if err != nil || p.nonce == "" {
		return proof{}, errForged
	}
	if age := now.Unix() - seconds; age > int64(freshness.Seconds()) || age < -int64(freshness.Seconds()) {
		return proof{}, errStale
	}
	return p, nil
}

// event verifies, opens, parses and handles one POST, and renders the answer
// with its content type.
func (h *Handler) event(w http.ResponseWriter, r *http.Request, now time.Time) ([]byte, string, error) {
	p, err := h.proofOf(r, now)
	if err != nil {
		return nil, "", err
	}
	if !h.speaks(r.Header.Get("Content-Type")) {
		return nil, "", errFormat
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxDocument))
	if err != nil {
		return nil, "", bodyError(err)
	}
	o, err := h.open(p, body)
	if err != nil {
		return nil, "", err
	}
	if !h.seen.admit(now, o.signature, o.signed) {
		return nil, "", errReplayed
	}
	ev, err := Parse(o.document, h.json)
	if err != nil {
		return nil, "", err
	}
	reply, err := h.safely(r.Context(), ev)
	if err != nil {
		return nil, "", &handleError{ev.Head(), err}
	}
	return h.render(&o, ev, reply)
}

// open proves where body comes from and gives its clear document, in the way
// the configured mode asks for.
func (h *Handler) open(p proof, body []byte) (opened, error) {
	if h.mode == ModePlain {
		return h.plain(p, body)
	}
	return h.sealed(p, body)
}

// safely runs Handle and turns its panic into an error.
func (h *Handler) safely(ctx context.Context, ev Event) (reply Reply, err error) {
	defer func() {
		if p := recover(); p != nil {
			h.log.Error("event handler panicked", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			reply, err = nil, errPanic
		}
	}()
	return h.handle(ctx, ev)
}

// render is success when nobody reads the answer or there is nothing to say.
func (h *Handler) render(o *opened, ev Event, reply Reply) ([]byte, string, error) {
	if silent(ev) {
		return []byte(success), "", nil
	}
	now := h.now()
	document, err := answer(reply, ev.Head(), now, h.json)
	if err != nil || document == nil {
		return []byte(success), "", err
	}
	body, err := o.seal(document, now, h.json)
	return body, h.contentType(), err
}

// silent tells the events whose answer no phone shows.
func silent(ev Event) bool {
	switch ev.(type) {
	case *TemplateFinished, *MassFinished, *SubscriptionSent, *SubscriptionChanged,
		*Unsubscribe, *Privacy, *Certification:
		return true
	}
	return false
}

// newNonce is what WeChat's own nonces look like.
func newNonce() string { return strconv.FormatUint(uint64(rand.Uint32()), 10) }

// Why a request is refused before its document is read.
var (
	errMethod   = errors.New("method not allowed")
	errStale    = errors.New("timestamp is more than 300 seconds away from our clock")
	errReplayed = errors.New("signature was used before")
	errFormat   = errors.New("content type is not the configured data format")
	errPanic    = errors.New("event handler panicked")
)
