package wechat

import (
	"context"

	"hongyan/oa"
	"hongyan/push"
	"hongyan/push/content"
)

// sendTemplate sends the card as a template message. The same ClientMsgID at
// every attempt makes a repeat within ten minutes harmless.
func (c *Channel) sendTemplate(ctx context.Context, j push.Job) push.Outcome {
	template, fields := c.using()
	msgid, err := c.client.SendTemplate(ctx, oa.TemplateMessage{
		ToUser:      string(j.Card.OpenID),
		TemplateID:  template,
		URL:         j.Card.PageURL,
		ClientMsgID: j.Card.ClientMsgID,
		Data:        fields.values(j.Card),
	})
	if err != nil {
		return judge(err, j.FirstAt, c.now())
	}
	return push.Outcome{Verdict: push.Accepted, MsgID: msgid}
}

// templateFirst turns to a customer message when WeChat refused the template
// message for a reason that will not pass soon and is not the follower's.
func (c *Channel) templateFirst(ctx context.Context, j push.Job) push.Outcome {
	out := c.sendTemplate(ctx, j)
	if out.Verdict != push.Paused && out.Verdict != push.Permanent {
		return out
	}
	if other, done := c.sendCustomer(ctx, j); done {
		return other
	}
	return out
}

// customerFirst prefers a customer message, which shows the whole summary.
func (c *Channel) customerFirst(ctx context.Context, j push.Job) push.Outcome {
	if out, done := c.sendCustomer(ctx, j); done {
		return out
	}
	return c.sendTemplate(ctx, j)
}

// sendCustomer sends the card as a customer-service text if the follower's
// window allows one. It is done when the follower has the message, may have
// it, or wants none; else the template is the next channel.
//
// Nothing protects a customer message from being shown twice, so it is tried
// at the first attempt only: a later one may follow a crash right after it.
func (c *Channel) sendCustomer(ctx context.Context, j push.Job) (out push.Outcome, done bool) {
	if j.Attempt > 1 {
		return out, false
	}
	if ok, err := c.spend(ctx, j.Card.User); err != nil || !ok {
		return out, false
	}
	err := c.client.SendText(ctx, string(j.Card.OpenID), customerText(j.Card))
	switch {
	case err == nil:
		return push.Outcome{Verdict: push.Delivered}, true
	case mayHaveArrived(err, pathCustom):
		return push.Outcome{Verdict: push.Unconfirmed, Reason: wordCustomerUnknown}, true
	}
	out = judge(err, j.FirstAt, c.now())
	return out, out.Verdict == push.Stopped
}

// customerText is the card as a chat shows it: who, what, and where to read
// on.
func customerText(card *push.Card) string {
	text := "【" + content.Cut(source(card), 60) + "】\n" + content.Cut(card.Summary, 100)
	if card.PageURL != "" {
		text += "\n\n" + wordReadOn + card.PageURL
	}
	return text
}
