package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"

	"hongyan/bot"
	"hongyan/commands"
	"hongyan/oa"
	"hongyan/oa/sandbox"
	"hongyan/push"
	"hongyan/push/callback"
	"hongyan/push/wechat"
	"hongyan/server/api"
	"hongyan/server/demo"
	"hongyan/server/page"
	"hongyan/server/ui"
	"hongyan/store"
	"hongyan/store/cache"
)

// node is one process of the platform, wired and not yet running.
type node struct {
	config  Config
	log     *slog.Logger
	metrics *metrics
	db      *store.DB
	redis   *redis.Client
	push    *push.Service
	wechat  *oa.Client
	cards   *wechat.Channel
	calls   *callback.Channel
	events  *oa.Handler
	sandbox *sandbox.Sandbox // nil with an official account or an outside sandbox
	demo    *demo.Demo       // nil with an official account
	handler http.Handler
	ready   readiness

	sandboxKey string // in every sandbox link when others can reach it
}

// newNode opens the database and wires everything. baseURL is the address the
// server is reached by.
func newNode(ctx context.Context, c Config, baseURL string, log *slog.Logger) (n *node, err error) {
	c.BaseURL = baseURL
	n = &node{config: c, log: log, metrics: newMetrics(), sandboxKey: rand.Text()}
	defer func() {
		if err != nil {
			err = errors.Join(err, n.close())
		}
	}()
	if n.db, err = store.Open(ctx, c.databaseURL(), store.Options{Log: log}); err != nil {
		return n, err
	}
	if c.Redis != "" {
		options, err := redis.ParseURL(c.Redis)
		if err != nil {
			return n, fmt.Errorf("--redis: %w", err)
		}
		n.redis = redis.NewClient(options)
	}
	if err := n.wireWeChat(); err != nil {
		return n, err
	}
	if err := n.wirePush(ctx); err != nil {
		return n, err
	}
	if err := n.wireEvents(); err != nil {
		return n, err
	}
	if n.config.sandboxMode() {
		if n.demo, err = demo.New(demo.Options{BaseURL: baseURL, Now: n.db.Now}); err != nil {
			return n, err
		}
	}
	if n.handler, err = n.routes(); err != nil {
		return n, err
	}
	n.metrics.watch(n)
	return n, nil
}

// account is the configured official account, or the sandbox's.
func (n *node) account() wechatConfig {
	if !n.config.sandboxMode() {
		return n.config.WeChat
	}
	a, agreed := n.config.WeChat, sandbox.DefaultAccount()
	a.AppID, a.Secret, a.OriginalID = agreed.AppID, agreed.Secret, agreed.OriginalID
	a.Token, a.AESKey, a.Mode, a.JSON = agreed.Token, agreed.AESKey, agreed.Mode, agreed.JSON
	a.Template = sandbox.DefaultTemplate
	if at := n.config.SandboxAt; at != "" {
		a.API, a.MP, a.Open = at, at+"/sandbox", at+"/sandbox"
	} else {
		a.API, a.MP, a.Open = "http://sandbox.invalid", n.config.BaseURL+"/sandbox", n.config.BaseURL+"/sandbox"
	}
	return a
}

func (n *node) cache() *cache.Cache {
	o := cache.Options{Prefix: "hongyan:", Now: n.db.Now}
	if n.redis != nil {
		o.Redis = n.redis
	}
	return cache.New(o)
}

// wireWeChat makes the client of WeChat's API and, in sandbox mode, the WeChat
// it talks to.
func (n *node) wireWeChat() error {
	a := n.account()
	var client *http.Client
	if n.config.sandboxMode() && n.config.SandboxAt == "" {
		sb, err := n.newSandbox()
		if err != nil {
			return err
		}
		n.sandbox = sb
		client = &http.Client{Transport: sb.Transport(), Timeout: 10 * time.Second}
	}
	n.wechat = oa.NewClient(oa.ClientOptions{
		AppID:   a.AppID,
		Secret:  a.Secret,
		Hosts:   oa.Hosts{API: a.API, Open: a.Open, MP: a.MP, Pay: a.Pay},
		HTTP:    client,
		Tokens:  n.cache().WeChat(),
		Now:     n.db.Now,
		Refuse:  store.InTx,
		Log:     n.log,
		Observe: n.metrics.wechatCall,
	})
	return nil
}

func (n *node) wirePush(ctx context.Context) error {
	secret, err := serverKey(n.config.SecretFile)
	if err != nil {
		return err
	}
	mode := n.config.WeChat.AppID
	if n.config.sandboxMode() {
		mode = "sandbox"
	}
	n.push, err = push.New(ctx, n.db, push.Options{
		BaseURL: n.config.BaseURL,
		Account: mode,
		Secret:  secret,
		Cache:   n.cache(),
		Log:     n.log,
		Spacing: n.config.Push.Spacing,
		Say: func(ctx context.Context, to push.OpenID, text string) error {
			return n.wechat.SendText(ctx, string(to), text)
		},
	})
	if err != nil {
		return err
	}
	if err := n.push.Stamp(ctx, mode); err != nil {
		return err
	}
	n.push.Hold(n.config.Push.Hold)
	a := n.account()
	if n.cards, err = wechat.New(wechat.Options{
		Client:     n.wechat,
		Push:       n.push,
		TemplateID: a.Template,
		Fields:     a.Fields,
		Route:      a.Route,
		Now:        n.db.Now,
	}); err != nil {
		return err
	}
	options, err := n.callbackOptions()
	n.calls = callback.New(options)
	return err
}

// callbackOptions allow the configured private targets and, in sandbox mode,
// the demo's receiver.
func (n *node) callbackOptions() (callback.Options, error) {
	prefixes, hosts, err := callback.ParseAllow(n.config.Callback.Allow)
	if err != nil {
		return callback.Options{}, fmt.Errorf("%s: %w", callback.Setting, err)
	}
	if n.config.sandboxMode() {
		hosts = append(hosts, hostOf(n.config.BaseURL))
	}
	return callback.Options{Allow: prefixes, AllowHosts: hosts, Now: n.db.Now, Log: n.log}, nil
}

// wireEvents leads WeChat's events to the bot.
func (n *node) wireEvents() error {
	does := commands.New(commands.Options{Push: n.push, BaseURL: n.config.BaseURL, Log: n.log})
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

// send works off deliveries, fan-outs and jobs until ctx ends and they have put
// down what they held.
func (n *node) send(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return n.push.RunDeliveries(ctx, n.cards) })
	g.Go(func() error { return n.push.RunFanout(ctx) })
	g.Go(func() error { return n.runJobs(ctx) })
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

// routes is every face of the process on one screen. /api and /wechat are
// matched on the raw path, before http.ServeMux could redirect what clients
// in the wild send.
func (n *node) routes() (http.Handler, error) {
	apiFace := n.metrics.face("api", api.New(api.Options{
		Push: n.push, WeChat: n.wechat, BaseURL: n.config.BaseURL, Log: n.log, Now: n.db.Now,
	}))
	pages, err := page.New(page.Options{Push: n.push, Log: n.log})
	if err != nil {
		return nil, err
	}
	pageFace := n.metrics.face("page", pages)
	mux := http.NewServeMux()
	mux.Handle("/wechat/callback", n.metrics.face("wechat", n.events))
	mux.HandleFunc("GET /healthz", n.healthz)
	mux.HandleFunc("GET /readyz", n.readyz)
	mux.Handle("GET /metrics", n.metrics.handler())
	if n.config.VerifyFiles != "" {
		mux.HandleFunc("GET /{file}", n.verifyFile)
	}
	if n.sandbox != nil {
		mux.Handle("/sandbox/", http.StripPrefix("/sandbox", n.sandbox.Browser()))
	}
	mux.Handle("GET "+ui.StylePath(), ui.Handler())
	if n.demo != nil {
		mux.Handle("/demo/", n.demo)
		mux.Handle("GET /{$}", http.RedirectHandler("/sandbox/", http.StatusFound))
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch path := strings.TrimLeft(r.URL.Path, "/"); {
		case strings.HasPrefix(path, "api/message/"):
			pageFace.ServeHTTP(w, r)
		case path == "api" || strings.HasPrefix(path, "api/"):
			apiFace.ServeHTTP(w, r)
		default:
			mux.ServeHTTP(w, r)
		}
	}), nil
}

// serverKey reads the key that seals secrets, 64 hex digits.
func serverKey(path string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read --secret-file: %w", err)
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(raw)))
	if err != nil || len(key) != 32 {
		return nil, fmt.Errorf("--secret-file %s: expected 64 hex digits, as from: openssl rand -hex 32", path)
	}
	return key, nil
}
