package pay

import (
	"strings"
	"time"
)

// What the phone shows of a payment.
const (
	ShownPaid      = "paid"
	ShownPaying    = "paying" // the bank takes its time; see Settings.PayingMs
	ShownCancelled = "cancelled"
	ShownFailed    = "failed"
)

// An Outcome is how a follower's payment ended on the phone.
type Outcome struct {
	Shown   string `json:"shown"`
	Reason  string `json:"reason,omitempty"`
	TradeNo string `json:"tradeNo,omitempty"`
}

// A Sheet is what the phone shows before it pays.
type Sheet struct {
	Handle      string `json:"handle"`
	TradeNo     string `json:"tradeNo"`
	Total       int64  `json:"total"` // fen
	Merchant    string `json:"merchant"`
	Description string `json:"description"`
	Reason      string `json:"reason,omitempty"` // why it cannot be paid
}

// IsCode says whether text is a link that the camera pays by.
func IsCode(text string) bool { return strings.HasPrefix(text, "weixin://wxpay/bizpayurl") }

// Sheet is the pay sheet of a prepay_id or a code_url as that user sees it;
// false when nobody knows the handle.
func (p *Platform) Sheet(openid, handle string) (Sheet, bool) {
	rules, now := p.o.Settings(), p.o.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	o := p.book.handles[handle]
	if o == nil {
		return Sheet{Handle: handle, Reason: wordsNoHandle}, false
	}
	return Sheet{Handle: handle, TradeNo: o.no(), Total: o.Ask.Amount.Total, Merchant: rules.MerchantName, Description: o.Ask.Description,
		Reason: p.refusesToPay(o, openid, handle, now.UnixMilli(), &rules)}, true
}

// refusesToPay says why that user cannot pay by that handle now, or "".
func (p *Platform) refusesToPay(o *order, openid, handle string, now int64, rules *Settings) string {
	switch o.state(now, rules) {
	case statePaid, stateRefund:
		return wordsPaid
	case statePaying:
		return wordsPaying
	case stateClosed:
		return wordsClosed
	}
	if now >= o.Expires {
		return wordsExpired
	}
	for _, h := range o.Handles {
		if h.Text == handle && now >= h.Until {
			return wordsOld
		}
	}
	if o.Ask.Payer != nil && o.Ask.Payer.OpenID != openid {
		return wordsNotYours
	}
	return ""
}

// Pay pays an order as that user. A second time it fails and takes nothing.
func (p *Platform) Pay(openid, handle string) (Outcome, error) {
	if !p.o.Known(openid) {
		return Outcome{Shown: ShownFailed, Reason: wordsNoUser}, nil
	}
	rules, now := p.o.Settings(), p.o.Now().UnixMilli()
	p.mu.Lock()
	defer p.mu.Unlock()
	o := p.book.handles[handle]
	if o == nil {
		return Outcome{Shown: ShownFailed, Reason: wordsNoHandle}, nil
	}
	out := Outcome{Shown: ShownFailed, TradeNo: o.no()}
	if out.Reason = p.refusesToPay(o, openid, handle, now, &rules); out.Reason != "" {
		return out, nil
	}
	if p.o.Chance(rules.FailPayment) {
		o.State, out.Reason = stateFailed, wordsBank
		return out, p.write(line{Order: o})
	}
	o.Payer = openid
	if rules.PayingMs > 0 {
		o.State, o.Settles, out.Shown = statePaying, now+rules.PayingMs, ShownPaying
		p.plan(due{at: o.Settles, order: o})
		return out, p.write(line{Order: o})
	}
	out.Shown = ShownPaid
	return out, p.paid(o, now)
}

// endPaying is the bank's answer.
func (p *Platform) endPaying(o *order, now int64) error {
	if o.State != statePaying {
		return nil
	}
	return p.paid(o, now)
}

// paid makes an order a paid one, and tells of it. The caller holds the lock.
func (p *Platform) paid(o *order, now int64) error {
	o.State, o.Paid, o.ID = statePaid, now, p.newID(now)
	return p.write(append([]line{{Order: o}}, p.paymentNotice(o, now)...)...)
}

func (p *Platform) newID(now int64) string {
	day := time.UnixMilli(now).In(beijing).Format("20060102")
	for {
		if id := "4200" + p.digits(6) + day + p.digits(10); p.book.byID[id] == nil {
			return id
		}
	}
}

// An Invocation is what a page gives to getBrandWCPayRequest.
type Invocation struct {
	AppID     string `json:"appId"`
	TimeStamp string `json:"timeStamp"`
	NonceStr  string `json:"nonceStr"`
	Package   string `json:"package"`
	SignType  string `json:"signType"`
	PaySign   string `json:"paySign"`
}

// Invoked is the prepay_id of a page's call, or why it is refused.
func (p *Platform) Invoked(i Invocation) (prepayID, reason string) {
	prepayID, ok := strings.CutPrefix(i.Package, "prepay_id=")
	if !ok || prepayID == "" || i.TimeStamp == "" || i.NonceStr == "" || i.SignType != "RSA" || i.AppID != p.o.AppID {
		return "", wordsBadInvoke
	}
	if !verify(p.keys.merchant, i.AppID+"\n"+i.TimeStamp+"\n"+i.NonceStr+"\n"+i.Package+"\n", i.PaySign) {
		return "", wordsSignature
	}
	return prepayID, ""
}
