// Package bot is the loop between WeChat and the commands: an event in, the
// right command, a reply out, within five seconds, once.
//
// Events of one follower are changed in the order they came, different
// followers side by side. Each change is one transaction of push, which knows
// a repeat by its key and gives it the first attempt's answer. When a
// developer is asked, the wait for the answer begins after the change and
// outside the follower's order. What cannot be stored is told to whoever can
// read it and left to WeChat to repeat otherwise.
//
// The package decides nothing about what is said; that is package commands.
package bot

import (
	"context"
	"log/slog"
	"time"

	"hongyan/commands"
	"hongyan/oa"
	"hongyan/push"
)

// Options configure a Bot. Push and Commands are required.
type Options struct {
	Push     *push.Service
	Commands *commands.Commands
	Log      *slog.Logger
	// Now is the clock that [oa.ArrivedAt] was read from. Nil means time.Now.
	Now func() time.Time
	// Deadline is how long after its arrival an event is answered. Zero means
	// 4.5 s; WeChat gives up after five. A developer is waited for a little
	// less, so that the end of the wait can still be written down.
	Deadline time.Duration
	// MaxInFlight bounds the changes under way at once; what comes on top is
	// refused as busy. Zero means 4096.
	MaxInFlight int
}

// Bot answers events. It is safe for concurrent use.
type Bot struct {
	push     *push.Service
	commands *commands.Commands
	log      *slog.Logger
	now      func() time.Time
	deadline time.Duration
	order    *order
	inFlight chan struct{}
}

// New makes a bot.
func New(o Options) *Bot {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Deadline == 0 {
		o.Deadline = 4500 * time.Millisecond
	}
	if o.MaxInFlight == 0 {
		o.MaxInFlight = 4096
	}
	return &Bot{
		push: o.Push, commands: o.Commands, log: o.Log, now: o.Now, deadline: o.Deadline,
		order: newOrder(), inFlight: make(chan struct{}, o.MaxInFlight),
	}
}

// Handle answers one event, in time whatever is slow. A nil reply says
// nothing. An error means that WeChat has to send the event again.
func (b *Bot) Handle(ctx context.Context, ev oa.Event) (oa.Reply, error) {
	arrived := oa.ArrivedAt(ctx)
	if arrived.IsZero() {
		arrived = b.now()
	}
	left := b.deadline - b.now().Sub(arrived)
	ctx, cancel := context.WithTimeout(ctx, left)
	defer cancel()

	if report, ok := ev.(*oa.TemplateFinished); ok {
		return nil, b.push.Confirm(ctx, report.TemplateMsgID, report.OK(), report.Status)
	}
	command := b.commands.Find(ev)
	if command == nil {
		return nil, nil
	}
	head := ev.Head()
	in := push.Inbound{
		Key: head.Key(), OpenID: push.OpenID(head.OpenID),
		At: head.At, Deadline: arrived.Add(b.deadline - closing),
	}
	reply, err := b.answer(ctx, change{in: in, command: command, left: left, kind: kindOf(ev)})
	if err != nil {
		return b.fault(ev, err)
	}
	if reply == "" {
		return nil, nil
	}
	return oa.TextReply{Content: reply}, nil
}
