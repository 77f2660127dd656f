package wechatpay

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"hongyan/billing"
)

func TestCertificates_AreFetchedOnceAndAgainWhenOld(t *testing.T) {
	w := newWorld(t)
	w.good()
	c := w.client(byCertificate)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := c.Trade(t.Context(), tradeNo); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got, want := w.counts("certificates: ok"), 1; got != want {
		t.Errorf("fetched %d times, want %d", got, want)
	}
	w.advance(certificatesAge)
	for range 3 {
		if _, err := c.Trade(t.Context(), tradeNo); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := w.counts("certificates: ok"), 2; got != want {
		t.Errorf("fetched %d times after half a day, want %d", got, want)
	}
}

// TestCertificates_ARotationIsFollowed: the answer names a serial we do not
// know yet.
func TestCertificates_ARotationIsFollowed(t *testing.T) {
	w := newWorld(t)
	w.good()
	c := w.client(byCertificate)
	if _, err := c.Trade(t.Context(), tradeNo); err != nil {
		t.Fatal(err)
	}
	w.advance(time.Hour)
	w.cert = makeCertificate(t, 0x8888, w.clock().Add(-time.Minute), w.clock().AddDate(5, 0, 0))
	if got, err := c.Trade(t.Context(), tradeNo); err != nil || got.State != billing.TradePaid {
		t.Errorf("%+v, %v", got, err)
	}
	var b taken
	l := paid(transaction)
	l.serial = "8888"
	if rec := w.post(c.Notices(&b), l); rec.Code != http.StatusNoContent {
		t.Errorf("answered %d", rec.Code)
	}
}

// TestF30_AnExpiredCertificateVerifiesNothing, whoever gave it.
func TestF30_AnExpiredCertificateVerifiesNothing(t *testing.T) {
	w := newWorld(t)
	w.good()
	c := w.client(byCertificate)
	if _, err := c.Trade(t.Context(), tradeNo); err != nil {
		t.Fatal(err)
	}
	w.advance(5 * 365 * 24 * time.Hour)
	if _, err := c.Trade(t.Context(), tradeNo); err == nil {
		t.Error("an answer under an expired certificate is believed")
	}
	var b taken
	l := paid(transaction)
	l.serial = w.platformSerial()
	if rec := w.post(c.Notices(&b), l); rec.Code != http.StatusUnauthorized || w.counts("notice: expired") != 1 {
		t.Errorf("answered %d, counted %v", rec.Code, w.counted)
	}
}

// TestCertificates_OnlyWhatTheAPIv3KeyOpensCounts and what signs their answer.
func TestCertificates_OnlyWhatTheAPIv3KeyOpensCounts(t *testing.T) {
	w := newWorld(t)
	for name, c := range map[string]struct {
		prepare func()
		wants   error
	}{
		"sealed with another key": {func() {
			list := certificateList(t, w.cert)
			at := strings.Index(list, `"ciphertext":"`) + 20
			w.answer(200, list[:at]+"AAAA"+list[at+4:])
		}, errCertificates},
		"a nonce that panics":    {func() { w.answer(200, strings.Replace(certificateList(t, w.cert), "abcdefghijkl", "a", 1)) }, errCertificates},
		"none":                   {func() { w.answer(200, `{"data":[]}`) }, errUnreadable},
		"expired ones":           {func() { w.answer(200, certificateList(t, makeCertificate(t, 1, noon.AddDate(-5, 0, 0), noon.Add(-1)))) }, errExpired},
		"under another's serial": {func() { w.answer(200, strings.Replace(certificateList(t, w.cert), "7777", "7778", 1)) }, errUnreadable},
		"unsigned":               {func() { w.good(); w.signBy(func(http.Header, []byte) {}) }, errUnsigned},
		"signed by a stranger": {func() {
			w.good()
			w.signBy(func(h http.Header, body []byte) {
				key := keyring().platform // what follows is signed well
				if strings.Contains(string(body), "encrypt_certificate") {
					key = keyring().stranger
				}
				w.sign(h, "7777", key, body)
			})
		}, errForged},
	} {
		c.prepare()
		_, err := w.client(byCertificate).Trade(t.Context(), tradeNo)
		if !errors.Is(err, c.wants) {
			t.Errorf("%s: %v, want %v", name, err, c.wants)
		}
		wantNoCanary(t, "the error", err.Error())
	}
}

// TestCertificates_AwayMeansTheOldOnesServe until they expire.
func TestCertificates_AwayMeansTheOldOnesServe(t *testing.T) {
	w := newWorld(t)
	w.good()
	c := w.client(byCertificate)
	if _, err := c.Trade(t.Context(), tradeNo); err != nil {
		t.Fatal(err)
	}
	w.advance(certificatesAge)
	w.answerBy(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v3/certificates" {
			panic(http.ErrAbortHandler)
		}
		w.send(rw, r, 200, []byte(transaction))
	})
	if _, err := c.Trade(t.Context(), tradeNo); err != nil {
		t.Errorf("%v", err)
	}
	if !strings.Contains(w.log.String(), "certificates") {
		t.Errorf("the log says nothing:\n%s", w.log.String())
	}
}

// TestCertificates_TheFirstFailureIsForgottenSoon: without any no call can be
// made.
func TestCertificates_TheFirstFailureIsForgottenSoon(t *testing.T) {
	w := newWorld(t)
	c := w.client(byCertificate)
	w.answerBy(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	for range 3 {
		if _, err := c.Trade(t.Context(), tradeNo); err == nil {
			t.Fatal("no error")
		}
	}
	if got := w.calls(); got > 2 { // Go asks once more where a connection breaks at once
		t.Errorf("asked %d times", got)
	}
	w.good()
	w.advance(certificatesFirstPause)
	if _, err := c.Trade(t.Context(), tradeNo); err != nil {
		t.Errorf("five seconds later: %v", err)
	}
}

func TestNew_NamesWhatIsWrongAndShowsNothing(t *testing.T) {
	w := newWorld(t)
	for says, change := range map[string]func(*Options){
		"mchid":       func(o *Options) { o.MchID = "" },
		"serial":      func(o *Options) { o.Serial = "a b" },
		"appid":       func(o *Options) { o.AppID = "" },
		"APIv3":       func(o *Options) { o.APIv3Key += "x" },
		"private key": func(o *Options) { o.PrivateKey = []byte("CanaryTransaction") },
		"apiclient":   func(o *Options) { o.PrivateKey = publicPEM(t, &keyring().merchant.PublicKey) },
		"public key":  func(o *Options) { o.PublicKey = privatePEM(t, keyring().merchant) },
		"together":    func(o *Options) { o.PublicKeyID = "" },
		"PUB_KEY_ID_": func(o *Options) { o.PublicKeyID = "7777" },
		"platform":    func(o *Options) { o.Certificates = [][]byte{[]byte("CanaryTransaction")} },
		"notices":     func(o *Options) { o.NotifyBase = "https://a.example/x?y=z" },
		"host":        func(o *Options) { o.Host = "api.mch.weixin.qq.com" },
	} {
		o := w.options()
		change(&o)
		_, err := New(t.Context(), o)
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
			continue
		}
		wantNoCanary(t, "the error", err.Error())
	}
	if w.calls() != 0 {
		t.Error("New made a call")
	}
}
