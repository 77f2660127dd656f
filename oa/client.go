package oa

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/silenceper/wechat/v2/cache"
)

// Hosts are where WeChat is asked: scheme and host, without a slash at the
// end. Empty ones are WeChat's own.
type Hosts struct{ API, Open, MP, Pay string }

// withDefaults fills in WeChat's own hosts.
func (h Hosts) withDefaults() Hosts {
	or := func(host, real string) string {
		if host == "" {
			return real
		}
		return strings.TrimRight(host, "/")
	}
	return Hosts{
		API:  or(h.API, "https://api.weixin.qq.com"),
		Open: or(h.Open, "https://open.weixin.qq.com"),
		MP:   or(h.MP, "https://mp.weixin.qq.com"),
		Pay:  or(h.Pay, "https://api.mch.weixin.qq.com"),
	}
}

// CodeNetwork is what Observe is given for a call without a usable answer.
const CodeNetwork = -1000

// ClientOptions are what a [Client] needs.
type ClientOptions struct {
	AppID, Secret string
	Hosts         Hosts
	// HTTP carries the calls; redirects are never followed. nil: a client of
	// our own with sane limits.
	HTTP *http.Client
	// Tokens shares the access token among nodes. Its failures never fail a
	// call. nil: each process has its own.
	Tokens cache.ContextCache
	Now    func() time.Time // nil: time.Now
	// Refuse reports a context no call may be made with, such as that of an
	// open transaction.
	Refuse func(context.Context) bool
	Log    *slog.Logger
	// Observe sees every call to the platform: its path, errcode (0 success,
	// CodeNetwork no answer) and time taken.
	Observe func(path string, code int, took time.Duration)
}

// Client asks WeChat on behalf of one account. It is safe for concurrent use.
type Client struct {
	appID, secret string
	hosts         Hosts
	http          *http.Client
	now           func() time.Time
	refuse        func(context.Context) bool
	log           *slog.Logger
	observe       func(string, int, time.Duration)
	tokens        *tokenSource
}

// NewClient makes no call yet.
func NewClient(o ClientOptions) *Client {
	c := &Client{appID: o.AppID, secret: o.Secret, hosts: o.Hosts.withDefaults(), http: withoutRedirects(o.HTTP),
		now: o.Now, refuse: o.Refuse, log: o.Log, observe: o.Observe}
	if c.now == nil {
		c.now = time.Now
	}
	if c.refuse == nil {
		c.refuse = func(context.Context) bool { return false }
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if c.observe == nil {
		c.observe = func(string, int, time.Duration) {}
	}
	c.tokens = newTokenSource(o.Tokens, o.AppID, c.now, c.log, c.fetchToken)
	return c
}

// withoutRedirects copies the client given, or makes one: WeChat's API never
// redirects, and following one would carry the token elsewhere.
func withoutRedirects(given *http.Client) *http.Client {
	client := http.Client{Transport: newTransport()}
	if given != nil {
		client = *given
	}
	client.Jar = nil
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &client
}

// newTransport keeps enough idle connections for a fan-out, and takes no proxy
// from the environment.
func newTransport() *http.Transport {
	dialer := &net.Dialer{Timeout: 3 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		DialContext:            dialer.DialContext,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           512,
		MaxIdleConnsPerHost:    256,
		IdleConnTimeout:        90 * time.Second,
		TLSHandshakeTimeout:    3 * time.Second,
		ResponseHeaderTimeout:  callTimeout,
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: 64 << 10,
	}
}

// TokenState tells how the account's access token stands in this process.
func (c *Client) TokenState() TokenState { return c.tokens.state() }
