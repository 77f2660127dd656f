package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"hongyan/oa"
	"hongyan/oa/sandbox"
	"hongyan/oa/sandbox/pay"
	"hongyan/server/page"
)

// sandboxAddress is where the sandbox is: for calls between servers, and for
// what a browser meets, which carries the key if there is one.
type sandboxAddress struct{ api, browser, key string }

// sandboxAt reads --sandbox-at, with or without the key that a public sandbox
// prints: http://host:port or http://host:port/sandbox/KEY.
func (c *Config) sandboxAt() (sandboxAddress, error) {
	if c.SandboxAt == "" {
		return sandboxAddress{}, nil
	}
	u, err := url.Parse(c.SandboxAt)
	if err != nil || u.Host == "" {
		return sandboxAddress{}, fmt.Errorf("--sandbox-at %q: give an address such as http://127.0.0.1:8081", c.SandboxAt)
	}
	at := sandboxAddress{api: u.Scheme + "://" + u.Host}
	key, ok := strings.CutPrefix(strings.Trim(u.Path, "/"), "sandbox")
	if !ok && u.Path != "" && u.Path != "/" {
		return sandboxAddress{}, fmt.Errorf("--sandbox-at %q: after the host only /sandbox/ and the key may follow", c.SandboxAt)
	}
	at.key = strings.Trim(key, "/")
	at.browser = browserAddress(at.api, at.key)
	return at, nil
}

func browserAddress(base, key string) string {
	if key == "" {
		return base + "/sandbox"
	}
	return base + "/sandbox/" + key
}

// sandboxKey is the random key of a sandbox that others may reach. It stays
// the same over restarts, so that an open phone page goes on.
func sandboxKey(c *Config) (string, error) {
	if !c.SandboxPublic {
		return "", nil
	}
	path := filepath.Join(c.Data, "sandbox.key")
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		key := rand.Text()
		return key, os.WriteFile(path, []byte(key), 0o600)
	}
	key := strings.TrimSpace(string(raw))
	if err == nil && len(key) < 26 {
		err = fmt.Errorf("%s holds no key: delete it to get a new one", path)
	}
	return key, err
}

// sandboxAccount is the account that server and sandbox agree on. Under a key
// its secrets follow from the key: those of the default account stand in the
// source, and with them anybody could sign a follower's event.
func sandboxAccount(key string) oa.Account {
	a := sandbox.DefaultAccount()
	if key == "" {
		return a
	}
	derive := func(purpose string) string {
		sum := sha256.Sum256([]byte("hongyan sandbox " + purpose + " " + key))
		return hex.EncodeToString(sum[:16])
	}
	a.Secret, a.Token = derive("secret"), derive("token")
	return a
}

// sandboxPay is the merchant that server and sandbox agree on. Its RSA keys
// stand in the source; under a key nobody can write a notice all the same,
// for that takes the APIv3 key.
func sandboxPay(key string) pay.Account {
	a := sandbox.DefaultPay()
	if key != "" {
		sum := sha256.Sum256([]byte("hongyan sandbox apiv3 " + key))
		a.APIv3Key = hex.EncodeToString(sum[:16])
	}
	return a
}

// sandboxOptions are common to a sandbox within the server and one outside.
func sandboxOptions(a oa.Account, o sandbox.Options) sandbox.Options {
	o.AppID, o.Secret, o.OriginalID = a.AppID, a.Secret, a.OriginalID
	o.Token, o.AESKey, o.Mode, o.JSON = a.Token, a.AESKey, a.Mode, a.JSON
	return o
}

// newSandbox makes the WeChat that runs inside this process.
func (n *node) newSandbox(dir string) (*sandbox.Sandbox, error) {
	return sandbox.New(sandboxOptions(sandboxAccount(n.at.key), sandbox.Options{
		Callback: n.inside + "/wechat/callback",
		Profile:  n.config.Profile,
		Dir:      dir,
		BaseURL:  n.config.BaseURL + "/sandbox",
		Key:      n.at.key,
		Pay:      sandboxPay(n.at.key),
		Log:      n.log,
		Now:      n.clock.Now,
		Move:     n.letPass,
		OneClock: true,

		PageCookies: page.Cookies(n.config.BaseURL),
	}))
}

// sandboxCall asks the sandbox's control API, without a socket if it runs in
// this process.
func (n *node) sandboxCall(ctx context.Context, path string, body, answer any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("sandbox %s: %w", path, err)
	}
	address, client := n.at.browser, http.DefaultClient
	if n.sandbox != nil {
		address = browserAddress("http://sandbox.invalid", n.at.key)
		client = &http.Client{Transport: sandbox.Local(n.sandbox.Handler())}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address+"/api"+path, bytes.NewReader(raw))
	if err != nil {
		return fmt.Errorf("sandbox %s: %w", path, err)
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(r)
	if err != nil {
		return fmt.Errorf("sandbox %s: %w", path, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("sandbox %s: answered %s", path, resp.Status)
	}
	if answer == nil {
		return nil
	}
	return json.NewDecoder(resp.Body).Decode(answer)
}
