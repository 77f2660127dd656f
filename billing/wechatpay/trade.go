package wechatpay

import (
	"context"
	"errors"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/services/payments"
	"github.com/wechatpay-apiv3/wechatpay-go/services/payments/jsapi"

	"hongyan/billing"
	"hongyan/push"
)

// Trade asks what became of an attempt, made in either way.
func (c *Client) Trade(ctx context.Context, tradeNo string) (billing.Trade, error) {
	var trade billing.Trade
	service := jsapi.JsapiApiService{Client: c.pay}
	err := c.call(ctx, callQuery, func(ctx context.Context) (*core.APIResult, error) {
		answer, result, err := service.QueryOrderByOutTradeNo(ctx, jsapi.QueryOrderByOutTradeNoRequest{
			OutTradeNo: &tradeNo, Mchid: &c.o.MchID,
		})
		if err != nil {
			return result, err
		}
		trade, err = tradeOf(answer)
		if err == nil && trade.TradeNo != tradeNo {
			err = errUnreadable // an answer to another question, played again
		}
		return result, err
	})
	return trade, err
}

// Close ends an attempt that nobody paid.
func (c *Client) Close(ctx context.Context, tradeNo string) error {
	service := jsapi.JsapiApiService{Client: c.pay}
	err := c.call(ctx, callClose, func(ctx context.Context) (*core.APIResult, error) {
		return service.CloseOrder(ctx, jsapi.CloseOrderRequest{OutTradeNo: &tradeNo, Mchid: &c.o.MchID})
	})
	if errors.Is(err, errClosed) {
		return nil
	}
	return err
}

// tradeStates are WeChat Pay's words for what decides something.
var tradeStates = map[string]billing.TradeState{
	"SUCCESS":    billing.TradePaid,
	"REFUND":     billing.TradeRefunded,
	"CLOSED":     billing.TradeClosed,
	"REVOKED":    billing.TradeClosed,
	"NOTPAY":     billing.TradeWaiting,
	"USERPAYING": billing.TradeWaiting,
	"PAYERROR":   billing.TradeWaiting,
	"ACCEPT":     billing.TradeWaiting,
}

// tradeOf reads what WeChat Pay says of an attempt, by answer or notice. A paid
// one must say by whom, when and how much.
func tradeOf(t *payments.Transaction) (billing.Trade, error) {
	trade := billing.Trade{
		TradeNo:       value(t.OutTradeNo),
		TransactionID: value(t.TransactionId),
		MchID:         value(t.Mchid),
		AppID:         value(t.Appid),
	}
	if t.Payer != nil {
		trade.OpenID = push.OpenID(value(t.Payer.Openid))
	}
	if t.Amount != nil {
		trade.Total, trade.Currency = value(t.Amount.Total), value(t.Amount.Currency)
	}
	var known bool
	if trade.State, known = tradeStates[value(t.TradeState)]; !known || !plain(trade.TradeNo, 32) {
		return trade, errUnreadable
	}
	if trade.State != billing.TradePaid && trade.State != billing.TradeRefunded {
		return trade, nil
	}
	var err error
	if trade.PaidAt, err = time.Parse(time.RFC3339, value(t.SuccessTime)); err != nil ||
		!plain(trade.TransactionID, 32) || !plain(string(trade.OpenID), 128) || trade.Total <= 0 {
		return trade, errUnreadable
	}
	return trade, nil
}
