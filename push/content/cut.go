package content

import (
	"unicode"
	"unicode/utf8"
)

const (
	ellipsis = "…"
	joiner   = '\u200d' // joins emoji into one picture
)

// Cut returns s if it has at most max code points, and otherwise its beginning
// with "…", together at most max. A picture made of several code points, or a
// letter with its accents, is kept whole or left out.
func Cut(s string, max int) string {
	if max <= 0 {
		return ""
	}
	end, last := cutAt(s, max)
	if end == len(s) {
		return s
	}
	return s[:last] + ellipsis
}

// cutAt returns how many bytes the first max code points of s take, and the
// last place before the final one of them where a cut divides nothing.
func cutAt(s string, max int) (end, last int) {
	var before rune
	for n := 0; end < len(s); n++ {
		r, size := utf8.DecodeRuneInString(s[end:])
		if n < max && !clings(r) && before != joiner {
			last = end
		}
		if n == max {
			return end, last
		}
		before = r
		end += size
	}
	return end, last
}

// clings reports whether r is drawn together with the code point before it.
func clings(r rune) bool {
	switch {
	case r == joiner, r >= 0x1f3fb && r <= 0x1f3ff: // skin tones
		return true
	case r >= 0xe0020 && r <= 0xe007f: // flag tags
		return true
	}
	return r > 0x2ff && unicode.In(r, unicode.Mn, unicode.Me)
}
