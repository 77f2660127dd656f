package pay

import (
	"net/http"
	"strconv"
)

// The states of a refund.
const (
	refundProcessing = "PROCESSING"
	refundSuccess    = "SUCCESS"
	refundClosed     = "CLOSED"
	refundAbnormal   = "ABNORMAL"
)

// refundEvents are the notices of each end.
var refundEvents = map[string]string{refundSuccess: "REFUND.SUCCESS", refundClosed: "REFUND.CLOSED", refundAbnormal: "REFUND.ABNORMAL"}

// A refund is one out_refund_no. Times are Unix milliseconds.
type refund struct {
	Ask     refundAsk `json:"ask"`
	TradeNo string    `json:"tradeNo"`
	ID      string    `json:"id"`
	Status  string    `json:"status"`
	Made    int64     `json:"made"`
	Done    int64     `json:"done,omitempty"`
	Settles int64     `json:"settles"`
	Notices counts    `json:"notices"`
}

type refundAsk struct {
	TransactionID string       `json:"transaction_id,omitempty"`
	OutTradeNo    string       `json:"out_trade_no,omitempty"`
	OutRefundNo   string       `json:"out_refund_no"`
	Reason        string       `json:"reason,omitempty"`
	NotifyURL     string       `json:"notify_url,omitempty"`
	FundsAccount  string       `json:"funds_account,omitempty"`
	Amount        refundAmount `json:"amount"`
}

type refundAmount struct {
	Refund   int64  `json:"refund"`
	Total    int64  `json:"total"`
	Currency string `json:"currency"`
}

// createRefund accepts a refund; it is done later. The same out_refund_no with
// the same parameters is the same refund.
func (p *Platform) createRefund(c *call) (any, error) {
	var ask refundAsk
	if err := c.decode(&ask); err != nil {
		return nil, err
	}
	if err := c.checkRefund(&ask); err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	o, err := p.refundable(&ask)
	if err != nil {
		return nil, err
	}
	if r := p.book.refunds[ask.OutRefundNo]; r != nil {
		if r.TradeNo != o.no() || r.Ask.Amount != ask.Amount {
			return nil, refuse(http.StatusBadRequest, "INVALID_REQUEST", "订单金额或退款金额与之前请求不一致，请核实后再试")
		}
		return p.showRefund(r, o), nil
	}
	if err := p.checkLimits(c, o, &ask); err != nil {
		return nil, err
	}
	now := c.now.UnixMilli()
	r := &refund{Ask: ask, TradeNo: o.no(), ID: p.newRefundID(c), Status: refundProcessing, Made: now,
		Settles: now + p.between(c.rules.RefundMinMs, c.rules.RefundMaxMs)}
	o.Refunds = append(o.Refunds, ask.OutRefundNo)
	if err := p.write(line{Refund: r}, line{Order: o}); err != nil {
		return nil, err
	}
	p.plan(due{at: r.Settles, refund: r})
	return p.showRefund(r, o), nil
}

func (p *Platform) newRefundID(c *call) string {
	for {
		id := "503" + p.digits(5) + c.now.In(beijing).Format("20060102") + p.digits(13)
		if !p.book.ids[id] {
			return id
		}
	}
}

func (c *call) checkRefund(a *refundAsk) error {
	if a.TransactionID == "" && a.OutTradeNo == "" {
		return missing("out_trade_no", "商户订单号")
	}
	if err := c.checkLength("out_refund_no", "商户退款单号", a.OutRefundNo, 1, 64); err != nil {
		return err
	}
	if !spelled(a.OutRefundNo, "_-|*@") {
		return badField("out_refund_no", a.OutRefundNo, "映射到字段“商户退款单号”字符串规则校验失败，只能是数字、大小写字母_-|*@")
	}
	if err := c.checkLength("reason", "退款原因", a.Reason, 0, 80); err != nil {
		return err
	}
	if err := c.checkLength("notify_url", "退款结果回调url", a.NotifyURL, 0, 256); err != nil {
		return err
	}
	if a.NotifyURL != "" {
		if err := c.checkNotifyURL(a.NotifyURL); err != nil {
			return err
		}
	}
	switch {
	case a.Amount.Refund <= 0:
		return badField("amount/refund", strconv.FormatInt(a.Amount.Refund, 10), "映射到字段“退款金额”数值规则校验失败，值小于最小值 1")
	case a.Amount.Total <= 0:
		return badField("amount/total", strconv.FormatInt(a.Amount.Total, 10), "映射到字段“原订单金额”数值规则校验失败，值小于最小值 1")
	case a.Amount.Currency != "CNY":
		return badField("amount/currency", a.Amount.Currency, "映射到字段“退款币种”枚举规则校验失败，只支持 CNY")
	}
	return nil
}

// refundable finds the paid order of a refund.
func (p *Platform) refundable(a *refundAsk) (*order, error) {
	o := p.book.orders[a.OutTradeNo]
	if a.TransactionID != "" {
		byID := p.book.byID[a.TransactionID]
		if a.OutTradeNo != "" && byID != o {
			return nil, refuse(http.StatusBadRequest, "PARAM_ERROR", "微信订单号与商户订单号不匹配")
		}
		o = byID
	}
	switch {
	case o == nil:
		return nil, refuse(http.StatusNotFound, "RESOURCE_NOT_EXISTS", "订单不存在")
	case o.State != statePaid:
		return nil, refuse(http.StatusBadRequest, "INVALID_REQUEST", "订单未支付，不能退款")
	case o.Ask.Amount.Total != a.Amount.Total:
		return nil, refuse(http.StatusBadRequest, "INVALID_REQUEST", "订单金额与原订单不一致，请核实后再试")
	}
	return o, nil
}

// checkLimits holds a new refund against what was paid and refunded before.
func (p *Platform) checkLimits(c *call, o *order, a *refundAsk) error {
	now := c.now.UnixMilli()
	if c.rules.RefundDays > 0 && now-o.Paid > c.rules.RefundDays*86_400_000 {
		return refuse(http.StatusForbidden, "RULE_LIMIT", "订单已超过可退款的最大期限")
	}
	if c.rules.RefundMax > 0 && len(o.Refunds) >= c.rules.RefundMax {
		return refuse(http.StatusForbidden, "RULE_LIMIT", "订单退款次数已达上限")
	}
	if n := len(o.Refunds); n > 0 && now-p.book.refunds[o.Refunds[n-1]].Made < c.rules.RefundSpacingSeconds*1000 {
		return refuse(http.StatusTooManyRequests, "FREQUENCY_LIMITED", "同一笔订单的退款需间隔1分钟，请稍后再试")
	}
	if p.book.refunded(o)+a.Amount.Refund > o.Ask.Amount.Total {
		return refuse(http.StatusBadRequest, "INVALID_REQUEST", "申请退款金额大于订单可退金额")
	}
	if p.o.Chance(c.rules.NotEnough) {
		return refuse(http.StatusForbidden, "NOT_ENOUGH", "商户账户余额不足，请充值后重试")
	}
	return nil
}

// refunded is what was given back or is on its way, in fen.
func (b *book) refunded(o *order) (sum int64) {
	for _, no := range o.Refunds {
		if r := b.refunds[no]; r.Status != refundClosed {
			sum += r.Ask.Amount.Refund
		}
	}
	return sum
}

func (p *Platform) queryRefund(c *call) (any, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.book.refunds[c.r.PathValue("no")]
	if r == nil {
		return nil, refuse(http.StatusNotFound, "RESOURCE_NOT_EXISTS", "退款单不存在")
	}
	return p.showRefund(r, p.book.orders[r.TradeNo]), nil
}

func (p *Platform) showRefund(r *refund, o *order) map[string]any {
	a := r.Ask.Amount
	out := map[string]any{
		"refund_id": r.ID, "out_refund_no": r.Ask.OutRefundNo, "transaction_id": o.ID, "out_trade_no": o.no(),
		"channel": "ORIGINAL", "user_received_account": "支付用户零钱", "create_time": stamp(r.Made), "status": r.Status, "funds_account": "AVAILABLE",
		"amount": map[string]any{"total": a.Total, "refund": a.Refund, "payer_total": a.Total, "payer_refund": a.Refund,
			"settlement_refund": a.Refund, "settlement_total": a.Total, "discount_refund": 0, "currency": "CNY"},
	}
	if r.Status == refundSuccess {
		out["success_time"] = stamp(r.Done)
	}
	return out
}
