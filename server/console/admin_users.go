package console

import (
	"net/url"

	"hongyan/push"
	"hongyan/push/session"
)

// usersView is a page of the list of users.
type usersView struct {
	Users  []push.KnownUser
	Form   form
	States []option
	Next   string
}

// usersPage lists who met the account.
func (c *Console) usersPage(r *request) (reply, error) {
	query := r.URL.Query()
	v := usersView{Form: filled("q", query.Get("q"), "state", query.Get("state")), States: said(r, wordsUserStates...)}
	found, next, err := c.o.Push.Users(r.Context(), push.UserFilter{
		Search: query.Get("q"), State: push.UserState(query.Get("state")), After: query.Get("after"), Limit: 50,
	})
	if v.Form.refuse(err) {
		return shown("admin_users", wordsUsers, v).wrong(), nil
	}
	if err != nil {
		return reply{}, err
	}
	v.Users, v.Next = found, turned(r, next)
	return shown("admin_users", wordsUsers, v), nil
}

// userView is one of them.
type userView struct {
	push.KnownUser
	Sessions []session.Session
	Self     bool
}

// OpenIDShort is WeChat's name for the user, cut so that it names nobody.
func (v userView) OpenIDShort() string {
	id := []rune(string(v.OpenID))
	if len(id) <= 8 {
		return "…"
	}
	return string(id[:4]) + "…" + string(id[len(id)-4:])
}

func (c *Console) userPage(r *request) (reply, error) {
	k, err := c.o.Push.UserByUID(r.Context(), push.UID(r.PathValue("uid")))
	if err != nil {
		return reply{}, err
	}
	v := userView{KnownUser: k, Self: k.ID == r.user.ID}
	if v.Sessions, err = c.o.Sessions.List(r.Context(), k.ID); err != nil {
		return reply{}, err
	}
	return shown("admin_user", wordsUser, v), nil
}

func userPath(r *request) string { return Prefix + "admin/users/" + url.PathEscape(r.PathValue("uid")) }

// setAdmin makes a user an administrator, or a plain user again.
func (c *Console) setAdmin(r *request) (reply, error) {
	on := r.value("on") == "1"
	if err := c.o.Push.SetAdmin(r.Context(), push.UID(r.PathValue("uid")), on); err != nil {
		return reply{}, err
	}
	if !on && string(r.user.UID) == r.PathValue("uid") {
		return sentTo(Prefix).saying("你不再是管理员"), nil
	}
	if on {
		return sentTo(userPath(r)).saying("已成为管理员"), nil
	}
	return sentTo(userPath(r)).saying("已不再是管理员"), nil
}

// barUser keeps a user out of the console, or lets them in again.
func (c *Console) barUser(r *request) (reply, error) {
	on := r.value("on") == "1"
	if err := c.o.Push.Bar(r.Context(), push.UID(r.PathValue("uid")), on); err != nil {
		return reply{}, err
	}
	if on {
		return sentTo(userPath(r)).saying("已禁止进入控制台，登录全部失效"), nil
	}
	return sentTo(userPath(r)).saying("已允许进入控制台"), nil
}

// endSessionsOf ends all sessions of a user.
func (c *Console) endSessionsOf(r *request) (reply, error) {
	k, err := c.o.Push.UserByUID(r.Context(), push.UID(r.PathValue("uid")))
	if err != nil {
		return reply{}, err
	}
	if err := c.o.Sessions.EndAll(r.Context(), k.ID, k.UID); err != nil {
		return reply{}, err
	}
	return sentTo(userPath(r)).saying("登录已全部失效"), nil
}

// wordsStepAdmin says on the phone what is to be allowed.
func wordsStepAdmin(r *request) words {
	if r.PostForm.Get("on") == "1" {
		return say("让 %s 成为管理员", r.PathValue("uid"))
	}
	return say("撤销 %s 的管理员身份", r.PathValue("uid"))
}
