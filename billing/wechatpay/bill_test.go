package wechatpay

import (
	"bytes"
	"compress/gzip"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"hongyan/billing"
)

// bill is one day: a payment, another in Chinese, a refund.
const bill = "\ufeff交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注\r\n" +
	"`2039-02-28 10:11:12,`wx5a6e64b0788a97e1,`1900000109,`0,`,`4200000000000000000000000001,`TRADE1,`oA,`JSAPI,`SUCCESS,`OTHERS,`CNY,`9.90,`0.00,`0,`0,`0.00,`0.00,`,`,`日报,30 天,`,`0.05000,`0.60%,`9.90,`0.00,`\r\n" +
	"`2039-02-28 23:59:59,`wx5a6e64b0788a97e1,`1900000109,`0,`,`4200000000000000000000000002,`TRADE2,`oB,`NATIVE,`SUCCESS,`OTHERS,`CNY,`1234567.05,`0.00,`0,`0,`0.00,`0.00,`,`,`鸿雁`的周报,`,`0.05000,`0.60%,`1234567.05,`0.00,`\r\n" +
	"`2039-02-28 12:00:00,`wx5a6e64b0788a97e1,`1900000109,`0,`,`4200000000000000000000000001,`TRADE1,`oA,`JSAPI,`REFUND,`OTHERS,`CNY,`0.00,`0.00,`5030000000000000000000000001,`REFUND1,`3.30,`0.00,`ORIGINAL,`SUCCESS,`日报,30 天,`,`-0.02000,`0.60%,`0.00,`3.30,`\r\n" +
	"总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\r\n" +
	"`3,`1234576.95,`3.30,`0.00,`0.08000,`1234576.95,`3.30\r\n"

var billHash = hashOf(bill)

func hashOf(text string) string {
	sum := sha1.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}

func packed(text string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write([]byte(text))
	z.Close()
	return b.Bytes()
}

// serveBill answers with a bill of that hash and file.
func (w *world) serveBill(hash string, download string, file []byte) {
	w.answerBy(func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, billFiles) {
			rw.Write(file)
			return
		}
		w.send(rw, r, 200, []byte(fmt.Sprintf(`{"hash_type":"SHA1","hash_value":"%s","download_url":"%s"}`, hash, download)))
	})
}

const download = "https://api.mch.weixin.qq.com/v3/billdownload/file?token=6XIv5TUPto7pByrTQKhd6kwvyKLG2uY2wMMR8cNXqaA_Cv_isgaUtBzp4QtiozLO"

func TestBill_ReadsADayExactly(t *testing.T) {
	want := []billing.BillLine{
		{At: time.Date(2039, 2, 28, 10, 11, 12, 0, shanghai), TradeNo: "TRADE1", TransactionID: "4200000000000000000000000001", Amount: 990, State: "SUCCESS"},
		{At: time.Date(2039, 2, 28, 23, 59, 59, 0, shanghai), TradeNo: "TRADE2", TransactionID: "4200000000000000000000000002", Amount: 123456705, State: "SUCCESS"},
		{At: time.Date(2039, 2, 28, 12, 0, 0, 0, shanghai), TradeNo: "TRADE1", TransactionID: "4200000000000000000000000001", RefundNo: "REFUND1", Amount: 330, State: "SUCCESS"},
	}
	w := newWorld(t)
	for name, file := range map[string][]byte{"packed": packed(bill), "plain": []byte(bill)} {
		w.serveBill(strings.ToUpper(billHash), download, file)
		// 17:30 UTC is the next day in Shanghai.
		got, err := w.client().Bill(t.Context(), time.Date(2039, 2, 27, 17, 30, 0, 0, time.UTC))
		if err != nil || len(got) != len(want) {
			t.Fatalf("%s: %v, %v", name, got, err)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%s: line %d\n got %+v\nwant %+v", name, i, got[i], want[i])
			}
		}
	}
	if first := w.asked[0]; first.RequestURI != "/v3/bill/tradebill?bill_date=2039-02-28&bill_type=ALL&tar_type=GZIP" {
		t.Errorf("asked %s", first.RequestURI)
	}
	if file := w.asked[1]; file.RequestURI != strings.TrimPrefix(download, "https://api.mch.weixin.qq.com") || file.Host != strings.TrimPrefix(w.server.URL, "http://") {
		t.Errorf("fetched %s of %s", file.RequestURI, file.Host)
	}
}

// TestBill_ABrokenOneIsNone: whoever compares must not take half a day for a
// whole one.
func TestBill_ABrokenOneIsNone(t *testing.T) {
	w := newWorld(t)
	half := bill[:strings.Index(bill, "总交易单数")]
	for name, c := range map[string]struct {
		hash, download string
		file           []byte
	}{
		"another file":       {billHash, download, packed(strings.Replace(bill, "3.30", "3.31", 1))},
		"half a file":        {hashOf(half), download, packed(half)},
		"half a package":     {billHash, download, packed(bill)[:100]},
		"nothing":            {hashOf(""), download, nil},
		"HTML":               {hashOf("<html>"), download, []byte("<html>")},
		"unknown columns":    {hashOf("a,b\n`1,`2\nc,d\n"), download, []byte("a,b\n`1,`2\nc,d\n")},
		"no amount":          {hashOf(strings.Replace(bill, "`9.90,`0.00,`\r", "`,`0.00,`\r", 1)), download, packed(strings.Replace(bill, "`9.90,`0.00,`\r", "`,`0.00,`\r", 1))},
		"another host's":     {billHash, "https://evil.example/file?token=x", packed(bill)},
		"another path":       {billHash, "https://api.mch.weixin.qq.com/v3/pay/transactions/native", packed(bill)},
		"no address":         {billHash, "::", packed(bill)},
		"a file that is not": {billHash, "", packed(bill)},
	} {
		w.serveBill(c.hash, c.download, c.file)
		lines, err := w.client().Bill(t.Context(), noon)
		var failed *Failure
		if !errors.As(err, &failed) || lines != nil {
			t.Errorf("%s: %d lines, %v", name, len(lines), err)
		}
	}
}

// TestBill_APackedOneIsBoundedUnpacked
func TestBill_APackedOneIsBoundedUnpacked(t *testing.T) {
	size := int64(len(bill))
	if lines, err := readBillFile(bytes.NewReader(packed(bill)), billHash, size); err != nil || len(lines) != 3 {
		t.Errorf("as large as may be: %d lines, %v", len(lines), err)
	}
	if _, err := readBillFile(bytes.NewReader(packed(bill)), billHash, size-1); !errors.Is(err, errTooLarge) {
		t.Errorf("a byte more: %v", err)
	}
	if _, err := readBillFile(bytes.NewReader(packed(strings.Repeat("\n", 1<<20))), billHash, size); !errors.Is(err, errTooLarge) {
		t.Errorf("a bomb: %v", err)
	}
}

func TestFen_IsExact(t *testing.T) {
	for yuan, want := range map[string]int64{"0.00": 0, "0.01": 1, "9.9": 990, "9": 900, "0.29": 29, "1.15": 115, "92233720368547758.07": 1<<63 - 1} {
		if got, err := fen(yuan); err != nil || got != want {
			t.Errorf("%s: %d, %v", yuan, got, err)
		}
	}
	for _, yuan := range []string{"", ".", "-1", "+1", "1.234", "1e3", "一", "1.+1", "92233720368547758.08", "1,000.00"} {
		if got, err := fen(yuan); err == nil {
			t.Errorf("%q is %d", yuan, got)
		}
	}
}
