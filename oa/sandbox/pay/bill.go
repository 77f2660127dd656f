package pay

import (
	"bytes"
	"compress/gzip"
	"crypto/sha1"
	"encoding/hex"
	"net/http"
	"time"
)

// billHost is where a bill is fetched: the platform's own name.
const billHost = "https://api.mch.weixin.qq.com"

// A billFile waits to be fetched.
type billFile struct {
	content []byte
	until   int64
}

const day = 24 * time.Hour

// askTradeBill gives the address of a day's bill.
func (p *Platform) askTradeBill(c *call) (any, error) {
	query := c.r.URL.Query()
	kind := query.Get("bill_type")
	if kind == "" {
		kind = "ALL"
	}
	columns := billColumns[kind]
	if columns == nil {
		return nil, refuse(http.StatusBadRequest, "PARAM_ERROR", "bill_type 只能是 ALL、SUCCESS、REFUND")
	}
	zip := query.Get("tar_type")
	if zip != "" && zip != "GZIP" {
		return nil, refuse(http.StatusBadRequest, "PARAM_ERROR", "tar_type 只能是 GZIP")
	}
	from, err := time.ParseInLocation("2006-01-02", query.Get("bill_date"), beijing)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "PARAM_ERROR", "bill_date 格式应为 yyyy-MM-dd")
	}
	switch ready := from.Add(day + time.Duration(c.rules.BillMinutes)*time.Minute); {
	case c.now.Before(from.Add(day)):
		return nil, refuse(http.StatusBadRequest, "PARAM_ERROR", "bill_date 只能是今天以前的日期")
	case from.Before(c.now.AddDate(0, -3, -1)):
		return nil, refuse(http.StatusBadRequest, "PARAM_ERROR", "只能查询三个月以内的账单")
	case c.rules.BillCreating || c.now.Before(ready):
		return nil, refuse(c.rules.BillCreatingStatus, "STATEMENT_CREATING", "账单生成中")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	rows := p.billRows(kind, from.UnixMilli(), from.Add(day).UnixMilli())
	if len(rows) == 0 {
		return nil, refuse(http.StatusBadRequest, "NO_STATEMENT_EXIST", "请求的账单文件不存在")
	}
	text := billText(columns, rows)
	if c.rules.BillBOM {
		text = append([]byte("\ufeff"), text...)
	}
	sum := sha1.Sum(text)
	token := p.text(40)
	p.keepBill(token, billFile{packed(text, zip == "GZIP"), c.now.UnixMilli() + c.rules.BillURLSeconds*1000}, c.now.UnixMilli())
	return map[string]string{"hash_type": "SHA1", "hash_value": hex.EncodeToString(sum[:]), "download_url": billHost + "/v3/billdownload/file?token=" + token}, nil
}

// keepBill also forgets those nobody may fetch any more.
func (p *Platform) keepBill(token string, f billFile, now int64) {
	for t, old := range p.bills {
		if now >= old.until {
			delete(p.bills, t)
		}
	}
	p.bills[token] = f
}

func packed(text []byte, zip bool) []byte {
	if !zip {
		return text
	}
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(text) // into memory
	_ = w.Close()
	return out.Bytes()
}

func (p *Platform) downloadBill(c *call) (any, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f, known := p.bills[c.r.URL.Query().Get("token")]
	if !known || c.now.UnixMilli() >= f.until {
		return nil, refuse(http.StatusBadRequest, "PARAM_ERROR", "下载地址已失效，请重新申请账单")
	}
	return file(f.content), nil
}
