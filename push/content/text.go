package content

import (
	"html/template"
	"strings"

	"golang.org/x/net/html"
)

// textPage shows plain text as it was written: every space and line break
// stands, and addresses can be tapped.
func textPage(body string) template.HTML {
	var b strings.Builder
	b.Grow(len(body) + len(body)/4)
	b.WriteString(`<div class="text">`)
	for body != "" {
		at, n := findLink(body)
		b.WriteString(html.EscapeString(body[:at]))
		if n > 0 {
			writeLink(&b, body[at:at+n])
		}
		body = body[at+n:]
	}
	b.WriteString(`</div>`)
	return template.HTML(b.String())
}

func writeLink(b *strings.Builder, url string) {
	escaped := html.EscapeString(url)
	b.WriteString(`<a href="` + escaped + `" rel="` + linkRel + `" target="_blank">` + escaped + `</a>`)
}

// findLink returns where the first web address in s begins and how long it
// is, or len(s) and 0.
func findLink(s string) (at, n int) {
	for at < len(s) {
		i := strings.Index(s[at:], "://")
		if i < 0 {
			return len(s), 0
		}
		mark := at + i
		start := mark - schemeLength(s[at:mark])
		end := mark + 3 + addressLength(s[mark+3:])
		if start < mark && end > mark+3 && end-start <= maxAttribute {
			return start, end - start
		}
		at = max(end, mark+3)
	}
	return len(s), 0
}

// schemeLength returns the length of the http or https that s ends with.
func schemeLength(s string) int {
	for _, scheme := range []string{"https", "http"} {
		if n := len(scheme); len(s) >= n && strings.EqualFold(s[len(s)-n:], scheme) {
			return n
		}
	}
	return 0
}

// addressLength returns how much of s belongs to an address. It ends before
// the first character that is not ASCII (Chinese text often follows without a
// space) and before punctuation that closes a sentence or a bracket.
func addressLength(s string) int {
	n, depth := 0, 0
	for n < len(s) && addressByte(s[n]) {
		switch s[n] {
		case '(':
			depth++
		case ')':
			if depth--; depth < 0 {
				return trimAddress(s[:n])
			}
		}
		n++
	}
	return trimAddress(s[:n])
}

func trimAddress(s string) int {
	return len(strings.TrimRight(s, ".,;:!?'*_~&"))
}

func addressByte(c byte) bool {
	return c > ' ' && c < 0x7f && !strings.ContainsRune("<>\"`{}|\\^[]", rune(c))
}
