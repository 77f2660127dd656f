package wechatpay

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core/auth"
	"github.com/wechatpay-apiv3/wechatpay-go/core/consts"
)

const (
	// callTimeout bounds one call from dialling to the last byte.
	callTimeout = 15 * time.Second
	// maxAnswer and maxBill bound what is read of an answer and of a bill, the
	// latter packed as well as unpacked.
	maxAnswer = 1 << 20
	maxBill   = 64 << 20

	billFiles = "/v3/billdownload/"
	userAgent = "Hongyan wechatpay-go/" + consts.Version
)

// through is the client that carries the library's calls.
func (c *Client) through(given *http.Client, host *url.URL) *http.Client {
	client := http.Client{Transport: newTransport()}
	if given != nil {
		client = *given
	}
	base := client.Transport
	if base == nil {
		base = http.DefaultTransport
	}
	client.Transport = &transport{base: base, host: host, authorize: c.authorize}
	client.Jar = nil
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &client
}

// newTransport takes no proxy from the environment.
func newTransport() *http.Transport {
	dialer := &net.Dialer{Timeout: 3 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		DialContext:            dialer.DialContext,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           64,
		MaxIdleConnsPerHost:    32,
		IdleConnTimeout:        90 * time.Second,
		TLSHandshakeTimeout:    3 * time.Second,
		ResponseHeaderTimeout:  callTimeout,
		MaxResponseHeaderBytes: 64 << 10,
	}
}

// transport is the last that touches a request and the first that sees its
// answer. The library knows neither another host than WeChat's nor another clock
// than the machine's, so both are set here. Host and headers are not signed.
type transport struct {
	base      http.RoundTripper
	host      *url.URL
	authorize func(ctx context.Context, method, uri string, body []byte) (string, error)
}

func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		body, err = io.ReadAll(r.Body)
		r.Body.Close()
		if err != nil {
			return nil, err
		}
	}
	authorization, err := t.authorize(r.Context(), r.Method, r.URL.RequestURI(), body)
	if err != nil {
		return nil, err
	}
	sent := r.Clone(r.Context())
	sent.URL.Scheme, sent.URL.Host, sent.Host = t.host.Scheme, t.host.Host, t.host.Host
	if r.Body != nil {
		sent.Body = io.NopCloser(bytes.NewReader(body))
		sent.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	}
	sent.Header.Set(consts.Authorization, authorization)
	sent.Header.Set(consts.UserAgent, userAgent)
	most := int64(maxAnswer)
	if strings.HasPrefix(r.URL.Path, billFiles) {
		most = maxBill
	} else {
		sent.Header.Set(consts.Accept, consts.ApplicationJSON)
	}
	resp, err := t.base.RoundTrip(sent)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode/100 != 2 {
		most = maxAnswer
	}
	resp.Body = &bounded{resp.Body, most}
	return resp, nil
}

// bounded fails instead of reading more than is left.
type bounded struct {
	io.ReadCloser
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, errTooLarge
	}
	return n, err
}

// authorize signs a request by our clock.
func (c *Client) authorize(ctx context.Context, method, uri string, body []byte) (string, error) {
	stamp, nonce := c.o.Now().Unix(), rand.Text()
	signed, err := c.signer.Sign(ctx, fmt.Sprintf(consts.SignatureMessageFormat, method, uri, stamp, nonce, body))
	if err != nil {
		return "", fmt.Errorf("sign the request: %w", err)
	}
	return fmt.Sprintf(consts.HeaderAuthorizationFormat, "WECHATPAY2-"+c.signer.Algorithm(),
		signed.MchID, nonce, stamp, signed.CertificateSerialNo, signed.Signature), nil
}

// unsigned is the signer the library is given: the transport signs, once.
type unsigned struct{}

func (unsigned) Sign(context.Context, string) (*auth.SignatureResult, error) {
	return &auth.SignatureResult{}, nil
}

func (unsigned) Algorithm() string { return "SHA256-RSA2048" }
