package page

import (
	"fmt"
	"net/http"

	"hongyan/push"
)

// subscriptionsView is what a follower follows, and the switches.
type subscriptionsView struct {
	Muted   bool
	Blocked string // why WeChat refuses cards to them
	Groups  []group
	Words   subscriptionsWords
}

type group struct {
	Name string
	Rows []row
}

// row is one app or topic.
type row struct {
	Name, Note  string
	Logo        string
	Type        int
	ID          int64
	Muted       bool
	Paid        string
	Door, Leave string
}

// path of the list, which its switches come back to.
const subscriptionsPath = "/my/subscriptions"

func (h *handler) subscriptions(r *http.Request, u push.User) (reply, error) {
	var all []push.Subscription
	err := h.Push.Look(r.Context(), u.ID, func(t *push.Turn) (err error) {
		all, err = h.Push.Subscriptions(t)
		return err
	})
	if err != nil {
		return reply{}, err
	}
	v := subscriptionsView{Muted: u.Muted, Blocked: u.Blocked, Words: wordsSubscriptions}
	for _, kind := range []push.SubscriptionKind{push.OfApp, push.OfTopic} {
		g := group{Name: wordsKind[kind]}
		for _, s := range all {
			if s.Kind == kind {
				g.Rows = append(g.Rows, h.rowOf(s))
			}
		}
		if len(g.Rows) > 0 {
			v.Groups = append(v.Groups, g)
		}
	}
	return shown("subscriptions", v.Words.Title, v), nil
}

func (h *handler) rowOf(s push.Subscription) row {
	one := row{Name: s.AppName, Logo: s.Logo, Note: fmt.Sprintf("#%d", s.App), Type: int(s.Kind) + 1, ID: int64(s.App), Muted: s.Muted}
	if s.Kind == push.OfTopic {
		one.Name, one.Note, one.ID = s.TopicName, s.AppName, int64(s.Topic)
	}
	if s.PaidUntil.After(h.Now()) {
		one.Paid = s.PaidUntil.In(china).Format(wordsDay)
	}
	if s.Door {
		one.Door = doorPath(s.App)
	}
	one.Leave = "/my/unfollow?" + targetQuery(s.Kind, one.ID)
	return one
}

// turnSwitch is a switch of the list: of one app or topic, or without an id
// that of everything.
func (h *handler) turnSwitch(r *http.Request, u push.User) (reply, error) {
	if err := r.ParseForm(); err != nil {
		return refused(http.StatusBadRequest, wordsInvalid), nil
	}
	off := r.PostForm.Get("messages") == "off"
	err := h.Push.As(r.Context(), u.ID, func(t *push.Turn) error {
		if !r.PostForm.Has("id") {
			return h.Push.Mute(t, off)
		}
		kind, id, ok := targetOf(r.PostForm)
		if !ok {
			return push.ErrNoApp
		}
		return h.Push.Silence(t, kind, id, off)
	})
	if err != nil {
		return reply{}, err
	}
	return sentTo(subscriptionsPath), nil
}

// confirmView names what will happen before it does.
type confirmView struct {
	Title, Text string
	Action      string // where the button leads
	Do, Keep    string // the words of the buttons
	Back        string
}

// unfollowPage asks whether to unfollow.
func (h *handler) unfollowPage(r *http.Request, _ push.User) (reply, error) {
	target, err := h.find(r)
	if err != nil {
		return reply{}, err
	}
	v := wordsUnfollow(target)
	v.Action, v.Back = r.URL.Path+"?"+targetQuery(target.Kind, target.ID), subscriptionsPath
	return shown("confirm", v.Title, v), nil
}

func (h *handler) unfollow(r *http.Request, u push.User) (reply, error) {
	kind, id, ok := targetOf(r.URL.Query())
	if !ok {
		return reply{}, push.ErrNoApp
	}
	err := h.Push.As(r.Context(), u.ID, func(t *push.Turn) error { return h.Push.Unfollow(t, kind, id) })
	if err != nil {
		return reply{}, err
	}
	return sentTo(subscriptionsPath), nil
}

func doorPath(app push.AppID) string { return fmt.Sprintf("/my/door?id=%d", app) }

// door leads to the developer's own page. The address is signed when it is
// asked for: in a list it would grow old.
func (h *handler) door(r *http.Request, u push.User) (reply, error) {
	_, id, ok := targetOf(r.URL.Query())
	if !ok {
		return reply{}, push.ErrNoDoor
	}
	var address string
	err := h.Push.Look(r.Context(), u.ID, func(t *push.Turn) (err error) {
		address, err = h.Push.Jump(t, push.AppID(id))
		return err
	})
	if err != nil {
		return reply{}, err
	}
	return sentTo(address), nil
}
