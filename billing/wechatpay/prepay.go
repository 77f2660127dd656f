package wechatpay

import (
	"context"
	"crypto/rand"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/services/payments/jsapi"
	"github.com/wechatpay-apiv3/wechatpay-go/services/payments/native"

	"hongyan/billing"
)

const (
	currency = "CNY"
	// maxDescription bounds what the payer reads. The documents speak of
	// characters, refusals of bytes, so the smaller is kept to.
	maxDescription = 127
)

// shanghai is the time WeChat Pay thinks in; it has had no summer time since
// 1991.
var shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

// Prepay announces an attempt. A description that is too long is cut.
func (c *Client) Prepay(ctx context.Context, p billing.Prepay) (billing.Prepaid, error) {
	var prepaid billing.Prepaid
	announce := c.prepayJSAPI
	if p.Way == billing.ByCode {
		announce = c.prepayNative
	}
	p.Description = cutBytes(p.Description, maxDescription)
	p.Expires = p.Expires.In(shanghai)
	err := c.call(ctx, callPrepay, func(ctx context.Context) (*core.APIResult, error) {
		id, result, err := announce(ctx, p)
		if err == nil && id == "" {
			err = errUnreadable
		}
		prepaid.ID = id
		return result, err
	})
	return prepaid, err
}

func (c *Client) prepayJSAPI(ctx context.Context, p billing.Prepay) (string, *core.APIResult, error) {
	service := jsapi.JsapiApiService{Client: c.pay}
	answer, result, err := service.Prepay(ctx, jsapi.PrepayRequest{
		Appid: &c.o.AppID, Mchid: &c.o.MchID, Description: &p.Description, OutTradeNo: &p.TradeNo, TimeExpire: &p.Expires,
		NotifyUrl: core.String(c.notify.String() + payPath),
		Amount:    &jsapi.Amount{Total: &p.Amount, Currency: core.String(currency)},
		Payer:     &jsapi.Payer{Openid: core.String(string(p.OpenID))},
	})
	if err != nil {
		return "", result, err
	}
	return value(answer.PrepayId), result, nil
}

func (c *Client) prepayNative(ctx context.Context, p billing.Prepay) (string, *core.APIResult, error) {
	service := native.NativeApiService{Client: c.pay}
	answer, result, err := service.Prepay(ctx, native.PrepayRequest{
		Appid: &c.o.AppID, Mchid: &c.o.MchID, Description: &p.Description, OutTradeNo: &p.TradeNo, TimeExpire: &p.Expires,
		NotifyUrl: core.String(c.notify.String() + payPath),
		Amount:    &native.Amount{Total: &p.Amount, Currency: core.String(currency)},
	})
	if err != nil {
		return "", result, err
	}
	return value(answer.CodeUrl), result, nil
}

// PayArguments are what a page gives WeixinJSBridge's getBrandWCPayRequest.
type PayArguments struct {
	AppID     string `json:"appId"`
	TimeStamp string `json:"timeStamp"`
	NonceStr  string `json:"nonceStr"`
	Package   string `json:"package"`
	SignType  string `json:"signType"`
	PaySign   string `json:"paySign"`
}

// PayArguments signs those for a prepay_id, as often as a page is shown. That
// the bridge says ok afterwards is no proof of a payment.
func (c *Client) PayArguments(prepayID string) (PayArguments, error) {
	a := PayArguments{
		AppID:     c.o.AppID,
		TimeStamp: strconv.FormatInt(c.o.Now().Unix(), 10),
		NonceStr:  rand.Text(),
		Package:   "prepay_id=" + prepayID,
		SignType:  "RSA",
	}
	message := strings.Join([]string{a.AppID, a.TimeStamp, a.NonceStr, a.Package, ""}, "\n")
	signed, err := c.signer.Sign(context.Background(), message)
	if err != nil {
		return PayArguments{}, fmt.Errorf("sign the payment's arguments: %w", err)
	}
	a.PaySign = signed.Signature
	return a, nil
}

// value is what p points to, or nothing.
func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}
