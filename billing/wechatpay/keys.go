package wechatpay

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/utils"
)

// publicKeyPrefix begins the id of WeChat Pay's public key; a certificate's
// serial is hexadecimal.
const publicKeyPrefix = "PUB_KEY_ID_"

// complete fills in what may be left out and refuses what may not.
func (o *Options) complete() (host *url.URL, err error) {
	for _, need := range []struct{ name, value string }{
		{"mchid", o.MchID}, {"serial", o.Serial}, {"appid", o.AppID},
	} {
		if !plain(need.value, 64) {
			return nil, fmt.Errorf("the %s is missing or has characters it cannot have", need.name)
		}
	}
	if len(o.APIv3Key) != 32 {
		return nil, fmt.Errorf("the APIv3 key has %d characters, want 32", len(o.APIv3Key))
	}
	if (o.PublicKeyID == "") != (len(o.PublicKey) == 0) {
		return nil, errors.New("the public key and its id belong together, one of them is missing")
	}
	if o.PublicKeyID != "" && (!strings.HasPrefix(o.PublicKeyID, publicKeyPrefix) || !plain(o.PublicKeyID, 128)) {
		return nil, fmt.Errorf("the public key's id does not begin with %s", publicKeyPrefix)
	}
	if o.Host == "" {
		o.Host = Host
	}
	host, err = url.Parse(strings.TrimRight(o.Host, "/"))
	if err != nil || host.Host == "" || host.Path+host.RawQuery != "" {
		return nil, errors.New("the host is not scheme and host alone")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Refuse == nil {
		o.Refuse = func(context.Context) bool { return false }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Observe == nil {
		o.Observe = func(string, string, time.Duration) {}
	}
	return host, nil
}

func parseNotify(base string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(base, "/"))
	if err != nil || u.Host == "" || u.RawQuery+u.Fragment != "" || u.User != nil {
		return nil, errors.New("the address of notices is not an address without a query")
	}
	return u, nil
}

// The errors below are ours: some of the library's quote what they could not
// read.

func privateKey(pem []byte) (*rsa.PrivateKey, error) {
	key, err := utils.LoadPrivateKey(string(pem))
	if err != nil {
		return nil, errors.New("the private key is no RSA key as PEM (apiclient_key.pem, BEGIN PRIVATE KEY)")
	}
	return key, nil
}

func publicKey(pem []byte) (*rsa.PublicKey, error) {
	key, err := utils.LoadPublicKey(string(pem))
	if err != nil {
		return nil, errors.New("the public key is no RSA key as PEM (pub_key.pem, BEGIN PUBLIC KEY)")
	}
	return key, nil
}

// certificate reads a platform certificate. The library takes its key for an
// RSA key without looking.
func certificate(pem []byte) (*x509.Certificate, error) {
	c, err := utils.LoadCertificate(string(pem))
	if err != nil {
		return nil, errors.New("a platform certificate is none as PEM (BEGIN CERTIFICATE)")
	}
	if _, ok := c.PublicKey.(*rsa.PublicKey); !ok {
		return nil, errors.New("a platform certificate has no RSA key")
	}
	return c, nil
}

// plain reports printable ASCII without blanks, neither empty nor longer than
// most: what WeChat Pay's numbers and ids are made of.
func plain(text string, most int) bool {
	return text != "" && len(text) <= most &&
		strings.IndexFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}
