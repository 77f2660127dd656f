package wechatpay

import (
	"bufio"
	"io"
	"strconv"
	"strings"
	"time"

	"hongyan/billing"
)

// A bill is text: a line of column names, a line for each payment and refund,
// whose values each begin with a backtick, then names and values of the sums.
const (
	columnAt            = "交易时间"
	columnTransaction   = "微信订单号"
	columnTradeNo       = "商户订单号"
	columnState         = "交易状态"
	columnRefundNo      = "商户退款单号"
	columnRefundState   = "退款状态"
	columnOrderAmount   = "订单金额"   // what the payer was asked for
	columnRequestAmount = "申请退款金额" // what we asked to give back
)

var billColumns = []string{
	columnAt, columnTransaction, columnTradeNo, columnState, columnRefundNo, columnRefundState, columnOrderAmount, columnRequestAmount,
}

// readBill reads to the end, so that what is hashed is the whole.
func readBill(text io.Reader) ([]billing.BillLine, error) {
	scan := bufio.NewScanner(text)
	scan.Buffer(make([]byte, 0, 16<<10), 1<<20)
	columns := map[string]int{}
	var lines []billing.BillLine
	sums := false
	for scan.Scan() {
		line := strings.TrimSpace(strings.TrimPrefix(scan.Text(), "\ufeff"))
		switch values, isRow := strings.CutPrefix(line, "`"); {
		case line == "" || sums:
		case len(columns) == 0:
			if columns = columnsOf(line); columns == nil {
				return nil, errUnreadable
			}
		case !isRow:
			sums = true
		default:
			one, err := billLine(columns, strings.Split(values, ",`"))
			if err != nil {
				return nil, err
			}
			lines = append(lines, one)
		}
	}
	if err := scan.Err(); err != nil {
		return nil, err
	}
	if !sums {
		return nil, errUnreadable // it broke off
	}
	return lines, nil
}

// columnsOf finds the columns by name: WeChat Pay has added some over the years.
func columnsOf(line string) map[string]int {
	at := map[string]int{}
	for i, name := range strings.Split(line, ",") {
		at[strings.Trim(name, "` ")] = i
	}
	for _, need := range billColumns {
		if _, there := at[need]; !there {
			return nil
		}
	}
	return at
}

func billLine(columns map[string]int, values []string) (billing.BillLine, error) {
	get := func(name string) string {
		if i := columns[name]; i < len(values) {
			return strings.TrimSpace(values[i])
		}
		return ""
	}
	line := billing.BillLine{TradeNo: get(columnTradeNo), TransactionID: get(columnTransaction), State: get(columnState)}
	amount := get(columnOrderAmount)
	// A payment has no refund number, in older bills a 0.
	if no := get(columnRefundNo); no != "" && no != "0" {
		line.RefundNo, line.State, amount = no, get(columnRefundState), get(columnRequestAmount)
	}
	var err error
	if line.At, err = time.ParseInLocation(time.DateTime, get(columnAt), shanghai); err != nil || line.TradeNo == "" {
		return line, errUnreadable
	}
	if line.Amount, err = fen(amount); err != nil {
		return line, errUnreadable
	}
	return line, nil
}

// fen reads yuan with at most two decimals, exactly.
func fen(yuan string) (int64, error) {
	whole, part, _ := strings.Cut(yuan, ".")
	if whole == "" || len(part) > 2 || strings.ContainsAny(yuan, "+-") {
		return 0, strconv.ErrSyntax
	}
	return strconv.ParseInt(whole+part+strings.Repeat("0", 2-len(part)), 10, 64)
}
