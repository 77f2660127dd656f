package content

import (
	"strings"
	"unicode/utf8"
)

// clean makes line ends plain and removes what no text needs: invalid UTF-8,
// NUL and the other control characters, except the tab and the line feed.
func clean(s string) string {
	if isClean(s) {
		return s
	}
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\r':
			return '\n'
		case isControl(r) || r == utf8.RuneError:
			return -1
		}
		return r
	}, s)
}

func isClean(s string) bool {
	for _, r := range s {
		if isControl(r) || r == utf8.RuneError {
			return false
		}
	}
	return true
}

// isControl reports the C0 and C1 control characters that have no business in
// a text; a carriage return is one of them.
func isControl(r rune) bool {
	return r < ' ' && r != '\t' && r != '\n' || r >= 0x7f && r <= 0x9f
}
