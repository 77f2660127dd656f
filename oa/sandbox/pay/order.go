package pay

import (
	"net/http"
)

// The trade states of an order.
const (
	stateNotPaid = "NOTPAY"
	statePaying  = "USERPAYING"
	statePaid    = "SUCCESS"
	stateRefund  = "REFUND"
	stateClosed  = "CLOSED"
	stateFailed  = "PAYERROR"
)

// An order is one out_trade_no. Times are Unix milliseconds, money is fen.
type order struct {
	Kind    string   `json:"kind"` // JSAPI or NATIVE
	Ask     ask      `json:"ask"`
	Made    int64    `json:"made"`
	Expires int64    `json:"expires"`
	Handles []handle `json:"handles"`

	State   string `json:"state"`
	Payer   string `json:"payer,omitempty"`
	ID      string `json:"id,omitempty"` // transaction_id
	Paid    int64  `json:"paid,omitempty"`
	Settles int64  `json:"settles,omitempty"` // when USERPAYING ends

	Refunds []string `json:"refunds,omitempty"` // out_refund_no, oldest first
	Notices counts   `json:"notices"`
}

// A handle is what a phone pays by: a prepay_id or a code_url.
type handle struct {
	Text  string `json:"text"`
	Until int64  `json:"until"`
}

// counts say what became of the notices of an order or a refund.
type counts struct {
	Sent     int `json:"sent"`     // attempts
	Answered int `json:"answered"` // attempts that were answered by 200 or 204
}

func (o *order) no() string { return o.Ask.OutTradeNo }

// state is the order's as a query tells it.
func (o *order) state(now int64, s *Settings) string {
	switch {
	case o.State == statePaid && len(o.Refunds) > 0:
		return stateRefund
	case (o.State == stateNotPaid || o.State == stateFailed) && s.ExpiredCloses && now >= o.Expires:
		return stateClosed
	}
	return o.State
}

// A transaction is an order as queries and notices show it.
type transaction struct {
	AppID          string          `json:"appid"`
	MchID          string          `json:"mchid"`
	OutTradeNo     string          `json:"out_trade_no"`
	TransactionID  string          `json:"transaction_id,omitempty"`
	TradeType      string          `json:"trade_type,omitempty"`
	TradeState     string          `json:"trade_state"`
	TradeStateDesc string          `json:"trade_state_desc"`
	BankType       string          `json:"bank_type,omitempty"`
	Attach         string          `json:"attach,omitempty"`
	SuccessTime    string          `json:"success_time,omitempty"`
	Payer          *payer          `json:"payer,omitempty"`
	Amount         *transactionFee `json:"amount,omitempty"`
}

type transactionFee struct {
	Total         int64  `json:"total"`
	PayerTotal    int64  `json:"payer_total"`
	Currency      string `json:"currency"`
	PayerCurrency string `json:"payer_currency"`
}

func (p *Platform) transaction(o *order, state string) transaction {
	t := transaction{AppID: o.Ask.AppID, MchID: o.Ask.MchID, OutTradeNo: o.no(), Attach: o.Ask.Attach,
		TradeState: state, TradeStateDesc: stateWords[state]}
	if o.Paid == 0 {
		return t
	}
	t.TransactionID, t.TradeType, t.BankType, t.SuccessTime = o.ID, o.Kind, "OTHERS", stamp(o.Paid)
	t.Payer = &payer{o.Payer}
	total := o.Ask.Amount.Total
	t.Amount = &transactionFee{total, total, "CNY", "CNY"}
	return t
}

func (p *Platform) queryByTradeNo(c *call) (any, error) {
	return p.query(c, func() *order { return p.book.orders[c.r.PathValue("no")] })
}

func (p *Platform) queryByID(c *call) (any, error) {
	return p.query(c, func() *order { return p.book.byID[c.r.PathValue("id")] })
}

func (p *Platform) query(c *call, find func() *order) (any, error) {
	if err := p.checkMchID(c.r.URL.Query().Get("mchid")); err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	o := find()
	if o == nil {
		return nil, errNoOrder
	}
	return p.transaction(o, o.state(c.now.UnixMilli(), &c.rules)), nil
}

var errNoOrder = refuse(http.StatusNotFound, "ORDER_NOT_EXIST", "订单不存在")

func (p *Platform) checkMchID(mchid string) error {
	if mchid == "" {
		return badField("mchid", "", "映射到字段“直连商户号”必填性规则校验失败，此字段为必填项")
	}
	if mchid != p.o.Account.MchID {
		return refuse(http.StatusBadRequest, "PARAM_ERROR", "商户号与签名的商户号不一致")
	}
	return nil
}

// closePaidStatus are the codes that may answer the closing of a paid order.
var closePaidStatus = map[string]int{"INVALID_REQUEST": 400, "ORDERPAID": 400, "TRADE_ERROR": 403}

// closeOrder answers 204. Who pays at this moment, or has paid, is not shut
// out.
func (p *Platform) closeOrder(c *call) (any, error) {
	var ask struct {
		MchID string `json:"mchid"`
	}
	if err := c.decode(&ask); err != nil {
		return nil, err
	}
	if err := p.checkMchID(ask.MchID); err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	o := p.book.orders[c.r.PathValue("no")]
	if o == nil {
		return nil, errNoOrder
	}
	switch o.state(c.now.UnixMilli(), &c.rules) {
	case statePaid, stateRefund:
		code := c.rules.ClosePaidCode
		return nil, refuse(closePaidStatus[code], code, wordsPaid)
	case statePaying:
		return nil, refuse(http.StatusAccepted, "USER_PAYING", "用户支付中，需要输入密码")
	case stateClosed:
		return nil, errClosed
	}
	o.State = stateClosed
	return nil, p.write(line{Order: o})
}

var errClosed = refuse(http.StatusBadRequest, "ORDER_CLOSED", wordsClosed)
