package pay

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"
)

// A call is one request on its way through the platform.
type call struct {
	r     *http.Request
	now   time.Time
	rules Settings
	body  []byte
}

// A file is an answer that carries no signature.
type file []byte

// maxBody bounds what a request may send.
const maxBody = 1 << 20

// serve checks, answers and signs.
func (p *Platform) serve(answer func(*call) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c := &call{r: r, now: p.o.Now(), rules: p.o.Settings()}
		out, err := p.judge(c, answer)
		status, body, signed := p.settle(out, err)
		h := w.Header()
		h.Set("Request-ID", p.digits(24))
		if _, raw := out.(file); raw && err == nil {
			h.Set("Content-Type", "application/octet-stream")
		} else if len(body) > 0 {
			h.Set("Content-Type", "application/json; charset=utf-8")
		}
		if key := p.answerKey(c); signed && key != "" {
			p.seal(h, key, wall(&c.rules), body)
		}
		w.WriteHeader(status)
		_, _ = w.Write(body)
	}
}

func (p *Platform) judge(c *call, answer func(*call) (any, error)) (any, error) {
	var err error
	if c.body, err = io.ReadAll(io.LimitReader(c.r.Body, maxBody+1)); err != nil || len(c.body) > maxBody {
		return nil, refuse(http.StatusBadRequest, "PARAM_ERROR", "请求体不完整或过大")
	}
	if err := checkHeaders(c.r); err != nil {
		return nil, err
	}
	if err := p.check(c); err != nil {
		return nil, err
	}
	if p.answerKey(c) == "" {
		return nil, refuse(http.StatusInternalServerError, "SYSTEM_ERROR", "系统繁忙，请稍后重试")
	}
	return answer(c)
}

// answerKey is the serial of the key the request asks for, or "" when there is
// no such key.
func (p *Platform) answerKey(c *call) string {
	switch serial := c.r.Header.Get("Wechatpay-Serial"); {
	case serial == p.o.Account.PublicKeyID, serial == p.keys.serial:
		return serial
	case serial != "":
		return ""
	case c.rules.CertificateOnly || c.r.URL.Path == "/v3/certificates":
		return p.keys.serial
	default:
		return p.o.Account.PublicKeyID
	}
}

// settle turns an outcome into the answer. Answers to unproved callers, and
// files, are not signed.
func (p *Platform) settle(out any, err error) (status int, body []byte, signed bool) {
	var refused *refusal
	switch {
	case errors.As(err, &refused):
		return refused.status, refused.body(), refused.status < http.StatusUnauthorized
	case err != nil:
		p.o.Log.Error("sandbox pay call failed", "error", err)
		return http.StatusInternalServerError, refuse(500, "SYSTEM_ERROR", "系统繁忙，请稍后重试").body(), false
	case out == nil:
		return http.StatusNoContent, nil, true
	}
	if raw, ok := out.(file); ok {
		return http.StatusOK, raw, false
	}
	body, err = json.Marshal(out)
	if err != nil {
		return p.settle(nil, err)
	}
	return http.StatusOK, body, true
}

// decode reads the body's JSON and says which field has the wrong type.
func (c *call) decode(v any) error {
	err := json.Unmarshal(c.body, v)
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return badField(wrong.Field, wrong.Value, "类型不符，应为 "+wrong.Type.String())
	}
	if err != nil {
		return refuse(http.StatusBadRequest, "PARAM_ERROR", "请求体不是有效的JSON")
	}
	return nil
}
