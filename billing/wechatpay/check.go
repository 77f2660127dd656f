package wechatpay

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/consts"
	"github.com/wechatpay-apiv3/wechatpay-go/services/payments/jsapi"

	"hongyan/billing"
)

// noTrade is a trade number that billing never gives.
const noTrade = "HONGYAN-CHECK-0"

// ErrClock is a clock so far from WeChat Pay's that signatures are refused.
var ErrClock = errors.New("the clock is more than five minutes from WeChat Pay's")

// Check asks for a trade that does not exist: an answer that there is none means
// that merchant number, serial, private key and clock are right, and its
// signature, which WeChat Pay may leave out, that the public key is.
func (c *Client) Check(ctx context.Context) (finding string, err error) {
	var head http.Header
	service := jsapi.JsapiApiService{Client: c.pay}
	err = c.call(ctx, callCheck, func(ctx context.Context) (*core.APIResult, error) {
		_, result, err := service.QueryOrderByOutTradeNo(ctx, jsapi.QueryOrderByOutTradeNoRequest{
			OutTradeNo: core.String(noTrade), Mchid: &c.o.MchID,
		})
		if result != nil && result.Response != nil {
			head = result.Response.Header
		}
		return result, err
	})
	switch {
	case errors.Is(err, billing.ErrNoTrade):
	case err == nil:
		return "", errUnreadable // there is no such trade
	default:
		if off := c.apart(head); off > window {
			return "", fmt.Errorf("%w: %s apart", ErrClock, off)
		}
		return "", err
	}
	finding = fmt.Sprintf("merchant %s, serial, private key and clock are right", c.o.MchID)
	switch {
	case c.public == nil:
		return finding + ", so are the platform certificates", nil // without them no call is made
	case head.Get(consts.WechatPaySignature) == "":
		return finding + "; the answer bore no signature, so the public key stays unproved", nil
	}
	return finding + ", so is the public key", nil
}

// apart is how far the Date of an answer is from our clock.
func (c *Client) apart(head http.Header) time.Duration {
	theirs, err := http.ParseTime(head.Get("Date"))
	if err != nil {
		return 0
	}
	return c.o.Now().Sub(theirs).Abs().Round(time.Second)
}

// Remedy says what to do about an error of Check; empty if nobody knows.
func Remedy(err error) string {
	var refused *billing.Refusal
	var failed *Failure
	switch {
	case errors.As(err, &refused):
		return refused.Text
	case errors.Is(err, ErrClock), errors.Is(err, errStale):
		return remedyClock
	case errors.As(err, &failed) && failed.Code == "SYSTEM_ERROR":
		return remedySystem
	case errors.Is(err, errForged), errors.Is(err, errSerial), errors.Is(err, errExpired):
		return remedyPublicKey
	case errors.Is(err, errCertificates):
		return remedyAPIv3Key
	}
	return ""
}
