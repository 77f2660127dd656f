package wechatpay

import (
	"context"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/services/refunddomestic"

	"hongyan/billing"
)

// maxReason bounds a refund's reason, in bytes as maxDescription.
const maxReason = 80

// Refund sends money back. A reason that is too long is cut.
func (c *Client) Refund(ctx context.Context, r billing.RefundCall) (billing.Refunded, error) {
	request := refunddomestic.CreateRequest{
		OutTradeNo: &r.TradeNo, OutRefundNo: &r.RefundNo,
		NotifyUrl: core.String(c.notify.String() + refundPath),
		Amount:    &refunddomestic.AmountReq{Refund: &r.Amount, Total: &r.Total, Currency: core.String(currency)},
	}
	if r.Reason != "" {
		request.Reason = core.String(cutBytes(r.Reason, maxReason))
	}
	service := refunddomestic.RefundsApiService{Client: c.pay}
	return c.refund(ctx, callRefund, r.RefundNo, func(ctx context.Context) (*refunddomestic.Refund, *core.APIResult, error) {
		return service.Create(ctx, request)
	})
}

// Refunded asks what became of a refund.
func (c *Client) Refunded(ctx context.Context, refundNo string) (billing.Refunded, error) {
	service := refunddomestic.RefundsApiService{Client: c.pay}
	return c.refund(ctx, callRefundQuery, refundNo, func(ctx context.Context) (*refunddomestic.Refund, *core.APIResult, error) {
		return service.QueryByOutRefundNo(ctx, refunddomestic.QueryByOutRefundNoRequest{OutRefundNo: &refundNo})
	})
}

func (c *Client) refund(ctx context.Context, name, refundNo string,
	ask func(context.Context) (*refunddomestic.Refund, *core.APIResult, error)) (billing.Refunded, error) {
	var refunded billing.Refunded
	err := c.call(ctx, name, func(ctx context.Context) (*core.APIResult, error) {
		answer, result, err := ask(ctx)
		if err != nil {
			return result, err
		}
		if refunded, err = refundedOf(answer); err == nil && refunded.RefundNo != refundNo {
			err = errUnreadable
		}
		return result, err
	})
	return refunded, err
}

// refundStates are those of answers and notices.
var refundStates = map[string]billing.RefundState{
	"SUCCESS":    billing.RefundDone,
	"CLOSED":     billing.RefundClosed,
	"PROCESSING": billing.RefundProcessing,
	"ABNORMAL":   billing.RefundAbnormal,
}

func refundedOf(r *refunddomestic.Refund) (billing.Refunded, error) {
	refunded := billing.Refunded{
		RefundNo: value(r.OutRefundNo),
		TradeNo:  value(r.OutTradeNo),
		RefundID: value(r.RefundId),
		State:    refundStates[string(value(r.Status))],
		DoneAt:   value(r.SuccessTime),
	}
	if r.Amount != nil {
		refunded.Amount, refunded.Total = value(r.Amount.Refund), value(r.Amount.Total)
	}
	return refunded, soundRefund(refunded)
}

// soundRefund wants what billing compares; a finished one says when.
func soundRefund(r billing.Refunded) error {
	if r.State == "" || !plain(r.RefundNo, 64) || !plain(r.TradeNo, 32) || !plain(r.RefundID, 32) ||
		r.Amount <= 0 || r.Total < r.Amount || r.State == billing.RefundDone && r.DoneAt.Equal(time.Time{}) {
		return errUnreadable
	}
	return nil
}
