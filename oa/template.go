package oa

import (
	"context"
	"fmt"
	"regexp"
)

// A Template is what WeChat writes around the values of a card.
type Template struct {
	Title  string
	Keys   []string          // of its fields, in their order
	Labels map[string]string // by key: what stands before its value
}

// labelled finds "项目：{{thing1.DATA}}" in the text of a template.
var labelled = regexp.MustCompile(`(?m)^\s*([^{}\n]*?)\s*[:：]?\s*\{\{(\w+)\.DATA\}\}`)

// Template asks for one of the templates the account may send. An id it may
// not send is an error.
func (c *Client) Template(ctx context.Context, id string) (Template, error) {
	var a struct {
		List []struct {
			ID      string `json:"template_id"`
			Title   string `json:"title"`
			Content string `json:"content"`
		} `json:"template_list"`
	}
	if err := c.ask(ctx, question{path: pathTemplates}, &a); err != nil {
		return Template{}, err
	}
	for _, one := range a.List {
		if one.ID != id {
			continue
		}
		t := Template{Title: one.Title, Labels: make(map[string]string)}
		for _, m := range labelled.FindAllStringSubmatch(one.Content, -1) {
			t.Keys = append(t.Keys, m[2])
			t.Labels[m[2]] = m[1]
		}
		return t, nil
	}
	return Template{}, fmt.Errorf("the account has no template %s among its %d", id, len(a.List))
}
