package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// merchant is a merchant's folder of keys and a WeChat Pay that knows no trade.
type merchant struct {
	flags    []string
	apiv3Key string
	asked    int
}

func newMerchant(t *testing.T, answer http.HandlerFunc) *merchant {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	m := &merchant{apiv3Key: "abcdefghijklmnopqrstuvwxyz012345"}
	dir := t.TempDir()
	for name, content := range map[string]string{
		"apiclient_key.pem": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})),
		"pub_key.pem":       string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})),
		"apiv3-key":         m.apiv3Key + "\n",
	} {
		write(t, filepath.Join(dir, name), content)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.asked++
		answer(w, r)
	}))
	t.Cleanup(server.Close)
	m.flags = []string{
		"--pay.mchid", "1900000109", "--pay.serial", "5157F09EFDC096DE15EBE81A47057A7232F1B8E1",
		"--pay.key-file", filepath.Join(dir, "apiclient_key.pem"), "--pay.apiv3-key-file", filepath.Join(dir, "apiv3-key"),
		"--pay.public-key-id", "PUB_KEY_ID_0119000001092024120500000001", "--pay.public-key-file", filepath.Join(dir, "pub_key.pem"),
		"--wechat.pay", server.URL,
	}
	return m
}

func noTrade(w http.ResponseWriter, r *http.Request) {
	w.WriteHeader(http.StatusNotFound)
	io.WriteString(w, `{"code":"ORDER_NOT_EXIST","message":"订单不存在"}`)
}

// TestConfig_PayIsCompleteOrAbsent
func TestConfig_PayIsCompleteOrAbsent(t *testing.T) {
	account := realAccount("wx1", "http://127.0.0.1:1")
	whole := []string{"--pay.mchid", "1", "--pay.serial", "2", "--pay.key-file", "/k", "--pay.apiv3-key-file", "/a"}
	without := func(flag string) []string {
		at := slices.Index(whole, flag)
		return slices.Delete(slices.Clone(whole), at, at+2)
	}
	for name, c := range map[string]struct {
		args []string
		says string // empty: accepted
	}{
		"nothing":             {account, ""},
		"platform mode":       {slices.Concat(account, whole), ""},
		"public-key mode":     {slices.Concat(account, whole, []string{"--pay.public-key-id", "P", "--pay.public-key-file", "/p"}), ""},
		"key by value":        {slices.Concat(account, without("--pay.apiv3-key-file"), []string{"--pay.apiv3-key", "x"}), ""},
		"no merchant":         {slices.Concat(account, without("--pay.mchid")), "--pay.mchid"},
		"no serial":           {slices.Concat(account, without("--pay.serial")), "--pay.serial"},
		"no key":              {slices.Concat(account, without("--pay.key-file")), "--pay.key-file"},
		"no APIv3 key":        {slices.Concat(account, without("--pay.apiv3-key-file")), "--pay.apiv3-key"},
		"one of two":          {slices.Concat(account, whole, []string{"--pay.public-key-id", "P"}), "--pay.public-key-file"},
		"the other of two":    {slices.Concat(account, whole, []string{"--pay.public-key-file", "/p"}), "--pay.public-key-id"},
		"certificates alone":  {slices.Concat(account, []string{"--pay.certificates", "/c"}), "--pay.mchid"},
		"two APIv3 keys":      {slices.Concat(account, whole, []string{"--pay.apiv3-key", "x"}), "both"},
		"without an account":  {whole, "--wechat.app-id"},
		"mistyped":            {slices.Concat(account, []string{"--pay.mch-id", "1"}), "pay.mchid"},
		"a part, in the file": {slices.Concat(account, []string{"--pay.serial", "2"}), "--pay.mchid --pay.key-file --pay.apiv3-key-file"},
	} {
		got, err := parseWith(t, "", nil, c.args...)
		if err == nil {
			err = got.check()
		}
		if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
}

// TestPay_NoticesReachTheServer and a key that is none stops it with words.
func TestPay_NoticesReachTheServer(t *testing.T) {
	t.Parallel()
	m := newMerchant(t, noTrade)
	address := freeAddress(t)
	account := append(realAccount("wx5a6e64b0788a97e1", "http://127.0.0.1:1"), "--data", t.TempDir(), "--listen", address)
	p := startProcess(t, slices.Concat(account, m.flags)...)
	p.waitReady(t, "http://"+address)
	for _, path := range []string{"pay", "refund"} {
		if status, body := fetch(t, http.MethodPost, "http://"+address+payNotices+path, `{"id":"EV-1"}`); status != http.StatusUnauthorized || !strings.Contains(string(body), `"code":"FAIL"`) {
			t.Errorf("%s answered %d %s", path, status, body)
		}
	}
	if status, _ := fetch(t, http.MethodPost, "http://"+address+payNotices+"other", ""); status != http.StatusNotFound {
		t.Errorf("another path answered %d", status)
	}
	_, metrics := fetch(t, http.MethodGet, "http://"+address+"/metrics", "")
	if !strings.Contains(string(metrics), `hongyan_pay_seconds_count{outcome="unsigned",what="notice"} 2`) {
		t.Error("refused notices are not counted")
	}
	p.stop(t)
	if m.asked != 0 {
		t.Errorf("WeChat Pay was asked %d times for nothing", m.asked)
	}
	if strings.Contains(p.said(), m.apiv3Key) {
		t.Errorf("the APIv3 key is shown:\n%s", p.said())
	}
	broken := filepath.Join(t.TempDir(), "key.pem")
	write(t, broken, "no key")
	said, ok := runBinary(t, slices.Concat(account, m.flags, []string{"--pay.key-file", broken})...)
	if ok || !strings.Contains(said, "apiclient_key.pem") || strings.Contains(said, "no key\n") {
		t.Errorf("a broken key, ok %v:\n%s", ok, said)
	}
}

// TestPay_WithoutAMerchantThereIsNoAddressForNotices
func TestPay_WithoutAMerchantThereIsNoAddressForNotices(t *testing.T) {
	t.Parallel()
	address := freeAddress(t)
	p := startProcess(t, append(realAccount("wx5a6e64b0788a97e1", "http://127.0.0.1:1"), "--data", t.TempDir(), "--listen", address)...)
	p.waitReady(t, "http://"+address)
	if status, _ := fetch(t, http.MethodPost, "http://"+address+payNotices+"pay", "{}"); status == http.StatusUnauthorized || status/100 == 2 {
		t.Errorf("answered %d", status)
	}
	p.stop(t)
}

// TestPay_TheSandboxSells: its merchant is known, and strangers' notices are
// refused.
func TestPay_TheSandboxSells(t *testing.T) {
	t.Parallel()
	w := startWorld(t)
	if status, _ := fetch(t, http.MethodPost, w.base+payNotices+"pay", "{}"); status != http.StatusUnauthorized {
		t.Errorf("answered %d", status)
	}
}

func TestDoctor_LooksAtWeChatPay(t *testing.T) {
	t.Parallel()
	s := newSick(t)
	if said, _ := s.doctor(t); !strings.Contains(said, "–  pay          not configured (--pay.mchid)") {
		t.Errorf("without a merchant:\n%s", said)
	}
	m := newMerchant(t, noTrade)
	said, ok := s.doctor(t, m.flags...)
	if ok || !strings.Contains(said, "✓  pay          merchant 1900000109, serial, private key and clock are right") ||
		!strings.Contains(said, "✗  pay notice") || !strings.Contains(said, "https") || strings.Contains(said, m.apiv3Key) {
		t.Errorf("a healthy merchant without https, ok %v:\n%s", ok, said)
	}
	m = newMerchant(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusUnauthorized)
		io.WriteString(w, `{"code":"SIGN_ERROR","message":`+strconv.Quote("签名错误 "+r.Header.Get("Authorization"))+`}`)
	})
	said, ok = s.doctor(t, m.flags...)
	if ok || !strings.Contains(said, "✗  pay ") || !strings.Contains(said, "SIGN_ERROR") || !strings.Contains(said, "商户私钥") || strings.Contains(said, "signature=") {
		t.Errorf("a wrong key, ok %v:\n%s", ok, said)
	}
}

// TestDoctor_SeesWhatStandsBeforeTheNotices
func TestDoctor_SeesWhatStandsBeforeTheNotices(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
		well   bool
	}{
		"ours":    {http.StatusUnauthorized, `{"code":"FAIL","message":"失败"}`, true},
		"a login": {http.StatusUnauthorized, "<html>login</html>", false},
		"a proxy": {http.StatusNotFound, "", false},
		"anyone":  {http.StatusOK, `{"code":"SUCCESS"}`, false},
	} {
		server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(c.status)
			io.WriteString(w, c.body)
		}))
		if finding, err := askPayNotice(t.Context(), server.Client(), server.URL+payNotices+"pay"); (err == nil) != c.well {
			t.Errorf("%s: %q, %v", name, finding, err)
		}
		server.Close()
		if finding, err := askPayNotice(t.Context(), server.Client(), server.URL); err == nil {
			t.Errorf("%s, gone: %q", name, finding)
		}
	}
}
