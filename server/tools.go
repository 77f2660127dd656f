package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"time"

	"hongyan/oa/sandbox"
	"hongyan/push"
	"hongyan/push/callback"
	"hongyan/store"
)

type migrateCommand struct{}

// Run opens the database, which brings it to the current schema.
func (*migrateCommand) Run(ctx context.Context, c *Config) error {
	if err := c.makeData(); err != nil {
		return err
	}
	db, err := store.Open(ctx, c.databaseURL(), store.Options{})
	if err != nil {
		return err
	}
	fmt.Println("the database has the current schema")
	return db.Close()
}

type versionCommand struct{}

// Run prints the version the binary was built from.
func (*versionCommand) Run() error {
	fmt.Printf("hongyan %s %s %s/%s\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return nil
}

// version is the module version, or the commit of a build from a checkout.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" {
			return setting.Value
		}
	}
	return "devel"
}

type appCommand struct {
	Name        string `arg:"" help:"What followers see."`
	Greeting    string `help:"What a new follower of the app is told."`
	CallbackURL string `help:"Where the app's callbacks go." placeholder:"URL"`
}

// Run creates an app beside a running server and prints its token, which is
// shown this once.
func (a *appCommand) Run(ctx context.Context, c *Config) error {
	if err := c.makeData(); err != nil {
		return err
	}
	log := newLogger(os.Stderr, c.LogFormat, c.LogLevel)
	n, err := newNode(ctx, *c, c.BaseURL, log)
	if err != nil {
		return err
	}
	defer n.close()
	if a.CallbackURL != "" {
		options, err := n.callbackOptions()
		if err != nil {
			return err
		}
		if err := callback.ValidateURL(a.CallbackURL, options); err != nil {
			return err
		}
	}
	app, token, err := n.push.CreateApp(ctx, push.NewApp{Name: a.Name, Greeting: a.Greeting})
	if err != nil {
		return err
	}
	fmt.Printf("app      #%d %s\nappToken %s\n", app.ID, app.Name, token)
	if a.CallbackURL == "" {
		return nil
	}
	secret, err := n.push.SetEndpoint(ctx, app.ID, a.CallbackURL)
	if err != nil {
		return err
	}
	fmt.Printf("callback %s\nsecret   %s\n", a.CallbackURL, secret)
	return nil
}

type sandboxCommand struct {
	Callback string `default:"http://127.0.0.1:8080/wechat/callback" help:"The platform's callback URL." placeholder:"URL"`
}

// Run serves WeChat in miniature on --listen, for a server started with
// --sandbox-at.
func (s *sandboxCommand) Run(ctx context.Context, c *Config) error {
	if err := c.checkSandbox(); err != nil {
		return err
	}
	if err := c.makeData(); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", c.Listen, err)
	}
	base := baseURL(c, listener.Addr())
	sb, err := sandbox.New(sandboxOptions(sandbox.Options{
		Callback: s.Callback,
		Profile:  c.Profile,
		Dir:      filepath.Join(c.Data, "sandbox"),
		BaseURL:  base + "/sandbox",
		Log:      newLogger(os.Stderr, c.LogFormat, c.LogLevel),
	}))
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	fmt.Printf("sandbox at %s/sandbox/, start the server with --sandbox-at %s\n", base, base)
	return serveSandbox(ctx, sb, listener)
}

func serveSandbox(ctx context.Context, sb *sandbox.Sandbox, listener net.Listener) error {
	server := &http.Server{Handler: sb.Handler(), ReadHeaderTimeout: 10 * time.Second}
	running := make(chan error, 1)
	go func() { running <- sb.Run(ctx) }()
	go func() {
		<-ctx.Done()
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainWithin)
		defer cancel()
		if server.Shutdown(ending) != nil {
			_ = server.Close()
		}
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve the sandbox: %w", err)
	}
	return <-running
}
