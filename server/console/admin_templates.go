package console

import (
	"context"
	"crypto/rand"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"hongyan/oa"
	"hongyan/push"
	"hongyan/push/wechat"
)

// templatesView is the account's templates and the one that is edited.
type templatesView struct {
	List       []oa.Template
	Unreached  bool   // WeChat did not say which templates there are
	Used       string // id of the one in use
	Chosen     bool   // by the administrator, not by the configuration
	Configured string
	ID, Title  string // of the one that is edited
	Missing    bool   // the account has no such template
	Rows       []templateRow
	Form       form
	Preview    cardView
	Places     []string
	Sent       bool // the card that was tried
}

// A templateRow is one field of the template in the form.
type templateRow struct{ Key, Label, Rule string }

// fieldPrefix begins the names of inputs for template fields.
const fieldPrefix = "f."

func (c *Console) templatesPage(r *request) (reply, error) {
	return c.templates(r, r.URL.Query().Get("id"), nil).reply(), nil
}

func (v templatesView) reply() reply { return shown("admin_templates", wordsTemplates, v) }

// templates is the page; f is what was typed, nil what is in use.
func (c *Console) templates(r *request, id string, f *form) templatesView {
	now := c.o.Push.ConfiguredTemplate()
	v := templatesView{Configured: now.ID, Places: wechat.Placeholders()}
	if chosen := c.o.Push.CardTemplate(); chosen != nil {
		now, v.Chosen = *chosen, true
	}
	if len(now.Fields) == 0 {
		now.Fields = wechat.DefaultFields()
	}
	v.Used, v.ID = now.ID, now.ID
	if id != "" {
		v.ID = id
	}
	var err error
	if v.List, err = c.o.WeChat.TemplateList(r.Context()); err != nil {
		v.Unreached = true
		c.o.Log.Warn("the account's templates are not known", "err", err)
	}
	v.rows(now.Fields, r.lang)
	v.Form = form{Values: map[string][]string{}, Wrong: map[string]string{}}
	for _, row := range v.Rows {
		text, known := now.Fields[row.Key]
		if !known {
			text = suggestion(row.Key)
		}
		v.Form.Values.Set(fieldPrefix+row.Key, text)
	}
	if f != nil {
		v.Form = *f
	}
	v.Preview, _ = v.preview(mappingOf(v.Form), r.lang, c.o.Now())
	return v
}

// rows are the fields of the template that is edited: as WeChat has them, or,
// when that is not known, those in use.
func (v *templatesView) rows(used map[string]string, lang string) {
	at := slices.IndexFunc(v.List, func(t oa.Template) bool { return t.ID == v.ID })
	if at >= 0 {
		v.Title = v.List[at].Title
		for _, f := range v.List[at].Fields() {
			v.Rows = append(v.Rows, templateRowOf(f.Key, f.Label, lang))
		}
	}
	v.Missing = at < 0 && !v.Unreached
	if len(v.Rows) > 0 {
		return
	}
	for _, key := range slices.Sorted(maps.Keys(used)) {
		v.Rows = append(v.Rows, templateRowOf(key, key, lang))
	}
}

func templateRowOf(key, label, lang string) templateRow {
	row := templateRow{Key: key, Label: label}
	if label == "" {
		row.Label = key
	}
	if kind, ok := wechat.KindOf(key); ok {
		row.Rule = translate(lang, wordsFieldKinds[kind])
	}
	return row
}

// suggestion is what a field of this kind most likely shows.
func suggestion(key string) string {
	switch kind, _ := wechat.KindOf(key); kind {
	case "time", "date":
		return "{time}"
	case "character_string", "number", "letter":
		return "{id}"
	case "const", "enum", "phrase":
		return ""
	}
	return "{summary}"
}

// mappingOf are the fields as they were typed. Empty ones are left out.
func mappingOf(f form) map[string]string {
	fields := make(map[string]string)
	for name, values := range f.Values {
		key, ok := strings.CutPrefix(name, fieldPrefix)
		if ok && len(values) > 0 && strings.TrimSpace(values[0]) != "" {
			fields[key] = strings.TrimSpace(values[0])
		}
	}
	return fields
}

// preview is the card that the fields would make.
func (v *templatesView) preview(fields map[string]string, lang string, now time.Time) (cardView, error) {
	values, err := wechat.Fill(fields, sampleCard(lang, now))
	if err != nil {
		return cardView{}, err
	}
	card := cardView{Title: v.Title}
	for _, row := range v.Rows {
		if value, ok := values[row.Key]; ok {
			card.Fields = append(card.Fields, wechat.Field{Key: row.Key, Label: row.Label, Value: value})
		}
	}
	return card, nil
}

func sampleCard(lang string, now time.Time) *push.Card {
	return &push.Card{
		AppName: translate(lang, sampleApp), TopicName: translate(lang, sampleTopic), Summary: translate(lang, sampleSummary), Short: rand.Text()[:6], At: now,
	}
}

// previewTemplate is the card while somebody types.
func (c *Console) previewTemplate(r *request) (reply, error) {
	query := r.URL.Query()
	v := templatesView{ID: query.Get("id"), Title: query.Get("title")}
	for name := range query {
		if key, ok := strings.CutPrefix(name, fieldPrefix); ok {
			v.Rows = append(v.Rows, templateRow{Key: key, Label: query.Get("l." + key)})
		}
	}
	slices.SortFunc(v.Rows, func(a, b templateRow) int { return strings.Compare(query.Get("n."+a.Key), query.Get("n."+b.Key)) })
	v.Form = form{Values: query, Wrong: map[string]string{}}
	var err error
	v.Preview, err = v.preview(mappingOf(v.Form), r.lang, c.o.Now())
	v.Form.refuse(err)
	return part("admin_templates", "preview", v), nil
}

// typedTemplate reads the form: what it asks for, and what is wrong with it.
func (c *Console) typedTemplate(r *request) (push.CardTemplate, form, error) {
	f := typed(r)
	made := push.CardTemplate{ID: r.value("id"), Fields: mappingOf(f)}
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
