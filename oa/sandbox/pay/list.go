package pay

// Payments is everything that was sold and given back, for audits.
type Payments struct {
	Transactions []Transaction `json:"transactions"` // as they were made
	Refunds      []Refund      `json:"refunds"`
	Notices      Notices       `json:"notices"`
}

// A Transaction is one order. Money is fen; times are RFC 3339, or empty.
type Transaction struct {
	TradeNo       string   `json:"tradeNo"`
	TransactionID string   `json:"transactionId,omitempty"`
	Kind          string   `json:"kind"`
	State         string   `json:"state"`
	Description   string   `json:"description"`
	Attach        string   `json:"attach,omitempty"`
	Total         int64    `json:"total"`
	Refunded      int64    `json:"refunded"` // accepted ones too
	OpenID        string   `json:"openid,omitempty"`
	MadeAt        string   `json:"madeAt"`
	PaidAt        string   `json:"paidAt,omitempty"`
	Handles       []string `json:"handles"` // prepay_id or code_url, the newest last
	Notices       counts   `json:"notices"`
}

// A Refund is one of a transaction's.
type Refund struct {
	RefundNo string `json:"refundNo"`
	RefundID string `json:"refundId"`
	TradeNo  string `json:"tradeNo"`
	Amount   int64  `json:"amount"`
	State    string `json:"state"`
	MadeAt   string `json:"madeAt"`
	DoneAt   string `json:"doneAt,omitempty"`
	Notices  counts `json:"notices"`
}

// Notices are the counters since the start, and what will be sent again.
type Notices struct {
	tally
	Pending []Pending `json:"pending"`
}

// A Pending is a notice that nobody has answered yet.
type Pending struct {
	ID       string `json:"id"`
	Event    string `json:"event"`
	TradeNo  string `json:"tradeNo"`
	RefundNo string `json:"refundNo,omitempty"`
	Attempts int    `json:"attempts"`
	NextAt   string `json:"nextAt"`
}

// Payments lists what the platform knows.
func (p *Platform) Payments() Payments {
	rules, now := p.o.Settings(), p.o.Now().UnixMilli()
	p.mu.Lock()
	defer p.mu.Unlock()
	all := Payments{Transactions: []Transaction{}, Refunds: []Refund{}, Notices: Notices{tally: p.tally, Pending: []Pending{}}}
	all.Notices.Fakes = map[string]FakeTally{}
	for kind, f := range p.tally.Fakes {
		all.Notices.Fakes[kind] = f
	}
	for _, o := range p.book.list {
		t := Transaction{TradeNo: o.no(), TransactionID: o.ID, Kind: o.Kind, State: o.state(now, &rules), Description: o.Ask.Description, Attach: o.Ask.Attach,
			Total: o.Ask.Amount.Total, Refunded: p.book.refunded(o), OpenID: o.Payer, MadeAt: stamp(o.Made), PaidAt: stampOf(o.Paid), Notices: o.Notices}
		for _, h := range o.Handles {
			t.Handles = append(t.Handles, h.Text)
		}
		all.Transactions = append(all.Transactions, t)
		for _, no := range o.Refunds {
			r := p.book.refunds[no]
			all.Refunds = append(all.Refunds, Refund{RefundNo: no, RefundID: r.ID, TradeNo: o.no(), Amount: r.Ask.Amount.Refund, State: r.Status,
				MadeAt: stamp(r.Made), DoneAt: stampOf(r.Done), Notices: r.Notices})
		}
	}
	for _, n := range p.book.undone {
		all.Notices.Pending = append(all.Notices.Pending, Pending{n.ID, n.Event, n.TradeNo, n.RefundNo, n.Attempts, stamp(n.Next)})
	}
	return all
}

func stampOf(ms int64) string {
	if ms == 0 {
		return ""
	}
	return stamp(ms)
}

// Codes are the sheets of the newest code_urls that can be paid, at most n,
// the newest first.
func (p *Platform) Codes(n int) []Sheet {
	rules, now := p.o.Settings(), p.o.Now().UnixMilli()
	p.mu.Lock()
	defer p.mu.Unlock()
	sheets := []Sheet{}
	for i := len(p.book.list) - 1; i >= 0 && len(sheets) < n && i >= len(p.book.list)-codesLooked; i-- {
		o := p.book.list[i]
		newest := o.Handles[len(o.Handles)-1].Text
		if o.Kind == kindNative && p.refusesToPay(o, "", newest, now, &rules) == "" {
			sheets = append(sheets, Sheet{Handle: newest, TradeNo: o.no(), Total: o.Ask.Amount.Total, Merchant: rules.MerchantName, Description: o.Ask.Description})
		}
	}
	return sheets
}

// codesLooked bounds how far back Codes looks.
const codesLooked = 500
