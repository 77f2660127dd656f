package oa

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// ErrInTransaction says that a call to WeChat was tried with the context of an
// open database transaction, which is a mistake in the program: the call may
// take seconds and the transaction may run twice.
var ErrInTransaction = errors.New("wechat called inside a database transaction")

// Error is an answer of WeChat that is not success.
type Error struct {
	Path    string
	Code    int
	Message string // without the rid
	RID     string // WeChat explains it for seven days at /cgi-bin/openapi/rid/get
	// RetryAt is set when we hold the call back ourselves, because the token is
	// being taken away again and again; nothing was sent.
	RetryAt time.Time
}

func (e *Error) Error() string {
	text := fmt.Sprintf("wechat %s: %d %s", e.Path, e.Code, e.Message)
	if e.RID != "" {
		text += " (rid " + e.RID + ")"
	}
	return text
}

// Class tells what to do about the error.
func (e *Error) Class() Class {
	if e.Code == 40001 && (e.Path == pathToken || e.Path == pathExchange) {
		return ClassConfig // there it means a wrong secret
	}
	return classOf(e.Code)
}

// Remedy is what an operator can do about the error, in Chinese; empty when
// there is nothing to do but wait.
func (e *Error) Remedy() string {
	if e.Class() == ClassConfig && e.Code == 40001 {
		return Remedy(40125)
	}
	return Remedy(e.Code)
}

// NetworkError is a call without a usable answer: no connection, a time-out, a
// broken, oversized or foreign answer. It is temporary.
type NetworkError struct {
	Path   string
	Sent   bool // the request may have arrived, and may have been carried out
	Status int  // of the HTTP answer, 0 if there was none
	Err    error
}

func (e *NetworkError) Error() string {
	arrived := "nothing was sent"
	if e.Sent {
		arrived = "it may have arrived"
	}
	return fmt.Sprintf("wechat %s: %v, %s", e.Path, e.Err, arrived)
}

func (e *NetworkError) Unwrap() error { return e.Err }

// Temporary reports true: the same call may succeed later.
func (e *NetworkError) Temporary() bool { return true }

// Timeout reports whether the call's time was over.
func (e *NetworkError) Timeout() bool { return errors.Is(e.Err, context.DeadlineExceeded) }

// withoutURL removes the layer of a transport error that quotes the URL, in
// which secrets, tokens, codes and openids stand.
func withoutURL(err error) error {
	var u *url.Error
	for errors.As(err, &u) {
		err = u.Err
	}
	return err
}

// splitRID takes the request id off the end of an errmsg.
func splitRID(message string) (text, rid string) {
	at := strings.LastIndex(message, "rid:")
	if at < 0 {
		return strings.TrimSpace(message), ""
	}
	return strings.TrimRight(message[:at], " ,"), strings.TrimSpace(message[at+len("rid:"):])
}
