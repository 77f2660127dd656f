package ui

import (
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/idna"
)

// An Article is what somebody else wrote, as it is read: the page of a message,
// and the picture of it that its sender sees before it is sent.
type Article struct {
	Title  string // of the document
	Sender string
	Logo   string // address of the sender's picture; empty: none
	Topic  string // empty unless it came by one
	Sent   time.Time
	Body   template.HTML // safe already
	Copies bool          // Body holds something to copy, so the script is of use
	Go     string        // where the way to the original leads; empty: there is none
	Mute   string        // where the way out leads; empty: there are no ways
	Report string        // where a complaint goes
}

// china is the zone in which articles are dated.
var china = time.FixedZone("CST", 8*3600)

// At is when the article was sent, for people; Stamp is that for machines.
func (a Article) At() string    { return a.Sent.In(china).Format(articleTime) }
func (a Article) Stamp() string { return a.Sent.In(china).Format(time.RFC3339) }

// Words are those of the page itself.
func (Article) Words() articleWords { return wordsArticle }

// View is the document: {{template "article" .}} in its body, one request.
func (a Article) View() View {
	return View{Title: a.Title, Class: "article", Inline: true, Script: a.Copies, Data: a}
}

// ArticleHeaders sets the headers of the document, framed by nobody, or by pages of ours. It
// has no origin of its own, runs nothing but our script, and only where there
// is something to copy. Where no script may run the sandbox stops a <meta
// http-equiv=refresh> too, which no directive does.
func ArticleHeaders(h http.Header, script, framed bool) {
	policy := "sandbox allow-popups allow-popups-to-escape-sandbox"
	if script {
		policy += " allow-scripts"
	}
	policy += "; default-src 'none'; " +
		"img-src http: https: data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors "
	if framed {
		policy += "'self'"
	} else {
		policy += "'none'"
	}
	if script {
		policy += "; script-src " + ScriptHash()
	}
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Robots-Tag", "noindex")
	h.Set("Cache-Control", "private, no-cache")
	h.Del("X-Frame-Options")
}

// WebURL reads an address that may be offered: http or https, to a host with
// a name that is one, and without a user before it, which is read as the host.
// The host is spelled as a browser looks it up. It is nil for anything else.
func WebURL(s string) *url.URL {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		return nil
	}
	host := u.Hostname()
	if strings.IndexFunc(host, func(c rune) bool { return c >= 0x80 }) < 0 {
		return u
	}
	ascii, err := idna.Lookup.ToASCII(host)
	if err != nil {
		return nil
	}
	if port := u.Port(); port != "" {
		ascii += ":" + port
	}
	u.Host = ascii
	return u
}
