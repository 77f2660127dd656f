package page

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"hongyan/push"
	"hongyan/server/ui"
)

// kinds are the numbers of apps and topics in follow links.
var kinds = map[string]push.SubscriptionKind{"": push.OfApp, "1": push.OfApp, "2": push.OfTopic}

// targetOf reads what a link names: type and id.
func targetOf(query url.Values) (kind push.SubscriptionKind, id int64, ok bool) {
	kind, known := kinds[query.Get("type")]
	id, err := strconv.ParseInt(query.Get("id"), 10, 64)
	return kind, id, known && err == nil && id > 0
}

// targetQuery is the reverse of targetOf.
func targetQuery(kind push.SubscriptionKind, id int64) string {
	return fmt.Sprintf("type=%d&id=%d", kind+1, id)
}

// followView offers to follow, or says that it is done.
type followView struct {
	Name, Kind, From string
	Number           string // of an app, as people type it
	Follows          bool
	Muted            bool // all messages of the follower are off
	Greeting         string
	Logo             string
	About, Contact   string
	Form, Door, QR   string
	Words            followWords
}

// find is FindTarget for what a request names. What is no number looks like
// what does not exist.
func (h *handler) find(r *http.Request) (push.Target, error) {
	kind, id, ok := targetOf(r.URL.Query())
	if !ok {
		return push.Target{}, push.ErrNoApp
	}
	return h.Push.FindTarget(r.Context(), kind, id)
}

// followPage is where follow links lead: a button within WeChat, a QR code
// elsewhere. With jump=auto a follower goes on to the developer's own page.
func (h *handler) followPage(r *http.Request) (reply, error) {
	target, err := h.find(r)
	if err != nil {
		return reply{}, err
	}
	if r.URL.Query().Has("qr") || h.outside(r) {
		return h.followCode(r, target, false)
	}
	u, ok, err := h.who(r.Context(), r)
	switch {
	case err != nil:
		return reply{}, err
	case !ok:
		return h.ask(r, false)
	case !u.Following:
		return h.followCode(r, target, true)
	}
	var at push.Standing
	var door string
	err = h.Push.Look(r.Context(), u.ID, func(t *push.Turn) (err error) {
		if at, err = h.Push.Standing(t, target.Kind, target.ID); err != nil || !at.Follows {
			return err
		}
		door, err = h.Push.Jump(t, target.App)
		if errors.Is(err, push.ErrNoDoor) {
			err = nil
		}
		return err
	})
	switch {
	case err != nil:
		return reply{}, err
	case at.Rejected:
		return reply{}, push.ErrRejected
	case at.Follows && door != "" && r.URL.Query().Get("jump") == "auto":
		return sentTo(door), nil
	}
	v := followViewOf(target)
	v.Follows, v.Muted = at.Follows, u.Muted
	if door != "" {
		v.Door = doorPath(target.App)
	}
	return shown("follow", v.Words.Title, v), nil
}

func followViewOf(target push.Target) followView {
	v := followView{
		Name: target.Name, Kind: wordsKind[target.Kind], Greeting: target.Greeting,
		Logo: target.Logo, About: target.Description, Contact: target.Contact,
		Form: "/follow?" + targetQuery(target.Kind, target.ID),
	}
	v.QR = v.Form + "&qr=1"
	if target.Kind == push.OfTopic {
		v.From = target.AppName
	} else {
		v.Number = fmt.Sprintf("#%d", target.ID)
	}
	v.Words = wordsFollow(target)
	return v
}

// follow is the button. It leads back to the page, which then says so: the
// way on to a developer's page is a link there.
func (h *handler) follow(r *http.Request, u push.User) (reply, error) {
	target, err := h.find(r)
	if err != nil {
		return reply{}, err
	}
	err = h.Push.As(r.Context(), u.ID, func(t *push.Turn) error {
		return h.Push.Follow(t, target.Kind, target.ID, push.ByLink)
	})
	if err != nil {
		return reply{}, err
	}
	return sentTo("/follow?" + targetQuery(target.Kind, target.ID)), nil
}

// followCode shows the code that follows the target, and the official account
// first where that is missing.
func (h *handler) followCode(r *http.Request, target push.Target, inside bool) (reply, error) {
	purpose, topic := push.SceneApp, push.TopicID(0)
	if target.Kind == push.OfTopic {
		purpose, topic = push.SceneTopic, push.TopicID(target.ID)
	}
	picture, err := h.code(r.Context(), purpose, target.App, topic)
	if err != nil {
		return reply{}, err
	}
	v := wordsFollowCode(target, inside, picture != "")
	v.Picture = picture
	if r.URL.Query().Has("qr") && !h.outside(r) {
		v.Back = &ui.Link{Text: wordsBack, URL: "/follow?" + targetQuery(target.Kind, target.ID)}
	}
	return shown("code", v.Title, v), nil
}
