package console

import (
	"fmt"
	"net/http"
	"strings"

	"hongyan/push"
	"hongyan/server/ui"
)

// A frame is what every template is given: the person, the app, the way
// around, and in D what the page is about.
type frame struct {
	Title  string
	Lang   string
	Path   string
	User   push.User
	App    push.App
	Role   push.Role
	Apps   []push.MemberApp // for the switcher
	Nav    []navItem
	Said   string // once
	Phone  string // the sandbox's phone page
	Base   string
	D      any
	ticket func() string
}

// mostSwitched is how many apps the switcher offers; the list has all.
const mostSwitched = 30

// Ticket is for one form; every form needs one of its own.
func (f frame) Ticket() string { return f.ticket() }

// May tells whether the person's role in the app covers a role.
func (f frame) May(role string) bool { return f.Role.Covers(push.Role(role)) }

// With is the frame about something else, for a part of a page.
func (f frame) With(data any) frame {
	f.D = data
	return f
}

// AppPath is the path of a section of the app.
func (f frame) AppPath(section string) string { return appPath(f.App.ID, section) }

func appPath(app push.AppID, section string) string {
	return fmt.Sprintf("%sapp/%d/%s", Prefix, app, section)
}

// A navItem is one section of the rail.
type navItem struct {
	Text, URL, Mark string
	Here            bool
}

// sections of an app and of the administrator: path, words, mark.
type section struct{ path, text, mark string }

// bare is a frame for a part of a page, without what stands around it.
func (c *Console) bare(r *request, data any) frame {
	return frame{
		Lang: r.lang, Path: r.URL.Path, User: r.user, App: r.app, Role: r.role, Phone: c.o.Phone, Base: c.o.BaseURL, D: data,
		ticket: func() string { return c.ticket(r) },
	}
}

// frame is the whole of it.
func (c *Console) frame(w http.ResponseWriter, r *request, a reply) frame {
	data := a.data
	if n, ok := data.(notice); ok {
		data = n.view(r.lang)
	}
	f := c.bare(r, data)
	f.Title = a.title.in(r.lang)
	if a.part != "" {
		return f
	}
	f.Said = c.takeToast(w, r)
	if r.user.ID == 0 {
		return f
	}
	var err error
	if f.Apps, _, err = c.o.Push.SearchApps(r.Context(), r.user.ID, push.AppSearch{Limit: mostSwitched}); err != nil {
		c.o.Log.Error("console frame", "err", err)
	}
	switch {
	case r.app.ID != 0:
		f.Nav = nav(r, appPath(r.app.ID, ""), appSections)
	case strings.HasPrefix(r.URL.Path, Prefix+"admin/") && r.user.Admin:
		f.Nav = nav(r, Prefix+"admin/", adminSections)
	}
	return f
}

// nav is the rail with the section that the path is in.
func nav(r *request, root string, all []section) []navItem {
	items := make([]navItem, len(all))
	rest := strings.TrimPrefix(r.URL.Path, root)
	head, _, _ := strings.Cut(rest, "/")
	for i, s := range all {
		items[i] = navItem{Text: translate(r.lang, s.text), URL: root + s.path, Mark: s.mark, Here: head == s.path}
	}
	return items
}

// view is the document around a page.
func (c *Console) view(w http.ResponseWriter, r *request, a reply) ui.View {
	f := c.frame(w, r, a)
	title := f.Title
	if r.app.ID != 0 {
		title += " · " + r.app.Name
	}
	return ui.View{
		Title: title + " · " + translate(r.lang, wordsHongyan), Class: "console", Lang: r.lang,
		Stylesheet: styleAsset.Path(), Scripts: scripts(), Head: head, Data: f,
	}
}
