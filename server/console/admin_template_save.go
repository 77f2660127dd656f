package console

import (
	"context"
	"crypto/rand"
	"errors"

	"hongyan/oa"
	"hongyan/push"
	"hongyan/push/wechat"
)

// typedTemplate reads the form: what it asks for, and what is wrong with it.
func (c *Console) typedTemplate(r *request) (push.CardTemplate, form, error) {
	f := typed(r)
	made := push.CardTemplate{ID: r.value("id"), Fields: fieldsOf(f)}
	err := made.Validate()
	if err == nil {
		err = wechat.Check(made.Fields)
	}
	var invalid *push.Invalid
	if errors.As(err, &invalid) {
		name := invalid.Field
		if _, ok := made.Fields[name]; ok {
			name = fieldPrefix + name
		}
		err = &push.Invalid{Field: name, Text: invalid.Text}
	}
	return made, f, err
}

func (c *Console) saveTemplate(r *request) (reply, error) {
	made, f, err := c.typedTemplate(r)
	if err == nil {
		err = c.o.Push.SetCardTemplate(r.Context(), &made)
	}
	if f.refuse(err) {
		return c.templates(r, made.ID, &f).reply().wrong(), nil
	}
	if err != nil {
		return reply{}, err
	}
	return sentTo(Prefix + "admin/templates").saying("已保存，所有节点几秒内开始使用"), nil
}

// tryTemplate sends a card with what was typed, saved or not, to whoever typed
// it.
func (c *Console) tryTemplate(r *request) (reply, error) {
	made, f, err := c.typedTemplate(r)
	if err == nil && c.o.Cards != nil {
		err = c.try(r.Context(), r, made)
	}
	var no *oa.Error
	if errors.As(err, &no) {
		f.Wrong[""] = say("微信没有收下这张卡片（错误 %d）：%s", no.Code, no.Remedy()).in(r.lang)
		return c.templates(r, made.ID, &f).reply().wrong(), nil
	}
	if f.refuse(err) {
		return c.templates(r, made.ID, &f).reply().wrong(), nil
	}
	if err != nil {
		return reply{}, err
	}
	v := c.templates(r, made.ID, &f)
	v.Sent = true
	return v.reply(), nil
}

func (c *Console) try(ctx context.Context, r *request, made push.CardTemplate) error {
	card := sampleCard(chinese, c.o.Now())
	card.User, card.OpenID = r.user.ID, r.user.OpenID
	card.ClientMsgID = rand.Text()[:22]
	if err := c.o.Cards.Try(ctx, made, card); err != nil {
		return err
	}
	return c.o.Push.Note(ctx, push.Change{Action: "template.try", Subject: made.ID})
}

// resetTemplate goes back to what is configured.
func (c *Console) resetTemplate(r *request) (reply, error) {
	if err := c.o.Push.SetCardTemplate(r.Context(), nil); err != nil {
		return reply{}, err
	}
	return sentTo(Prefix + "admin/templates").saying("已恢复为启动参数里的模板"), nil
}
