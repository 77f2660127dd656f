// Package wechat is the channel to followers: it turns one delivery into a
// card on a phone, and WeChat's answer into a verdict.
//
// A card's values come from the mapping of mapping.go (which field of the
// template shows what), each made fit by Render, so that a developer's text
// never earns a refusal. route.go sends it as a template message or, where the
// operator wants it and the follower spoke lately, as a customer-service
// message. outcome.go is one table from WeChat's error codes to verdicts, with
// a sentence for each that says what happened and what to do.
//
// The package keeps nothing between two deliveries. Pauses, schedules and the
// follower's budget of customer messages are package push's; tokens and wire
// are package oa's.
package wechat

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"hongyan/oa"
	"hongyan/push"
)

// The routes a card can take.
const (
	Template             = "template"
	TemplateThenCustomer = "template-then-customer"
	CustomerThenTemplate = "customer-then-template"
)

// Routes lists the routes by name.
func Routes() []string {
	return []string{Template, TemplateThenCustomer, CustomerThenTemplate}
}

// Options configure a Channel.
type Options struct {
	Client *oa.Client
	// Push keeps the followers' budgets of customer messages. The route
	// Template needs none.
	Push *push.Service
	// TemplateID names the template at WeChat.
	TemplateID string
	// Fields maps the template's fields to text with placeholders, such as
	// "thing2" to "{summary}". Empty means DefaultFields.
	Fields map[string]string
	// Route is one of Routes. Empty means Template.
	Route string
	// Chosen is asked at every card for a template to use instead of TemplateID
	// and Fields; nil, or one that is not good, leaves those. The same pointer
	// means the same choice.
	Chosen func() *push.CardTemplate
	// Now is the process's clock. Nil means time.Now.
	Now func() time.Time
}

// Channel delivers cards. It is safe for concurrent use.
type Channel struct {
	client   *oa.Client
	template string
	mapping  mapping
	route    string
	now      func() time.Time
	chosen   func() *push.CardTemplate
	parsed   atomic.Pointer[choice]
	// spend takes one customer message from a follower's budget.
	spend  func(context.Context, push.UserID) (bool, error)
	labels labels
}

var _ push.Channel = (*Channel)(nil)

// New checks the configuration: a field, placeholder or route that does not
// exist is refused with the nearest right name.
func New(o Options) (*Channel, error) {
	if o.TemplateID == "" {
		return nil, errors.New("wechat channel: the template id is missing")
	}
	if o.Route == "" {
		o.Route = Template
	}
	if !slices.Contains(Routes(), o.Route) {
		return nil, fmt.Errorf("wechat channel: unknown route %q, did you mean %q?", o.Route, nearest(o.Route, Routes()))
	}
	if len(o.Fields) == 0 {
		o.Fields = DefaultFields()
	}
	m, err := parseMapping(o.Fields)
	if err != nil {
		return nil, fmt.Errorf("wechat channel: %w", err)
	}
	c := &Channel{client: o.Client, template: o.TemplateID, mapping: m, route: o.Route, now: o.Now, chosen: o.Chosen}
	if c.now == nil {
		c.now = time.Now
	}
	if o.Push != nil {
		c.spend = o.Push.SpendWindow
	} else if c.route != Template {
		return nil, fmt.Errorf("wechat channel: route %q needs the followers' budgets", c.route)
	}
	return c, nil
}

// Deliver sends j.Card once. A job without a card is a programmer's mistake
// and ends at once.
func (c *Channel) Deliver(ctx context.Context, j push.Job) push.Outcome {
	if j.Card == nil {
		return push.Outcome{Verdict: push.Permanent, Reason: wordNoCard}
	}
	switch c.route {
	case TemplateThenCustomer:
		return c.templateFirst(ctx, j)
	case CustomerThenTemplate:
		return c.customerFirst(ctx, j)
	}
	return c.sendTemplate(ctx, j)
}
