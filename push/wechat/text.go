package wechat

import (
	"strings"
	"unicode"
)

// isHan accepts the Chinese characters every check of WeChat's accepts: the
// block that GBK knows, without extensions.
func isHan(r rune) bool { return r >= 0x4e00 && r <= 0x9fa5 }

func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

// isSymbol accepts what ASCII shows beside letters, digits and the space.
func isSymbol(r rune) bool { return r > ' ' && r < 0x7f && !isLetter(r) && !isDigit(r) }

// narrow turns full-width letters, digits and signs into their ASCII twins.
func narrow(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 0xff01 && r <= 0xff5e:
			return r - 0xfee0
		case r == 0x3000:
			return ' '
		}
		return r
	}, s)
}

// plainText is s on one line: a line break would cut the field, a control or
// invisible character counts and shows nothing, and an emoji shows as □.
func plainText(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsGraphic(r), r == unicode.ReplacementChar, unicode.Is(emoji, r):
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// visibleASCII is s without Chinese: letters, digits and symbols, words joined
// by hyphens.
func visibleASCII(s string) string {
	s = keep(narrow(s), func(r rune) bool { return unicode.IsSpace(r) || r > ' ' && r < 0x7f })
	return strings.Join(strings.Fields(s), "-")
}

// emoji covers what phones draw as coloured pictures, and the marks that turn
// ordinary characters into such.
var emoji = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x200d, 0x200d, 1}, {0x20e3, 0x20e3, 1}, {0x231a, 0x231b, 1}, {0x23e9, 0x23f3, 1},
		{0x25fd, 0x25fe, 1}, {0x2614, 0x2615, 1}, {0x2648, 0x2653, 1}, {0x267f, 0x267f, 1},
		{0x2693, 0x2693, 1}, {0x26a1, 0x26a1, 1}, {0x26aa, 0x26ab, 1}, {0x26bd, 0x26be, 1},
		{0x26c4, 0x26c5, 1}, {0x26ce, 0x26ce, 1}, {0x26d4, 0x26d4, 1}, {0x26ea, 0x26ea, 1},
		{0x26f2, 0x26f3, 1}, {0x26f5, 0x26f5, 1}, {0x26fa, 0x26fa, 1}, {0x26fd, 0x26fd, 1},
		{0x2705, 0x2705, 1}, {0x270a, 0x270b, 1}, {0x2728, 0x2728, 1}, {0x274c, 0x274c, 1},
		{0x274e, 0x274e, 1}, {0x2753, 0x2755, 1}, {0x2757, 0x2757, 1}, {0x2795, 0x2797, 1},
		{0x27b0, 0x27b0, 1}, {0x27bf, 0x27bf, 1}, {0x2b1b, 0x2b1c, 1}, {0x2b50, 0x2b50, 1},
		{0x2b55, 0x2b55, 1}, {0xe000, 0xf8ff, 1}, {0xfe00, 0xfe0f, 1},
	},
	R32: []unicode.Range32{{0x1f000, 0x1fbff, 1}, {0xe0000, 0xe0fff, 1}, {0xf0000, 0x10ffff, 1}},
}
