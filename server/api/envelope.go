package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"time"

	"hongyan/oa"
	"hongyan/push"
	"hongyan/store"
)

// Business codes of the contract.
const (
	codeOK      = 1000
	codeFailed  = 1001
	codeNoRoute = 1004
	codeServer  = 1005
	codeWeChat  = 1006
)

// envelope is every answer. Data is null on failure, never empty.
type envelope struct {
	Code    int    `json:"code"`
	Msg     string `json:"msg"`
	Data    any    `json:"data"`
	Success bool   `json:"success"`
}

// refusal is an error whose text the caller is meant to read.
type refusal struct {
	code int
	text string
}

func (r *refusal) Error() string { return r.text }

func refuse(text string) error { return &refusal{codeFailed, text} }

// said is a successful answer with a text of its own instead of 处理成功.
type said struct {
	text string
	data any
}

// drainBytes and drainTime bound what is read of a body nobody wants, so that
// the client finishes sending and reads the answer.
const (
	drainBytes = 32 << 20
	drainTime  = 5 * time.Second
)

func (a *API) answer(w http.ResponseWriter, r *http.Request, q *request, call func(*request) (any, error)) {
	data, err := call(q)
	switch {
	case !q.admitted:
	case errors.Is(err, push.ErrToken):
		a.locks.wrong(q.source(), q.token)
	case err == nil:
		a.locks.right(q.source(), q.token)
	}
	if err != nil {
		a.fail(w, r, err)
		return
	}
	out := envelope{Code: codeOK, Msg: textDone, Data: data, Success: true}
	if s, ok := data.(said); ok {
		out.Msg, out.Data = s.text, s.data
	}
	write(w, http.StatusOK, out)
}

// fail is the one place where errors become answers.
func (a *API) fail(w http.ResponseWriter, r *http.Request, err error) {
	status, out := http.StatusOK, envelope{Code: codeFailed}
	var refused *refusal
	var invalid *push.Invalid
	var stopped *push.Suspended
	var wechat *oa.Error
	var network *oa.NetworkError
	switch {
	case errors.As(err, &refused):
		out.Code, out.Msg = refused.code, refused.text
	case errors.As(err, &invalid):
		out.Msg = invalid.Text
	case errors.As(err, &stopped):
		out.Msg = stopped.Error()
	case errors.Is(err, push.ErrToken):
		out.Msg = textBadToken
	case errors.Is(err, push.ErrNoMessage):
		out.Msg = textNoMessage
	case errors.Is(err, push.ErrNoFollower):
		out.Msg = textNoFollower
	case errors.Is(err, push.ErrNoScene):
		out.Msg = textNoScan
	case errors.Is(err, store.ErrBusy), errors.Is(err, store.ErrFull):
		w.Header().Set("Retry-After", "5")
		status, out.Code, out.Msg = http.StatusServiceUnavailable, codeServer, textUnstored
		a.o.Log.Warn("nothing stored", "path", r.URL.Path, "err", err)
	case errors.As(err, &wechat):
		out.Code, out.Msg = codeWeChat, textWeChat(wechat)
		a.o.Log.Warn("wechat refused", "err", err)
	case errors.As(err, &network):
		out.Code, out.Msg = codeWeChat, textNoWeChat
		a.o.Log.Warn("wechat out of reach", "err", err)
	case r.Context().Err() != nil:
		return // the caller has hung up
	default:
		out.Code, out.Msg = codeServer, textServer
		a.o.Log.Error("call failed", "path", r.URL.Path, "err", err)
	}
	drain(w, r)
	write(w, status, out)
}

// recovered answers a panic like any other error: clients read nothing but
// the envelope.
func (a *API) recovered(w http.ResponseWriter, r *http.Request) {
	switch broken := recover(); broken {
	case nil:
	case http.ErrAbortHandler:
		panic(broken)
	default:
		a.fail(w, r, fmt.Errorf("panic: %v\n%s", broken, debug.Stack()))
	}
}

// drain reads what is left of a body within bounds.
func drain(w http.ResponseWriter, r *http.Request) {
	if r.Body == nil || r.Body == http.NoBody {
		return
	}
	rc := http.NewResponseController(w)
	if rc.SetReadDeadline(time.Now().Add(drainTime)) != nil {
		return
	}
	_, _ = io.CopyN(io.Discard, r.Body, drainBytes)
	_ = rc.SetReadDeadline(time.Time{})
}

func write(w http.ResponseWriter, status int, e envelope) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(e); err != nil { // only strings, numbers and our own structs come here
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json;charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(bytes.TrimRight(b.Bytes(), "\n"))
}
