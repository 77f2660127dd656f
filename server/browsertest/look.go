package browsertest

import (
	_ "embed"
	"strings"
)

//go:embed look.js
var lookScript string

// WantFits fails the test if the page can be scrolled sideways.
func (p *Page) WantFits() {
	p.t.Helper()
	if wide := Eval[[]string](p, lookScript+`.wide()`); len(wide) > 0 {
		p.t.Errorf("page is wider than its window:\n%s", strings.Join(wide, "\n"))
	}
}

// WantContrast fails the test if a text stands out from its ground by less
// than 4.5 to 1, or 3 to 1 where it is large.
func (p *Page) WantContrast() {
	p.t.Helper()
	if faint := Eval[[]string](p, lookScript+`.faint()`); len(faint) > 0 {
		p.t.Errorf("texts are too faint:\n%s", strings.Join(faint, "\n"))
	}
}
