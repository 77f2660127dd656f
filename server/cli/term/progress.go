package term

import (
	"fmt"
	"time"
)

// Progress is one line that tells how far a command is: drawn over on a
// terminal, and elsewhere printed again now and then.
type Progress struct {
	screen *Screen
	shown  time.Time
	lines  int
}

// How often the line is drawn on a terminal, and printed elsewhere. A command
// that ends before the first needs none.
const (
	drawEvery  = 100 * time.Millisecond
	printEvery = 5 * time.Second
)

// NewProgress makes the line of a command that begins now.
func NewProgress(s *Screen) *Progress { return &Progress{screen: s, shown: time.Now()} }

// Say shows text if it is time.
func (p *Progress) Say(text string) {
	every := printEvery
	if p.screen.Terminal {
		every = drawEvery
	}
	if time.Since(p.shown) < every {
		return
	}
	p.shown = time.Now()
	p.lines++
	if p.screen.Terminal {
		fmt.Fprintf(p.screen, "\r\x1b[K%s", text)
	} else {
		fmt.Fprintln(p.screen, text)
	}
}

// End takes the line away from a terminal, for what the command says next.
func (p *Progress) End() {
	if p.screen.Terminal && p.lines > 0 {
		fmt.Fprint(p.screen, "\r\x1b[K")
	}
}
