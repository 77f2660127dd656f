package wechatpay

import (
	"bytes"
	"context"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"hongyan/billing"
)

// The keys of all tests: the merchant's, WeChat Pay's public key and that of its
// platform certificate, and a stranger's.
var keyring = sync.OnceValue(func() (k struct{ merchant, public, platform, stranger *rsa.PrivateKey }) {
	for _, key := range []**rsa.PrivateKey{&k.merchant, &k.public, &k.platform, &k.stranger} {
		made, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		*key = made
	}
	return k
})

const (
	mchID       = "1900000109"
	appID       = "wx5a6e64b0788a97e1"
	serial      = "5157F09EFDC096DE15EBE81A47057A7232F1B8E1"
	publicKeyID = "PUB_KEY_ID_0119000001092024120500000001"
	apiV3Key    = "canaryAPIv3key0123456789abcdefgh"
	openid      = "oCanaryOpenID0123456789abcde"
	tradeNo     = "CANARYTRADE000000000001"
	refundNo    = "CANARYREFUND00000000001"
)

// canaries must never be seen in a log or an error.
var canaries = []string{apiV3Key, openid, tradeNo, refundNo, "CanaryTransaction", "WECHATPAY2-SHA256-RSA2048 mchid", "金丝雀", "EV-CANARY"}

// noon is far from the machine's clock, and beyond 2038.
var noon = time.Date(2039, 3, 1, 12, 0, 0, 0, time.FixedZone("", 8*3600))

// world is WeChat Pay as a test needs it: it verifies who asks, answers as it is
// told, and signs with the key it is told. It is for the answers that no honest
// platform gives.
type world struct {
	t      *testing.T
	server *httptest.Server
	log    safeBuffer

	mu      sync.Mutex
	now     time.Time
	reply   http.HandlerFunc
	signs   func(h http.Header, body []byte) // nil: with what was asked for
	asked   []*http.Request
	bodies  []string
	counted map[string]int
	cert    *x509.Certificate
}

type safeBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.String()
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, now: noon, counted: map[string]int{}, cert: makeCertificate(t, 0x7777, noon.AddDate(-1, 0, 0), noon.AddDate(4, 0, 0))}
	w.server = httptest.NewServer(http.HandlerFunc(w.serve))
	t.Cleanup(w.server.Close)
	t.Cleanup(func() { wantNoCanary(t, "the log", w.log.String()) })
	return w
}

func makeCertificate(t *testing.T, number int64, from, until time.Time) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(number), Subject: pkix.Name{CommonName: "Tenpay.com sign"}, NotBefore: from, NotAfter: until,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &keyring().platform.PublicKey, keyring().platform)
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func pemOf(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func privatePEM(t testing.TB, key *rsa.PrivateKey) []byte {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pemOf("PRIVATE KEY", der)
}

func publicPEM(t testing.TB, key *rsa.PublicKey) []byte {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pemOf("PUBLIC KEY", der)
}

// options are complete, in public-key mode.
func (w *world) options() Options {
	return Options{
		MchID: mchID, Serial: serial, AppID: appID, APIv3Key: apiV3Key, PrivateKey: privatePEM(w.t, keyring().merchant),
		PublicKeyID: publicKeyID, PublicKey: publicPEM(w.t, &keyring().public.PublicKey),
		NotifyBase: "https://push.example.com/pay/notice", Host: w.server.URL, Now: w.clock,
		Log:     slog.New(slog.NewTextHandler(&w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Observe: func(what, outcome string, _ time.Duration) { w.count(what + ": " + outcome) },
	}
}

// client has the options changed by with.
func (w *world) client(with ...func(*Options)) *Client {
	w.t.Helper()
	o := w.options()
	for _, change := range with {
		change(&o)
	}
	c, err := New(w.t.Context(), o)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// byCertificate knows no public key, so certificates are fetched.
func byCertificate(o *Options) { o.PublicKeyID, o.PublicKey = "", nil }

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *world) count(word string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counted[word]++
}

func (w *world) counts(word string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.counted[word]
}

// answer makes every call answered so, signed as it asks.
func (w *world) answer(status int, body string) {
	w.answerBy(func(rw http.ResponseWriter, r *http.Request) {
		w.send(rw, r, status, []byte(body))
	})
}

func (w *world) answerBy(reply http.HandlerFunc) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reply, w.signs = reply, nil
}

func (w *world) signBy(signs func(h http.Header, body []byte)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.signs = signs
}

// send writes an answer signed with the key that the request asks for.
func (w *world) send(rw http.ResponseWriter, r *http.Request, status int, body []byte) {
	w.mu.Lock()
	signs := w.signs
	w.mu.Unlock()
	switch {
	case signs != nil:
		signs(rw.Header(), body)
	case r.Header.Get("Wechatpay-Serial") == publicKeyID:
		w.sign(rw.Header(), publicKeyID, keyring().public, body)
	default:
		w.sign(rw.Header(), w.platformSerial(), keyring().platform, body)
	}
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	rw.WriteHeader(status)
	rw.Write(body)
}

func (w *world) platformSerial() string { return fmt.Sprintf("%X", w.cert.SerialNumber.Bytes()) }

// sign signs body at the world's time.
func (w *world) sign(h http.Header, serial string, key *rsa.PrivateKey, body []byte) {
	stamp, nonce := strconv.FormatInt(w.clock().Unix(), 10), "canarynonce0123456789"
	h.Set("Wechatpay-Timestamp", stamp)
	h.Set("Wechatpay-Nonce", nonce)
	h.Set("Wechatpay-Serial", serial)
	h.Set("Wechatpay-Signature", rsaSign(w.t, key, stamp+"\n"+nonce+"\n"+string(body)+"\n"))
	h.Set("Wechatpay-Signature-Type", signatureType)
}

func rsaSign(t testing.TB, key *rsa.PrivateKey, message string) string {
	sum := sha256.Sum256([]byte(message))
	raw, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(raw)
}

func rsaVerify(key *rsa.PublicKey, message, signature string) error {
	raw, err := base64.StdEncoding.DecodeString(signature)
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(message))
	return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], raw)
}

var authorization = regexp.MustCompile(`^WECHATPAY2-SHA256-RSA2048 mchid="(.*)",nonce_str="(.*)",timestamp="(.*)",serial_no="(.*)",signature="(.*)"$`)

// serve refuses whoever is not the merchant, by the world's clock.
func (w *world) serve(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.t.Error(err)
	}
	m := authorization.FindStringSubmatch(r.Header.Get("Authorization"))
	if m == nil || m[1] != mchID || m[4] != serial || m[3] != strconv.FormatInt(w.clock().Unix(), 10) {
		w.t.Errorf("authorization %q", r.Header.Get("Authorization"))
	} else if err := rsaVerify(&keyring().merchant.PublicKey, r.Method+"\n"+r.RequestURI+"\n"+m[3]+"\n"+m[2]+"\n"+string(body)+"\n", m[5]); err != nil {
		w.t.Errorf("%s %s: signature: %v", r.Method, r.RequestURI, err)
	}
	w.mu.Lock()
	w.asked, w.bodies = append(w.asked, r), append(w.bodies, string(body))
	reply := w.reply
	w.mu.Unlock()
	reply(rw, r)
}

// last is the last request and its body.
func (w *world) last() (*http.Request, string) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.asked) == 0 {
		w.t.Fatal("WeChat Pay was not asked")
	}
	return w.asked[len(w.asked)-1], w.bodies[len(w.bodies)-1]
}

func (w *world) calls() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.asked)
}

// seal is AEAD_AES_256_GCM under the APIv3 key.
func seal(t testing.TB, nonce, data, plain string) string {
	block, err := aes.NewCipher([]byte(apiV3Key))
	if err != nil {
		t.Fatal(err)
	}
	gcm, err := cipher.NewGCMWithNonceSize(block, max(1, len(nonce)))
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(gcm.Seal(nil, append([]byte(nonce), make([]byte, max(0, 1-len(nonce)))...), []byte(plain), []byte(data)))
}

// certificateList answers GET /v3/certificates with these.
func certificateList(t testing.TB, all ...*x509.Certificate) string {
	var data []map[string]any
	for _, one := range all {
		data = append(data, map[string]any{
			"serial_no": fmt.Sprintf("%X", one.SerialNumber.Bytes()),
			"encrypt_certificate": map[string]string{
				"algorithm": "AEAD_AES_256_GCM", "nonce": "abcdefghijkl", "associated_data": "certificate",
				"ciphertext": seal(t, "abcdefghijkl", "certificate", string(pemOf("CERTIFICATE", one.Raw))),
			},
		})
	}
	raw, err := json.Marshal(map[string]any{"data": data})
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func wantNoCanary(t testing.TB, where, text string) {
	t.Helper()
	for _, canary := range canaries {
		if strings.Contains(text, canary) {
			t.Errorf("%s shows %q:\n%s", where, canary, text)
		}
	}
}

// taken is what billing was told.
type taken struct {
	mu      sync.Mutex
	notices []string
	trades  []billing.Trade
	refunds []billing.Refunded
	err     error
	thrown  any
	until   time.Time
}

func (b *taken) Settle(ctx context.Context, notice string, t billing.Trade) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.thrown != nil {
		panic(b.thrown)
	}
	b.until, _ = ctx.Deadline()
	b.notices, b.trades = append(b.notices, notice), append(b.trades, t)
	return b.err
}

func (b *taken) SettleRefund(_ context.Context, notice string, r billing.Refunded) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.notices, b.refunds = append(b.notices, notice), append(b.refunds, r)
	return b.err
}
