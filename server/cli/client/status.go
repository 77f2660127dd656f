package client

import (
	"context"
	"errors"
	"time"

	"hongyan/server/cli/term"
)

// Status tells how the server is, or what became of a message.
type Status struct {
	Connection `group:"Connection:"`
	ID         int64         `arg:"" optional:"" name:"message" help:"Number of a message or of a record, as send printed it. Without it: the server and the app's last messages."`
	Watch      bool          `env:"-" help:"Ask again until nothing is open any more."`
	Every      time.Duration `env:"-" default:"2s" help:"How often --watch asks."`
	JSON       bool          `name:"json" env:"-" help:"Print one JSON document; with --watch one a line, when it changed."`
}

// Help says what the summary leaves out.
func (*Status) Help() string { return exitCodes }

// view is one look at something, in all the ways it may be shown.
type view struct {
	text string // for a person
	line string // the same in one line, for a log
	json any
	open bool  // it may still change
	bad  error // what a script should learn
}

// leastEvery keeps a watcher from being a burden.
const leastEvery = 200 * time.Millisecond

// Run looks once, or until nothing is open.
func (s *Status) Run(ctx context.Context, at Place) error {
	t, err := s.find(at)
	if err != nil {
		return err
	}
	out := term.Stdout()
	take := func(ctx context.Context) (view, error) { return t.overview(ctx, out) }
	if s.ID != 0 {
		take = func(ctx context.Context) (view, error) { return t.message(ctx, out, s.ID) }
	}
	if !s.Watch {
		v, err := take(ctx)
		if err != nil {
			return err
		}
		return errors.Join(s.show(out, v), v.bad)
	}
	return s.watch(ctx, out, take)
}

func (s *Status) show(out *term.Screen, v view) error {
	if s.JSON {
		return term.WriteJSON(out, v.json)
	}
	out.Draw(v.text)
	return nil
}

// watch looks again and again: in place on a terminal, elsewhere a line for
// every change. Missing answers are waited out once there was a first.
func (s *Status) watch(ctx context.Context, out *term.Screen, take func(context.Context) (view, error)) error {
	for last, first := "", true; ; {
		v, err := take(ctx)
		var lost *noAnswer
		switch {
		case err == nil:
			if err := s.showChange(out, v, &last); err != nil || !v.open {
				return errors.Join(err, v.bad)
			}
			first = false
		case first || !errors.As(err, &lost):
			return err
		}
		select {
		case <-ctx.Done():
			return v.bad
		case <-time.After(max(s.Every, leastEvery)):
		}
	}
}

func (s *Status) showChange(out *term.Screen, v view, last *string) error {
	if out.Terminal && !s.JSON {
		out.Draw(v.text)
		return nil
	}
	if v.line == *last {
		return nil
	}
	*last = v.line
	if s.JSON {
		return term.WriteJSON(out, v.json)
	}
	out.Draw(time.Now().Format(time.TimeOnly) + "  " + v.line + "\n")
	return nil
}
