package wechatpay

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/consts"

	"hongyan/billing"
)

// ErrInTransaction says that a call was tried with the context of an open
// transaction, which is a mistake in the program.
var ErrInTransaction = errors.New("WeChat Pay called inside a database transaction")

// Failure is a call that came to nothing and may be made again with the same
// arguments. It shows nothing of the request and, of the answer, the code.
type Failure struct {
	Call   string // such as "query"
	Status int    // 0: no answer
	Code   string // of WeChat Pay, if it gave one
	err    error
}

func (e *Failure) Error() string {
	text := "wechat pay " + e.Call
	if e.Status != 0 {
		text += fmt.Sprintf(": HTTP %d", e.Status)
	}
	if e.Code != "" {
		text += " " + e.Code
	}
	if e.err != nil {
		text += ": " + e.err.Error()
	}
	return text
}

// Unwrap gives the reason, which is one of ours or of the network.
func (e *Failure) Unwrap() error { return e.err }

// Why an answer cannot be used.
var (
	errTooLarge    = errors.New("the answer is larger than agreed")
	errUnreadable  = errors.New("the answer is not what was asked for")
	errBroke       = errors.New("the answer broke off")
	errUnreachable = errors.New("the connection broke before an answer")
)

// call makes one call: send asks through the library and reads the answer. All
// errors become ours. An answer that bears a wrong signature to try us is no
// answer, so the question is put again, once.
func (c *Client) call(ctx context.Context, name string, send func(context.Context) (*core.APIResult, error)) error {
	if c.o.Refuse(ctx) {
		return fmt.Errorf("wechat pay %s: %w", name, ErrInTransaction)
	}
	if err := c.ready(ctx); err != nil {
		return err
	}
	err := c.exchange(ctx, name, send)
	if errors.Is(err, errProbe) {
		return c.exchange(ctx, name, send)
	}
	return err
}

// ready fetches the platform certificates when nothing else can verify an
// answer, or when they are old, which is worth a word but no failure.
func (c *Client) ready(ctx context.Context) error {
	none := c.public == nil && c.certs.GetNewestSerial(ctx) == ""
	if !none && !c.certs.due() {
		return nil
	}
	pause := certificatesPause
	if none {
		pause = certificatesFirstPause
	}
	err := c.certs.refreshed(ctx, pause, c.fetchCertificates)
	if err == nil || none && c.certs.GetNewestSerial(ctx) != "" {
		return nil
	}
	if none {
		return fmt.Errorf("wechat pay: no platform certificate: %w", err)
	}
	if !errors.Is(err, errTriedJustNow) {
		c.o.Log.WarnContext(ctx, "platform certificates of WeChat Pay not refreshed", "error", err)
	}
	return nil
}

func (c *Client) exchange(ctx context.Context, name string, send func(context.Context) (*core.APIResult, error)) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	began := c.o.Now()
	result, err := send(ctx)
	err = c.judge(ctx, name, result, err)
	c.o.Observe(name, outcome(err), took(began, c.o.Now()))
	return err
}

// judge turns what the library returned into what the call came to.
func (c *Client) judge(ctx context.Context, name string, result *core.APIResult, err error) error {
	var resp *http.Response
	if result != nil {
		resp = result.Response
	}
	var refused *core.APIError
	switch {
	case errors.As(err, &refused):
		return c.refused(ctx, name, resp, refused)
	case resp != nil && resp.StatusCode == http.StatusAccepted && name == callClose:
		// 202 tells that somebody is paying, signed or not: to believe it costs a
		// question later on.
		return meaning(name, resp.StatusCode, codeIn(resp), "")
	case err == nil:
		return nil
	case resp == nil:
		return &Failure{Call: name, err: network(err)}
	}
	return &Failure{Call: name, Status: resp.StatusCode, err: reason(err)}
}

// refused is an error answer. WeChat Pay does not sign all of them, but a
// signature that is there must be right, except where its key is asked for.
func (c *Client) refused(ctx context.Context, name string, resp *http.Response, e *core.APIError) error {
	if name != callCertificates && e.Header.Get(consts.WechatPaySignature) != "" {
		s, err := readSignature(e.Header)
		if err == nil {
			err = c.verify(ctx, s, []byte(e.Body))
		}
		if err != nil {
			return &Failure{Call: name, Status: e.StatusCode, err: err}
		}
	}
	return meaning(name, e.StatusCode, cleanCode(e.Code), e.Message)
}

// codeIn reads the code of an answer whose body is still there.
func codeIn(resp *http.Response) string {
	var answer struct {
		Code string `json:"code"`
	}
	body, _ := io.ReadAll(resp.Body)
	resp.Body = io.NopCloser(bytes.NewReader(body))
	if json.Unmarshal(body, &answer) != nil {
		return ""
	}
	return cleanCode(answer.Code)
}

// reason lets those errors through that are ours; the others may quote the
// answer.
func reason(err error) error {
	for _, known := range []error{
		errUnsigned, errProbe, errStale, errSerial, errExpired, errForged,
		errTooLarge, errUnreadable, errCertificates, errHash, context.DeadlineExceeded, context.Canceled,
	} {
		if errors.Is(err, known) {
			return known
		}
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return errBroke
	}
	return errUnreadable
}

// network is reason for a call without an answer. What the system says of a
// connection names an address and nothing else.
func network(err error) error {
	for _, known := range []error{context.DeadlineExceeded, context.Canceled, errTooLarge} {
		if errors.Is(err, known) {
			return known
		}
	}
	var op *net.OpError
	if errors.As(err, &op) {
		return op
	}
	return errUnreachable
}

// outcome is the word for Observe.
func outcome(err error) string {
	var failed *Failure
	var refused *billing.Refusal
	switch {
	case errors.As(err, &failed):
		return "failed"
	case errors.As(err, &refused):
		return "refused"
	}
	return "ok" // that there is no such trade is an answer, too
}

// took guards against a clock that was set while a call ran.
func took(began, now time.Time) time.Duration { return max(0, now.Sub(began)) }
