// Package listen is the command that brings an app's callbacks to a program on
// a developer's own machine, which no server could call.
//
// It fetches them (client.go) under a lease, over connections that go out, and
// hands each to the program just as the server signed it (hand.go). What the
// program answered goes back to the server, which treats it like the answer of
// any endpoint: the log, the next attempt, the reply to the follower. Between
// the program's answer and the server's word that it has it, the answer stands
// in a small file (memory.go), so that neither a lost connection nor a kill
// makes the program see a callback twice. session.go runs all that until the
// user stops it; link.go waits for a server that cannot be reached.
package listen

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"hongyan/push/callback"
)

// Command is what can be typed.
type Command struct {
	Server   string `help:"Address of the platform. Default: that of the sandbox in the data folder." placeholder:"URL"`
	Token    string `help:"appToken of the app; better given as HONGYAN_TOKEN in the environment. Default: the sandbox's." placeholder:"AT_…"`
	Forward  string `help:"Address of your program, such as http://127.0.0.1:3000." placeholder:"URL"`
	TakeOver bool   `help:"Listen although the app has an address for callbacks: it is put aside and comes back when you stop."`
	Stop     bool   `help:"End all listening to the app, give it back its address, and exit."`
	JSON     bool   `name:"json" help:"Print one JSON object a line."`
}

// leaveWithin bounds the goodbye.
const leaveWithin = 5 * time.Second

// Run listens until ctx ends; then it finishes what is in hand. data is the
// folder in which a sandbox keeps what it told its user.
func (c *Command) Run(ctx context.Context, data string, out io.Writer) error {
	server, token, err := target(data, c.Server, c.Token)
	if err != nil {
		return err
	}
	client := newClient(server, token)
	if c.Stop {
		return c.stop(ctx, client, out)
	}
	if c.Forward == "" {
		return errors.New("--forward is missing: give the address of your program, such as http://127.0.0.1:3000")
	}
	forwarder, err := callback.NewForwarder(c.Forward)
	if err != nil {
		return errors.New("--forward: give scheme, host and port of your program, such as http://127.0.0.1:3000")
	}
	return c.listen(ctx, client, forwarder, newPrinter(out, c.JSON))
}

func (c *Command) stop(ctx context.Context, client *client, out io.Writer) error {
	app, err := client.app(ctx)
	if err == nil {
		err = client.stop(ctx)
	}
	if err != nil {
		return err
	}
	newPrinter(out, c.JSON).stopped(app, true)
	return nil
}

func (c *Command) listen(ctx context.Context, client *client, forwarder *callback.Forwarder, print *printer) error {
	s := &session{client: client, forward: forwarder, print: print, link: newLink(print), hands: make(map[string]*hand), freed: make(chan struct{}, 1)}
	var app app
	err := s.link.first(ctx, func(ctx context.Context) (err error) {
		app, err = client.app(ctx)
		return err
	})
	if err != nil {
		return err
	}
	if s.memory, err = openMemory(app); err != nil {
		return err
	}
	defer s.memory.close()
	client.listener = s.memory.name
	var l listening
	err = s.link.first(ctx, func(ctx context.Context) (err error) {
		l, err = client.listen(ctx, c.TakeOver)
		return err
	})
	if err != nil {
		return err
	}
	print.listening(app, l, c.Forward)
	err = s.run(ctx)
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveWithin)
	defer cancel()
	back, leaving := client.leave(ending)
	if err != nil {
		return err
	}
	if leaving != nil {
		return fmt.Errorf("stopped, but the server was not told: %w; hongyan listen --stop tells it", leaving)
	}
	print.stopped(app, back)
	return nil
}
