package sandbox

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A fieldRule is what a key's type allows; the type is the key without its
// number.
type fieldRule struct {
	max     int // characters
	allowed func(string) bool
}

var (
	amountShape = regexp.MustCompile(`^[¥￥$€£]?-?\d{1,10}(\.\d+)?元?$`)
	timeShape   = regexp.MustCompile(`^((\d{4}[-年/.]\d{1,2}[-月/.]\d{1,2}日?)[ T]?)?\d{1,2}:\d{2}(:\d{2})?$`)
	dateShape   = regexp.MustCompile(`^\d{4}[-年/.]\d{1,2}([-月/.]\d{1,2}日?|月)?([ T]?\d{1,2}:\d{2}(:\d{2})?)?$`)
	numberShape = regexp.MustCompile(`^[+-]?\d+(\.\d+)?$`)
	phoneShape  = regexp.MustCompile(`^[0-9+()\-* ]+$`)
)

// fieldRules follow the documentation's table; types it does not explain are
// not checked.
var fieldRules = map[string]fieldRule{
	"thing":            {20, nil},
	"short_thing":      {20, nil},
	"const":            {20, nil},
	"character_string": {32, isASCIIText},
	"number":           {32, numberShape.MatchString},
	"letter":           {32, isLetters},
	"symbol":           {5, isSymbols},
	"time":             {0, ranges(timeShape)},
	"date":             {0, ranges(dateShape)},
	"amount":           {0, amountShape.MatchString},
	"phone_number":     {17, phoneShape.MatchString},
	"car_number":       {8, isCarNumber},
	"name":             {20, isName},
	"phrase":           {5, isHan},
}

// ruleOf finds the rule of thing12 under thing.
func ruleOf(key string) (fieldRule, bool) {
	rule, ok := fieldRules[strings.TrimRight(key, "0123456789")]
	return rule, ok
}

// broken says whether value breaks the rule of key. An empty value breaks
// every rule but const's.
func broken(key, value string) bool {
	rule, ok := ruleOf(key)
	if !ok {
		return false
	}
	if value == "" {
		return !strings.HasPrefix(key, "const")
	}
	if rule.max > 0 && len(value) > rule.max && utf8.RuneCountInString(value) > rule.max {
		return true
	}
	return rule.allowed != nil && !rule.allowed(value)
}

func ranges(shape *regexp.Regexp) func(string) bool {
	return func(value string) bool {
		from, to, two := strings.Cut(value, "~")
		return shape.MatchString(strings.TrimSpace(from)) && (!two || shape.MatchString(strings.TrimSpace(to)))
	}
}

func every(value string, allowed func(rune) bool) bool {
	for _, r := range value {
		if !allowed(r) {
			return false
		}
	}
	return true
}

func isASCIIText(value string) bool {
	return every(value, func(r rune) bool { return r >= 0x20 && r < 0x7f })
}

func isLetters(value string) bool {
	return every(value, func(r rune) bool { return r < 0x80 && unicode.IsLetter(r) })
}

func isSymbols(value string) bool {
	return every(value, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

func isHan(value string) bool {
	return every(value, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

// isCarNumber lets the first and the last character be Chinese.
func isCarNumber(value string) bool {
	runes := []rune(value)
	for i, r := range runes {
		if r >= 0x80 && i != 0 && i != len(runes)-1 {
			return false
		}
	}
	return true
}

// isName allows 10 Chinese characters, or 20 letters and symbols.
func isName(value string) bool {
	han := 0
	for _, r := range value {
		if unicode.Is(unicode.Han, r) {
			han++
		}
	}
	return han == 0 || utf8.RuneCountInString(value) <= 10
}
