package oa

import "context"

const pathTemplates = "/cgi-bin/template/get_all_private_template"

// Templates asks for the templates the account may send, titles by id.
func (c *Client) Templates(ctx context.Context) (map[string]string, error) {
	var a struct {
		List []struct {
			ID    string `json:"template_id"`
			Title string `json:"title"`
		} `json:"template_list"`
	}
	if err := c.ask(ctx, question{path: pathTemplates}, &a); err != nil {
		return nil, err
	}
	titles := make(map[string]string, len(a.List))
	for _, t := range a.List {
		titles[t.ID] = t.Title
	}
	return titles, nil
}
