package content

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// Summary returns the beginning of a body as one line of plain text of at
// most max code points: tags and marks gone, white-space folded, "…" at the
// end where something was left out.
func Summary(kind Kind, body string, max int) string {
	if max <= 0 {
		return ""
	}
	switch kind {
	case HTML:
		return Cut(plain(body, max+1), max)
	case Markdown:
		return summarizeMarkdown(body, max)
	default:
		var l line
		l.write(body, max+1)
		return Cut(l.String(), max)
	}
}

// summarizeMarkdown renders no more of the body than the summary is likely to
// need, and all of it only where that was not enough.
func summarizeMarkdown(body string, max int) string {
	if most := 16*max + 2048; len(body) > most {
		if end := strings.LastIndexByte(body[:most], '\n'); end > 0 {
			if s := plain(renderMarkdown(clean(body[:end])), max+1); countAtLeast(s, max+1) {
				return Cut(s, max)
			}
		}
	}
	return Cut(plain(renderMarkdown(clean(body)), max+1), max)
}

// plain reads an HTML text as a person sees it, on one line, and stops once
// it has enough code points.
func plain(body string, enough int) string {
	var l line
	z := html.NewTokenizer(strings.NewReader(body))
	for silent := ""; l.n < enough; {
		switch z.Next() {
		case html.ErrorToken:
			return l.String()
		case html.TextToken:
			if silent == "" {
				l.write(string(z.Text()), enough)
			}
		case html.StartTagToken:
			name := tagName(z)
			if silent == "" && slices.Contains(silenced, name) {
				silent = name
			}
			l.tag(name)
		case html.EndTagToken:
			name := tagName(z)
			if name == silent {
				silent = ""
			}
			l.tag(name)
		case html.SelfClosingTagToken:
			l.tag(tagName(z))
		}
	}
	return l.String()
}

func tagName(z *html.Tokenizer) string {
	name, _ := z.TagName()
	return string(name)
}

// A line gathers words with one space between them.
type line struct {
	b   strings.Builder
	n   int // code points written
	gap bool
}

func (l *line) String() string { return l.b.String() }

// write adds s until the line has enough code points.
func (l *line) write(s string, enough int) {
	for _, r := range s {
		if l.n >= enough {
			return
		}
		switch {
		case unicode.IsSpace(r):
			l.gap = true
		case hidden(r):
		default:
			l.add(r)
		}
	}
}

func (l *line) add(r rune) {
	if l.gap && l.n > 0 {
		l.b.WriteByte(' ')
		l.n++
	}
	l.gap = false
	l.b.WriteRune(r)
	l.n++
}

// tag makes a gap where an element begins a line or a cell.
func (l *line) tag(name string) {
	if e, ok := elements[name]; ok && (isBlock(e) || e.nests == structure) || name == "br" || name == "img" {
		l.gap = true
	}
}

// hidden reports characters that show nothing, among them those that turn the
// reading direction of what follows them on a card, and invalid UTF-8.
func hidden(r rune) bool {
	return isControl(r) || r == utf8.RuneError || r == '\u200b' || r == '\ufeff' || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}

func countAtLeast(s string, n int) bool {
	for range s {
		if n--; n <= 0 {
			return true
		}
	}
	return false
}
