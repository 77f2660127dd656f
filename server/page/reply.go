package page

import (
	"net/http"

	"hongyan/server/ui"
)

// A reply is a page, or where to go instead.
type reply struct {
	status  int
	view    view
	to      string
	cookies []*http.Cookie
}

// An answerer does what one route is for. Its errors become pages by the table
// of refusals.
type answerer func(*http.Request) (reply, error)

// shown is an ordinary page.
func shown(page, title string, data any) reply {
	return reply{status: http.StatusOK, view: view{page: page, View: ui.View{Title: title, Data: data}}}
}

// copying lets the page run the script that copies.
func (a reply) copying() reply {
	a.view.Script = true
	return a
}

func refused(status int, n ui.Notice) reply { return reply{status: status, view: notice(n)} }

// sentTo leads on. It is no redirect that a form may end in unless it stays
// here: browsers hold form-action against the whole chain.
func sentTo(address string) reply { return reply{status: http.StatusSeeOther, to: address} }

// serve answers with an ordinary page.
func (h *handler) serve(do answerer) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
		a, err := do(r)
		if err != nil {
			a = h.refusal(err)
		}
		for _, c := range a.cookies {
			http.SetCookie(w, c)
		}
		if a.to != "" {
			own(w.Header(), false)
			http.Redirect(w, r, a.to, a.status)
			return
		}
		a.view.own, a.view.Inline = true, true
		a.view.Head = ownStyle()
		h.write(w, r, a.status, a.view)
	}
}
