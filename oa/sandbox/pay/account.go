package pay

import (
	"crypto/rsa"
	"crypto/x509"
	_ "embed" // the keys
	"encoding/pem"
	"fmt"
	"strings"
)

// The keys of the sandbox's merchant and platform. They are the same in every
// sandbox, so that a server and a sandbox agree without exchanging files, and
// they guard nothing: what keeps strangers out is the APIv3 key.
var (
	//go:embed keys/merchant_key.pem
	merchantKey string
	//go:embed keys/public_key.pem
	publicKeyPrivate string
	//go:embed keys/public.pem
	publicKey string
	//go:embed keys/certificate_key.pem
	certificateKey string
	//go:embed keys/certificate.pem
	certificate string
)

// An Account is a merchant's: what a server must be told to be paid.
type Account struct {
	MchID       string
	Serial      string // of the merchant's API certificate
	PrivateKey  string // PEM, of the merchant
	APIv3Key    string // 32 bytes
	PublicKeyID string // PUB_KEY_ID_…
	PublicKey   string // PEM, of the platform
	Certificate string // PEM, of the platform: the older way
}

// DefaultAccount is the merchant that a server and a sandbox agree on.
func DefaultAccount() Account {
	return Account{
		MchID:       "1900000109",
		Serial:      "3775B6A45ACD588826D15E583A95F5DD00000109",
		PrivateKey:  block(merchantKey),
		APIv3Key:    "sandboxsandboxsandboxsandboxsand",
		PublicKeyID: "PUB_KEY_ID_0119000001092026010100000000",
		PublicKey:   block(publicKey),
		Certificate: block(certificate),
	}
}

// block drops what stands before the PEM block.
func block(text string) string {
	return text[max(strings.Index(text, "-----BEGIN"), 0):]
}

// keyring is what the platform signs and verifies with.
type keyring struct {
	merchant    *rsa.PublicKey
	public      *rsa.PrivateKey
	certificate *rsa.PrivateKey
	serial      string // of the platform's certificate
	from, until int64  // Unix seconds of the certificate's life
}

func openKeyring(a Account) (k keyring, err error) {
	if len(a.APIv3Key) != 32 {
		return k, fmt.Errorf("an APIv3 key has 32 bytes, not %d", len(a.APIv3Key))
	}
	merchant, err := privateKey(a.PrivateKey)
	if err != nil {
		return k, fmt.Errorf("merchant key: %w", err)
	}
	k.merchant = &merchant.PublicKey
	if k.public, err = privateKey(publicKeyPrivate); err != nil {
		return k, fmt.Errorf("platform public key: %w", err)
	}
	if k.certificate, err = privateKey(certificateKey); err != nil {
		return k, fmt.Errorf("platform certificate key: %w", err)
	}
	der, _ := pem.Decode([]byte(a.Certificate))
	if der == nil {
		return k, fmt.Errorf("platform certificate: no PEM block")
	}
	c, err := x509.ParseCertificate(der.Bytes)
	if err != nil {
		return k, fmt.Errorf("platform certificate: %w", err)
	}
	k.serial = fmt.Sprintf("%X", c.SerialNumber)
	k.from, k.until = c.NotBefore.Unix(), c.NotAfter.Unix()
	return k, nil
}

func privateKey(text string) (*rsa.PrivateKey, error) {
	der, _ := pem.Decode([]byte(text))
	if der == nil {
		return nil, fmt.Errorf("no PEM block")
	}
	key, err := x509.ParsePKCS8PrivateKey(der.Bytes)
	if err != nil {
		return nil, err
	}
	private, ok := key.(*rsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("not an RSA key")
	}
	return private, nil
}
