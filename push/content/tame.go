package content

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// Caps on what costs more than its length to look at: the parser of style
// attributes is quadratic on some of them.
const (
	maxAttribute = 2000 // characters of one attribute
	maxStyles    = 2000 // style attributes of one body
	maxAttrs     = 32   // attributes of one element
)

// tame takes out attributes that would cost too much, or could only do harm,
// before anything looks at them closely: over-long ones, all beyond the
// thirty-second of an element, style attributes beyond the two-thousandth and
// those written with escapes, comments or blocks. The rest of the body passes
// unchanged.
func tame(body string) string {
	var b strings.Builder
	b.Grow(len(body))
	z := html.NewTokenizer(strings.NewReader(body))
	for styles := 0; ; {
		kind := z.Next()
		if kind == html.ErrorToken {
			return b.String()
		}
		raw := z.Raw()
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
			b.Write(raw)
			continue
		}
		// Token lowers names in place, within raw.
		if t := z.Token(); tameTag(&t, &styles) {
			b.WriteString(t.String())
		} else {
			b.Write(raw)
		}
	}
}

// tameTag removes attributes from t and reports whether it removed any.
func tameTag(t *html.Token, styles *int) bool {
	kept := t.Attr[:0]
	for i, a := range t.Attr {
		if i < maxAttrs && tameAttr(a, styles) {
			kept = append(kept, a)
		}
	}
	removed := len(kept) < len(t.Attr)
	t.Attr = kept
	return removed
}

func tameAttr(a html.Attribute, styles *int) bool {
	if a.Key == copyAttr {
		return true
	}
	if len(a.Val) > maxAttribute && utf8.RuneCountInString(a.Val) > maxAttribute {
		return false
	}
	if a.Key != "style" {
		return true
	}
	*styles++
	return *styles <= maxStyles && !strings.ContainsAny(a.Val, `{}@\<>`) && !strings.Contains(a.Val, "/*")
}
