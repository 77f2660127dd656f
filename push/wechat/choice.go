package wechat

import (
	"context"
	"errors"
	"fmt"

	"hongyan/oa"
	"hongyan/push"
)

// choice is a template that the administrator chose, read once.
type choice struct {
	of       *push.CardTemplate
	template string
	mapping  mapping
}

// using is the template to send with now, and what its fields show: what the
// administrator chose, else what was configured. A choice that is not good,
// though only good ones are stored, leaves what was configured.
func (c *Channel) using() (template string, m mapping) {
	if c.chosen == nil {
		return c.template, c.mapping
	}
	of := c.chosen()
	if of == nil {
		return c.template, c.mapping
	}
	known := c.parsed.Load()
	if known == nil || known.of != of {
		known = &choice{of, c.template, c.mapping}
		if m, err := parseMapping(of.Fields); err == nil && len(m) > 0 {
			known.template, known.mapping = of.ID, m
		}
		c.parsed.Store(known)
	}
	return known.template, known.mapping
}

// TemplateID is the template that cards are sent with now.
func (c *Channel) TemplateID() string {
	template, _ := c.using()
	return template
}

// Check refuses a mapping that WeChat would not take, as *push.Invalid for the
// field it is about.
func Check(fields map[string]string) error {
	_, err := parseMapping(fields)
	var wrong *fault
	if errors.As(err, &wrong) {
		return &push.Invalid{Field: wrong.key, Text: wrong.said}
	}
	return err
}

// Fill is what a card would show under a mapping, by field. Errors: *push.Invalid.
func Fill(fields map[string]string, card *push.Card) (map[string]string, error) {
	if err := Check(fields); err != nil {
		return nil, err
	}
	m, err := parseMapping(fields)
	if err != nil {
		return nil, err
	}
	return m.values(card), nil
}

// Try sends one card with a template that need not be in use. It is for whoever
// chooses it: nothing of it is written down. Errors: *push.Invalid, *oa.Error,
// *oa.NetworkError.
func (c *Channel) Try(ctx context.Context, with push.CardTemplate, card *push.Card) error {
	values, err := Fill(with.Fields, card)
	if err != nil {
		return err
	}
	_, err = c.client.SendTemplate(ctx, oa.TemplateMessage{
		ToUser: string(card.OpenID), TemplateID: with.ID, URL: card.PageURL, ClientMsgID: card.ClientMsgID, Data: values,
	})
	if err != nil {
		return fmt.Errorf("try template %s: %w", with.ID, err)
	}
	return nil
}
