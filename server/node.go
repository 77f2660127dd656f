package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"path/filepath"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"

	"hongyan/billing"
	"hongyan/billing/wechatpay"
	"hongyan/bot"
	"hongyan/commands"
	"hongyan/oa"
	"hongyan/oa/sandbox"
	"hongyan/push"
	"hongyan/push/callback"
	"hongyan/push/session"
	"hongyan/push/wechat"
	"hongyan/server/console"
	"hongyan/server/demo"
	"hongyan/store"
	"hongyan/store/cache"
	"hongyan/store/limit"
)

// node is one process of the platform, wired and not yet running.
type node struct {
	config  Config // BaseURL is always set
	inside  string // the address by which this process reaches itself
	at      sandboxAddress
	log     *slog.Logger
	metrics *metrics
	clock   *clock
	db      *store.DB
	redis   *redis.Client
	cache   *cache.Cache
	limit   *limit.Limiter
	push    *push.Service
	session *session.Service
	billing *billing.Service
	console *console.Console
	wechat  *oa.Client
	cards   *wechat.Channel
	calls   *callback.Channel
	events  *oa.Handler
	pay     *wechatpay.Client // nil where nothing can be sold
	sandbox *sandbox.Sandbox  // nil with an official account or an outside sandbox
	demo    *demo.Demo        // nil with an official account
	handler http.Handler
	ready   readiness
}

// newNode opens the database and wires everything. base and inside are the
// addresses of reachedAt; sandboxDir keeps the state of a sandbox inside the
// process, in memory if it is empty.
func newNode(ctx context.Context, c Config, base, inside, sandboxDir string, log *slog.Logger) (n *node, err error) {
	c.BaseURL = base
	n = &node{config: c, inside: inside, log: log, metrics: newMetrics(), clock: newClock()}
	defer func() {
		if err != nil {
			err = errors.Join(err, n.close())
		}
	}()
	if err := n.openStores(ctx); err != nil {
		return n, err
	}
	if c.sandboxMode() {
		if err := n.wireSandbox(sandboxDir); err != nil {
			return n, err
		}
	}
	n.wireWeChat()
	if err := n.wirePush(ctx); err != nil {
		return n, err
	}
	if err := n.wireBilling(ctx); err != nil {
		return n, err
	}
	if err := n.wireEvents(); err != nil {
		return n, err
	}
	if n.handler, err = n.routes(); err != nil {
		return n, err
	}
	n.metrics.watch(n)
	return n, nil
}

// openStores opens the database, and Redis if there is one.
func (n *node) openStores(ctx context.Context) (err error) {
	if n.db, err = store.Open(ctx, n.config.databaseURL(), store.Options{Now: n.clock.Now, Log: n.log}); err != nil {
		return err
	}
	if n.config.sandboxMode() {
		if err := n.readClock(ctx); err != nil {
			return err
		}
	}
	o := cache.Options{Prefix: "hongyan:", Now: n.db.Now}
	if n.config.Redis != "" {
		options, err := redis.ParseURL(n.config.Redis)
		if err != nil {
			return fmt.Errorf("--redis: %w", err)
		}
		options.ContextTimeoutEnabled = true // a Redis that hangs holds nobody longer than the caller waits
		n.redis = redis.NewClient(options)
		o.Redis = n.redis
	}
	n.cache = cache.New(o)
	n.limit = limit.New(limit.Options{Redis: n.redis, Prefix: o.Prefix, Now: n.db.Now})
	return nil
}

// wireSandbox finds the sandbox outside or makes one, and the demo app's
// server.
func (n *node) wireSandbox(dir string) (err error) {
	if n.at, err = n.config.sandboxAt(); err != nil {
		return err
	}
	if n.at.api == "" {
		key, err := sandboxKey(&n.config)
		if err != nil {
			return err
		}
		n.at = sandboxAddress{"http://sandbox.invalid", browserAddress(n.config.BaseURL, key), key}
		if n.sandbox, err = n.newSandbox(dir); err != nil {
			return err
		}
	}
	o := demo.Options{
		BaseURL: n.config.BaseURL, Inside: n.inside, Phone: n.at.browser + "/",
		Receiver: receiverAt(n.inside), Reached: !n.config.SandboxPublic, Now: n.db.Now, Log: n.log,
	}
	o.Path = n.demoPath()
	n.demo, err = demo.New(o)
	return err
}

// wireWeChat makes the client of WeChat's API.
func (n *node) wireWeChat() {
	a := n.account()
	var client *http.Client
	if n.sandbox != nil {
		client = &http.Client{Transport: n.sandbox.Transport()}
	}
	n.wechat = oa.NewClient(oa.ClientOptions{
		AppID:   a.AppID,
		Secret:  a.Secret,
		Hosts:   oa.Hosts{API: a.API, Open: a.Open, MP: a.MP, Pay: a.Pay},
		HTTP:    client,
		Tokens:  n.cache.WeChat(),
		Now:     n.db.Now,
		Refuse:  store.InTx,
		Log:     n.log,
		Observe: n.metrics.wechatCall,
	})
}

func (n *node) wirePush(ctx context.Context) error {
	secret, err := serverKey(n.config.SecretFile)
	if err != nil {
		return err
	}
	n.push, err = push.New(ctx, n.db, push.Options{
		BaseURL:      n.config.BaseURL,
		Account:      n.config.mode(),
		Secret:       secret,
		Log:          n.log,
		Spacing:      n.config.Push.Spacing,
		Limit:        n.limit,
		Limits:       n.config.Limit.limits(),
		CardTemplate: push.CardTemplate{ID: n.account().Template, Fields: n.account().Fields},
		Say: func(ctx context.Context, to push.OpenID, text string) error {
			return n.wechat.SendText(ctx, string(to), text)
		},
	})
	if err != nil {
		return err
	}
	n.session = session.New(n.db, n.push)
	n.push.Hold(n.config.Push.Hold)
	a := n.account()
	if n.cards, err = wechat.New(wechat.Options{
		Client:     n.wechat,
		Push:       n.push,
		TemplateID: a.Template,
		Fields:     a.Fields,
		Route:      a.Route,
		Chosen:     n.push.CardTemplate,
		Now:        n.db.Now,
	}); err != nil {
		return err
	}
	options, err := n.config.callbackOptions(n.inside)
	if err != nil {
		return err
	}
	options.Now, options.Log = n.db.Now, n.log
	n.calls = callback.New(options)
	return nil
}

// callbackOptions allow the configured private targets and, in sandbox mode,
// the demo's receiver inside this process. A sandbox that only this machine
// reaches calls every port of this machine: that is where the programs of who
// tries it listen.
func (c *Config) callbackOptions(inside string) (callback.Options, error) {
	prefixes, hosts, err := callback.ParseAllow(c.Callback.Allow)
	if err != nil {
		return callback.Options{}, fmt.Errorf("%s: %w", callback.Setting, err)
	}
	if c.sandboxMode() {
		hosts = append(hosts, hostOf(inside))
		if !c.SandboxPublic {
			prefixes = append(prefixes, netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128"))
		}
	}
	return callback.Options{Allow: prefixes, AllowHosts: hosts}, nil
}

// wireEvents leads WeChat's events to the bot.
func (n *node) wireEvents() error {
	does := commands.New(commands.Options{Push: n.push, Sessions: n.session, Billing: n.billing, Log: n.log, BaseURL: n.config.BaseURL})
	b := bot.New(bot.Options{Push: n.push, Commands: does, Log: n.log, Now: n.db.Now})
	a := n.account()
	handler, err := oa.NewHandler(oa.Account{
		AppID:          a.AppID,
		Secret:         a.Secret,
		OriginalID:     a.OriginalID,
		Token:          a.Token,
		PreviousToken:  a.PreviousToken,
		AESKey:         a.AESKey,
		PreviousAESKey: a.PreviousAESKey,
		Mode:           a.Mode,
		JSON:           a.JSON,
	}, oa.HandlerOptions{Now: n.db.Now, Log: n.log, Handle: n.metrics.events(b.Handle)})
	n.events = handler
	return err
}

// sandboxDir keeps the state of a sandbox inside the server.
func (c *Config) sandboxDir() string { return filepath.Join(c.Data, "sandbox") }

// send works off deliveries, fan-outs and jobs until ctx ends and they have put
// down what they held.
func (n *node) send(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return n.push.RunDeliveries(ctx, n.cards) })
	g.Go(func() error { return n.push.RunFanout(ctx) })
	g.Go(func() error { return n.push.RunSchedule(ctx) })
	g.Go(func() error { return n.push.RunSettings(ctx) })
	g.Go(func() error { return n.runJobs(ctx) })
	g.Go(func() error { return n.followClock(ctx) })
	return g.Wait()
}

// close gives back what newNode opened.
func (n *node) close() error {
	var errs []error
	if n.redis != nil {
		errs = append(errs, n.redis.Close())
	}
	if n.db != nil {
		errs = append(errs, n.db.Close())
	}
	return errors.Join(errs...)
}
