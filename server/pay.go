package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"hongyan/billing"
	"hongyan/billing/wechatpay"
	"hongyan/store"
)

// payNotices is where WeChat Pay sends its notices.
const payNotices = "/pay/notice/"

type payConfig struct {
	MchID         string   `name:"mchid" help:"Merchant number (商户号) of WeChat Pay. Empty: nothing can be sold."`
	Serial        string   `help:"Serial of the merchant's API certificate (商户 API 证书序列号)."`
	KeyFile       string   `help:"File with that certificate's private key, apiclient_key.pem." placeholder:"FILE"`
	APIv3Key      string   `name:"apiv3-key" help:"APIv3 key, 32 characters."`
	APIv3KeyFile  string   `name:"apiv3-key-file" help:"File with the APIv3 key, instead of --pay.apiv3-key." placeholder:"FILE"`
	PublicKeyID   string   `help:"Id of WeChat Pay's public key (PUB_KEY_ID_…). Empty: its platform certificates are fetched and used."`
	PublicKeyFile string   `help:"File with WeChat Pay's public key, pub_key.pem." placeholder:"FILE"`
	Certificates  []string `help:"Files with platform certificates to know from the start, PEM." placeholder:"FILE"`
}

// given tells whether anything about WeChat Pay is configured.
func (p payConfig) given() bool {
	return p.MchID+p.Serial+p.KeyFile+p.APIv3Key+p.APIv3KeyFile+p.PublicKeyID+p.PublicKeyFile != "" || len(p.Certificates) > 0
}

// check wants all of it or nothing, and names what is missing.
func (p payConfig) check() error {
	if !p.given() {
		return nil
	}
	var missing []string
	for _, need := range []struct{ flag, value string }{
		{"--pay.mchid", p.MchID},
		{"--pay.serial", p.Serial},
		{"--pay.key-file", p.KeyFile},
		{"--pay.apiv3-key-file (or --pay.apiv3-key)", p.APIv3Key + p.APIv3KeyFile},
	} {
		if need.value == "" {
			missing = append(missing, need.flag)
		}
	}
	switch {
	case p.PublicKeyID == "" && p.PublicKeyFile != "":
		missing = append(missing, "--pay.public-key-id")
	case p.PublicKeyID != "" && p.PublicKeyFile == "":
		missing = append(missing, "--pay.public-key-file")
	}
	if len(missing) > 0 {
		return fmt.Errorf("WeChat Pay is configured in part; give these too, or none of --pay.…: %s", strings.Join(missing, " "))
	}
	if p.APIv3Key != "" && p.APIv3KeyFile != "" {
		return errors.New("--pay.apiv3-key and --pay.apiv3-key-file are both given: one is enough")
	}
	return nil
}

// apiv3Key is the key itself or what its file holds.
func (p payConfig) apiv3Key() (string, error) {
	if p.APIv3KeyFile == "" {
		return p.APIv3Key, nil
	}
	raw, err := os.ReadFile(p.APIv3KeyFile)
	if err != nil {
		return "", fmt.Errorf("read --pay.apiv3-key-file: %w", err)
	}
	return strings.TrimSpace(string(raw)), nil
}

// read reads the files of a complete configuration.
func (p payConfig) read() (o wechatpay.Options, err error) {
	o = wechatpay.Options{MchID: p.MchID, Serial: p.Serial, PublicKeyID: p.PublicKeyID}
	if o.APIv3Key, err = p.apiv3Key(); err != nil {
		return o, err
	}
	if o.PrivateKey, err = os.ReadFile(p.KeyFile); err != nil {
		return o, fmt.Errorf("read --pay.key-file: %w", err)
	}
	if p.PublicKeyFile != "" {
		if o.PublicKey, err = os.ReadFile(p.PublicKeyFile); err != nil {
			return o, fmt.Errorf("read --pay.public-key-file: %w", err)
		}
	}
	for _, path := range p.Certificates {
		pem, err := os.ReadFile(path)
		if err != nil {
			return o, fmt.Errorf("read --pay.certificates: %w", err)
		}
		o.Certificates = append(o.Certificates, pem)
	}
	return o, nil
}

// payAccount is who sells here, with its keys; ok is false where nobody does.
func (n *node) payAccount() (o wechatpay.Options, ok bool, err error) {
	if n.config.sandboxMode() {
		return n.sandboxMerchant(), true, nil
	}
	if !n.config.Pay.given() {
		return o, false, nil
	}
	o, err = n.config.Pay.read()
	o.AppID, o.Host = n.account().AppID, n.account().Pay
	return o, true, err
}

// sandboxMerchant is whom the sandbox's WeChat Pay knows. Its notices come
// straight to this process.
func (n *node) sandboxMerchant() wechatpay.Options {
	a := sandboxPay(n.at.key)
	o := wechatpay.Options{
		MchID: a.MchID, Serial: a.Serial, PrivateKey: []byte(a.PrivateKey), APIv3Key: a.APIv3Key,
		PublicKeyID: a.PublicKeyID, PublicKey: []byte(a.PublicKey), Certificates: [][]byte{[]byte(a.Certificate)},
		AppID: n.account().AppID, Host: n.at.api, NotifyBase: n.inside,
	}
	if n.sandbox != nil {
		o.HTTP = &http.Client{Transport: n.sandbox.Transport()}
	}
	return o
}

// wireBilling makes the shop, and WeChat Pay for it if there is an account.
func (n *node) wireBilling(ctx context.Context) error {
	shop := billing.Options{Log: n.log}
	o, ok, err := n.payAccount()
	if err != nil {
		return err
	}
	if ok {
		if o.NotifyBase == "" {
			o.NotifyBase = n.config.BaseURL
		}
		o.NotifyBase += strings.TrimSuffix(payNotices, "/")
		// Its clock stays the machine's: by it signatures are judged at both ends,
		// also where the clock of what is sold was moved.
		o.Refuse, o.Log, o.Observe = store.InTx, n.log, n.metrics.payCall
		if n.pay, err = wechatpay.New(ctx, o); err != nil {
			return err
		}
		shop.Gateway, shop.Payee = n.pay, n.pay.Payee()
	}
	n.billing = billing.New(n.db, n.push, shop)
	return nil
}

const noPay = "not configured (--pay.mchid), nothing can be sold"

// checkPay asks WeChat Pay something harmless.
func (n *node) checkPay(ctx context.Context) (string, error) {
	if n.pay == nil {
		return noPay, errSkipped
	}
	return n.pay.Check(ctx)
}

// checkPayNotice sends an unsigned notice to where WeChat Pay will send its own:
// it has to come through to us and be refused.
func (n *node) checkPayNotice(ctx context.Context) (string, error) {
	switch {
	case n.pay == nil:
		return noPay, errSkipped
	case n.config.sandboxMode():
		return "the sandbox reaches this server", errSkipped
	case !strings.HasPrefix(n.config.BaseURL, "https://"):
		return "", fmt.Errorf("--base-url %s: WeChat Pay sends notices to https alone", n.config.BaseURL)
	}
	return askPayNotice(ctx, http.DefaultClient, n.config.BaseURL+payNotices+"pay")
}

func askPayNotice(ctx context.Context, client *http.Client, at string) (string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, at, strings.NewReader("{}"))
	if err != nil {
		return "", err
	}
	resp, err := client.Do(r)
	var out *url.Error
	switch {
	case errors.As(err, &out):
		return "", fmt.Errorf("%s is not reachable: %w", at, out.Err)
	case err != nil:
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<10))
	if err != nil || resp.StatusCode != http.StatusUnauthorized || !strings.Contains(string(body), `"FAIL"`) {
		return "", fmt.Errorf("%s answered %s: something stands before the server", at, resp.Status)
	}
	return at + " takes notices and refuses what is not signed", nil
}
