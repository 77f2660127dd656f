package wechat

import (
	"regexp"
	"strings"
)

var (
	thousands = regexp.MustCompile(`(\d),(\d)`)
	figure    = regexp.MustCompile(`(\d+)(?:\.(\d+))?`)
)

// digitsOf finds the first number in s: its whole part without leading zeros
// and its decimals. A sign is not part of it; WeChat's rules know none.
func digitsOf(s string) (whole, decimals string, ok bool) {
	s = thousands.ReplaceAllString(narrow(s), "$1$2")
	s = thousands.ReplaceAllString(s, "$1$2") // the matches of "1,2,3" overlap
	m := figure.FindStringSubmatch(s)
	if m == nil {
		return "", "", false
	}
	return orElse(strings.TrimLeft(m[1], "0"), "0"), m[2], true
}

// fit writes a number with at most max digits. One whose whole part is longer
// becomes the largest there is room for.
func fit(whole, decimals string, max int) string {
	if len(whole) > max {
		return strings.Repeat("9", max)
	}
	decimals = decimals[:min(len(decimals), max-len(whole))]
	if decimals == "" {
		return whole
	}
	return whole + "." + decimals
}

// number obeys the kind number: at most 32 digits, decimals allowed. The
// point is counted too.
func number(s string) string {
	whole, decimals, ok := digitsOf(s)
	switch {
	case !ok:
		return "0"
	case decimals == "" || len(whole) > 30:
		return fit(whole, "", 32)
	}
	return fit(whole, decimals, 31)
}

// amount obeys the kind amount: one currency sign and at most ten digits,
// decimals allowed.
func amount(s string) string {
	sign := "¥"
	for _, foreign := range []string{"$", "€", "£"} {
		if strings.Contains(narrow(s), foreign) {
			sign = foreign
			break
		}
	}
	whole, decimals, ok := digitsOf(s)
	if !ok {
		return sign + "0"
	}
	return sign + fit(whole, decimals[:min(len(decimals), 2)], 10)
}

// phone obeys the kind phone_number: at most 17 digits and signs.
func phone(s string) string {
	s = take(keep(narrow(s), func(r rune) bool { return isDigit(r) || strings.ContainsRune("+-()", r) }), 17)
	if !strings.ContainsAny(s, "0123456789") {
		return "0"
	}
	return s
}

// car obeys the kind car_number: at most eight characters, of which only the
// first and the last may be Chinese.
func car(s string) string {
	runes := []rune(keep(strings.ToUpper(narrow(s)), func(r rune) bool { return isHan(r) || isLetter(r) || isDigit(r) }))
	if len(runes) == 0 {
		return "A00000"
	}
	first, last := "", ""
	if isHan(runes[0]) {
		first, runes = string(runes[0]), runes[1:]
	}
	if n := len(runes); n > 0 && isHan(runes[n-1]) {
		last = string(runes[n-1])
	}
	middle := keep(string(runes), func(r rune) bool { return !isHan(r) })
	if middle == "" {
		return "A00000"
	}
	return first + take(middle, 6) + last
}

// name obeys the kind name: at most ten Chinese characters, or at most twenty
// letters and symbols; one that mixes both keeps its Chinese part.
func name(s string) string {
	if han := keep(s, isHan); han != "" {
		return take(han, 10)
	}
	return orElse(take(keep(visibleASCII(s), func(r rune) bool { return !isDigit(r) }), 20), "无")
}
