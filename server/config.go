package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"hongyan/oa"
	"hongyan/push"
)

// Config is everything an operator can say, by flag, by HONGYAN_… in the
// environment or in the YAML file, in that order of strength.
type Config struct {
	Listen     string `group:"server" default:"127.0.0.1:8080" help:"Address to serve HTTP on."`
	Data       string `group:"server" default:"./data" help:"Folder of the database file and the sandbox's state."`
	TLSListen  string `group:"server" name:"tls-listen" help:"Address to serve HTTPS on beside --listen, such as :443." placeholder:"ADDRESS"`
	TLSCert    string `group:"server" name:"tls-cert" help:"File with the certificate for --tls-listen and those above it, PEM." placeholder:"FILE"`
	TLSKey     string `group:"server" name:"tls-key" help:"File with the certificate's key, PEM." placeholder:"FILE"`
	BaseURL    string `group:"server" help:"Address that users and WeChat reach this server by; begins every link. Default: http:// and the listen address."`
	Database   string `group:"database" help:"postgres://… for PostgreSQL. Default: a SQLite file in the data folder."`
	Redis      string `group:"database" help:"redis://… shared by several nodes. Default: caches in the process."`
	SecretFile string `group:"database" help:"File with the 32-byte server key in hex. Default: a key kept in the database."`
	Config     string `group:"server" help:"YAML file with these settings." placeholder:"FILE"`
	LogFormat  string `group:"server" default:"text" enum:"text,json" help:"text or json."`
	LogLevel   string `group:"server" default:"info" enum:"debug,info,warn,error" help:"debug, info, warn or error."`

	VerifyFiles string `group:"server" help:"Folder of WeChat's domain verification files (MP_verify_….txt), served at the root."`

	SandboxPublic bool   `group:"sandbox" help:"Let the sandbox listen on an address others can reach; every sandbox link then carries a random key."`
	SandboxAt     string `group:"sandbox" help:"Use the sandbox process at this address, as it printed it, instead of one inside the server." placeholder:"URL"`
	Profile       string `group:"sandbox" default:"real" enum:"real,fast,bench,hostile" help:"How WeChat behaves in the sandbox: real, fast, bench or hostile."`

	TrustedProxies []string `group:"server" help:"Addresses and networks of the proxies in front, such as 127.0.0.1 or 10.0.0.0/8; only their X-Forwarded-For is believed."`

	Limit    limitConfig    `embed:"" group:"limits" prefix:"limit."`
	Push     pushConfig     `embed:"" group:"limits" prefix:"push."`
	Callback callbackConfig `embed:"" group:"limits" prefix:"callback."`
	WeChat   wechatConfig   `embed:"" group:"wechat" prefix:"wechat."`
	Pay      payConfig      `embed:"" group:"pay" prefix:"pay."`
}

type limitConfig struct {
	Sends   int `default:"20" help:"Send calls of an app or a simple push token per 10 seconds; 0 = no limit."`
	PerUser int `default:"2000" help:"Messages to a user per day, of all apps together; 0 = no limit."`
	Lookups int `default:"20" help:"Look-ups without a token per second and source address, five times as many in a row; 0 = no limit."`
	Apps    int `default:"20" help:"Apps that one user may own; administrators may own more; 0 = no limit."`

	OnlyAdmins bool `help:"Let nobody but administrators make apps."`
}

// limits are what holds until the administrator sets something else.
func (l limitConfig) limits() push.Limits {
	return push.Limits{
		Sends: push.SendsOf(l.Sends), PerUser: push.PerUserOf(l.PerUser), Lookups: push.LookupsOf(l.Lookups),
		Apps: l.Apps, OnlyAdmins: l.OnlyAdmins,
	}
}

type pushConfig struct {
	Spacing time.Duration `default:"0s" help:"Least time between two cards to one follower."`
	Hold    bool          `help:"Accept sends but hold deliveries back."`
}

type callbackConfig struct {
	Allow []string `help:"Private networks or host:port pairs that callbacks may reach, such as 10.1.0.0/16 or intranet.example:8000."`
}

type wechatConfig struct {
	AppID          string            `help:"appid of the official account. Empty: sandbox mode."`
	Secret         string            `help:"AppSecret."`
	OriginalID     string            `help:"The account's original id (gh_…)."`
	Token          string            `help:"Token of the server configuration (服务器配置)."`
	PreviousToken  string            `help:"The token before the last change, still accepted."`
	AESKey         string            `help:"EncodingAESKey, 43 characters."`
	PreviousAESKey string            `help:"The key before the last change, still accepted."`
	Mode           oa.Mode           `default:"safe" enum:"plain,compatible,safe" help:"Message mode: plain, compatible or safe. Nothing weaker is accepted."`
	JSON           bool              `help:"The account pushes JSON instead of XML."`
	API            string            `default:"https://api.weixin.qq.com" help:"Address of WeChat's API."`
	Open           string            `default:"https://open.weixin.qq.com" help:"Address of WeChat's web authorisation."`
	MP             string            `default:"https://mp.weixin.qq.com" help:"Address of WeChat's QR images."`
	Pay            string            `default:"https://api.mch.weixin.qq.com" help:"Address of WeChat Pay."`
	Template       string            `help:"template_id that messages are sent with."`
	Fields         map[string]string `help:"How the template's fields are filled; placeholders {app} {topic} {source} {summary} {time} {id}." default:"thing1={source};thing2={summary};time3={time};character_string4={id}"`
	Route          string            `default:"template" enum:"template,template-then-customer,customer-then-template" help:"template, template-then-customer or customer-then-template."`
}

// sandboxMode tells whether WeChat is played by the sandbox.
func (c *Config) sandboxMode() bool { return c.WeChat.AppID == "" }

// check refuses what cannot work, before anything is opened.
func (c *Config) check() error {
	if err := c.checkBaseURL(); err != nil {
		return err
	}
	if _, err := trustedProxies(c.TrustedProxies); err != nil {
		return err
	}
	if err := c.checkTLS(); err != nil {
		return err
	}
	if c.sandboxMode() {
		return c.checkSandbox()
	}
	return c.checkAccount()
}

func (c *Config) checkBaseURL() error {
	if c.BaseURL == "" {
		return nil
	}
	c.BaseURL = strings.TrimRight(c.BaseURL, "/")
	u, err := url.Parse(c.BaseURL)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || u.Path+u.RawQuery+u.Fragment != "" || u.User != nil {
		return fmt.Errorf("--base-url %q: give scheme and host, such as https://push.example.com", c.BaseURL)
	}
	return nil
}

// checkAccount names every setting that an official account still needs.
func (c *Config) checkAccount() error {
	var missing []string
	for _, need := range []struct{ flag, value string }{
		{"--wechat.secret", c.WeChat.Secret},
		{"--wechat.token", c.WeChat.Token},
		{"--wechat.template", c.WeChat.Template},
		{"--base-url", c.BaseURL},
	} {
		if need.value == "" {
			missing = append(missing, need.flag)
		}
	}
	if c.WeChat.AESKey == "" && c.WeChat.Mode != oa.ModePlain {
		missing = append(missing, "--wechat.aes-key")
	}
	if len(missing) > 0 {
		return fmt.Errorf("an official account is configured (--wechat.app-id), so these are needed too: %s", strings.Join(missing, " "))
	}
	if c.SandboxPublic || c.SandboxAt != "" {
		return errors.New("an official account is configured (--wechat.app-id), so --sandbox-public and --sandbox-at have no place")
	}
	return c.Pay.check()
}

// checkSandbox keeps the sandbox, where anybody may be anybody, from being
// reached by others without a key.
func (c *Config) checkSandbox() error {
	if c.WeChat.Secret+c.WeChat.Token+c.WeChat.AESKey != "" {
		return errors.New("settings of an official account are given without its --wechat.app-id; with it the account is used, without any of them the sandbox")
	}
	if c.Pay.given() {
		return errors.New("settings of WeChat Pay are given without an official account (--wechat.app-id): real money has no place in the sandbox")
	}
	at, err := c.sandboxAt()
	if err != nil {
		return err
	}
	if c.SandboxPublic {
		if c.SandboxAt != "" && at.key == "" {
			return errors.New("--sandbox-public with a sandbox that has no key: start that one with --sandbox-public too and give the address it prints")
		}
		return nil
	}
	for _, address := range []string{c.Listen, c.TLSListen} {
		if address == "" {
			continue
		}
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return fmt.Errorf("--listen %q: give host:port, such as 127.0.0.1:8080", address)
		}
		if addr, err := netip.ParseAddr(host); host != "localhost" && (err != nil || !addr.Unmap().IsLoopback()) {
			return errNotLoopback
		}
	}
	return nil
}

var errNotLoopback = errors.New("in the sandbox anybody who reaches the server can act as any follower, so it listens on loopback only: " +
	"use --listen 127.0.0.1:8080, give --sandbox-public, or configure an official account with --wechat.app-id")

// secrets are the configured values that no log may show.
func (c *Config) secrets() []string {
	list := []string{
		c.WeChat.Secret, c.WeChat.Token, c.WeChat.PreviousToken, c.WeChat.AESKey, c.WeChat.PreviousAESKey,
	}
	if key, err := c.Pay.apiv3Key(); err == nil {
		list = append(list, key)
	}
	for _, address := range []string{c.Database, c.Redis} {
		if u, err := url.Parse(address); err == nil && u.User != nil {
			password, _ := u.User.Password()
			list = append(list, password)
		}
	}
	if at, err := c.sandboxAt(); err == nil {
		list = append(list, at.key)
	}
	return list
}

// databaseURL is the configured database or the SQLite file of the data folder.
func (c *Config) databaseURL() string {
	if c.Database != "" {
		return c.Database
	}
	return filepath.Join(c.Data, "hongyan.db")
}

// databaseFile is the path of a SQLite database; ok is false on PostgreSQL.
func (c *Config) databaseFile() (path string, ok bool) {
	address := c.databaseURL()
	return strings.TrimPrefix(address, "sqlite:"), !strings.HasPrefix(address, "postgres")
}

// makeData makes the data folder, closed to other users of the machine.
func (c *Config) makeData() error {
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	return nil
}
