package oa

import (
	"context"

	"github.com/silenceper/wechat/v2/officialaccount/menu"
)

// Button is one button of the account's menu: at most three, with at most five
// below each. Type is click with a Key, view with a URL, or one of WeChat's
// others; a button with Sub has neither.
type Button struct {
	Name, Type, Key, URL string
	Sub                  []Button
}

// CreateMenu replaces the menu. Phones show it within minutes.
func (c *Client) CreateMenu(ctx context.Context, buttons []Button) error {
	body := map[string]any{"button": wireButtons(buttons)}
	return c.ask(ctx, question{path: pathMenu, body: body}, nil)
}

func wireButtons(buttons []Button) []*menu.Button {
	wire := make([]*menu.Button, 0, len(buttons))
	for _, b := range buttons {
		if len(b.Sub) > 0 {
			wire = append(wire, menu.NewSubButton(b.Name, wireButtons(b.Sub)))
			continue
		}
		wire = append(wire, &menu.Button{Name: b.Name, Type: b.Type, Key: b.Key, URL: b.URL})
	}
	return wire
}
