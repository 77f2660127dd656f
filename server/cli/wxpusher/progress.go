package wxpusher

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// Progress shows how far a run has come: one line that is drawn over on a
// terminal, a plain line every few seconds elsewhere.
type Progress struct {
	Out      io.Writer
	Terminal bool
	Now      func() time.Time

	what        string
	began, last time.Time
	from        int // done before this run
	done, total int
}

// plainEvery is the time between two plain lines.
const plainEvery = 10 * time.Second

func (p *Progress) start(what string, done, total int) {
	p.what, p.from, p.done, p.total = what, done, done, total
	p.began, p.last = p.Now(), time.Time{}
	p.show(false)
}

func (p *Progress) set(done, total int) {
	p.done, p.total = done, max(total, done)
	p.show(false)
}

// end finishes the line.
func (p *Progress) end() {
	p.show(true)
	if p.Terminal {
		fmt.Fprintln(p.Out)
	}
}

func (p *Progress) show(always bool) {
	now := p.Now()
	if p.Terminal {
		fmt.Fprintf(p.Out, "\r%s\x1b[K", p.line(now.Sub(p.began)))
		return
	}
	if always || now.Sub(p.last) >= plainEvery {
		p.last = now
		fmt.Fprintln(p.Out, p.line(now.Sub(p.began)))
	}
}

// say prints a line of its own.
func (p *Progress) say(format string, args ...any) {
	if p.Terminal {
		fmt.Fprint(p.Out, "\r\x1b[K")
	}
	fmt.Fprintf(p.Out, format+"\n", args...)
}

const barWidth = 24

func (p *Progress) line(took time.Duration) string {
	filled := barWidth
	if p.total > 0 {
		filled = barWidth * p.done / p.total
	}
	text := fmt.Sprintf("%-8s [%s%s] %d/%d", p.what, strings.Repeat("#", filled), strings.Repeat(".", barWidth-filled), p.done, p.total)
	fresh := p.done - p.from
	if fresh <= 0 || took <= 0 {
		return text
	}
	perSecond := float64(fresh) / took.Seconds()
	left := time.Duration(float64(p.total-p.done) / perSecond * float64(time.Second))
	return fmt.Sprintf("%s, %.1f/s, %s left", text, perSecond, left.Round(time.Second))
}
