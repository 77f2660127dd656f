package console

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"hongyan/push"
	"hongyan/push/content"
	"hongyan/push/wechat"
	"hongyan/server/ui"
)

// previewView is a message before it is sent: the card in the chat, and how
// many it is for.
type previewView struct {
	Card   cardView
	People int
	Topics []topicChoice
	Empty  bool
	// Version changes with what the page of the message shows.
	Version string
}

// cardView is a card as WeChat shows it.
type cardView struct {
	Title  string
	Fields []wechat.Field
	Cut    bool // something of the summary is not on it
}

// previewOf shows what the form holds, as far as it goes.
func (c *Console) previewOf(r *request, f form, topics []topicChoice) previewView {
	d := f.draft()
	v := previewView{People: len(d.UIDs), Empty: d.Content == ""}
	topic := ""
	for _, t := range topics {
		if t.Ticked {
			v.Topics = append(v.Topics, t)
			topic = t.Name
		}
	}
	if len(v.Topics) > 1 || v.People > 0 {
		topic = ""
	}
	if !v.Empty {
		v.Version = digest(push.Draft{Kind: d.Kind, Content: d.Content, URL: d.URL}, time.Time{})
		v.Card = c.card(r.Context(), push.Page{AppName: r.app.Name, TopicName: topic, Summary: d.Shown(), At: c.o.Now()})
	}
	return v
}

// card is how a message stands in the chat. The number that makes each card
// its own is a sample.
func (c *Console) card(ctx context.Context, p push.Page) (v cardView) {
	if c.o.Cards == nil {
		return v
	}
	v.Title, v.Fields = c.o.Cards.Named(ctx, &push.Card{
		AppName: p.AppName, TopicName: p.TopicName, Summary: p.Summary, Short: "Hg7kQ2", At: p.At,
	})
	for _, field := range v.Fields {
		v.Cut = v.Cut || field.Cut
	}
	return v
}

// preview shows the card of what is being typed.
func (c *Console) preview(r *request) (reply, error) {
	topics, err := c.topicChoices(r, r.Form["topic"])
	if err != nil {
		return reply{}, err
	}
	v := c.previewOf(r, typed(r), topics)
	if r.htmx() {
		return part("send", "preview", sendView{Preview: v}), nil
	}
	return c.sendForm(r, typed(r))
}

// previewPage is the page of what is being typed: the same document that its
// readers will get, by the same code.
func (c *Console) previewPage(r *request) (reply, error) {
	d := typed(r).draft()
	return c.article(r, push.Page{AppName: r.app.Name, Summary: d.Shown(), Kind: d.Kind, Content: d.Content, URL: d.URL, At: c.o.Now()})
}

// article is the page of a message. Its ways out lead nowhere.
func (c *Console) article(r *request, p push.Page) (reply, error) {
	body, err := content.Page(p.Kind, p.Content)
	if err != nil {
		return reply{}, &push.Invalid{Field: "content", Text: translate(r.lang, wordsNoPreview)}
	}
	a := &ui.Article{
		Title: cmp.Or(p.Summary, p.AppName), Sender: p.AppName, Topic: p.TopicName, Sent: p.At,
		Body: body, Copies: content.HasCopy(body), Mute: "#", Report: "#",
	}
	if u := ui.WebURL(p.URL); u != nil {
		a.Go = u.String()
	}
	return reply{status: http.StatusOK, article: a}, nil
}
