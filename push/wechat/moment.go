package wechat

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// cst is the zone every follower's phone shows times in.
var cst = time.FixedZone("CST", 8*3600)

var (
	dayPattern   = regexp.MustCompile(`(?:^|\D)(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})(?:\D|$)`)
	clockPattern = regexp.MustCompile(`(?:^|\D)(\d{1,2}):(\d{2})(?:\D|$)`)
)

// moment is a day, a time of day, or both, as WeChat's fields spell them.
type moment struct{ day, clock string }

// momentOf finds a day and a time of day in s. A time with a zone is turned
// into China's.
func momentOf(s string) moment {
	s = strings.TrimSpace(narrow(s))
	if t, err := time.Parse(time.RFC3339, s); err == nil && t.Year() > 0 && t.Year() < 9999 {
		t = t.In(cst)
		return moment{day: t.Format("2006年1月2日"), clock: t.Format("15:04")}
	}
	var m moment
	if d := dayPattern.FindStringSubmatch(s); d != nil {
		m.day = dayText(d[1], d[2], d[3])
	}
	if c := clockPattern.FindStringSubmatch(s); c != nil && c[2] < "60" {
		if hour, _ := strconv.Atoi(c[1]); hour < 24 {
			m.clock = fmt.Sprintf("%02d:%s", hour, c[2])
		}
	}
	return m
}

// dayText spells a day that stands in the calendar, and nothing else.
func dayText(year, month, day string) string {
	y, _ := strconv.Atoi(year)
	m, _ := strconv.Atoi(month)
	d, _ := strconv.Atoi(day)
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	if y < 1 || int(t.Month()) != m || t.Day() != d {
		return ""
	}
	return t.Format("2006年1月2日")
}

func (m moment) String() string { return strings.TrimSpace(m.day + " " + m.clock) }

// timeField obeys the kind time: a time of day, a day before it if there is
// one, or a range of two.
func timeField(s string) string {
	return spell(s, "00:00", func(m moment) bool { return m.clock != "" }, func(m moment) moment {
		if m.day != "" && m.clock == "" {
			m.clock = "00:00"
		}
		return m
	})
}

// dateField obeys the kind date: a day, a time of day after it if there is
// one, or a range of two.
func dateField(s string) string {
	return spell(s, "2000年1月1日", func(m moment) bool { return m.day != "" }, func(m moment) moment { return m })
}

// spell writes one or two moments that ok accepts.
func spell(s, placeholder string, ok func(moment) bool, mend func(moment) moment) string {
	var out []string
	for _, side := range strings.SplitN(narrow(s), "~", 2) {
		if m := mend(momentOf(side)); ok(m) {
			out = append(out, m.String())
		}
	}
	return orElse(strings.Join(out, "~"), placeholder)
}
