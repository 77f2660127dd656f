// Package wechatpay is WeChat Pay API v3: the Gateway of package billing, and
// the handler of the notices that WeChat Pay sends.
//
// A call runs through the official library, which builds and encodes it, and
// leaves by a transport of ours, which signs it by our clock, sends it to the
// configured host and bounds the answer. An answer counts only if WeChat Pay
// signed it; what is wrong with one becomes an error of ours, since those of
// the library quote whole requests. A notice is verified, opened and compared
// with the merchant before anything else is told of it, and then given to
// billing, which knows the order.
//
// Which key verifies a signature says its Wechatpay-Serial: WeChat Pay's public
// key, or one of its platform certificates, which are fetched when they are
// first needed. A merchant moving from these to that has both.
package wechatpay

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/signers"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/validators"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/verifiers"

	"hongyan/billing"
)

// Host is where WeChat Pay is, unless Options say otherwise.
const Host = "https://api.mch.weixin.qq.com"

// Options are a merchant and its keys.
type Options struct {
	MchID      string
	Serial     string // of the merchant's API certificate
	PrivateKey []byte // of that certificate: apiclient_key.pem
	APIv3Key   string // 32 characters
	AppID      string // of the official account the merchant is bound to

	// PublicKeyID and PublicKey are WeChat Pay's (PUB_KEY_ID_…, PEM). Without
	// them the platform certificates are used, which need no configuration.
	PublicKeyID string
	PublicKey   []byte
	// Certificates are platform certificates known from the start, PEM.
	Certificates [][]byte

	// NotifyBase is the address notices are sent to, up to "/pay" and "/refund":
	// https, and without a query.
	NotifyBase string
	Host       string // empty: Host
	// HTTP carries the calls; redirects are never followed. nil: a client of
	// our own with sane limits.
	HTTP *http.Client
	// Now is the clock that signatures are made and judged by. nil: time.Now
	Now func() time.Time
	// Refuse reports a context no call may be made with, such as that of an
	// open transaction.
	Refuse func(context.Context) bool
	Log    *slog.Logger
	// Observe sees every call and every notice: which, and what became of it,
	// both of a small set of words.
	Observe func(what, outcome string, took time.Duration)
}

// Client asks WeChat Pay on behalf of one merchant and takes its notices. It is
// safe for concurrent use.
type Client struct {
	o      Options
	notify *url.URL
	key    *rsa.PrivateKey
	signer auth.Signer
	public *rsa.PublicKey // nil with platform certificates alone
	certs  *certificates
	pay    *core.Client // answers must be signed
	bare   *core.Client // of bill files and certificates, which are checked otherwise
}

var _ billing.Gateway = (*Client)(nil)

// New reads the keys; an error names the one that is wrong and shows nothing of
// it. No call is made yet, so a server starts although WeChat Pay is away.
func New(ctx context.Context, o Options) (*Client, error) {
	host, err := o.complete()
	if err != nil {
		return nil, fmt.Errorf("wechat pay: %w", err)
	}
	c := &Client{o: o}
	if c.notify, err = parseNotify(o.NotifyBase); err != nil {
		return nil, fmt.Errorf("wechat pay: %w", err)
	}
	if c.key, err = privateKey(o.PrivateKey); err != nil {
		return nil, fmt.Errorf("wechat pay: %w", err)
	}
	if len(o.PublicKey) > 0 {
		if c.public, err = publicKey(o.PublicKey); err != nil {
			return nil, fmt.Errorf("wechat pay: %w", err)
		}
	}
	given := make([]*x509.Certificate, 0, len(o.Certificates))
	for _, pem := range o.Certificates {
		one, err := certificate(pem)
		if err != nil {
			return nil, fmt.Errorf("wechat pay: %w", err)
		}
		given = append(given, one)
	}
	c.certs = newCertificates(o.Now, given)
	c.signer = &signers.SHA256WithRSASigner{MchID: o.MchID, CertificateSerialNo: o.Serial, PrivateKey: c.key}
	c.pay, err = core.NewClientWithDialSettings(ctx, &core.DialSettings{
		HTTPClient: c.through(o.HTTP, host),
		Signer:     unsigned{},
		Validator:  answers{c},
	})
	if err != nil {
		return nil, fmt.Errorf("wechat pay: make the client: %w", err)
	}
	c.bare = core.NewClientWithValidator(c.pay, &validators.NullValidator{})
	return c, nil
}

// Payee is whom the money goes to.
func (c *Client) Payee() billing.Payee { return billing.Payee{MchID: c.o.MchID, AppID: c.o.AppID} }

// verifier is the library's for the keys at hand.
func (c *Client) verifier(certs core.CertificateGetter) auth.Verifier {
	if c.public == nil {
		return verifiers.NewSHA256WithRSAVerifier(certs)
	}
	return verifiers.NewSHA256WithRSACombinedVerifier(certs, c.o.PublicKeyID, *c.public)
}
