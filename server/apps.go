package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"hongyan/push"
	"hongyan/push/callback"
	"hongyan/server/cli/term"
	"hongyan/store"
)

type appsCommand struct {
	List   appList    `cmd:"" default:"withargs" help:"List the apps (the default)."`
	Create appCommand `cmd:"" help:"Create an app and print its token."`
}

type appList struct {
	JSON bool `name:"json" env:"-" help:"One JSON object a line."`
}

// Run lists the apps from the database itself: who may read that file is the
// operator.
func (l *appList) Run(ctx context.Context, c *Config) error {
	s, close, err := c.openPush(ctx)
	if err != nil {
		return err
	}
	defer close()
	apps, err := s.EveryApp(ctx)
	if err != nil {
		return err
	}
	out := term.Stdout()
	if l.JSON {
		for _, a := range apps {
			if err := term.WriteJSON(out, appLine{int64(a.ID), a.Name, a.Followers, a.Endpoint.URL, a.Endpoint.Disabled, a.Endpoint.Reason}); err != nil {
				return err
			}
		}
		return nil
	}
	if len(apps) == 0 {
		fmt.Fprintln(out, "no apps yet; hongyan apps create NAME makes one")
		return nil
	}
	var t term.Table
	t.Numbers(0, 2)
	t.Head("number", "name", "followers", "callbacks go to")
	for _, a := range apps {
		t.Add(term.Text(int64(a.ID)), term.Text(a.Name), term.Text(countText(a.Followers)), endpointCell(a.Endpoint))
	}
	t.Write(out)
	return nil
}

// appLine is an app as JSON.
type appLine struct {
	ID        int64  `json:"id"`
	Name      string `json:"name"`
	Followers int64  `json:"followers"` // 10000 means that many or more
	Endpoint  string `json:"endpoint"`
	Disabled  bool   `json:"disabled"`
	Reason    string `json:"reason,omitempty"`
}

func countText(n int64) string {
	if n == push.CountTo {
		return fmt.Sprintf("%d+", n)
	}
	return fmt.Sprint(n)
}

func endpointCell(e push.Endpoint) term.Cell {
	switch {
	case e.URL == "":
		return term.Cell{Text: "nowhere", Colour: term.Dim}
	case e.Disabled:
		return term.Cell{Text: e.URL + " (disabled: " + e.Reason + ")", Colour: term.Bad}
	}
	return term.Text(e.URL)
}

type appCommand struct {
	Name        string `arg:"" help:"What followers see."`
	Greeting    string `help:"What a new follower of the app is told."`
	CallbackURL string `help:"Where the app's callbacks go." placeholder:"URL"`
	JSON        bool   `name:"json" env:"-" help:"Print as JSON."`
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
	if !a.JSON {
		fmt.Printf("app      #%d %s (followers say #%d to follow it; the token is shown this once)\nappToken %s\n", app.ID, app.Name, app.ID, token)
	}
	secret := ""
	if a.CallbackURL != "" {
		secret, err = s.SetEndpoint(ctx, app.ID, a.CallbackURL)
	}
	switch {
	case a.JSON: // also when there is no secret: the token is shown this once
		return errors.Join(err, term.WriteJSON(os.Stdout, map[string]any{
			"id": app.ID, "name": app.Name, "appToken": token, "callbackUrl": a.CallbackURL, "secret": secret,
		}))
	case secret != "":
		fmt.Printf("callback %s\nsecret   %s\n", a.CallbackURL, secret)
	}
	return err
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
