// Package commands is everything a follower can say or do. An event comes in
// with the follower's turn, the table finds the one command it asks for, the
// command changes what has to change through push and leaves the answer in
// the turn; what is meant for an app goes upstream to its developer.
//
// A command runs inside the event's transaction and may run twice, so it has
// no effect but through the turn. The package knows no SQL, no HTTP and no
// five seconds: the loop that has to be in time is package bot. All it says
// stands in words.go.
package commands

import (
	"log/slog"
	"time"

	"hongyan/billing"
	"hongyan/oa"
	"hongyan/push"
	"hongyan/push/session"
)

// Options are what the commands work with.
type Options struct {
	Push *push.Service
	Log  *slog.Logger
	// BaseURL begins the links to the follower's own pages. Empty: answers
	// carry none.
	BaseURL string
	// Sessions answer codes that ask for something. Nil: there are none.
	Sessions *session.Service
	// Billing sells products. Nil: there are none.
	Billing *billing.Service
}

// Commands answers followers. It is safe for concurrent use.
type Commands struct {
	push     *push.Service
	sessions *session.Service
	billing  *billing.Service
	log      *slog.Logger
	base     string
	verbs    map[Verb]func(*push.Turn, Phrase) error

	answered *tally // answers of ours, by follower and what was asked
	hinted   *tally // hints that need not be repeated
}

// Command is one thing done for one follower.
type Command func(*push.Turn) error

// Bounds of what the platform says to one follower by itself. Past them it is
// silent, so that two machines cannot talk to each other for ever.
const (
	sameAnswers = 10  // a minute, to one text
	allAnswers  = 120 // a minute, to any
)

// New makes the commands.
func New(o Options) *Commands {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	c := &Commands{
		push: o.Push, sessions: o.Sessions, billing: o.Billing, log: o.Log, base: o.BaseURL,
		answered: newTally(time.Minute), hinted: newTally(time.Hour),
	}
	c.verbs = map[Verb]func(*push.Turn, Phrase) error{
		Plain:           c.plain,
		Uplink:          c.uplink,
		Recall:          c.recall,
		Follow:          c.followApp,
		Unfollow:        c.unfollowApp,
		UnfollowTopic:   c.unfollowTopic,
		MyUID:           c.myUID,
		MySPT:           c.mySPT,
		MySubscriptions: c.mySubscriptions,
		Mute:            c.mute,
		Unmute:          c.unmute,
		Help:            c.help,
		Market:          c.market,
		Allow:           c.answer,
		Refuse:          c.answer,
	}
	return c
}

// Find returns the command that ev asks for, nil when there is nothing to do
// and nothing to say.
func (c *Commands) Find(ev oa.Event) Command {
	switch e := ev.(type) {
	case *oa.Subscribe:
		return func(t *push.Turn) error { return c.subscribe(t, e.Scene) }
	case *oa.Unsubscribe:
		return c.push.Unsubscribe
	case *oa.Scan:
		return func(t *push.Turn) error { return c.scan(t, e.Scene) }
	case *oa.Click:
		return func(t *push.Turn) error { return c.click(t, e.Key) }
	case *oa.Text:
		return func(t *push.Turn) error { return c.say(t, e.Content, e.MenuID != "") }
	case *oa.Voice:
		return func(t *push.Turn) error { return c.speak(t, e.Recognition) }
	case *oa.Image, *oa.Video, *oa.Location, *oa.Link:
		return c.unreadable
	}
	return nil
}

// Do runs the command that ev asks for. What the follower is told is in
// t.Reply afterwards, empty for silence or while a developer is asked.
func (c *Commands) Do(t *push.Turn, ev oa.Event) error {
	command := c.Find(ev)
	if command == nil {
		return nil
	}
	return command(t)
}

// obey does what p asks for.
func (c *Commands) obey(t *push.Turn, p Phrase) error {
	do, ok := c.verbs[p.Verb]
	if !ok {
		return nil
	}
	return do(t, p)
}
