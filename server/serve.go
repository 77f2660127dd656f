package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"hongyan/push"
)

// How a stopping server shares the time it has, however much hangs: cards and
// requests get their parts, and callbacks what is left, of which they need
// up to six seconds by themselves.
const (
	drainWithin    = 10 * time.Second
	cardsWithin    = 2 * time.Second
	requestsWithin = 1500 * time.Millisecond
)

type serveCommand struct{}

// Run serves until ctx ends, then drains: no new connections, requests in
// flight answered, leases finished or given back.
func (*serveCommand) Run(ctx context.Context, c *Config) error {
	if err := c.check(); err != nil {
		return err
	}
	if err := c.makeData(); err != nil {
		return err
	}
	locks, err := c.lockStores()
	if err != nil {
		return err
	}
	defer locks.release()
	key, err := sandboxKey(c)
	if err != nil {
		return err
	}
	log := c.logger(key)
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w (is another server running there? try --listen 127.0.0.1:8081)", c.Listen, err)
	}
	secure, err := c.listenTLS()
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	if secure != nil {
		defer secure.Close()
	}
	base, inside := reachedAt(c, listener.Addr())
	n, err := newNode(ctx, *c, base, inside, c.sandboxDir(), log)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer func() {
		if err := n.close(); err != nil {
			log.Error("close", "err", err)
		}
	}()
	if err := n.push.Stamp(ctx, c.mode()); err != nil {
		return errors.Join(otherMode(c, err), listener.Close())
	}
	return n.serve(ctx, listener, secure)
}

// serve runs the HTTP server, on secure too unless that is nil, the sandbox
// and the workers until ctx ends. It stops in the order in which work flows:
// first no new cards, while WeChat's reports of the last ones still come in;
// then no new requests; then the callbacks and the sandbox, which requests in
// flight were waiting for.
func (n *node) serve(ctx context.Context, listener, secure net.Listener) error {
	trusted, err := trustedProxies(n.config.TrustedProxies)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	from := &sources{trusted: trusted, warn: func(proxy string) {
		n.log.Warn("requests come through a proxy that is not in --trusted-proxies: all its clients count as one source", "proxy", proxy)
	}}
	server := &http.Server{
		Handler:           n.guard(from.handler(n.handler)),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       60 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(n.log.Handler(), slog.LevelDebug),
	}
	server.RegisterOnShutdown(n.push.HangUp)
	if n.sandbox != nil {
		server.RegisterOnShutdown(n.sandbox.HangUp)
	}
	server.RegisterOnShutdown(n.console.HangUp)
	server.RegisterOnShutdown(n.clock.HangUp)
	if n.demo != nil {
		server.RegisterOnShutdown(n.demo.HangUp)
	}
	if err := n.inherit(ctx); err != nil {
		return errors.Join(err, listener.Close())
	}
	answering, stopAnswering := context.WithCancel(context.WithoutCancel(ctx))
	defer stopAnswering()
	g, stopping := errgroup.WithContext(ctx)
	sent := make(chan struct{})
	g.Go(func() error {
		defer close(sent)
		return n.send(stopping)
	})
	g.Go(func() error { return n.push.RunCallbacks(answering, n.calls) })
	if n.sandbox != nil {
		g.Go(func() error { return n.sandbox.Run(answering) })
	}
	for _, l := range []net.Listener{listener, secure} {
		if l == nil {
			continue
		}
		g.Go(func() error {
			if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				return fmt.Errorf("serve: %w", err)
			}
			return nil
		})
	}
	g.Go(func() error { return n.start(stopping) })
	g.Go(func() error {
		<-stopping.Done()
		n.stop(server, sent, stopAnswering)
		return nil
	})
	return g.Wait()
}

// inherit goes on with what a killed server had in hand. A SQLite file is
// locked, so this process is alone on it; on PostgreSQL the leases decide.
func (n *node) inherit(ctx context.Context) error {
	if n.db.Postgres() {
		return nil
	}
	count, err := n.push.Inherit(ctx)
	if count > 0 {
		n.log.Info("going on with the work of a server that did not stop in order", "rows", count)
	}
	return err
}

// stop waits for the cards, then for the requests, then ends the callbacks.
// Nothing that hangs is waited for longer than its part of drainWithin: its
// row is given back, and the next process goes on with it.
func (n *node) stop(server *http.Server, sent <-chan struct{}, stopAnswering func()) {
	n.ready.set(false, "stopping")
	n.log.Info("stopping", "within", drainWithin)
	select {
	case <-sent:
	case <-time.After(cardsWithin):
	}
	defer stopAnswering()
	defer time.AfterFunc(requestsWithin, stopAnswering).Stop()
	ending, cancel := context.WithTimeout(context.Background(), drainWithin-cardsWithin-time.Second)
	defer cancel()
	if server.Shutdown(ending) != nil {
		_ = server.Close()
	}
}

// start does what needs the server to be reachable already, then reports
// ready.
func (n *node) start(ctx context.Context) error {
	if err := n.greet(ctx); err != nil && ctx.Err() == nil {
		return err
	}
	if ctx.Err() == nil {
		n.ready.set(true, "")
		n.log.Info("ready", "address", n.config.BaseURL)
	}
	return nil
}

// locks are the files and folders that no other process may use.
type locks []*lock

// lockStores locks the SQLite file and the state of the sandbox, whichever of
// them this configuration has in its process.
func (c *Config) lockStores() (held locks, err error) {
	var paths []string
	if file, ok := c.databaseFile(); ok {
		paths = append(paths, file)
	}
	if c.sandboxMode() && c.SandboxAt == "" {
		paths = append(paths, c.sandboxDir())
	}
	for _, path := range paths {
		one, err := lockFile(path)
		if err != nil {
			held.release()
			return nil, err
		}
		held = append(held, one)
	}
	return held, nil
}

func (l locks) release() {
	for _, one := range l {
		one.release()
	}
}

// otherMode says what to do about a database that belongs to something else.
func otherMode(c *Config, err error) error {
	if !errors.Is(err, push.ErrOtherMode) {
		return err
	}
	return fmt.Errorf("%w; this server runs for %q: give it a --data or --database of its own, or the --wechat.app-id the database was made for", err, c.mode())
}
