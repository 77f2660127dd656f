package wechatpay

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha1" // the integrity check that WeChat Pay chose
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/consts"

	"hongyan/billing"
)

// Bill fetches the bill of a day in Shanghai: where it is, by a signed answer,
// then the file, which is not signed but of which that answer told the hash.
// WeChat Pay makes it from nine o'clock the next day.
func (c *Client) Bill(ctx context.Context, day time.Time) ([]billing.BillLine, error) {
	at, err := c.billAt(ctx, day)
	if err != nil {
		return nil, err
	}
	var lines []billing.BillLine
	err = c.call(ctx, callBillFile, func(ctx context.Context) (*core.APIResult, error) {
		result, err := c.bare.Get(ctx, consts.WechatPayAPIServer+at.uri)
		if err != nil {
			return result, err
		}
		defer result.Response.Body.Close()
		lines, err = readBillFile(result.Response.Body, at.hash, maxBill)
		return result, err
	})
	if err != nil {
		return nil, err
	}
	return lines, nil
}

// billPlace is where a bill waits, and the SHA-1 of what is packed there.
type billPlace struct{ uri, hash string }

func (c *Client) billAt(ctx context.Context, day time.Time) (at billPlace, err error) {
	query := url.Values{
		"bill_date": {day.In(shanghai).Format(time.DateOnly)}, "bill_type": {"ALL"}, "tar_type": {"GZIP"},
	}
	err = c.call(ctx, callBill, func(ctx context.Context) (*core.APIResult, error) {
		result, err := c.pay.Get(ctx, consts.WechatPayAPIServer+"/v3/bill/tradebill?"+query.Encode())
		if err != nil {
			return result, err
		}
		var answer struct {
			HashType  string `json:"hash_type"`
			HashValue string `json:"hash_value"`
			Download  string `json:"download_url"`
		}
		if err := json.NewDecoder(result.Response.Body).Decode(&answer); err != nil {
			return result, errUnreadable
		}
		// Only path and query are taken: our signature goes to no other host.
		u, err := url.Parse(answer.Download)
		if err != nil || !strings.HasPrefix(u.Path, billFiles) || answer.HashType != "SHA1" {
			return result, errUnreadable
		}
		at = billPlace{u.RequestURI(), answer.HashValue}
		return result, nil
	})
	return at, err
}

var errHash = errors.New("the bill is not the one its hash was told of")

// readBillFile unpacks a bill and reads it while it comes; only a whole and
// unchanged one of at most that many bytes counts.
func readBillFile(file io.Reader, hash string, most int64) ([]billing.BillLine, error) {
	packed := bufio.NewReader(file)
	var plain io.Reader = packed
	if magic, err := packed.Peek(2); err == nil && magic[0] == 0x1f && magic[1] == 0x8b {
		unpacked, err := gzip.NewReader(packed)
		if err != nil {
			return nil, err
		}
		plain = unpacked
	}
	sum := sha1.New()
	limited := &bounded{io.NopCloser(plain), most}
	lines, err := readBill(io.TeeReader(limited, sum))
	if err != nil {
		return nil, err
	}
	if !strings.EqualFold(hex.EncodeToString(sum.Sum(nil)), hash) {
		return nil, errHash
	}
	return lines, nil
}
