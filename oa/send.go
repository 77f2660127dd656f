package oa

import (
	"context"

	"github.com/silenceper/wechat/v2/officialaccount/message"
)

// TemplateMessage is a card.
type TemplateMessage struct {
	ToUser     string
	TemplateID string
	URL        string // what the card opens, may be empty
	// ClientMsgID makes a repeat within ten minutes harmless.
	ClientMsgID string
	Data        map[string]string // field, such as thing1, to value
}

// templateBody is a card on the wire. silenceper's type is not used: it always
// writes an empty miniprogram, which WeChat takes for a wish.
type templateBody struct {
	ToUser      string                              `json:"touser"`
	TemplateID  string                              `json:"template_id"`
	URL         string                              `json:"url,omitempty"`
	ClientMsgID string                              `json:"client_msg_id,omitempty"`
	Data        map[string]message.TemplateDataItem `json:"data"`
}

// SendTemplate sends a card. Success means accepted, not delivered: the result
// comes as [TemplateFinished] with the id returned. When the error is a
// [NetworkError] that was sent, or of [ClassRetry], the card may have gone out.
func (c *Client) SendTemplate(ctx context.Context, m TemplateMessage) (msgid int64, err error) {
	body := templateBody{m.ToUser, m.TemplateID, m.URL, m.ClientMsgID,
		make(map[string]message.TemplateDataItem, len(m.Data))}
	for field, value := range m.Data {
		body.Data[field] = message.TemplateDataItem{Value: value}
	}
	var answer struct {
		MsgID flexible `json:"msgid"`
	}
	err = c.ask(ctx, question{path: pathTemplate, body: body}, &answer)
	return int64(answer.MsgID), err
}

// SendText sends a customer-service text, cut at 2048 bytes. Nothing protects
// it from being sent twice.
func (c *Client) SendText(ctx context.Context, openid, text string) error {
	body := message.NewCustomerTextMessage(openid, CutText(text))
	return c.ask(ctx, question{path: pathCustom, body: body}, nil)
}

// Menu is a message with items to tap; a tap comes back as [Text] with MenuID.
type Menu struct {
	Head  string
	Items []MenuItem
	Tail  string
}

// MenuItem is one line of a [Menu].
type MenuItem struct{ ID, Content string }

// SendMenu sends a menu message. Nothing protects it from being sent twice.
func (c *Client) SendMenu(ctx context.Context, openid string, m Menu) error {
	menu := &message.MediaMsgmenu{HeadContent: m.Head, TailContent: m.Tail}
	for _, item := range m.Items {
		menu.List = append(menu.List, message.MsgmenuItem{ID: item.ID, Content: item.Content})
	}
	body := &message.CustomerMessage{ToUser: openid, Msgtype: "msgmenu", Msgmenu: menu}
	return c.ask(ctx, question{path: pathCustom, body: body}, nil)
}
