package wechatpay

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core/consts"
)

const (
	// window is how far WeChat Pay's clock may be from ours.
	window = 5 * time.Minute

	signatureType = "WECHATPAY2-SHA256-RSA2048"
	// probePrefix begins the wrong signatures that WeChat Pay sends on purpose,
	// to see that they are refused.
	probePrefix = "WECHATPAY/SIGNTEST/"
)

// Why a signature does not count.
var (
	errUnsigned = errors.New("not signed")
	errProbe    = errors.New("a probe of WeChat Pay's, wrong on purpose")
	errStale    = errors.New("signed more than five minutes from now")
	errSerial   = errors.New("signed with an unknown key")
	errExpired  = errors.New("signed with a certificate that is not valid now")
	errForged   = errors.New("the signature is wrong")
)

// signature is what WeChat Pay's headers say of a body.
type signature struct{ stamp, nonce, value, serial string }

// readSignature wants each header once.
func readSignature(h http.Header) (s signature, err error) {
	for _, part := range []struct {
		name string
		into *string
		most int
	}{
		{consts.WechatPayTimestamp, &s.stamp, 12},
		{consts.WechatPayNonce, &s.nonce, 128},
		{consts.WechatPaySignature, &s.value, 2048},
		{consts.WechatPaySerial, &s.serial, 128},
	} {
		values := h.Values(part.name)
		if len(values) != 1 || !plain(values[0], part.most) {
			return s, errUnsigned
		}
		*part.into = values[0]
	}
	if kind := h.Get("Wechatpay-Signature-Type"); kind != "" && kind != signatureType {
		return s, errUnsigned
	}
	return s, nil
}

// fresh compares the stamp with now. The library would ask the machine's clock.
func (s signature) fresh(now time.Time) error {
	seconds, err := strconv.ParseInt(s.stamp, 10, 64)
	if err != nil || seconds < 0 {
		return errUnsigned
	}
	if now.Sub(time.Unix(seconds, 0)).Abs() >= window {
		return errStale
	}
	return nil
}

// acceptable looks at everything that needs no body.
func (s signature) acceptable(now time.Time) error {
	if strings.HasPrefix(s.value, probePrefix) {
		return errProbe
	}
	return s.fresh(now)
}

// message is what is signed.
func (s signature) message(body []byte) string {
	return s.stamp + "\n" + s.nonce + "\n" + string(body) + "\n"
}

// verify holds that WeChat Pay signed body just now. An unknown serial makes it
// fetch the platform certificates, at most once a minute.
func (c *Client) verify(ctx context.Context, s signature, body []byte) error {
	if err := s.acceptable(c.o.Now()); err != nil {
		return err
	}
	if err := c.knows(ctx, s.serial); err != nil {
		return err
	}
	if c.verifier(c.certs).Verify(ctx, s.serial, s.message(body), s.value) != nil {
		return errForged
	}
	return nil
}

// knows finds the key of a serial.
func (c *Client) knows(ctx context.Context, serial string) error {
	if c.public != nil && serial == c.o.PublicKeyID {
		return nil
	}
	if strings.HasPrefix(serial, publicKeyPrefix) {
		return errSerial
	}
	err := c.certs.look(serial)
	if err == nil || c.certs.refreshed(ctx, certificatesPause, c.fetchCertificates) != nil {
		return err
	}
	return c.certs.look(serial)
}

// answers verifies the answers of the library's client.
type answers struct{ c *Client }

func (a answers) Validate(ctx context.Context, resp *http.Response) error {
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil {
		return err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	s, err := readSignature(resp.Header)
	if err != nil {
		return err
	}
	return a.c.verify(ctx, s, body)
}

// GetAcceptSerial names the key that the answer shall be signed with.
func (a answers) GetAcceptSerial(ctx context.Context) (string, error) {
	if a.c.public != nil {
		return a.c.o.PublicKeyID, nil
	}
	if newest := a.c.certs.GetNewestSerial(ctx); newest != "" {
		return newest, nil
	}
	return "", errSerial
}
