package console

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"strings"
	"time"

	"hongyan/push/session"
	"hongyan/store/limit"
)

// How many codes are made: for one address, and for all of them. Each costs a
// call of the official account's day.
var (
	codesEach = limit.Rate{Most: 20, Per: time.Minute}
	codesAll  = limit.Rate{Most: 600, Per: time.Minute}
)

// A loginTicket is what the browser that wants in carries: a secret of its
// own, the code it shows, and where to go afterwards.
type loginTicket struct{ secret, handle, next string }

const ticketSeconds = 15 * 60

func (c *Console) loginTicket(r *request) (t loginTicket, ok bool) {
	cookie, err := r.Cookie(c.cookies.login)
	if err != nil {
		return t, false
	}
	parts := strings.SplitN(cookie.Value, "|", 3)
	if len(parts) != 3 {
		return t, false
	}
	t = loginTicket{parts[0], parts[1], parts[2]}
	if !inside(t.next) {
		t.next = Prefix
	}
	return t, true
}

func (c *Console) loginCookie(t loginTicket) *http.Cookie {
	return c.cookies.make(c.cookies.login, t.secret+"|"+t.handle+"|"+t.next, ticketSeconds)
}

// toLogin leads a stranger to the code, and back afterwards.
func (c *Console) toLogin(r *request) reply {
	next := Prefix
	if r.Method == http.MethodGet && !r.htmx() {
		next = r.URL.RequestURI()
	}
	a := sentTo(Prefix + "login")
	if inside(next) && len(next) < 1000 && !strings.ContainsAny(next, `|;,"`) {
		a.cookies = []*http.Cookie{c.loginCookie(loginTicket{next: next})}
	}
	return a
}

// loginView is the page with the code.
type loginView struct {
	Picture  string
	Code     string
	State    int
	Expired  bool
	First    bool
	Minutes  int
	Scanned  bool
	Allowed  bool
	Refused  bool
	WeChatNo bool // WeChat made no picture
}

func (c *Console) loginPage(r *request) (reply, error) {
	if r.user.ID != 0 {
		return sentTo(Prefix), nil
	}
	return c.askToLogin(r, session.Login)
}

// firstPage is where the link of the first start leads.
func (c *Console) firstPage(r *request) (reply, error) {
	if err := c.o.Push.AdminLinkGood(r.Context(), r.PathValue("secret")); err != nil {
		return reply{}, err
	}
	return c.askToLogin(r, session.First)
}

// askToLogin shows a code: the one this browser has already, while it is good
// for a while longer.
func (c *Console) askToLogin(r *request, purpose session.Purpose) (reply, error) {
	t, ok := c.loginTicket(r)
	if ok && t.handle != "" {
		a, err := c.o.Sessions.Look(r.Context(), t.handle, t.secret)
		if err == nil && a.Purpose == purpose && a.State <= session.Scanned && a.Expires.Sub(c.o.Now()) > time.Minute {
			return c.loginShown(r, a), nil
		}
	}
	if t.next == "" {
		t.next = Prefix
	}
	t.secret = rand.Text()
	a, err := c.ask(r, session.Ask{Purpose: purpose, Browser: t.secret, Place: place(r)})
	if err != nil {
		return reply{}, err
	}
	t.handle = a.Handle
	shown := c.loginShown(r, a)
	shown.cookies = []*http.Cookie{c.loginCookie(t)}
	return shown, nil
}

// ask asks for an approval and has WeChat make its code.
func (c *Console) ask(r *request, what session.Ask) (session.Approval, error) {
	for bucket, rate := range map[string]limit.Rate{"console code " + addressOf(r.Request): codesEach, "console codes": codesAll} {
		if ok, _ := c.o.Limit.Allow(r.Context(), bucket, rate, 1); !ok {
			return session.Approval{}, errBusy
		}
	}
	a, err := c.o.Sessions.Begin(r.Context(), what)
	if err != nil {
		return session.Approval{}, err
	}
	return a, c.draw(r.Context(), a.Handle, a.Expires.Sub(c.o.Now()))
}

// draw has WeChat make the code of a scene.
func (c *Console) draw(ctx context.Context, handle string, valid time.Duration) error {
	made, err := c.o.WeChat.CreateQR(ctx, handle, valid)
	if err != nil {
		return err
	}
	return c.o.Push.SceneLink(ctx, handle, made.URL)
}

func (c *Console) loginShown(r *request, a session.Approval) reply {
	return shown("login", wordsLogin, c.loginView(a))
}

func (c *Console) loginView(a session.Approval) loginView {
	return loginView{
		Picture: codePath(a.Handle), Code: a.Code, First: a.Purpose == session.First, Minutes: int(session.Valid / time.Minute),
		Scanned: a.State == session.Scanned, Allowed: a.State == session.Allowed, Refused: a.State == session.Refused,
	}
}

// codePath is where the picture of a code is.
func codePath(handle string) string { return "/api/qrcode/" + handle + ".jpg" }

// loginState is what the page asks for every second.
func (c *Console) loginState(r *request) (reply, error) {
	t, _ := c.loginTicket(r)
	a, err := c.o.Sessions.Look(r.Context(), t.handle, t.secret)
	if errors.Is(err, session.ErrNoApproval) {
		return part("login", "state", loginView{Expired: true}), nil
	}
	if err != nil {
		return reply{}, err
	}
	return part("login", "state", c.loginView(a)), nil
}

// login redeems what was allowed on the phone. The session gets an id that
// nobody has seen before.
func (c *Console) login(r *request) (reply, error) {
	t, _ := c.loginTicket(r)
	secret, err := c.o.Sessions.SignIn(r.Context(), t.handle, t.secret, agentOf(r.Request), addressOf(r.Request))
	switch {
	case errors.Is(err, session.ErrNotAllowed):
		return sentTo(Prefix + "login"), nil
	case errors.Is(err, session.ErrNoApproval):
		a := sentTo(Prefix + "login")
		a.cookies = []*http.Cookie{c.loginCookie(loginTicket{next: t.next})}
		return a, nil
	case err != nil:
		return reply{}, err
	}
	if t.next == "" {
		t.next = Prefix
	}
	a := sentTo(t.next)
	a.cookies = []*http.Cookie{
		c.cookies.make(c.cookies.login, "", 0),
		c.cookies.make(c.cookies.session, secret, int(session.Most/time.Second)),
	}
	return a, nil
}

func (c *Console) logout(r *request) (reply, error) {
	if err := c.o.Sessions.End(r.Context(), r.user.ID, r.session.Name); err != nil {
		return reply{}, err
	}
	a := sentTo(Prefix + "login")
	a.cookies = []*http.Cookie{c.cookies.make(c.cookies.session, "", 0)}
	return a, nil
}
