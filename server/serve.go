package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"

	"golang.org/x/sync/errgroup"
)

// drainWithin is how long a stopping server takes to finish what it holds.
const drainWithin = 10 * time.Second

type serveCommand struct{}

// Run serves until ctx ends, then drains: no new connections, requests in
// flight answered, leases finished or given back.
func (*serveCommand) Run(ctx context.Context, c *Config) error {
	if err := c.check(); err != nil {
		return err
	}
	log := newLogger(os.Stderr, c.LogFormat, c.LogLevel)
	if err := c.makeData(); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w (is another server running there? try --listen 127.0.0.1:8081)", c.Listen, err)
	}
	n, err := newNode(ctx, *c, baseURL(c, listener.Addr()), log)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer func() {
		if err := n.close(); err != nil {
			log.Error("close", "err", err)
		}
	}()
	return n.serve(ctx, listener)
}

// baseURL is what was configured or the address that is listened on.
func baseURL(c *Config, addr net.Addr) string {
	if c.BaseURL != "" {
		return c.BaseURL
	}
	return "http://" + addr.String()
}

// serve runs the HTTP server, the sandbox and the workers until ctx ends. It
// stops in the order in which work flows: first no new cards, while WeChat's
// reports of the last ones still come in; then no new requests; then the
// callbacks and the sandbox, which requests in flight were waiting for.
func (n *node) serve(ctx context.Context, listener net.Listener) error {
	server := &http.Server{
		Handler:           n.guard(n.handler),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       60 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(n.log.Handler(), slog.LevelDebug),
	}
	detached := context.WithoutCancel(ctx)
	answering, stopAnswering := context.WithCancel(detached)
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
	g.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve: %w", err)
		}
		return nil
	})
	g.Go(func() error { return n.start(stopping) })
	g.Go(func() error {
		<-stopping.Done()
		n.ready.set(false, "stopping")
		n.log.Info("stopping", "within", drainWithin)
		defer stopAnswering()
		ending, cancel := context.WithTimeout(detached, drainWithin)
		defer cancel()
		select {
		case <-sent:
		case <-ending.Done():
		}
		if err := server.Shutdown(ending); err != nil {
			return server.Close()
		}
		return nil
	})
	return g.Wait()
}

// start does what needs the server to be reachable already, then reports
// ready.
func (n *node) start(ctx context.Context) error {
	if n.demo != nil {
		if err := n.startDemo(ctx); err != nil && ctx.Err() == nil {
			return fmt.Errorf("set up the demo: %w", err)
		}
	}
	if ctx.Err() == nil {
		n.ready.set(true, "")
		n.log.Info("ready", "address", n.config.BaseURL)
	}
	return nil
}

// hostOf is the host:port of an address.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}
