package sandbox

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// A FollowerLine is one user in the list.
type FollowerLine struct {
	OpenID    string `json:"openid"`
	Name      string `json:"name"`
	Following bool   `json:"following"`
	Blocking  bool   `json:"blocking"`
}

// name is what the phone calls a user: WeChat gives no names any more, so it
// is made of the openid, the same each time.
func name(openid string) string {
	h := fnv(fnvStart, openid)
	given := []rune("明红强丽伟芳军敏静磊洋勇艳杰娟涛超霞平刚")
	return string([]rune("小大老阿")[h%4]) + string(given[h/4%uint64(len(given))])
}

func (s *Sandbox) line(openid string) (line FollowerLine, known bool) {
	known = s.crowd.with(openid, func(_ *shard, m *member) {
		line = FollowerLine{OpenID: openid, Name: cmp.Or(m.name, name(openid)), Following: m.following, Blocking: m.blocking}
	})
	return line, known
}

// number reads a query argument, with a default and a highest value.
func number(r *http.Request, name string, def, most int) int {
	n, err := strconv.Atoi(r.URL.Query().Get(name))
	if err != nil || n < 0 {
		return def
	}
	return min(n, most)
}

// controlList lists users, newest first: ?limit=100&offset=0.
func (s *Sandbox) controlList(r *http.Request) (any, error) {
	all := s.crowd.all()
	limit, offset := number(r, "limit", 100, 10_000), number(r, "offset", 0, len(all))
	list := []FollowerLine{}
	for i := len(all) - 1 - offset; i >= 0 && len(list) < limit; i-- {
		if line, known := s.line(all[i]); known {
			list = append(list, line)
		}
	}
	return map[string]any{"total": len(all), "followers": list}, nil
}

func (s *Sandbox) controlFollower(r *http.Request) (any, error) {
	line, known := s.line(r.PathValue("openid"))
	if !known {
		return nil, ErrNoFollower
	}
	return line, nil
}

// controlChat is what the phone shows; with ?all=1 also what was said.
func (s *Sandbox) controlChat(r *http.Request) (any, error) {
	f := s.Follower(r.PathValue("openid"))
	if _, known := s.line(f.OpenID); !known {
		return nil, ErrNoFollower
	}
	if r.URL.Query().Get("all") == "1" {
		return f.Talk(), nil
	}
	return f.Chat(), nil
}

// A CodeLine is one QR code in the tray.
type CodeLine struct {
	Scene   string `json:"scene"`
	Link    string `json:"link"`
	Ticket  string `json:"ticket"`
	Image   string `json:"image"`
	At      string `json:"at"`
	Expires string `json:"expires,omitempty"`
	Expired bool   `json:"expired"`
}

// controlCodes lists the QR codes made lately, newest first.
func (s *Sandbox) controlCodes(r *http.Request) (any, error) {
	const layout = "2006-01-02T15:04:05Z07:00"
	now := s.clock.Now()
	list := []CodeLine{}
	for _, c := range s.codes.latest(number(r, "limit", 20, 1000)) {
		line := CodeLine{Scene: c.Scene, Link: c.Link, Ticket: c.Ticket, At: c.At.In(beijing).Format(layout), Expired: c.expired(now),
			Image: s.Link(pathShowQR + "?ticket=" + url.QueryEscape(c.Ticket))}
		if !c.Until.IsZero() {
			line.Expires = c.Until.In(beijing).Format(layout)
		}
		list = append(list, line)
	}
	return map[string]any{"codes": list}, nil
}

// controlMenu is the account's menu as it was created, or without buttons.
func (s *Sandbox) controlMenu(*http.Request) (any, error) {
	if menu := s.menu.Load(); menu != nil {
		return json.RawMessage(*menu), nil
	}
	return map[string]any{"button": []any{}}, nil
}

// serveLog answers the last exchanges as JSON, or, to a reader of
// server-sent events, those and all that follow.
func (s *Sandbox) serveLog(w http.ResponseWriter, r *http.Request) {
	n := number(r, "limit", 100, tapeKept)
	flusher, can := w.(http.Flusher)
	if !can || !strings.Contains(r.Header.Get("Accept"), "text/event-stream") {
		s.reply(func(*http.Request) (any, error) {
			return map[string]any{"log": s.Log(n)}, nil
		})(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	news, stop := s.tape.listen()
	defer stop()
	seen := int64(0)
	for {
		for _, e := range s.tape.since(seen, n) {
			if _, err := w.Write(e.event()); err != nil {
				return
			}
			seen = e.Seq
		}
		n = tapeKept
		flusher.Flush()
		select {
		case <-news:
		case <-r.Context().Done():
			return
		case <-s.phone.over:
			return
		}
	}
}

// serveLedger writes the cards that reached phones, one JSON object a line.
func (s *Sandbox) serveLedger(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/x-ndjson")
	if _, err := s.ledger.WriteTo(w); err != nil {
		s.log.Error("sandbox ledger not read", "error", err)
	}
}

// serveOpen makes the browser that follower's and sends it to a page.
func (s *Sandbox) serveOpen(w http.ResponseWriter, r *http.Request) {
	openid, to := r.PathValue("openid"), r.URL.Query().Get("url")
	if _, known := s.line(openid); !known {
		http.Error(w, wordsNotMember, http.StatusNotFound)
		return
	}
	if !isLink(to) && (!strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//")) {
		http.Error(w, "url is not a link", http.StatusBadRequest)
		return
	}
	for _, cookie := range s.o.PageCookies {
		http.SetCookie(w, &http.Cookie{Name: cookie, Path: "/", MaxAge: -1, HttpOnly: true, Secure: strings.HasPrefix(cookie, "__")})
	}
	http.SetCookie(w, &http.Cookie{Name: followerCookie, Value: openid, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	http.Redirect(w, r, to, http.StatusFound)
}
