package pay

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// scheme is the one way of signing.
const scheme = "WECHATPAY2-SHA256-RSA2048"

// window is how far a request's clock may be from ours, and ours from a
// notice's reader.
const window = 5 * time.Minute

// An authorization is what the header of that name says.
type authorization struct {
	mchid, serial, nonce, timestamp, signature string
}

var errAuthorization = errors.New("malformed Authorization header")

// parseAuthorization reads the header; the order of its parts is free.
func parseAuthorization(header string) (a authorization, err error) {
	rest, ok := strings.CutPrefix(header, scheme+" ")
	if !ok {
		return a, errAuthorization
	}
	fields := map[string]*string{"mchid": &a.mchid, "serial_no": &a.serial, "nonce_str": &a.nonce, "timestamp": &a.timestamp, "signature": &a.signature}
	for {
		name, quoted, ok := strings.Cut(strings.TrimLeft(rest, " "), `="`)
		field := fields[name]
		if !ok || field == nil {
			return authorization{}, errAuthorization
		}
		value, after, ok := strings.Cut(quoted, `"`)
		if !ok || value == "" {
			return authorization{}, errAuthorization
		}
		*field = value
		delete(fields, name)
		if after == "" {
			break
		}
		if rest, ok = strings.CutPrefix(after, ","); !ok {
			return authorization{}, errAuthorization
		}
	}
	if len(fields) > 0 {
		return authorization{}, errAuthorization
	}
	return a, nil
}

// check says what is wrong with a request's signature.
func (p *Platform) check(c *call) error {
	a, err := parseAuthorization(c.r.Header.Get("Authorization"))
	if err != nil {
		return badSign("Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》")
	}
	seconds, err := strconv.ParseInt(a.timestamp, 10, 64)
	switch age := wall(&c.rules).Unix() - seconds; {
	case err != nil:
		return badSign("Http头Authorization中的timestamp不是有效的时间戳")
	case age > int64(window/time.Second) || age < -int64(window/time.Second):
		return badSign("Http头Authorization中的timestamp与发起请求的时间不得超过5分钟")
	case a.mchid != p.o.Account.MchID:
		return badSign("商户号与签名不符，请检查mchid")
	case a.serial != p.o.Account.Serial:
		return badSign("商户证书序列号有误。请使用签名私钥匹配的证书序列号")
	}
	text := c.r.Method + "\n" + c.r.URL.RequestURI() + "\n" + a.timestamp + "\n" + a.nonce + "\n" + string(c.body) + "\n"
	if !verify(p.keys.merchant, text, a.signature) {
		return badSign("签名错误，请检查后再试")
	}
	return nil
}

// checkHeaders says which header is missing.
func checkHeaders(r *http.Request) error {
	accept := r.Header.Get("Accept")
	switch {
	case accept == "" || r.Header.Get("User-Agent") == "":
		return refuse(http.StatusBadRequest, "PARAM_ERROR", "Http头缺少Accept或User-Agent")
	case !strings.Contains(accept, "application/json") && !strings.Contains(accept, "*/*"):
		return refuse(http.StatusNotAcceptable, "PARAM_ERROR", "Http头Accept不支持，请使用application/json")
	case r.Method == http.MethodPost && !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json"):
		return refuse(http.StatusUnsupportedMediaType, "PARAM_ERROR", "Http头Content-Type不支持，请使用application/json")
	}
	return nil
}

func verify(key *rsa.PublicKey, text, signature string) bool {
	raw, err := base64.StdEncoding.DecodeString(signature)
	if err != nil {
		return false
	}
	sum := sha256.Sum256([]byte(text))
	return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], raw) == nil
}

func sign(key *rsa.PrivateKey, text string) string {
	sum := sha256.Sum256([]byte(text))
	raw, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		panic("pay: sign: " + err.Error()) // only a key that is too short
	}
	return base64.StdEncoding.EncodeToString(raw)
}

// seal signs a body of ours by the key of that serial.
func (p *Platform) seal(h http.Header, serial string, now time.Time, body []byte) {
	key := p.keys.public
	if serial == p.keys.serial {
		key = p.keys.certificate
	}
	timestamp, nonce := strconv.FormatInt(now.Unix(), 10), p.text(32)
	h.Set("Wechatpay-Serial", serial)
	h.Set("Wechatpay-Timestamp", timestamp)
	h.Set("Wechatpay-Nonce", nonce)
	h.Set("Wechatpay-Signature-Type", scheme)
	h.Set("Wechatpay-Signature", sign(key, timestamp+"\n"+nonce+"\n"+string(body)+"\n"))
}
