package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"hongyan/oa/sandbox"
	"hongyan/server/page"
)

type sandboxCommand struct {
	Callback string `default:"http://127.0.0.1:8080/wechat/callback" help:"The platform's callback URL." placeholder:"URL"`
}

// Run serves WeChat in miniature on --listen, for a server started with
// --sandbox-at.
func (s *sandboxCommand) Run(ctx context.Context, c *Config) error {
	if err := c.check(); err != nil {
		return err
	}
	if err := c.makeData(); err != nil {
		return err
	}
	key, err := sandboxKey(c)
	if err != nil {
		return err
	}
	dir := filepath.Join(c.Data, "sandbox")
	lock, err := lockFile(dir)
	if err != nil {
		return err
	}
	defer lock.release()
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", c.Listen, err)
	}
	base, _ := reachedAt(c, listener.Addr())
	sb, err := sandbox.New(sandboxOptions(sandboxAccount(key), sandbox.Options{
		Callback: s.Callback,
		Profile:  c.Profile,
		Dir:      dir,
		BaseURL:  base + "/sandbox",
		Key:      key,
		Pay:      sandboxPay(key),
		Log:      c.logger(key),
		Move:     serverClock(s.Callback, key),

		PageCookies: page.Cookies(s.Callback), // cookies know no ports, so those of a server beside are ours to drop
	}))
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	at := base
	if key != "" {
		at = browserAddress(base, key)
	}
	fmt.Printf("sandbox at %s/, start the server with --sandbox-at %s\n", browserAddress(base, key), at)
	return serveSandbox(ctx, sb, listener)
}

// serveSandbox ends with the sandbox's state saved.
func serveSandbox(ctx context.Context, sb *sandbox.Sandbox, listener net.Listener) error {
	server := &http.Server{Handler: sb.Handler(), ReadHeaderTimeout: 10 * time.Second}
	server.RegisterOnShutdown(sb.HangUp)
	running, stopRunning := context.WithCancel(context.WithoutCancel(ctx))
	g, stopping := errgroup.WithContext(ctx)
	g.Go(func() error { return sb.Run(running) })
	g.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve the sandbox: %w", err)
		}
		return nil
	})
	g.Go(func() error {
		<-stopping.Done()
		defer stopRunning()
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainWithin)
		defer cancel()
		if server.Shutdown(ending) != nil {
			return server.Close()
		}
		return nil
	})
	return g.Wait()
}
