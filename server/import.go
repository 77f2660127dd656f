package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"hongyan/push"
	"hongyan/server/cli/wxpusher"
	"hongyan/store"
)

type importCommand struct {
	WxPusher importWxPusher `cmd:"" name:"wxpusher" help:"Bring an app's followers over from WxPusher."`
}

// oldTokenEnv gives the other platform's token without showing it in the list
// of processes.
const oldTokenEnv = "HONGYAN_OLD_TOKEN"

type importWxPusher struct {
	App          int64           `required:"" help:"Number of the app here."`
	From         string          `default:"https://wxpusher.zjiecode.com" help:"Address of the other platform." placeholder:"URL"`
	OldTokenFile string          `help:"File with the appToken there (- is standard input); or give HONGYAN_OLD_TOKEN in the environment." placeholder:"FILE"`
	Topic        map[int64]int64 `help:"A topic there and the one that takes its place here, OLD=NEW; others are made." placeholder:"OLD=NEW"`
	Send         bool            `help:"Invite everybody who waits by a message of the old platform."`
	Refresh      bool            `help:"Read the followers again although they were read to the end."`
	RetryUnknown bool            `help:"Invite those again whose invitation got no answer."`
	DryRun       bool            `help:"Read and count, write nothing, send nothing."`
	Status       bool            `help:"Report where the move stands, ask nobody."`
	UIDs         bool            `name:"uids" help:"List old and new UIDs of who arrived, one pair a line."`
	JSON         bool            `name:"json" help:"Report as JSON."`
	Rate         float64         `default:"2" help:"Most calls to the other platform in a second; its limit is 2."`
}

// noRedirects keeps the old token, which stands in addresses, from going to
// wherever an answer points.
var noRedirects = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// Run brings an app's followers over, or goes on with a run that was stopped.
// It works beside a running server, on SQLite too.
func (i *importWxPusher) Run(ctx context.Context, c *Config) error {
	if err := c.check(); err != nil {
		return err
	}
	s, close, err := c.openPush(ctx)
	if err != nil {
		return err
	}
	defer close()
	app, err := s.AppByID(ctx, push.AppID(i.App))
	if err != nil {
		return fmt.Errorf("%w (hongyan app makes one)", err)
	}
	switch {
	case i.UIDs:
		return printUIDs(ctx, s, app.ID)
	case i.Status:
		return i.report(ctx, s, app.ID)
	}
	run, err := i.prepare(ctx, c, s, app)
	if err != nil {
		return err
	}
	if i.DryRun {
		report, err := run.Look(ctx)
		if err != nil {
			return err
		}
		return i.print(report)
	}
	if i.RetryUnknown {
		if _, err := s.InviteUnknownAgain(ctx, app.ID); err != nil {
			return err
		}
	}
	failed := run.Do(ctx)
	if ctx.Err() != nil {
		failed = errors.New("stopped; the same command goes on from here")
	}
	return errors.Join(failed, i.report(context.WithoutCancel(ctx), s, app.ID))
}

// prepare wires a run.
func (i *importWxPusher) prepare(ctx context.Context, c *Config, s *push.Service, app push.App) (*wxpusher.Run, error) {
	base := c.BaseURL
	if base == "" {
		base = "http://" + loopbackOf(c.Listen)
	}
	from := strings.TrimRight(i.From, "/")
	if from == base {
		return nil, fmt.Errorf("--from %s is this server itself; give the address of the platform the followers come from", from)
	}
	token, err := i.oldToken()
	if err != nil {
		return nil, err
	}
	// The name of the other platform may lead here by an entry in the hosts
	// file; a token of our own tells.
	if _, err := s.AppOfToken(ctx, token); err == nil {
		return nil, errors.New("the old token is one of this server's own; give the appToken of the app on the other platform")
	} else if !errors.Is(err, push.ErrToken) {
		return nil, err
	}
	if i.Rate <= 0 {
		return nil, fmt.Errorf("--rate %g: give a number above 0", i.Rate)
	}
	topics := make(map[int64]push.TopicID, len(i.Topic))
	for old, here := range i.Topic {
		topics[old] = push.TopicID(here)
	}
	info, err := os.Stderr.Stat()
	return &wxpusher.Run{
		Push:     s,
		Client:   &wxpusher.Client{Base: from, Token: token, HTTP: noRedirects, Pace: rate.NewLimiter(rate.Limit(i.Rate), 1)},
		Progress: &wxpusher.Progress{Out: os.Stderr, Terminal: err == nil && info.Mode()&os.ModeCharDevice != 0, Now: time.Now},
		App:      app, BaseURL: base, Topics: topics, Refresh: i.Refresh, Send: i.Send,
	}, nil
}

func (i *importWxPusher) oldToken() (string, error) {
	var raw []byte
	var err error
	switch i.OldTokenFile {
	case "":
		raw = []byte(os.Getenv(oldTokenEnv))
	case "-":
		raw, err = bufio.NewReader(os.Stdin).ReadBytes('\n')
		if len(raw) > 0 {
			err = nil
		}
	default:
		raw, err = os.ReadFile(i.OldTokenFile)
	}
	if err != nil {
		return "", fmt.Errorf("read the old token: %w", err)
	}
	token := strings.TrimSpace(string(raw))
	if token == "" {
		return "", fmt.Errorf("the appToken of the other platform is missing: give --old-token-file or %s in the environment", oldTokenEnv)
	}
	return token, nil
}

func (i *importWxPusher) report(ctx context.Context, s *push.Service, app push.AppID) error {
	r, err := wxpusher.Status(ctx, s, app)
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("no followers were imported for app #%d yet", app)
	}
	if err != nil {
		return err
	}
	return i.print(r)
}

func (i *importWxPusher) print(r wxpusher.Report) error {
	if i.JSON {
		return r.JSON(os.Stdout)
	}
	r.Text(os.Stdout)
	return nil
}

func printUIDs(ctx context.Context, s *push.Service, app push.AppID) error {
	const some = 1000
	for after := push.UserID(0); ; {
		moved, last, err := s.MovedUIDs(ctx, app, after, some)
		if err != nil {
			return err
		}
		for _, one := range moved {
			fmt.Printf("%s\t%s\n", one.Old, one.New)
		}
		if last == after {
			return nil
		}
		after = last
	}
}
