package wechat

import (
	"slices"
	"strings"

	"hongyan/push/content"
)

// Kinds lists the field kinds of WeChat's category templates, and "keyword",
// which fields of old templates and of test accounts are called. A field's key
// is its kind and a number: thing1, time3.
func Kinds() []string {
	return []string{
		"thing", "short_thing", "keyword", "const", "enum", "character_string", "number", "letter", "symbol",
		"time", "date", "amount", "phone_number", "car_number", "name", "phrase",
	}
}

// KindOf returns the kind in a field's key, and whether WeChat knows it.
func KindOf(key string) (kind string, ok bool) {
	kind = strings.TrimRight(key, "0123456789")
	return kind, kind != key && slices.Contains(Kinds(), kind)
}

// Render makes value fit a field of this kind, so that WeChat does not refuse
// the card with 47003 whatever a developer wrote. What the kind does not allow
// is left out, what is too long is cut, and where nothing remains a
// placeholder stands. Fields of kind const and enum take only values that were
// approved with the template; Render cannot know them. An unknown kind is
// rendered as thing.
func Render(kind, value string) string {
	value = strings.ToValidUTF8(value, "")
	switch kind {
	case "short_thing":
		return orElse(take(plainText(value), 5), "无")
	case "const", "enum":
		return take(plainText(value), 20)
	case "character_string":
		return orElse(take(visibleASCII(value), 32), "-")
	case "number":
		return number(value)
	case "letter":
		return orElse(take(keep(narrow(value), isLetter), 32), "N")
	case "symbol":
		return orElse(take(keep(narrow(value), isSymbol), 5), "-")
	case "time":
		return timeField(value)
	case "date":
		return dateField(value)
	case "amount":
		return amount(value)
	case "phone_number":
		return phone(value)
	case "car_number":
		return car(value)
	case "name":
		return name(value)
	case "phrase":
		return orElse(take(keep(value, isHan), 5), "通知")
	default:
		return orElse(content.Cut(plainText(value), 20), "无")
	}
}

func orElse(s, placeholder string) string {
	if s == "" {
		return placeholder
	}
	return s
}

// take returns the first n characters of s.
func take(s string, n int) string {
	if runes := []rune(s); len(runes) > n {
		return strings.TrimSpace(string(runes[:n]))
	}
	return s
}

// keep drops every character that ok refuses.
func keep(s string, ok func(rune) bool) string {
	return strings.Map(func(r rune) rune {
		if ok(r) {
			return r
		}
		return -1
	}, s)
}
