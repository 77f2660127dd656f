package console

import (
	"net/http"
	"strings"

	"github.com/mileusna/useragent"
)

// agentOf is the browser in words, such as "Chrome · Windows". What a browser
// says of itself proves nothing; it helps people to tell theirs.
func agentOf(r *http.Request) string {
	ua := useragent.Parse(r.UserAgent())
	parts := []string{ua.Name, ua.OS}
	if ua.Name == "" {
		parts[0] = unknownBrowser
	}
	for i, p := range parts {
		p = strings.Map(func(r rune) rune {
			if r < ' ' || r == 0x7f || strings.ContainsRune("<>&|", r) {
				return -1
			}
			return r
		}, p)
		parts[i] = strings.ToValidUTF8(p[:min(len(p), 40)], "")
	}
	return strings.TrimSuffix(strings.Join(parts, " · "), " · ")
}

// place is where a request comes from, as the phone shows it.
func place(r *request) string { return agentOf(r.Request) + "，" + addressOf(r.Request) }
