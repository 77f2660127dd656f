package console

import (
	"hongyan/push/session"
)

// meView is the person and the browsers they are signed in with.
type meView struct {
	Form     form
	Sessions []session.Session
	Here     string // name of the session that looks
}

func (c *Console) mePage(r *request) (reply, error) { return c.me(r, filled("name", r.user.Name)) }

func (c *Console) me(r *request, f form) (reply, error) {
	all, err := c.o.Sessions.List(r.Context(), r.user.ID)
	if err != nil {
		return reply{}, err
	}
	return shown("me", wordsMe, meView{Form: f, Sessions: all, Here: r.session.Name}), nil
}

// rename sets the name by which others see the person in the console.
func (c *Console) rename(r *request) (reply, error) {
	err := c.o.Push.SetName(r.Context(), r.user.ID, r.value("name"))
	if f := typed(r); f.refuse(err) {
		a, err := c.me(r, f)
		return a.wrong(), err
	}
	if err != nil {
		return reply{}, err
	}
	return sentTo(Prefix + "me").saying("已保存"), nil
}

func (c *Console) endSession(r *request) (reply, error) {
	if err := c.o.Sessions.End(r.Context(), r.user.ID, r.value("session")); err != nil {
		return reply{}, err
	}
	return sentTo(Prefix + "me").saying("已退出那个浏览器"), nil
}

func (c *Console) endOtherSessions(r *request) (reply, error) {
	if err := c.o.Sessions.EndOthers(r.Context(), r.user.ID, r.session.Name); err != nil {
		return reply{}, err
	}
	return sentTo(Prefix + "me").saying("已退出其他所有浏览器"), nil
}
