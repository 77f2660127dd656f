package billing

import (
	"context"
	"errors"
	"time"

	"hongyan/push"
)

// Gateway is WeChat Pay as billing needs it. Every call may be repeated with
// the same arguments. A call is never made in a transaction.
type Gateway interface {
	// Prepay announces an attempt. ErrTradeNoUsed wants a new trade number.
	Prepay(ctx context.Context, p Prepay) (Prepaid, error)
	// Trade asks what became of an attempt; ErrNoTrade if WeChat Pay knows none.
	Trade(ctx context.Context, tradeNo string) (Trade, error)
	// Close ends an attempt that nobody paid. ErrTradePaid and ErrTradePaying
	// mean that it was paid, or may be just now; closing twice is not an error.
	Close(ctx context.Context, tradeNo string) error
	// Refund sends money back; the answer says that it was accepted, hardly ever
	// that it is done. The same number pays once.
	Refund(ctx context.Context, r RefundCall) (Refunded, error)
	// Refunded asks what became of a refund; ErrNoTrade if there is none.
	Refunded(ctx context.Context, refundNo string) (Refunded, error)
	// Bill is the bill of a day in Shanghai: ErrNoBill for a day without trade,
	// ErrBillLater while it is being made.
	Bill(ctx context.Context, day time.Time) ([]BillLine, error)
}

// What a Gateway says besides success; all else is a failure to try again.
var (
	ErrNoTrade     = errors.New("no such trade")
	ErrTradeNoUsed = errors.New("the trade number is used")
	ErrTradePaid   = errors.New("the trade is paid")
	ErrTradePaying = errors.New("the trade is being paid")
	ErrNoBill      = errors.New("no trade on that day")
	ErrBillLater   = errors.New("the bill is not made yet")
)

// Refusal is a Gateway's no that stays no: trying again without a change is of
// no use. Text is a Chinese sentence with the remedy.
type Refusal struct {
	Code string // of WeChat Pay, such as NO_AUTH
	Text string
	// Setup: the configuration is at fault, not what was asked. The same call
	// works once that is mended.
	Setup bool
}

// Error names the code.
func (e *Refusal) Error() string { return "WeChat Pay refuses: " + e.Code }

// Way is how an attempt is paid.
type Way int64

// The ways.
const (
	InWeChat Way = 0 // on a page in WeChat: JSAPI
	ByCode   Way = 1 // by a code on another screen: Native
)

// Prepay is an attempt as it is announced.
type Prepay struct {
	Way         Way
	TradeNo     string // out_trade_no
	Description string // what the payer reads, at most 127 characters
	Amount      int64  // fen
	OpenID      push.OpenID
	Expires     time.Time
}

// Prepaid is what a phone needs to pay: the prepay_id in WeChat, the code_url
// by code. WeChat Pay keeps both for two hours.
type Prepaid struct{ ID string }

// TradeState is what WeChat Pay calls trade_state.
type TradeState string

// The states that decide something; PAYERROR and USERPAYING are Waiting.
const (
	TradeWaiting  TradeState = "NOTPAY"
	TradePaid     TradeState = "SUCCESS"
	TradeRefunded TradeState = "REFUND" // paid, and something of it went back
	TradeClosed   TradeState = "CLOSED" // or revoked
)

// Trade is an attempt as WeChat Pay knows it, by a verified notice or answer.
type Trade struct {
	TradeNo       string
	TransactionID string
	State         TradeState
	MchID, AppID  string
	OpenID        push.OpenID
	Total         int64 // fen; of a trade that was not paid it may be 0
	Currency      string
	PaidAt        time.Time
}

// RefundCall is a refund as it is sent. Amount is of Total, both in fen.
type RefundCall struct {
	RefundNo, TradeNo string
	Reason            string // at most 80 characters
	Amount, Total     int64
}

// RefundState is what WeChat Pay calls the status of a refund.
type RefundState string

// The states.
const (
	RefundDone       RefundState = "SUCCESS"
	RefundClosed     RefundState = "CLOSED" // nothing went back
	RefundProcessing RefundState = "PROCESSING"
	RefundAbnormal   RefundState = "ABNORMAL" // the payer's account takes nothing; somebody must act
)

// Refunded is a refund as WeChat Pay knows it, by a verified notice or answer.
type Refunded struct {
	RefundNo, TradeNo string
	RefundID          string
	MchID             string // of a notice; empty in an answer
	State             RefundState
	Amount, Total     int64
	DoneAt            time.Time
}

// BillLine is a line of a day's bill.
type BillLine struct {
	At            time.Time
	TradeNo       string
	TransactionID string
	RefundNo      string // of a refund; empty: a payment
	Amount        int64  // fen; of a refund what went back
	State         string
}
