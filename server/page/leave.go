package page

import (
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/idna"

	"hongyan/push"
	"hongyan/server/ui"
)

// leaveView says where a link leads before it does.
type leaveView struct {
	Host    string // as people read it
	ASCII   string // as computers do, where that differs
	Address string
	Plain   bool // http: others can read along
	Back    string
	Words   leaveWords
}

// leave goes on to the address of a message: at once within this site, and
// elsewhere by a page that names the host.
func (h *handler) leave(r *http.Request) (reply, error) {
	handle := r.PathValue("handle")
	if !plausible(handle) {
		return reply{}, push.ErrNoMessage
	}
	if r.Method != http.MethodGet {
		return refused(http.StatusMethodNotAllowed, wordsNowhere), nil
	}
	address, err := h.Push.Clicked(r.Context(), handle)
	if err != nil {
		return reply{}, err
	}
	u := ui.WebURL(address)
	if u == nil {
		return refused(http.StatusNotFound, wordsNoAddress), nil
	}
	if base, err := url.Parse(h.BaseURL); err == nil && u.Scheme == base.Scheme && u.Host == base.Host {
		return sentTo(u.String()), nil
	}
	v := leaveView{Address: u.String(), Plain: u.Scheme == "http", Back: Prefix + handle, Words: wordsLeave}
	v.Host, v.ASCII = hostsOf(u)
	return shown("leave", v.Words.Title, v), nil
}

// hostsOf is a host as it is written in its language and, where that differs,
// in the letters that cannot be mistaken for each other.
func hostsOf(u *url.URL) (host, ascii string) {
	port := ""
	if u.Port() != "" {
		port = ":" + u.Port()
	}
	ascii = strings.ToLower(u.Hostname())
	if written, err := idna.Display.ToUnicode(ascii); err == nil && written != ascii {
		return written + port, ascii + port
	}
	if strings.Contains(ascii, ":") {
		ascii = "[" + ascii + "]"
	}
	return ascii + port, ""
}

// webAddress returns an address if it leads to the web, or "".
func webAddress(s string) string {
	if u := ui.WebURL(s); u != nil {
		return u.String()
	}
	return ""
}
