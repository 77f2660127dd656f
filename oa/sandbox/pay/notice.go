package pay

import (
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"time"
)

// A notice tells the merchant of a payment or the end of a refund. It is sent
// until it is answered by 200 or 204, or the schedule ends.
type notice struct {
	ID       string          `json:"id"`
	Event    string          `json:"event"`
	Type     string          `json:"type"` // original_type
	URL      string          `json:"url"`
	Plain    json.RawMessage `json:"plain"`
	Made     int64           `json:"made"`
	TradeNo  string          `json:"tradeNo"`
	RefundNo string          `json:"refundNo,omitempty"`
	OpenID   string          `json:"openid"` // whose payment it was
	Attempts int             `json:"attempts"`
	Next     int64           `json:"next"`
	Over     bool            `json:"over,omitempty"`
}

// Schedule is how long WeChat Pay waits between two attempts of a notice.
var Schedule = []time.Duration{
	15 * time.Second, 15 * time.Second, 30 * time.Second, 3 * time.Minute, 10 * time.Minute, 20 * time.Minute,
	30 * time.Minute, 30 * time.Minute, 30 * time.Minute, time.Hour,
	3 * time.Hour, 3 * time.Hour, 3 * time.Hour, 6 * time.Hour, 6 * time.Hour,
}

// reorderMs is how long a notice may be held back so that others pass it.
const reorderMs = 60_000

// notify makes a notice and plans it; nil when it is lost. The caller holds
// the lock and writes it.
func (p *Platform) notify(n *notice, plain any, now int64) (lines []line) {
	rules := p.o.Settings()
	if n.URL == "" {
		return nil
	}
	if p.o.Chance(rules.DropNotices) {
		p.tally.Dropped++
		return nil
	}
	n.ID, n.Made = p.newNoticeID(now), now
	n.Plain, _ = json.Marshal(plain) // strings and numbers only
	n.Next = now + p.between(rules.NoticeMinMs, rules.NoticeMaxMs)
	if p.o.Chance(rules.ReorderNotices) {
		n.Next += p.between(1000, reorderMs)
	}
	p.plan(due{at: n.Next, notice: n})
	return []line{{Notice: n}}
}

func (p *Platform) newNoticeID(now int64) string {
	day := time.UnixMilli(now).In(beijing).Format("20060102150405")
	for {
		if id := "EV-" + day + p.digits(10); p.book.undone[id] == nil {
			return id
		}
	}
}

func (p *Platform) paymentNotice(o *order, now int64) []line {
	return p.notify(&notice{Event: "TRANSACTION.SUCCESS", Type: "transaction", URL: o.Ask.NotifyURL, TradeNo: o.no(), OpenID: o.Payer},
		p.transaction(o, statePaid), now)
}

func (p *Platform) refundNotice(r *refund, o *order, now int64) []line {
	a := r.Ask.Amount
	plain := map[string]any{
		"mchid": o.Ask.MchID, "out_trade_no": o.no(), "transaction_id": o.ID, "out_refund_no": r.Ask.OutRefundNo, "refund_id": r.ID,
		"refund_status": r.Status, "user_received_account": "支付用户零钱",
		"amount": map[string]int64{"total": a.Total, "refund": a.Refund, "payer_total": a.Total, "payer_refund": a.Refund},
	}
	if r.Status == refundSuccess {
		plain["success_time"] = stamp(r.Done)
	}
	return p.notify(&notice{Event: refundEvents[r.Status], Type: "refund", URL: r.Ask.NotifyURL, TradeNo: o.no(), RefundNo: r.Ask.OutRefundNo, OpenID: o.Payer}, plain, now)
}

// An envelope is the body of a notice.
type envelope struct {
	ID           string    `json:"id"`
	CreateTime   string    `json:"create_time"`
	ResourceType string    `json:"resource_type"`
	EventType    string    `json:"event_type"`
	Summary      string    `json:"summary"`
	Resource     *resource `json:"resource,omitempty"`
}

func (p *Platform) envelope(n *notice, kind string, plain []byte) envelope {
	r := p.encrypt(p.o.Account.APIv3Key, kind, plain)
	r.OriginalType = kind
	return envelope{ID: n.ID, CreateTime: stamp(n.Made), ResourceType: "encrypt-resource", EventType: n.Event, Summary: summaryWords[n.Event], Resource: &r}
}

// signed is the request's body and header, by the key the settings choose.
func (p *Platform) signed(e envelope, rules *Settings, at time.Time) ([]byte, http.Header) {
	body, _ := json.Marshal(e) // strings only
	h := http.Header{"Content-Type": {"application/json"}, "Accept": {"*/*"}, "User-Agent": {"Mozilla/4.0"}, "Request-Id": {p.digits(24)}}
	serial := p.o.Account.PublicKeyID
	if p.o.Chance(rules.CertificateNotices) {
		serial = p.keys.serial
	}
	p.seal(h, serial, at, body)
	return body, h
}

// FakeKinds are the requests that no merchant may take for a notice: by their
// signature, their form, or what they say of the order.
var FakeKinds = []string{"signtest", "forged", "serial", "stale", "resource", "cipher", "profitsharing", "amount", "currency", "mchid", "appid", "payer"}

// fake is n gone wrong in that way.
func (p *Platform) fake(n *notice, kind string, rules *Settings) ([]byte, http.Header) {
	e, at := p.envelope(n, n.Type, p.altered(n.Plain, kind)), wall(rules)
	switch kind {
	case "stale":
		at = at.Add(-2 * window)
	case "resource":
		e.Resource = nil
	case "cipher":
		r := p.encrypt(p.text(32), n.Type, n.Plain)
		r.OriginalType, e.Resource = n.Type, &r
	case "profitsharing":
		e = p.lookAlike(n)
	}
	body, h := p.signed(e, rules, at)
	switch kind {
	case "signtest":
		h.Set("Wechatpay-Signature", "WECHATPAY/SIGNTEST/"+p.text(320)+"==")
	case "forged":
		other, from := sha256.Sum256(body), http.Header{}
		p.seal(from, h.Get("Wechatpay-Serial"), at, other[:]) // a good signature, of something else
		h.Set("Wechatpay-Signature", from.Get("Wechatpay-Signature"))
	case "serial":
		h.Set("Wechatpay-Serial", "PUB_KEY_ID_"+p.digits(32))
	}
	return body, h
}

// altered is what a notice says with one thing wrong in it.
func (p *Platform) altered(plain json.RawMessage, kind string) []byte {
	var said map[string]any
	if json.Unmarshal(plain, &said) != nil {
		return plain
	}
	money, _ := said["amount"].(map[string]any)
	switch kind {
	case "amount":
		total, _ := money["total"].(float64)
		money["total"], money["payer_total"] = total+1, total+1
	case "currency":
		money["currency"], money["payer_currency"] = "USD", "USD"
	case "mchid":
		said["mchid"] = "1" + p.digits(9)
	case "appid":
		said["appid"] = "wx" + p.digits(16)
	case "payer":
		said["payer"] = payer{"o" + p.text(27)}
	default:
		return plain
	}
	text, err := json.Marshal(said)
	if err != nil {
		return plain
	}
	return text
}

// lookAlike is a notice of profit sharing, which has the same event type.
func (p *Platform) lookAlike(n *notice) envelope {
	var said struct {
		MchID         string `json:"mchid"`
		TransactionID string `json:"transaction_id"`
	}
	_ = json.Unmarshal(n.Plain, &said) // made by us
	plain, _ := json.Marshal(map[string]any{"mchid": said.MchID, "transaction_id": said.TransactionID, "out_trade_no": n.TradeNo,
		"order_id": p.digits(28), "out_order_no": "PS" + n.TradeNo, "success_time": stamp(n.Made),
		"receiver": map[string]any{"type": "MERCHANT_ID", "account": said.MchID, "amount": 1, "description": "分账"}})
	e := p.envelope(n, "profitsharing", plain)
	e.EventType, e.Summary = "TRANSACTION.SUCCESS", "分账"
	return e
}
