package sandbox_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/verifiers"
	"github.com/wechatpay-apiv3/wechatpay-go/core/downloader"
	"github.com/wechatpay-apiv3/wechatpay-go/core/option"

	"hongyan/oa/sandbox"
)

// A bill is asked for by date, at a time of Beijing's day.
type bill struct {
	s    *shop
	text string
}

// ask fetches a bill through the SDK: the link signed and verified, the file
// without a signature.
func (b *bill) ask(query string) error {
	b.s.t.Helper()
	ctx := context.Background()
	link, err := b.s.sdk.Get(ctx, "https://api.mch.weixin.qq.com/v3/bill/tradebill?"+query)
	if err != nil {
		return err
	}
	var at struct {
		HashType string `json:"hash_type"`
		Hash     string `json:"hash_value"`
		URL      string `json:"download_url"`
	}
	if err := json.NewDecoder(link.Response.Body).Decode(&at); err != nil || at.HashType != "SHA1" {
		b.s.t.Fatalf("link %+v %v", at, err)
	}
	if _, err := b.s.sdk.Get(ctx, at.URL); err == nil {
		b.s.t.Error("the file is signed, want no signature")
	}
	a := sandbox.DefaultPay()
	raw := must[*core.Client](b.s.t)(core.NewClient(ctx, option.WithMerchantCredential(a.MchID, a.Serial, b.s.merchantKey()), option.WithoutValidator(), option.WithHTTPClient(b.s.client)))
	file, err := raw.Get(ctx, at.URL)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(file.Response.Body)
	if err == nil && strings.Contains(query, "tar_type=GZIP") {
		var z *gzip.Reader
		if z, err = gzip.NewReader(bytes.NewReader(body)); err == nil {
			body, err = io.ReadAll(z)
		}
	}
	if sum := sha1.Sum(body); err != nil || hex.EncodeToString(sum[:]) != at.Hash {
		b.s.t.Errorf("the file's hash is not %s: %v", at.Hash, err)
	}
	b.text = string(body)
	return nil
}

// F6: the bill of a day is there from ten o'clock of the next, in Beijing.
func TestPay_Bills(t *testing.T) {
	s := newShop(t, func(o *sandbox.Options) {
		at := time.Date(2026, 3, 1, 15, 59, 0, 0, time.UTC) // 23:59 in Beijing
		o.Now = func() time.Time { return at }
	})
	b := &bill{s: s}
	s.sold("bill-000001", 12345)
	s.sold("bill-000002", 5)
	if _, err := s.refund("bill-000001", "BR1", 45, 12345); err != nil {
		t.Fatal(err)
	}
	must[string](t)(s.native("bill-000003", 100)) // never paid
	wantAPI(t, "today's", b.ask("bill_date=2026-03-01"), "PARAM_ERROR")
	s.Advance(time.Minute)
	wantAPI(t, "at midnight", b.ask("bill_date=2026-03-01"), "STATEMENT_CREATING")
	s.Advance(10*time.Hour - time.Second)
	wantAPI(t, "before ten", b.ask("bill_date=2026-03-01"), "STATEMENT_CREATING")
	s.Advance(time.Second)
	wantAPI(t, "at ten", b.ask("bill_date=2026-03-01"), "")
	lines := strings.Split(strings.TrimSuffix(b.text, "\r\n"), "\r\n")
	if len(lines) != 6 || !strings.HasPrefix(lines[0], "交易时间,公众账号ID,商户号,") || len(strings.Split(lines[1], ",")) != len(strings.Split(lines[0], ",")) {
		t.Fatalf("the bill has %d lines:\n%s", len(lines), b.text)
	}
	paid, refunded := strings.Split(lines[1], ",`"), strings.Split(lines[2], ",`")
	if paid[0] != "`2026-03-01 23:59:00" || paid[6] != "bill-000001" || paid[9] != "SUCCESS" || paid[12] != "123.45" || paid[20] != "鸿雁会员 30 天" {
		t.Errorf("payment %q", paid)
	}
	if refunded[9] != "REFUND" || refunded[15] != "BR1" || refunded[16] != "0.45" || refunded[19] != "PROCESSING" {
		t.Errorf("refund %q", refunded)
	}
	if want := "`3,`123.50,`0.45,`0.00,`0.73830,`123.50,`0.45"; lines[5] != want {
		t.Errorf("sums %s, want %s", lines[5], want)
	}
	for query, rows := range map[string]int{"bill_type=SUCCESS": 2, "bill_type=REFUND": 1, "bill_type=ALL&tar_type=GZIP": 3} {
		if err := b.ask("bill_date=2026-03-01&" + query); err != nil || strings.Count(b.text, "\r\n") != rows+3 {
			t.Errorf("%s: %v\n%s", query, err, b.text)
		}
	}
	for query, want := range map[string]string{
		"bill_date=2026-02-28": "NO_STATEMENT_EXIST", "bill_date=2025-11-01": "PARAM_ERROR", "bill_date=yesterday": "PARAM_ERROR", "": "PARAM_ERROR",
		"bill_date=2026-03-01&bill_type=SOME": "PARAM_ERROR", "bill_date=2026-03-01&tar_type=ZIP": "PARAM_ERROR",
	} {
		wantAPI(t, query, b.ask(query), want)
	}
	s.set(`{"pay":{"billCreating":true,"billCreatingStatus":404}}`)
	if status, code, _ := s.raw("GET", "/v3/bill/tradebill?bill_date=2026-03-01", ""); status != 404 || code != "STATEMENT_CREATING" {
		t.Errorf("dialled: got %d %s", status, code)
	}
}

// F6: the address of a bill is good for five minutes.
func TestPay_BillLinkDies(t *testing.T) {
	s := newShop(t, frozen)
	s.sold("bill-000004", 100)
	s.Advance(24 * time.Hour)
	link, err := s.sdk.Get(t.Context(), "https://api.mch.weixin.qq.com/v3/bill/tradebill?bill_date=2026-03-01")
	if err != nil {
		t.Fatal(err)
	}
	var at map[string]string
	if err := json.NewDecoder(link.Response.Body).Decode(&at); err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(at["download_url"])
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{200, 400} {
		if status, _, _ := s.raw("GET", u.RequestURI(), ""); status != want {
			t.Errorf("got %d, want %d", status, want)
		}
		s.Advance(5 * time.Minute)
	}
}

// F7: the SDK's downloader opens the platform's certificate, and a client in
// certificate mode buys with it.
func TestPay_CertificateMode(t *testing.T) {
	s := newShop(t)
	a, ctx := sandbox.DefaultPay(), t.Context()
	bare := must[*core.Client](t)(core.NewClient(ctx, option.WithMerchantCredential(a.MchID, a.Serial, s.merchantKey()), option.WithoutValidator(), option.WithHTTPClient(s.client)))
	d := must[*downloader.CertificateDownloader](t)(downloader.NewCertificateDownloaderWithClient(ctx, bare, a.APIv3Key))
	serial := d.GetNewestSerial(ctx)
	if got, ok := d.Export(ctx, serial); !ok || strings.TrimSpace(got) != strings.TrimSpace(a.Certificate) {
		t.Fatalf("certificate %s: %v", serial, got)
	}
	s.sdk = must[*core.Client](t)(core.NewClient(ctx, option.WithMerchantCredential(a.MchID, a.Serial, s.merchantKey()),
		option.WithVerifier(verifiers.NewSHA256WithRSAVerifier(d)), option.WithHTTPClient(s.client)))
	s.set(`{"pay":{"certificateOnly":true}}`)
	s.sold("certificate-1", 100)
	if got := s.state("certificate-1"); got != "SUCCESS" {
		t.Errorf("got %s", got)
	}
}
