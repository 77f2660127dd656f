package pay

import (
	"bytes"
	"encoding/json"
	"net/http"
	"time"
)

// An ask is the body of a prepay call.
type ask struct {
	AppID         string          `json:"appid"`
	MchID         string          `json:"mchid"`
	Description   string          `json:"description"`
	OutTradeNo    string          `json:"out_trade_no"`
	TimeExpire    string          `json:"time_expire,omitempty"`
	Attach        string          `json:"attach,omitempty"`
	NotifyURL     string          `json:"notify_url"`
	GoodsTag      string          `json:"goods_tag,omitempty"`
	LimitPay      []string        `json:"limit_pay,omitempty"`
	SupportFapiao bool            `json:"support_fapiao,omitempty"`
	Amount        amount          `json:"amount"`
	Payer         *payer          `json:"payer,omitempty"`
	Detail        json.RawMessage `json:"detail,omitempty"`
	SceneInfo     json.RawMessage `json:"scene_info,omitempty"`
	SettleInfo    json.RawMessage `json:"settle_info,omitempty"`
}

type amount struct {
	Total    int64  `json:"total"`
	Currency string `json:"currency,omitempty"`
}

type payer struct {
	OpenID string `json:"openid"`
}

const (
	kindJSAPI  = "JSAPI"
	kindNative = "NATIVE"
)

func (p *Platform) prepayJSAPI(c *call) (any, error) {
	text, err := p.prepay(c, kindJSAPI)
	return map[string]string{"prepay_id": text}, err
}

func (p *Platform) prepayNative(c *call) (any, error) {
	text, err := p.prepay(c, kindNative)
	return map[string]string{"code_url": text}, err
}

// prepay makes an order, or gives an unpaid one with the same parameters a new
// handle, and returns the handle.
func (p *Platform) prepay(c *call, kind string) (string, error) {
	var ask ask
	if err := c.decode(&ask); err != nil {
		return "", err
	}
	expires, err := p.checkAsk(&ask, kind, c)
	if err != nil {
		return "", err
	}
	if ask.Amount.Currency == "" {
		ask.Amount.Currency = "CNY"
	}
	now := c.now.UnixMilli()
	p.mu.Lock()
	defer p.mu.Unlock()
	o := p.book.orders[ask.OutTradeNo]
	if o == nil {
		o = &order{Kind: kind, Ask: ask, Made: now, Expires: expires, State: stateNotPaid}
	} else if err := p.checkReuse(c, o, &ask, kind); err != nil {
		return "", err
	}
	h := handle{Text: p.newHandle(kind, c.now), Until: now + c.rules.PrepaySeconds*1000}
	o.Handles = append(o.Handles, h)
	if err := p.write(line{Order: o}); err != nil {
		return "", err
	}
	return h.Text, nil
}

// newHandle draws one that is not taken. The caller holds the lock.
func (p *Platform) newHandle(kind string, now time.Time) string {
	for {
		text := "weixin://wxpay/bizpayurl?pr=" + p.draw(9, "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789")
		if kind == kindJSAPI {
			text = "wx" + now.In(beijing).Format("20060102150405") + p.draw(20, "0123456789abcdef")
		}
		if p.book.handles[text] == nil {
			return text
		}
	}
}

// reuseRefusals are the answers seen to a used out_trade_no.
var reuseRefusals = map[string]*refusal{
	"duplicate": refuse(http.StatusBadRequest, "INVALID_REQUEST", "201 商户订单号重复"),
	"mismatch":  refuse(http.StatusBadRequest, "INVALID_REQUEST", "重入请求数据和已存在的业务单据数据不一致"),
	"param":     refuse(http.StatusBadRequest, "PARAM_ERROR", "订单重入参数校验失败"),
	"used":      refuse(http.StatusForbidden, "OUT_TRADE_NO_USED", "商户订单号重复"),
}

// checkReuse says whether a known out_trade_no may be used again: unpaid, not
// closed, with the parameters it was made with.
func (p *Platform) checkReuse(c *call, o *order, ask *ask, kind string) error {
	switch o.state(c.now.UnixMilli(), &c.rules) {
	case stateClosed:
		return errClosed
	case statePaid, stateRefund:
		return reuseRefusals["used"]
	}
	if o.Kind != kind || !o.Ask.same(ask) || p.o.Chance(c.rules.ReuseRefused) {
		return reuseRefusals[c.rules.ReuseAnswer]
	}
	return nil
}

// same compares what was asked, however it was written.
func (a *ask) same(b *ask) bool {
	one, err := json.Marshal(a)
	if err != nil {
		return false
	}
	two, err := json.Marshal(b)
	return err == nil && bytes.Equal(one, two)
}
