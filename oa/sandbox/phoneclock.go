package sandbox

import (
	"fmt"
	"time"
)

// phoneTime is the phone's clock: what stands at its top, and the date where
// time was moved.
type phoneTime struct {
	Time  string `json:"time"`
	Date  string `json:"date"`
	Ahead string `json:"ahead"` // empty: in step with the machine
}

func (s *Sandbox) phoneClock() phoneTime {
	now := s.Now()
	at := now.In(beijing)
	t := phoneTime{Time: at.Format("15:04"), Date: fmt.Sprintf(wordsDate, at.Year(), at.Month(), at.Day(), wordsWeekdays[at.Weekday()])}
	if ahead := s.ahead(now); ahead >= time.Minute {
		t.Ahead = aheadWords(ahead)
	}
	return t
}

// aheadWords says by how much time was moved, to the minute.
func aheadWords(d time.Duration) string {
	d = d.Round(time.Minute)
	days, hours, minutes := d/(24*time.Hour), d/time.Hour%24, d/time.Minute%60
	text := ""
	for _, part := range []struct {
		n    time.Duration
		unit string
	}{{days, "天"}, {hours, "小时"}, {minutes, "分钟"}} {
		if part.n > 0 {
			text += fmt.Sprintf(" %d %s", part.n, part.unit)
		}
	}
	return wordsAhead + text
}
