package console

import (
	"encoding/json"
	"time"

	"hongyan/push"
)

// A chart is lines over time. console.js draws it; the table says the same.
type chart struct {
	Title   string
	Times   []time.Time
	Lines   []line
	ByDay   bool
	ByMonth bool // the beginnings of months
	Money   bool // values are fen
	Empty   bool // there is nothing to draw
	Footer  string
}

// A line is one of them.
type line struct {
	Name, Tone string
	Values     []int64
	Gaps       bool // 0 is nothing known, and no point of the line
}

// JSON is what console.js reads.
func (ch chart) JSON() (string, error) {
	type series struct {
		Name string     `json:"name"`
		Tone string     `json:"tone"`
		Y    []*float64 `json:"y"`
	}
	var data struct {
		X      []int64  `json:"x"`
		Series []series `json:"series"`
	}
	for _, at := range ch.Times {
		data.X = append(data.X, at.Unix())
	}
	for _, l := range ch.Lines {
		y := make([]*float64, len(l.Values))
		for i, v := range l.Values {
			if v != 0 || !l.Gaps {
				y[i] = new(float64)
				if *y[i] = float64(v); ch.Money {
					*y[i] /= 100
				}
			}
		}
		data.Series = append(data.Series, series{l.Name, l.Tone, y})
	}
	raw, err := json.Marshal(data)
	return string(raw), err
}

// At is a time as the table of the chart writes it.
func (ch chart) At(i int) string {
	if ch.ByMonth {
		return ch.Times[i].In(shanghai).Format("2006-01")
	}
	if ch.ByDay {
		return ch.Times[i].In(shanghai).Format("01-02")
	}
	return ch.Times[i].In(shanghai).Format("01-02 15:04")
}

// buckets are the beginnings of the hours or days of a span up to now, in
// Shanghai's days.
func buckets(since, now time.Time, byDay bool) (times []time.Time) {
	step := time.Hour
	at := since.Truncate(time.Hour)
	if byDay {
		step = 24 * time.Hour
		local := since.In(shanghai)
		at = time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, shanghai)
	}
	for ; !at.After(now); at = at.Add(step) {
		times = append(times, at)
	}
	return times
}

// fill sorts values by hour into buckets.
func fill(times []time.Time, values map[time.Time]int64) []int64 {
	filled := make([]int64, len(times))
	for at, n := range values {
		for i := len(times) - 1; i >= 0; i-- {
			if !at.Before(times[i]) {
				filled[i] += n
				break
			}
		}
	}
	return filled
}

// anything tells whether a line has something.
func anything(lines []line) bool {
	for _, l := range lines {
		for _, v := range l.Values {
			if v != 0 {
				return true
			}
		}
	}
	return false
}

// growthChart draws who came and who went, and how many there were in the end.
func growthChart(lang, title string, grown []push.Grown, byDay, total bool) chart {
	all := line{Name: translate(lang, "关注者")}
	gained := line{Name: translate(lang, "新增"), Tone: "good"}
	lost := line{Name: translate(lang, "离开"), Tone: "bad"}
	ch := chart{Title: translate(lang, title), ByDay: byDay}
	for _, g := range grown {
		ch.Times = append(ch.Times, g.At)
		all.Values, gained.Values, lost.Values = append(all.Values, g.Total), append(gained.Values, g.Gained), append(lost.Values, g.Lost)
	}
	if ch.Lines = []line{gained, lost}; total {
		ch.Lines = append([]line{all}, ch.Lines...)
	}
	ch.Empty = !anything(ch.Lines)
	return ch
}
