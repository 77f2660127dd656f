package wechatpay

import (
	"crypto/rand"
	"crypto/rsa"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"hongyan/billing"
)

// FuzzNotice throws bodies at the notices, signed by WeChat Pay or not; what
// stands for SEALED in one is its content under the right key. Whatever comes,
// nothing breaks, only what is signed and whole is told to billing, and the log
// shows nothing of it.
func FuzzNotice(f *testing.F) {
	key, err := rsa.GenerateKey(rand.Reader, 1024) // a small one signs more inputs a second
	if err != nil {
		f.Fatal(err)
	}
	var log safeBuffer
	w := &world{now: noon}
	c, err := New(f.Context(), Options{
		MchID: mchID, Serial: serial, AppID: appID, APIv3Key: apiV3Key, PrivateKey: privatePEM(f, key),
		PublicKeyID: publicKeyID, PublicKey: publicPEM(f, &key.PublicKey),
		NotifyBase: "https://push.example.com/pay/notice", Now: w.clock, HTTP: &http.Client{Transport: nowhere{}},
		Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body, content string, how byte) {
		w.t = t
		log.Reset()
		body = strings.ReplaceAll(body, "SEALED", seal(t, "canary123456", "transaction", content))
		signed := how&1 == 1
		path := payPath
		if how&2 == 2 {
			path = refundPath
		}
		r := httptest.NewRequest(http.MethodPost, "/pay/notice"+path, strings.NewReader(body))
		if signed {
			w.sign(r.Header, publicKeyID, key, []byte(body))
		} else {
			for i, name := range []string{"Wechatpay-Timestamp", "Wechatpay-Nonce", "Wechatpay-Serial", "Wechatpay-Signature"} {
				if parts := strings.Split(content, "|"); i < len(parts) {
					r.Header.Set(name, parts[i])
				}
			}
		}
		var b taken
		rec := httptest.NewRecorder()
		c.Notices(&b).ServeHTTP(rec, r)
		told := len(b.trades) + len(b.refunds)
		switch {
		case rec.Code == http.StatusNoContent && told == 1 && signed:
		case rec.Code/100 == 4 && told == 0:
		default:
			t.Fatalf("answered %d, billing told %d times, signed %v", rec.Code, told, signed)
		}
		for _, got := range b.trades {
			if got.MchID != mchID || got.AppID != appID || got.Total <= 0 || got.State != billing.TradePaid || got.PaidAt.Equal(time.Time{}) ||
				!plain(got.TradeNo, 32) || !plain(got.TransactionID, 32) || !plain(string(got.OpenID), 128) {
				t.Fatalf("told of %+v", got)
			}
		}
		for _, got := range b.refunds {
			if got.MchID != mchID || got.Amount <= 0 || got.Amount > got.Total || got.State == billing.RefundProcessing || !plain(got.RefundNo, 64) {
				t.Fatalf("told of %+v", got)
			}
		}
		if said := log.String(); len(said) > 120 || strings.Count(said, "\n") > 1 {
			t.Fatalf("the log says more than the kind: %s", said)
		}
	})
}

// nowhere is a network without WeChat Pay.
type nowhere struct{}

func (nowhere) RoundTrip(*http.Request) (*http.Response, error) { return nil, io.EOF }

// TestFuzzNotice_HasItsCorpus: go test runs the inputs of testdata/fuzz.
func TestFuzzNotice_HasItsCorpus(t *testing.T) {
	files, err := os.ReadDir("testdata/fuzz/FuzzNotice")
	if err != nil || len(files) < 200 {
		t.Errorf("%d inputs, %v", len(files), err)
	}
}
