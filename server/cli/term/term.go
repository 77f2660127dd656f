// Package term is how the commands look: columns that stay straight under
// Chinese, colour where a person reads, a line that is drawn over on a
// terminal, and JSON for programs. It knows no command.
package term

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/term"
)

// Screen is where a command prints, for a person or into a file.
type Screen struct {
	io.Writer
	Terminal bool // a person reads it now
	Colour   bool

	fd    int
	drawn int // lines that the next Draw goes over
}

// Stdout is the standard output. It has colour on a terminal, unless NO_COLOR
// is set to anything (no-color.org).
func Stdout() *Screen { return newScreen(os.Stdout) }

// Stderr is the standard error, where progress goes.
func Stderr() *Screen { return newScreen(os.Stderr) }

func newScreen(f *os.File) *Screen {
	terminal := IsTerminal(f) && os.Getenv("TERM") != "dumb"
	return &Screen{Writer: f, Terminal: terminal, Colour: terminal && os.Getenv("NO_COLOR") == "", fd: int(f.Fd())}
}

// IsTerminal tells whether a person is at the other end. /dev/null is no
// terminal.
func IsTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// Colour of a word, by what it means.
type Colour string

// The colours. They are the terminal's own, so they suit its background.
const (
	Plain Colour = ""
	Good  Colour = "32"
	Wait  Colour = "33"
	Bad   Colour = "31"
	Dim   Colour = "2"
)

// Paint colours s where the screen has colour.
func (s *Screen) Paint(c Colour, text string) string {
	if !s.Colour || c == Plain || text == "" {
		return text
	}
	return "\x1b[" + string(c) + "m" + text + "\x1b[0m"
}

// Draw prints text, on a terminal over what the last Draw printed.
func (s *Screen) Draw(text string) {
	if s.Terminal && s.drawn > 0 {
		fmt.Fprintf(s, "\x1b[%dA\x1b[J", s.drawn)
	}
	s.drawn = s.lines(text)
	fmt.Fprint(s, text)
}

// lines is how many lines of the terminal text takes, those included that it
// breaks because they are too long.
func (s *Screen) lines(text string) (n int) {
	columns, _, err := term.GetSize(s.fd)
	for line := range strings.Lines(text) {
		n++
		if width := widths.StringWidth(escapes.ReplaceAllString(strings.TrimSuffix(line, "\n"), "")); err == nil && columns > 0 && width > columns {
			n += (width - 1) / columns
		}
	}
	return n
}

// escapes are the marks of Paint.
var escapes = regexp.MustCompile("\x1b\\[[0-9]*m")

// WriteJSON writes v as one line.
func WriteJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// Clean makes one printable line of text from elsewhere: a terminal obeys
// control characters, and those that turn the direction of writing hide what
// stands behind them.
func Clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Bidi_Control, r) || r == unicode.ReplacementChar:
			return '�'
		}
		return r
	}, s)
}
