package oa

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/silenceper/wechat/v2/util"
)

// The account and documents of WeChat's own page on message encryption.
const (
	goldenToken   = "AAAAA"
	goldenAppID   = "wxba5fad812f8e6fb9"
	goldenOpenID  = "o9AgO5Kd5ggOC-bXrbNODIiE3bGY"
	goldenTime    = 1714112445
	goldenNonce   = "415670741"
	goldenMsgSign = "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3"
	goldenEncrypt = "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04="
	goldenPlain   = `{"ToUserName":"gh_97417a04a28d","FromUserName":"o9AgO5Kd5ggOC-bXrbNODIiE3bGY","CreateTime":1714112445,"MsgType":"event","Event":"debug_demo","debug_str":"hello world"}`
	goldenReply   = "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ=="
)

// goldenKey is the EncodingAESKey of the page.
func goldenKey() string { return strings.Repeat("A", 43) }

func goldenCipher(t testing.TB) *Cipher {
	t.Helper()
	c, err := NewCipher(goldenKey(), goldenAppID)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestSignature_MatchesOfficialVectors(t *testing.T) {
	for _, v := range []struct {
		name, want string
		parts      []string
	}{
		{"GET", "f464b24fc39322e44b38aa78f5edd27bd1441696", []string{goldenToken, "1714036504", "1514711492"}},
		{"POST plain", "899cf89e464efb63f54ddac96b0a0a235f53aa78", []string{goldenToken, "1714037059", "486452656"}},
		{"POST safe", "6c5c811b55cc85e0e1b54100749188c20beb3f5d", []string{goldenToken, "1714112445", goldenNonce}},
		{"POST safe, document", goldenMsgSign, []string{goldenToken, "1714112445", goldenNonce, goldenEncrypt}},
		{"reply", "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1", []string{goldenToken, "1713424427", goldenNonce, goldenReply}},
	} {
		if got := Signature(v.parts...); got != v.want {
			t.Errorf("%s: signature %s, want %s", v.name, got, v.want)
		}
		if !signed(v.want, v.parts...) || signed(strings.ToUpper(v.want), v.parts...) || signed("", v.parts...) {
			t.Errorf("%s: comparison is not exact", v.name)
		}
	}
}

func TestSignature_LeavesItsArgumentsInOrder(t *testing.T) {
	parts := []string{"b", "a"}
	Signature(parts...)
	if parts[0] != "b" {
		t.Error("arguments were sorted in place")
	}
}

func TestCipher_OpensOfficialVectors(t *testing.T) {
	c := goldenCipher(t)
	for text, want := range map[string]string{goldenEncrypt: goldenPlain, goldenReply: `{"demo_resp":"good luck"}`} {
		got, err := c.Open(text)
		if err != nil || string(got) != want {
			t.Errorf("Open(%.20s…) = %q, %v, want %q", text, got, err, want)
		}
	}
}

func TestCipher_AgreesWithSilenceper(t *testing.T) {
	c := goldenCipher(t)
	for size := range 100 {
		plain := bytes.Repeat([]byte("雁"), size)[:size]
		ours, err := c.Seal(plain)
		if err != nil {
			t.Fatal(err)
		}
		_, got, err := util.DecryptMsg(goldenAppID, ours, goldenKey())
		if err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("silenceper opens ours of %d bytes as %q, %v", size, got, err)
		}
		theirs, _ := util.EncryptMsg([]byte("0123456789abcdef"), plain, goldenAppID, goldenKey())
		got, err = c.Open(string(theirs))
		if err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("we open silenceper's of %d bytes as %q, %v", size, got, err)
		}
		again, _ := c.Seal(plain)
		if again == ours {
			t.Fatal("sealing twice gave the same text")
		}
	}
}

func TestCipher_TakesKeysWithLooseLastCharacter(t *testing.T) {
	key := strings.Repeat("A", 42) + "B" // two bits too many, as WeChat issues them
	c, err := NewCipher(key, goldenAppID)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := c.Open(goldenReply); err != nil || string(got) != `{"demo_resp":"good luck"}` {
		t.Errorf("Open = %q, %v", got, err)
	}
}

func TestNewCipher_RefusesBadKeys(t *testing.T) {
	for _, key := range []string{"", "A", strings.Repeat("A", 42), strings.Repeat("A", 44), strings.Repeat("*", 43), strings.Repeat("雁", 43)} {
		_, err := NewCipher(key, goldenAppID)
		if err == nil {
			t.Errorf("key %q was taken", key)
		} else if key != "" && len(key) > 1 && strings.Contains(err.Error(), key) {
			t.Errorf("the error prints the key: %v", err)
		}
	}
	if _, err := NewCipher(goldenKey(), ""); err == nil {
		t.Error("an empty appid was taken: every appid check would pass on a truncated document")
	}
}

func TestF29_DamagedCiphertextIsRefused(t *testing.T) {
	c := goldenCipher(t)
	raw, _ := base64.StdEncoding.DecodeString(goldenEncrypt)
	damaged := func(change func([]byte) []byte) string {
		return base64.StdEncoding.EncodeToString(change(bytes.Clone(raw)))
	}
	other, _ := util.EncryptMsg([]byte("0123456789abcdef"), []byte(goldenPlain), "wx0000000000000000", goldenKey())
	prefix, _ := util.EncryptMsg([]byte("0123456789abcdef"), []byte(goldenPlain), goldenAppID+"x", goldenKey())
	elsewhere, _ := util.EncryptMsg([]byte("0123456789abcdef"), []byte(goldenPlain), goldenAppID, strings.Repeat("C", 43))
	for name, text := range map[string]string{
		"empty":                "",
		"no base64":            "这不是密文",
		"one byte":             base64.StdEncoding.EncodeToString([]byte{1}),
		"sixteen bytes":        base64.StdEncoding.EncodeToString(raw[:16]),
		"half a block":         base64.StdEncoding.EncodeToString(raw[:48]),
		"first block only":     base64.StdEncoding.EncodeToString(raw[:32]),
		"last block missing":   base64.StdEncoding.EncodeToString(raw[:len(raw)-32]),
		"padding destroyed":    damaged(func(b []byte) []byte { b[len(b)-17] ^= 0xff; return b }),
		"length destroyed":     damaged(func(b []byte) []byte { b[0] ^= 0xff; b[1] ^= 0xff; b[16] ^= 1; return b }),
		"appid of another":     string(other),
		"appid with a tail":    string(prefix),
		"key of another":       string(elsewhere),
		"random bytes":         base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{0x5a}, 64)),
		"a megabyte of zeroes": base64.StdEncoding.EncodeToString(make([]byte, 1<<20)),
	} {
		got, err := c.Open(text)
		if !errors.Is(err, ErrSealed) || got != nil {
			t.Errorf("%s: Open = %q, %v, want ErrSealed and nothing else", name, got, err)
		}
		if err != nil && err.Error() != ErrSealed.Error() {
			t.Errorf("%s: the error tells which check failed: %v", name, err)
		}
	}
}
