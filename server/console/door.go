package console

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"hongyan/push"
	"hongyan/push/session"
)

// mostBody is how much a request may hold.
const mostBody = 64 << 10

// A request is one that came through the door. Its context says whose it is,
// for the audit log.
type request struct {
	*http.Request
	lang    string
	user    push.User       // zero: nobody signed in
	session session.Session // of the user
	secret  string          // that the session's cookie holds
	app     push.App        // that the path names
	role    push.Role       // of the user in it
}

// An answerer does what one route is for. Its errors become pages by the table
// of refusals.
type answerer func(*request) (reply, error)

// htmx tells whether a part of a page is asked for.
func (r *request) htmx() bool { return r.Header.Get("HX-Request") == "true" }

// post tells whether the request may change something.
func (r *request) post() bool { return r.Method == http.MethodPost }

// door lets in whom the route is for, and writes what it answers.
func (c *Console) door(to route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, in *http.Request) {
		most := to.body
		if most == 0 {
			most = mostBody
		}
		in.Body = http.MaxBytesReader(w, in.Body, most)
		r := &request{Request: in, lang: languageOf(in)}
		a, err := c.admit(to, r)
		if err != nil {
			a = c.refusal(r, err)
		}
		c.write(w, r, a)
	})
}

func (c *Console) admit(to route, r *request) (reply, error) {
	if err := c.recognise(r); err != nil {
		return reply{}, err
	}
	if to.needs.signedIn && r.user.ID == 0 {
		return c.toLogin(r), nil
	}
	if to.needs.admin && !r.user.Admin {
		return refused(http.StatusNotFound, wordsNowhere), nil
	}
	if to.needs.role != "" {
		if err := c.member(r, to); err != nil {
			return reply{}, err
		}
	}
	if r.post() && to.looks {
		if err := r.parse(); err != nil {
			return reply{}, err
		}
	} else if r.post() && to.needs.signedIn {
		if err := c.useForm(r, to.keyed); err != nil {
			return reply{}, err
		}
	}
	if to.step != nil {
		if a, done, err := c.allowed(r, to.step(r)); err != nil || !done {
			return a, err
		}
	}
	return to.do(r)
}

// recognise finds out whose browser it is.
func (c *Console) recognise(r *request) error {
	cookie, err := r.Cookie(c.cookies.session)
	if err != nil {
		return nil
	}
	found, user, err := c.o.Sessions.Find(r.Context(), cookie.Value)
	if errors.Is(err, session.ErrNone) {
		return nil
	}
	if err != nil {
		return err
	}
	r.session, r.user, r.secret = found, user, cookie.Value
	r.Request = r.WithContext(push.WithActor(r.Context(), push.Actor{User: user.ID, Via: push.ViaConsole, Address: addressOf(r.Request)}))
	return nil
}

// errRole: a member may look, and this needs more.
var errRole = errors.New("the role does not cover this")

// member finds the app that the path names. An app of others looks like none.
func (c *Console) member(r *request, to route) error {
	id, err := strconv.ParseInt(r.PathValue("app"), 10, 64)
	if err != nil || id < 1 {
		return push.ErrNoApp
	}
	roleOf := c.o.Push.RoleOf
	if to.gone {
		roleOf = c.o.Push.RoleOfGone
	}
	if r.app, r.role, err = roleOf(r.Context(), r.user.ID, push.AppID(id)); err != nil {
		return err
	}
	if !r.role.Covers(to.needs.role) {
		return errRole
	}
	return nil
}

// still tells whether a stream may go on: the session has not ended, and the
// role still covers what it did.
func (c *Console) still(ctx context.Context, r *request) bool {
	_, user, err := c.o.Sessions.Find(ctx, r.secret)
	if err != nil {
		return false
	}
	if r.app.ID == 0 {
		return user.Admin == r.user.Admin
	}
	_, role, err := c.o.Push.RoleOf(ctx, user.ID, r.app.ID)
	return err == nil && role.Covers(r.role)
}

// addressOf is the client's address as it is shown.
func addressOf(r *http.Request) string {
	address := r.RemoteAddr
	if at := strings.LastIndexByte(address, ':'); at > 0 {
		address = address[:at]
	}
	return strings.Trim(address, "[]")
}

// cookies are the names of what a browser carries for us.
type cookies struct {
	session, login, said, lang string
	secure                     bool
}

// cookiesOf names the cookies. Where the platform is reached by https they
// bear the prefix that keeps other hosts of the domain from setting them.
func cookiesOf(base string) cookies {
	c := cookies{session: "hongyan_console", login: "hongyan_login", said: "hongyan_said", lang: languageCookie}
	if strings.HasPrefix(base, "https://") {
		c.session, c.login, c.said, c.secure = "__Host-"+c.session, "__Host-"+c.login, "__Host-"+c.said, true
	}
	return c
}

// make is a cookie for this many seconds; 0 drops it.
func (c cookies) make(name, value string, seconds int) *http.Cookie {
	if seconds == 0 {
		seconds = -1
	}
	return &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: seconds, Secure: c.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode}
}
