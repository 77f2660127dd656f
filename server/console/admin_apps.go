package console

import (
	"fmt"
	"strconv"

	"hongyan/push"
)

// allAppsView is a page of the list of all apps.
type allAppsView struct {
	Apps   []push.KnownApp
	Form   form
	States []option
	Next   string
}

func (c *Console) allAppsPage(r *request) (reply, error) {
	query := r.URL.Query()
	v := allAppsView{Form: filled("q", query.Get("q"), "state", query.Get("state")), States: said(r, wordsAppStates...)}
	found, next, err := c.o.Push.AllApps(r.Context(), push.AppsFilter{
		Search: query.Get("q"), State: push.AppsState(query.Get("state")), After: query.Get("after"), Limit: 20,
	})
	if v.Form.refuse(err) {
		return shown("admin_apps", wordsAllApps, v).wrong(), nil
	}
	if err != nil {
		return reply{}, err
	}
	v.Apps, v.Next = found, turned(r, next)
	return shown("admin_apps", wordsAllApps, v), nil
}

// anyAppView is one of them with what can be done to it.
type anyAppView struct {
	push.KnownApp
	General               int // send calls of every app
	Suspend, Owner, Limit form
}

func (c *Console) anyAppPage(r *request) (reply, error) {
	return c.anyApp(r, anyAppView{Owner: filled()})
}

func (c *Console) anyApp(r *request, v anyAppView) (reply, error) {
	id, err := idOf(r)
	if err != nil {
		return reply{}, err
	}
	if v.KnownApp, err = c.o.Push.KnownApp(r.Context(), id); err != nil {
		return reply{}, err
	}
	if v.Suspend.Values == nil {
		v.Suspend = filled("reason", v.SuspendedReason)
	}
	v.General = c.o.Push.Limits().Sends.Most
	if v.Limit.Values == nil {
		v.Limit = filled()
		if v.SendLimit != nil {
			v.Limit = filled("sends", strconv.Itoa(*v.SendLimit))
		}
	}
	return shown("admin_app", wordsAnyApp, v), nil
}

// idOf is the app that the path names.
func idOf(r *request) (push.AppID, error) {
	n, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || n < 1 {
		return 0, push.ErrNoApp
	}
	return push.AppID(n), nil
}

func anyAppPath(id push.AppID) string { return fmt.Sprintf("%sadmin/apps/%d", Prefix, id) }

func (c *Console) suspendApp(r *request) (reply, error) {
	id, err := idOf(r)
	if err == nil {
		err = c.o.Push.Suspend(r.Context(), id, r.value("reason"))
	}
	if f := typed(r); f.refuse(err) {
		a, err := c.anyApp(r, anyAppView{Suspend: f, Owner: filled()})
		return a.wrong(), err
	}
	if err != nil {
		return reply{}, err
	}
	return sentTo(anyAppPath(id)).saying("应用已停用"), nil
}

func (c *Console) liftApp(r *request) (reply, error) {
	id, err := idOf(r)
	if err == nil {
		err = c.o.Push.Unsuspend(r.Context(), id)
	}
	if err != nil {
		return reply{}, err
	}
	return sentTo(anyAppPath(id)).saying("应用已恢复"), nil
}

// giveApp makes somebody an owner of the app.
func (c *Console) giveApp(r *request) (reply, error) {
	id, err := idOf(r)
	if err == nil {
		err = c.o.Push.GiveApp(r.Context(), id, push.UID(r.value("uid")))
	}
	if err != nil {
		return reply{}, err
	}
	return sentTo(anyAppPath(id)).saying("对方已成为所有者"), nil
}

// wordsStepOwner says on the phone what is to be allowed.
func wordsStepOwner(r *request) words {
	return say("让 %s 成为应用 #%s 的所有者", r.PostForm.Get("uid"), r.PathValue("id"))
}

// limitApp gives the app a limit of its own; an empty one goes back to that of
// every app.
func (c *Console) limitApp(r *request) (reply, error) {
	f := typed(r)
	id, err := idOf(r)
	var n *int
	if err == nil {
		n, err = whole(r, "sends")
	}
	if err == nil {
		err = c.o.Push.SetAppLimit(r.Context(), id, n)
	}
	if f.refuse(err) {
		a, err := c.anyApp(r, anyAppView{Owner: filled(), Limit: f})
		return a.wrong(), err
	}
	if err != nil {
		return reply{}, err
	}
	return sentTo(anyAppPath(id)).saying("限额已保存，几秒内生效"), nil
}

// whole reads a whole number that may be left empty.
func whole(r *request, name string) (*int, error) {
	text := r.value(name)
	if text == "" {
		return nil, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return nil, &push.Invalid{Field: name, Text: translate(r.lang, wordsWhole)}
	}
	return &n, nil
}
