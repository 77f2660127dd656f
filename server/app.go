package main

import (
	"context"
	"errors"
	"fmt"

	"hongyan/push"
	"hongyan/push/callback"
	"hongyan/store"
)

type appCommand struct {
	Name        string `arg:"" help:"What followers see."`
	Greeting    string `help:"What a new follower of the app is told."`
	CallbackURL string `help:"Where the app's callbacks go." placeholder:"URL"`
}

// Run creates an app and prints its token, which is shown this once. It writes
// two short transactions and nothing else, so it works beside a running
// server, on SQLite too.
func (a *appCommand) Run(ctx context.Context, c *Config) (err error) {
	if err := a.checkCallback(c); err != nil {
		return err
	}
	s, close, err := c.openPush(ctx)
	if err != nil {
		return err
	}
	defer close()
	return a.create(byCommand(ctx), s)
}

func (a *appCommand) checkCallback(c *Config) error {
	if a.CallbackURL == "" {
		return nil
	}
	options, err := c.callbackOptions("http://" + loopbackOf(c.Listen))
	if err != nil {
		return err
	}
	return callback.ValidateURL(a.CallbackURL, options)
}

func (a *appCommand) create(ctx context.Context, s *push.Service) error {
	app, token, err := s.CreateApp(ctx, push.NewApp{Name: a.Name, Greeting: a.Greeting})
	if err != nil {
		return err
	}
	fmt.Printf("app      #%d %s (followers say #%d to follow it; the token is shown this once)\nappToken %s\n", app.ID, app.Name, app.ID, token)
	if a.CallbackURL == "" {
		return nil
	}
	secret, err := s.SetEndpoint(ctx, app.ID, a.CallbackURL)
	if err != nil {
		return err
	}
	fmt.Printf("callback %s\nsecret   %s\n", a.CallbackURL, secret)
	return nil
}

// openPush opens the service for a command that works beside a running server
// and writes short transactions only.
func (c *Config) openPush(ctx context.Context) (s *push.Service, close func() error, err error) {
	if err := c.makeData(); err != nil {
		return nil, nil, err
	}
	secret, err := serverKey(c.SecretFile)
	if err != nil {
		return nil, nil, err
	}
	db, err := store.Open(ctx, c.databaseURL(), store.Options{})
	if err != nil {
		return nil, nil, err
	}
	if s, err = push.New(ctx, db, push.Options{Secret: secret, Account: c.mode()}); err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return s, db.Close, nil
}
