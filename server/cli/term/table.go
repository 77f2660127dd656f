package term

import (
	"fmt"
	"strings"

	"github.com/mattn/go-runewidth"
)

// Cell is one field of a table.
type Cell struct {
	Text   string
	Colour Colour
}

// Table is rows in columns of equal width. Its zero value is an empty one.
type Table struct {
	rows  [][]Cell
	right map[int]bool
}

// widths counts as terminals do: a Chinese character takes two columns. Where
// the standard leaves it open (… and —) they take one.
var widths = &runewidth.Condition{}

// Numbers sets columns, from 0, to the right.
func (t *Table) Numbers(columns ...int) {
	t.right = map[int]bool{}
	for _, c := range columns {
		t.right[c] = true
	}
}

// Head adds a row of names.
func (t *Table) Head(names ...string) {
	row := make([]Cell, len(names))
	for i, name := range names {
		row[i] = Cell{name, Dim}
	}
	t.Add(row...)
}

// Add adds a row. What is no printable text is made so.
func (t *Table) Add(cells ...Cell) {
	for i := range cells {
		cells[i].Text = Clean(cells[i].Text)
	}
	t.rows = append(t.rows, cells)
}

// Text is a cell without colour of whatever v is.
func Text(v any) Cell { return Cell{Text: fmt.Sprint(v)} }

// Cut shortens s to so many columns.
func Cut(s string, columns int) string { return widths.Truncate(Clean(s), columns, "…") }

// Write prints the table.
func (t *Table) Write(s *Screen) { fmt.Fprint(s, t.String(s)) }

// String is the table as the screen shows it.
func (t *Table) String(s *Screen) string {
	var width []int
	for _, row := range t.rows {
		for i, cell := range row {
			if i == len(width) {
				width = append(width, 0)
			}
			width[i] = max(width[i], widths.StringWidth(cell.Text))
		}
	}
	var b strings.Builder
	for _, row := range t.rows {
		var line strings.Builder
		for i, cell := range row {
			gap := strings.Repeat(" ", width[i]-widths.StringWidth(cell.Text))
			if t.right[i] {
				line.WriteString(gap)
				gap = ""
			}
			line.WriteString(s.Paint(cell.Colour, cell.Text))
			line.WriteString(gap + "  ")
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return b.String()
}
