package oa

import (
	"context"
	"regexp"
	"strings"
)

const pathTemplates = "/cgi-bin/template/get_all_private_template"

// A Template is one that the account may send. Content has a line for each
// field, as in 内容：{{thing2.DATA}}.
type Template struct {
	ID      string `json:"template_id"`
	Title   string `json:"title"`
	Content string `json:"content"`
	Example string `json:"example"`
}

// A TemplateField is one line of a template.
type TemplateField struct{ Label, Key string }

var templateField = regexp.MustCompile(`([^\n{}]*?)[：:]?\s*\{\{\s*([A-Za-z_0-9]+)\.DATA\s*\}\}`)

// Fields are the template's lines, in their order.
func (t Template) Fields() (fields []TemplateField) {
	for _, m := range templateField.FindAllStringSubmatch(t.Content, -1) {
		fields = append(fields, TemplateField{Label: strings.TrimSpace(m[1]), Key: m[2]})
	}
	return fields
}

// TemplateList asks for the templates the account may send.
func (c *Client) TemplateList(ctx context.Context) ([]Template, error) {
	var a struct {
		List []Template `json:"template_list"`
	}
	if err := c.ask(ctx, question{path: pathTemplates}, &a); err != nil {
		return nil, err
	}
	return a.List, nil
}

// Templates is TemplateList as titles by id.
func (c *Client) Templates(ctx context.Context) (map[string]string, error) {
	list, err := c.TemplateList(ctx)
	if err != nil {
		return nil, err
	}
	titles := make(map[string]string, len(list))
	for _, t := range list {
		titles[t.ID] = t.Title
	}
	return titles, nil
}
