package page

import (
	"context"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"time"

	"hongyan/push/content"
	"hongyan/server/ui"
)

// china is the zone every time is shown in.
var china = time.FixedZone("CST", 8*3600)

// article is what the message page shows.
type article struct {
	AppName string
	At      string // for people
	Stamp   string // for machines
	Body    template.HTML
	URL     string // of 阅读原文; empty when there is none to offer
	Words   articleWords
}

// message finds a message and makes the view of its page.
func (h *handler) message(ctx context.Context, handle string) (status int, v view) {
	m, err := h.open(ctx, handle)
	switch {
	case errors.Is(err, ErrNoMessage):
		return http.StatusNotFound, missing(wordsNoMessage)
	case err != nil:
		h.log.Error("open message page", "error", err)
		return http.StatusInternalServerError, missing(wordsBroken)
	case m.Deleted:
		return http.StatusNotFound, missing(wordsDeleted)
	}
	body, err := content.Page(m.Kind, m.Body)
	if err != nil {
		h.log.Error("render message page", "app", m.AppID, "error", err)
		return http.StatusInternalServerError, missing(wordsBroken)
	}
	return http.StatusOK, messageView(m, body)
}

func messageView(m Page, body template.HTML) view {
	at := m.SentAt.In(china)
	return view{page: "message", View: ui.View{
		Title:  firstOf(m.Title, m.Summary, m.AppName),
		Class:  "article",
		Inline: true,
		Script: content.HasCopy(body),
		Data: article{
			AppName: m.AppName,
			At:      at.Format(wordsTime),
			Stamp:   at.Format(time.RFC3339),
			Body:    body,
			URL:     webAddress(m.URL),
			Words:   wordsArticle,
		},
	}}
}

// missing is the page in place of a message that cannot be shown.
func missing(n ui.Notice) view {
	return view{page: "missing", View: ui.View{Title: n.Title, Inline: true, Data: n}}
}

// webAddress returns an address if it leads to the web, or "".
func webAddress(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return ""
	}
	return u.String()
}

func firstOf(words ...string) string {
	for _, w := range words {
		if w != "" {
			return w
		}
	}
	return ""
}
