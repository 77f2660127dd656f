package wechat

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// obeys checks a value against WeChat's table of field kinds, written anew
// from the documentation and from nothing of this package. Where the table is
// unclear it takes the strictest reading.
func obeys(kind, value string) error {
	n := utf8.RuneCountInString(value)
	switch {
	case !utf8.ValidString(value):
		return fmt.Errorf("no UTF-8")
	case value == "" && kind != "const" && kind != "enum":
		return fmt.Errorf("empty")
	case strings.TrimSpace(value) != value:
		return fmt.Errorf("white space around")
	}
	for _, r := range value {
		if unicode.IsControl(r) || r == 0x2028 || r == 0x2029 || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Co, r) ||
			r >= 0x1f000 && r <= 0x1faff || r >= 0xfe00 && r <= 0xfe0f || r == utf8.RuneError {
			return fmt.Errorf("%U shows badly", r)
		}
	}
	only := func(max int, pattern string) error {
		if n > max || !regexp.MustCompile(`^(?:`+pattern+`)$`).MatchString(value) {
			return fmt.Errorf("%q of %d characters, want at most %d of %s", value, n, max, pattern)
		}
		return nil
	}
	switch kind {
	case "short_thing":
		return only(5, `.+`)
	case "const", "enum":
		return only(20, `.*`)
	case "character_string":
		return only(32, `[!-~]+`)
	case "number":
		return only(32, `[0-9]+(\.[0-9]+)?`)
	case "letter":
		return only(32, `[A-Za-z]+`)
	case "symbol":
		return only(5, "[!-/:-@\\[-`{-~]+")
	case "amount":
		if digits := regexp.MustCompile(`[0-9]`).FindAllString(value, -1); len(digits) > 10 {
			return fmt.Errorf("%d digits", len(digits))
		}
		return only(12, `[¥$€£][0-9]+(\.[0-9]+)?元?`)
	case "phone_number":
		return only(17, `[-+()0-9]*[0-9][-+()0-9]*`)
	case "car_number":
		return only(8, `[\x{4e00}-\x{9fa5}A-Z0-9]?[A-Z0-9]*[\x{4e00}-\x{9fa5}A-Z0-9]?`)
	case "name":
		if only(10, `[\x{4e00}-\x{9fa5}]+`) == nil {
			return nil
		}
		return only(20, "[A-Za-z!-/:-@\\[-`{-~]+")
	case "phrase":
		return only(5, `[\x{4e00}-\x{9fa5}]+`)
	case "time", "date":
		return obeysClock(kind, value)
	}
	return only(20, `.+`) // thing, keyword
}

// obeysClock checks one moment or a range of two against the calendar.
func obeysClock(kind, value string) error {
	layouts := []string{"2006年1月2日 15:04", "15:04"}
	if kind == "date" {
		layouts = []string{"2006年1月2日 15:04", "2006年1月2日"}
	}
	sides := strings.Split(value, "~")
	if len(sides) > 2 {
		return fmt.Errorf("%d sides", len(sides))
	}
	for _, side := range sides {
		ok := false
		for _, layout := range layouts {
			_, err := time.Parse(layout, side)
			ok = ok || err == nil
		}
		if !ok {
			return fmt.Errorf("%q is no %s", side, kind)
		}
	}
	return nil
}
