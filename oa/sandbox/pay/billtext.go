package pay

import (
	"bytes"
	"fmt"
	"strings"
	"time"
)

// A billRow is one line of a bill: a payment, or a refund of one.
type billRow struct {
	order  *order
	refund *refund
	mchid  string
}

// billRows are the payments and the accepted refunds of a day, by their kind.
func (p *Platform) billRows(kind string, from, to int64) []billRow {
	var rows []billRow
	within := func(at int64) bool { return from <= at && at < to }
	for _, o := range p.book.list {
		if kind != "REFUND" && within(o.Paid) {
			rows = append(rows, billRow{o, nil, o.Ask.MchID})
		}
		for _, no := range o.Refunds {
			if r := p.book.refunds[no]; kind != "SUCCESS" && within(r.Made) {
				rows = append(rows, billRow{o, r, o.Ask.MchID})
			}
		}
	}
	return rows
}

// A column is its title and what stands in it.
type column struct {
	title string
	value func(billRow) string
}

// fee is what the platform keeps: 0.6 percent, in yuan with five decimals.
func fee(fen int64) string { return fmt.Sprintf("%.5f", float64(fen)*0.006/100) }

func yuan(fen int64) string { return fmt.Sprintf("%d.%02d", fen/100, fen%100) }

func (r billRow) refunded() int64 {
	if r.refund == nil {
		return 0
	}
	return r.refund.Ask.Amount.Refund
}

func (r billRow) paid() int64 {
	if r.refund != nil {
		return 0
	}
	return r.order.Ask.Amount.Total
}

func (r billRow) ofRefund(text func() string, otherwise string) string {
	if r.refund == nil {
		return otherwise
	}
	return text()
}

func fixed(text string) func(billRow) string { return func(billRow) string { return text } }

func clock(ms int64) string { return time.UnixMilli(ms).In(beijing).Format("2006-01-02 15:04:05") }

// billColumns are the columns of each kind of bill.
var billColumns = func() map[string][]column {
	first := []column{
		{"交易时间", func(r billRow) string { return clock(r.order.Paid) }},
		{"公众账号ID", func(r billRow) string { return r.order.Ask.AppID }},
		{"商户号", func(r billRow) string { return r.mchid }},
		{"特约商户号", fixed("0")},
		{"设备号", fixed("")},
		{"微信订单号", func(r billRow) string { return r.order.ID }},
		{"商户订单号", func(r billRow) string { return r.order.no() }},
		{"用户标识", func(r billRow) string { return r.order.Payer }},
		{"交易类型", func(r billRow) string { return r.order.Kind }},
		{"交易状态", func(r billRow) string { return r.ofRefund(func() string { return "REFUND" }, "SUCCESS") }},
		{"付款银行", fixed("OTHERS")},
		{"货币种类", fixed("CNY")},
		{"应结订单金额", func(r billRow) string { return yuan(r.paid()) }},
		{"代金券金额", fixed("0.00")},
	}
	times := []column{
		{"退款申请时间", func(r billRow) string { return clock(r.refund.Made) }},
		{"退款成功时间", func(r billRow) string {
			if r.refund.Status != refundSuccess {
				return ""
			}
			return clock(r.refund.Done)
		}},
	}
	refunds := []column{
		{"微信退款单号", func(r billRow) string { return r.ofRefund(func() string { return r.refund.ID }, "0") }},
		{"商户退款单号", func(r billRow) string { return r.ofRefund(func() string { return r.refund.Ask.OutRefundNo }, "0") }},
		{"退款金额", func(r billRow) string { return yuan(r.refunded()) }},
		{"充值券退款金额", fixed("0.00")},
		{"退款类型", func(r billRow) string { return r.ofRefund(func() string { return "ORIGINAL" }, "") }},
		{"退款状态", func(r billRow) string { return r.ofRefund(func() string { return r.refund.Status }, "") }},
	}
	last := []column{
		{"商品名称", func(r billRow) string { return r.order.Ask.Description }},
		{"商户数据包", func(r billRow) string { return r.order.Ask.Attach }},
		{"手续费", func(r billRow) string { return fee(r.paid() - r.refunded()) }},
		{"费率", fixed("0.60%")},
		{"订单金额", func(r billRow) string { return yuan(r.paid()) }},
	}
	asked := column{"申请退款金额", func(r billRow) string { return yuan(r.refunded()) }}
	note := column{"费率备注", fixed("")}
	join := func(parts ...[]column) (all []column) {
		for _, part := range parts {
			all = append(all, part...)
		}
		return all
	}
	return map[string][]column{
		"ALL":     join(first, refunds, last, []column{asked, note}),
		"SUCCESS": join(first, last, []column{note}),
		"REFUND":  join(first, times, refunds, last, []column{asked, note}),
	}
}()

// billText writes each value behind a backtick, and two lines of sums at the
// end.
func billText(columns []column, rows []billRow) []byte {
	var out bytes.Buffer
	for i, c := range columns {
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteString(c.title)
	}
	out.WriteString("\r\n")
	var paid, refunded int64
	for _, r := range rows {
		paid, refunded = paid+r.paid(), refunded+r.refunded()
		values := make([]string, len(columns))
		for i, c := range columns {
			values[i] = strings.NewReplacer(",", " ", "\r", " ", "\n", " ").Replace(c.value(r))
		}
		writeBillLine(&out, values)
	}
	out.WriteString("总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\r\n")
	writeBillLine(&out, []string{fmt.Sprint(len(rows)), yuan(paid), yuan(refunded), "0.00", fee(paid - refunded), yuan(paid), yuan(refunded)})
	return out.Bytes()
}

func writeBillLine(out *bytes.Buffer, values []string) {
	for i, v := range values {
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteString("`" + v)
	}
	out.WriteString("\r\n")
}
