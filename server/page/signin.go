package page

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"hongyan/oa"
	"hongyan/push"
)

// ticketLasts is how long somebody may take to come back from WeChat.
const ticketLasts = 10 * time.Minute

// signInPath is where WeChat sends a browser back to.
const signInPath = "/my/signin"

// A ticket ties the way to WeChat and back to one browser, in whose cookie it
// stands sealed. Only State travels through WeChat; where to go afterwards
// does not, so no link can choose it.
type ticket struct {
	State  string
	Path   string // of ours, to go on to
	Issued int64  // Unix milliseconds
	Again  bool   // the second try, since the first code was refused
}

// ask sends the browser to WeChat to learn whose it is, and outside of WeChat
// shows how to get there.
func (h *handler) ask(r *http.Request, again bool) (reply, error) {
	return h.askFor(r, r.URL.RequestURI(), again)
}

func (h *handler) askFor(r *http.Request, path string, again bool) (reply, error) {
	if h.outside(r) {
		return h.outsidePage(path)
	}
	t := ticket{State: rand.Text(), Path: path, Issued: h.Now().UnixMilli(), Again: again}
	plain, err := json.Marshal(t)
	if err != nil {
		return reply{}, err
	}
	a := sentTo(h.WeChat.AuthorizeURL(h.BaseURL+signInPath, t.State))
	a.cookies = []*http.Cookie{h.names.make(h.names.ticket, h.tickets.Seal(plain), ticketLasts)}
	return a, nil
}

// outside tells whether WeChat could not say who holds this browser. WeCom
// calls itself WeChat too, but answers for other accounts.
func (h *handler) outside(r *http.Request) bool {
	agent := strings.ToLower(r.UserAgent())
	return !h.AnyBrowser && (!strings.Contains(agent, "micromessenger") || strings.Contains(agent, "wxwork"))
}

// ticketOf reads the ticket of this browser if the state that came back is its.
func (h *handler) ticketOf(r *http.Request) (t ticket, ok bool) {
	cookie, err := r.Cookie(h.names.ticket)
	if err != nil {
		return t, false
	}
	plain, err := h.tickets.Open(cookie.Value)
	if err != nil || json.Unmarshal(plain, &t) != nil {
		return t, false
	}
	age := h.Now().Sub(time.UnixMilli(t.Issued))
	fresh := age > -time.Minute && age < ticketLasts
	ours := strings.HasPrefix(t.Path, "/") && !strings.HasPrefix(t.Path, "//") && !strings.Contains(t.Path, `\`)
	same := subtle.ConstantTimeCompare([]byte(t.State), []byte(r.URL.Query().Get("state"))) == 1
	return t, fresh && ours && same
}

// signIn is where WeChat sends a browser back to, with a code that tells whose
// it is.
func (h *handler) signIn(r *http.Request) (reply, error) {
	t, ok := h.ticketOf(r)
	a, err := h.redeem(r, t, ok)
	if err != nil {
		a = h.refusal(err)
	}
	if a.cookies == nil {
		a.cookies = []*http.Cookie{h.names.drop(h.names.ticket)}
	}
	return a, nil
}

func (h *handler) redeem(r *http.Request, t ticket, ok bool) (reply, error) {
	code := r.URL.Query().Get("code")
	if !ok || code == "" || r.Method != http.MethodGet {
		return refused(http.StatusBadRequest, wordsSignInLost), nil
	}
	grant, err := h.WeChat.Exchange(r.Context(), code)
	var dead *oa.Error
	switch {
	case errors.As(err, &dead) && (dead.Code == 40029 || dead.Code == 40163):
		if t.Again {
			return refused(http.StatusBadRequest, wordsSignInLost), nil
		}
		return h.askFor(r, t.Path, true)
	case err != nil:
		return reply{}, err
	case grant.Snapshot:
		return refused(http.StatusForbidden, wordsSnapshot), nil
	case grant.OpenID == "":
		return refused(http.StatusBadRequest, wordsSignInLost), nil
	}
	u, err := h.Push.SignIn(r.Context(), t.State, time.UnixMilli(t.Issued), push.OpenID(grant.OpenID))
	if errors.Is(err, push.ErrTicketUsed) {
		return refused(http.StatusBadRequest, wordsSignInLost), nil
	}
	if err != nil {
		return reply{}, err
	}
	h.recognise(r.Context(), u)
	a := sentTo(t.Path)
	a.cookies = []*http.Cookie{h.names.drop(h.names.ticket), h.begin(u.ID)}
	return a, nil
}

// recognise asks WeChat about somebody who seems not to follow the account:
// they may have followed it before the platform came, or their event was lost.
func (h *handler) recognise(ctx context.Context, u push.User) {
	if u.Following {
		return
	}
	info, err := h.WeChat.UserInfo(ctx, string(u.OpenID))
	if err == nil && info.Subscribed {
		err = h.Push.As(ctx, u.ID, func(t *push.Turn) error { return h.Push.Recognise(t, info.SubscribedAt) })
	}
	if err != nil {
		h.Log.Warn("whether a visitor follows the account is not known", "error", err)
	}
}
