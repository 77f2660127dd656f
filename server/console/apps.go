package console

import (
	"strconv"
	"strings"

	"hongyan/push"
)

// appsView is the front: the person's apps, page by page.
type appsView struct {
	Form   form
	Apps   []push.MemberApp
	Search bool // there are enough of them
	Gone   []push.GoneApp
	Next   string
}

// appsEach is how many apps stand on a page.
const appsEach = 48

// appsPage lists the person's apps, and the deleted ones that can come back.
func (c *Console) appsPage(r *request) (reply, error) {
	q := r.URL.Query()
	after, err := strconv.ParseInt(q.Get("after"), 10, 64)
	if err != nil {
		after = 0 // from the first
	}
	v := appsView{Form: form{Values: q}}
	var more bool
	v.Apps, more, err = c.o.Push.SearchApps(r.Context(), r.user.ID,
		push.AppSearch{Text: strings.TrimSpace(q.Get("q")), After: push.AppID(after), Limit: appsEach})
	if err != nil {
		return reply{}, err
	}
	v.Search = more || q.Get("q") != "" || after > 0
	if more {
		q.Set("after", strconv.FormatInt(int64(v.Apps[len(v.Apps)-1].ID), 10))
		v.Next = Prefix + "?" + q.Encode()
	}
	if v.Gone, err = c.o.Push.GoneApps(r.Context(), r.user.ID); err != nil {
		return reply{}, err
	}
	return shown("apps", wordsApps, v), nil
}

func (c *Console) newAppPage(*request) (reply, error) {
	return shown("app_new", wordsNewApp, appNewView{Form: filled()}), nil
}

// appNewView is the form of a new app.
type appNewView struct{ Form form }

// createdView shows what is shown this once.
type createdView struct {
	App   push.App
	Token string
	Logo  string // why the picture was not taken
	Code  string // address of the picture of its code
}

// newApp makes an app whose owner is the person. A picture that cannot be the
// logo does not undo it: the page says so, and settings take another.
func (c *Console) newApp(r *request) (reply, error) {
	app, token, err := c.o.Push.CreateApp(r.Context(), push.NewApp{
		Name: r.value("name"), Greeting: r.value("greeting"), Description: r.value("description"), Contact: r.value("contact"),
		Owner: r.user.ID,
	})
	if f := typed(r); f.refuse(err) {
		return shown("app_new", wordsNewApp, appNewView{Form: f}).wrong(), nil
	}
	if err != nil {
		return reply{}, err
	}
	v := createdView{App: app, Token: token, Code: appPath(app.ID, "settings/code.jpg")}
	if v.Logo, err = c.firstLogo(r, app.ID); err != nil {
		c.o.Log.Warn("the logo of a new app was not kept", "app", int64(app.ID), "err", err)
	}
	return shown("app_created", wordsAppCreated, v), nil
}

// firstLogo keeps the picture that came with the form, if one did.
func (c *Console) firstLogo(r *request, app push.AppID) (refused string, err error) {
	file, err := r.file("logo")
	if err != nil || file == nil {
		return "", err
	}
	err = c.keepLogo(r, app, file)
	if f := filled(); f.refuse(err) {
		return f.Error("logo"), nil
	}
	return "", err
}
