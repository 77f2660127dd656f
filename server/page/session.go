package page

import (
	"context"
	"encoding/binary"
	"errors"
	"net/http"
	"strings"
	"time"

	"hongyan/push"
)

// lasting is how long a browser stays signed in.
const lasting = 2 * time.Hour

// cookies are the names of what a browser carries for us.
type cookies struct {
	session, ticket string
	secure          bool
}

// cookiesOf names the cookies. Where the platform is reached by https they
// bear the prefix that keeps other hosts of the domain from setting them.
func cookiesOf(base string) cookies {
	c := cookies{session: "hongyan_follower", ticket: "hongyan_signin"}
	if strings.HasPrefix(base, "https://") {
		c = cookies{session: "__Host-" + c.session, ticket: "__Host-" + c.ticket, secure: true}
	}
	return c
}

// Cookies are the names by which the pages at base know a browser.
func Cookies(base string) []string {
	c := cookiesOf(base)
	return []string{c.session, c.ticket}
}

func (c cookies) make(name, value string, life time.Duration) *http.Cookie {
	return &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: int(life / time.Second),
		Secure: c.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode}
}

// drop ends a cookie.
func (c cookies) drop(name string) *http.Cookie {
	gone := c.make(name, "", 0)
	gone.MaxAge = -1
	return gone
}

// begin makes the cookie that says whose browser this is, since now.
func (h *handler) begin(u push.UserID) *http.Cookie {
	var plain [16]byte
	binary.BigEndian.PutUint64(plain[:8], uint64(u))
	binary.BigEndian.PutUint64(plain[8:], uint64(h.Now().UnixMilli()))
	return h.names.make(h.names.session, h.sessions.Seal(plain[:]), lasting)
}

// session reads that cookie; ok is false if there is none that is still good.
func (h *handler) session(r *http.Request) (u push.UserID, ok bool) {
	cookie, err := r.Cookie(h.names.session)
	if err != nil {
		return 0, false
	}
	plain, err := h.sessions.Open(cookie.Value)
	if err != nil || len(plain) != 16 {
		return 0, false
	}
	issued := time.UnixMilli(int64(binary.BigEndian.Uint64(plain[8:])))
	age := h.Now().Sub(issued)
	return push.UserID(binary.BigEndian.Uint64(plain[:8])), age > -time.Minute && age < lasting
}

// who is the follower whose browser this is, as the database knows them now.
func (h *handler) who(ctx context.Context, r *http.Request) (u push.User, ok bool, err error) {
	id, ok := h.session(r)
	if !ok {
		return push.User{}, false, nil
	}
	err = h.Push.Look(ctx, id, func(t *push.Turn) error {
		u = t.User
		return nil
	})
	if errors.Is(err, push.ErrNoUser) {
		return push.User{}, false, nil
	}
	return u, err == nil, err
}

// known answers a follower: others are sent to say who they are, or are asked
// to follow the official account first.
func (h *handler) known(do func(*http.Request, push.User) (reply, error)) answerer {
	return func(r *http.Request) (reply, error) {
		u, ok, err := h.who(r.Context(), r)
		switch {
		case err != nil:
			return reply{}, err
		case ok && u.Following:
			return do(r, u)
		case ok:
			return h.followFirst(r.Context())
		case r.Method == http.MethodPost:
			return refused(http.StatusUnauthorized, over(r.URL.RequestURI())), nil
		}
		return h.ask(r, false)
	}
}
