package wechatpay

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/services/payments"
	"github.com/wechatpay-apiv3/wechatpay-go/utils"

	"hongyan/billing"
)

// gcmNonce is the only length of a nonce the cipher takes; it panics at others.
const gcmNonce = 12

// resource is a sealed part, of a notice or of the list of certificates.
type resource struct {
	OriginalType   string `json:"original_type"`
	Algorithm      string `json:"algorithm"`
	Ciphertext     string `json:"ciphertext"`
	AssociatedData string `json:"associated_data"`
	Nonce          string `json:"nonce"`
}

// open unseals r with the APIv3 key.
func (c *Client) open(r resource) ([]byte, error) {
	if r.Algorithm != "AEAD_AES_256_GCM" || len(r.Nonce) != gcmNonce {
		return nil, errSealed
	}
	plain, err := utils.DecryptAES256GCM(c.o.APIv3Key, r.AssociatedData, r.Nonce, r.Ciphertext)
	if err != nil {
		return nil, errSealed
	}
	return []byte(plain), nil
}

// notice is a verified notice: of a trade or of a refund.
type notice struct {
	id     string
	trade  *billing.Trade
	refund *billing.Refunded
}

// refundEvents are the refund's state that each event tells.
var refundEvents = map[string]billing.RefundState{
	"REFUND.SUCCESS":  billing.RefundDone,
	"REFUND.ABNORMAL": billing.RefundAbnormal,
	"REFUND.CLOSED":   billing.RefundClosed,
}

// readNotice opens a body that WeChat Pay signed. The kind of a notice is the
// pair of its event and original type: sharing of profits, too, comes as
// TRANSACTION.SUCCESS.
func (c *Client) readNotice(body []byte) (n notice, err error) {
	var told struct {
		ID       string    `json:"id"`
		Event    string    `json:"event_type"`
		Resource *resource `json:"resource"`
	}
	if !decode(body, &told) || told.Resource == nil || !plain(told.ID, 64) {
		return n, errMalformed
	}
	n.id = told.ID
	state, ofRefund := refundEvents[told.Event]
	switch kind := told.Resource.OriginalType; {
	case told.Event == "TRANSACTION.SUCCESS" && kind == "transaction":
	case ofRefund && kind == "refund":
	default:
		return n, errOther
	}
	content, err := c.open(*told.Resource)
	if err != nil {
		return n, err
	}
	if ofRefund {
		n.refund, err = c.readRefund(content, state)
	} else {
		n.trade, err = c.readTrade(content)
	}
	return n, err
}

func (c *Client) readTrade(content []byte) (*billing.Trade, error) {
	var told payments.Transaction
	if !decode(content, &told) {
		return nil, errContent
	}
	if value(told.Mchid) != c.o.MchID || value(told.Appid) != c.o.AppID {
		return nil, errForeign
	}
	trade, err := tradeOf(&told)
	if err != nil || trade.State != billing.TradePaid {
		return nil, errContent
	}
	return &trade, nil
}

func (c *Client) readRefund(content []byte, state billing.RefundState) (*billing.Refunded, error) {
	var told struct {
		MchID    string     `json:"mchid"`
		TradeNo  string     `json:"out_trade_no"`
		RefundNo string     `json:"out_refund_no"`
		RefundID string     `json:"refund_id"`
		Status   string     `json:"refund_status"`
		DoneAt   *time.Time `json:"success_time"`
		Amount   struct {
			Total  int64 `json:"total"`
			Refund int64 `json:"refund"`
		} `json:"amount"`
	}
	if !decode(content, &told) {
		return nil, errContent
	}
	if told.MchID != c.o.MchID {
		return nil, errForeign
	}
	r := &billing.Refunded{
		RefundNo: told.RefundNo, TradeNo: told.TradeNo, RefundID: told.RefundID, MchID: told.MchID,
		State: refundStates[told.Status], Amount: told.Amount.Refund, Total: told.Amount.Total, DoneAt: value(told.DoneAt),
	}
	if r.State != state || soundRefund(*r) != nil {
		return nil, errContent
	}
	return r, nil
}

// decode reads exactly one JSON object.
func decode(text []byte, into any) bool {
	if text = bytes.TrimSpace(text); len(text) == 0 || text[0] != '{' {
		return false
	}
	d := json.NewDecoder(bytes.NewReader(text))
	if d.Decode(into) != nil {
		return false
	}
	_, err := d.Token()
	return err == io.EOF
}

// withoutContent is an error's text without anything that the notice said.
func (n notice) withoutContent(err error) string {
	said := []string{n.id}
	if n.trade != nil {
		said = append(said, n.trade.TradeNo, n.trade.TransactionID, string(n.trade.OpenID))
	}
	if n.refund != nil {
		said = append(said, n.refund.RefundNo, n.refund.TradeNo, n.refund.RefundID)
	}
	text := err.Error()
	for _, part := range said {
		text = strings.ReplaceAll(text, part, "…")
	}
	return text
}
