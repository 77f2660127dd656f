package page

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"time"

	"hongyan/push"
	"hongyan/push/content"
	"hongyan/server/ui"
	"hongyan/store/cache"
)

// china is the zone every time is shown in.
var china = time.FixedZone("CST", 8*3600)

// message finds a message and makes the view of its page.
func (h *handler) message(ctx context.Context, handle string) (status int, v view) {
	m, err := h.Push.Open(ctx, handle)
	if errors.Is(err, push.ErrNoMessage) {
		return http.StatusNotFound, notice(wordsNoMessage)
	}
	var body template.HTML
	if err == nil {
		body, err = h.render(ctx, m)
	}
	if err != nil {
		h.Log.Error("show message page", "error", err)
		return http.StatusInternalServerError, notice(wordsBroken)
	}
	return http.StatusOK, messageView(handle, m, body)
}

// rendered is how long a rendered body is kept: a message to a topic is opened
// by many within minutes.
const rendered = 10 * time.Minute

// render makes the body safe to show, once for all who open the same content:
// forty thousand characters of Markdown take tens of milliseconds.
func (h *handler) render(ctx context.Context, m push.Page) (template.HTML, error) {
	sum := sha256.Sum256([]byte(m.Content))
	key := fmt.Sprintf("page:%d:%x", m.Kind, sum)
	return cache.Once(ctx, h.Cache, key, rendered, func(context.Context) (template.HTML, error) {
		return content.Page(m.Kind, m.Content)
	})
}

func messageView(handle string, m push.Page, body template.HTML) view {
	sender := cmp.Or(m.AppName, wordsSimplePush)
	below := "/m/" + handle
	address := ""
	if ui.WebURL(m.URL) != nil {
		address = below + "/go"
	}
	return view{page: "message", View: ui.Article{
		Title: cmp.Or(m.Summary, sender), Sender: sender, Logo: m.AppLogo, Topic: m.TopicName, Sent: m.At,
		Body: body, Copies: content.HasCopy(body), Go: address, Mute: below + "/mute", Report: below + "/report",
	}.View()}
}

// notice is the page in place of a message that cannot be shown.
func notice(n ui.Notice) view {
	return view{page: "missing", View: ui.View{Title: n.Title, Inline: true, Data: n}}
}
