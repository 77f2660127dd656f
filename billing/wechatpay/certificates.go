package wechatpay

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"sync"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/consts"
	"github.com/wechatpay-apiv3/wechatpay-go/utils"
)

const (
	// certificatesAge is how long fetched certificates are not asked for again;
	// WeChat Pay wants it below twelve hours.
	certificatesAge = 11 * time.Hour
	// certificatesPause lies between two attempts: anybody can send a serial
	// that nobody knows. It is short while there is no certificate at all, for
	// then no call of ours can be made.
	certificatesPause      = time.Minute
	certificatesFirstPause = 5 * time.Second
)

// certificates are WeChat Pay's platform certificates. It is what the library
// calls a CertificateGetter, and hides those that are not valid now.
type certificates struct {
	now  func() time.Time
	turn chan struct{} // holds one token: who has it fetches

	mu       sync.RWMutex
	bySerial map[string]*x509.Certificate
	fetched  time.Time // zero: never
	tried    time.Time
}

var _ core.CertificateGetter = (*certificates)(nil)

func newCertificates(now func() time.Time, given []*x509.Certificate) *certificates {
	c := &certificates{now: now, turn: make(chan struct{}, 1), bySerial: map[string]*x509.Certificate{}}
	for _, one := range given {
		c.bySerial[utils.GetCertificateSerialNumber(*one)] = one
	}
	return c
}

// look tells an unknown serial from a certificate that is not valid now.
func (c *certificates) look(serial string) error {
	c.mu.RLock()
	defer c.mu.RUnlock()
	one, known := c.bySerial[serial]
	switch {
	case !known:
		return errSerial
	case !utils.IsCertificateValid(*one, c.now()):
		return errExpired
	}
	return nil
}

// Get finds a certificate that is valid now.
func (c *certificates) Get(_ context.Context, serial string) (*x509.Certificate, bool) {
	if c.look(serial) != nil {
		return nil, false
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.bySerial[serial], true
}

// GetAll is a copy of those valid now.
func (c *certificates) GetAll(context.Context) map[string]*x509.Certificate {
	c.mu.RLock()
	defer c.mu.RUnlock()
	all := maps.Clone(c.bySerial)
	maps.DeleteFunc(all, func(_ string, one *x509.Certificate) bool { return !utils.IsCertificateValid(*one, c.now()) })
	return all
}

// GetNewestSerial is empty if there is none.
func (c *certificates) GetNewestSerial(ctx context.Context) (newest string) {
	var since time.Time
	for serial, one := range c.GetAll(ctx) {
		if newest == "" || one.NotBefore.After(since) {
			newest, since = serial, one.NotBefore
		}
	}
	return newest
}

// due reports certificates that were fetched and are old by now.
func (c *certificates) due() bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return !c.fetched.IsZero() && c.now().Sub(c.fetched).Abs() >= certificatesAge
}

var errTriedJustNow = errors.New("the platform certificates were asked for just now, in vain")

// refreshed fetches once for all who wait, and not again within the pause.
func (c *certificates) refreshed(ctx context.Context, wait time.Duration, fetch func(context.Context) (map[string]*x509.Certificate, error)) error {
	began := c.now()
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	c.mu.Lock()
	tried, fetched := c.tried, c.fetched
	if !tried.IsZero() && c.now().Sub(tried).Abs() < wait {
		c.mu.Unlock()
		if !fetched.IsZero() && !fetched.Before(began) {
			return nil // by whom we waited for
		}
		return errTriedJustNow
	}
	c.tried = c.now()
	c.mu.Unlock()
	fresh, err := fetch(ctx)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	maps.Copy(c.bySerial, fresh) // those given from the start stay; the expired are hidden
	c.fetched = c.now()
	return nil
}

var errCertificates = errors.New("the platform certificates cannot be read with the APIv3 key")

// fetchCertificates asks for the platform certificates. They are sealed under
// the APIv3 key, and what signs their answer must be one of them or known.
func (c *Client) fetchCertificates(ctx context.Context) (map[string]*x509.Certificate, error) {
	var all map[string]*x509.Certificate
	err := c.exchange(ctx, callCertificates, func(ctx context.Context) (*core.APIResult, error) {
		result, err := c.bare.Get(ctx, consts.WechatPayAPIServer+"/v3/certificates")
		if err != nil {
			return result, err
		}
		defer result.Response.Body.Close()
		body, err := io.ReadAll(result.Response.Body)
		if err != nil {
			return result, err
		}
		if all, err = c.readCertificates(body); err != nil {
			return result, err
		}
		s, err := readSignature(result.Response.Header)
		if err != nil {
			return result, err
		}
		if err := s.acceptable(c.o.Now()); err != nil {
			return result, err
		}
		if c.verifier(core.NewCertificateMap(all)).Verify(ctx, s.serial, s.message(body), s.value) != nil {
			return result, errForged
		}
		return result, nil
	})
	return all, err
}

// readCertificates opens those that are valid now.
func (c *Client) readCertificates(body []byte) (map[string]*x509.Certificate, error) {
	var list struct {
		Data []struct {
			Serial string   `json:"serial_no"`
			Sealed resource `json:"encrypt_certificate"`
		} `json:"data"`
	}
	if json.Unmarshal(body, &list) != nil {
		return nil, errUnreadable
	}
	all := map[string]*x509.Certificate{}
	for _, item := range list.Data {
		pem, err := c.open(item.Sealed)
		if err != nil {
			return nil, errCertificates
		}
		one, err := certificate(pem)
		if err != nil || utils.GetCertificateSerialNumber(*one) != item.Serial {
			return nil, errUnreadable
		}
		if utils.IsCertificateValid(*one, c.o.Now()) {
			all[item.Serial] = one
		}
	}
	switch {
	case len(list.Data) == 0:
		return nil, errUnreadable
	case len(all) == 0:
		return nil, errExpired
	}
	return all, nil
}
