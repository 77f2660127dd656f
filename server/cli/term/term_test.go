package term_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"hongyan/server/cli/term"
)

func TestTable_ColumnsStayStraightUnderChinese(t *testing.T) {
	var table term.Table
	table.Numbers(0)
	table.Head("number", "name", "what")
	table.Add(term.Text(97), term.Text("演示应用"), term.Text("…"))
	table.Add(term.Text(4), term.Text("wide ＡＢ"), term.Text("—"))
	table.Add(term.Text(123456), term.Text("👩‍🚒 e\u0301"), term.Text(""))
	got := table.String(&term.Screen{})
	want := "" +
		"number  name       what\n" +
		"    97  演示应用   …\n" +
		"     4  wide ＡＢ  —\n" +
		"123456  👩‍🚒 e\u0301\n"
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestTable_ColourTakesNoRoom(t *testing.T) {
	var table term.Table
	table.Add(term.Cell{Text: "好", Colour: term.Good}, term.Text("x"))
	table.Add(term.Text("ab"), term.Text("y"))
	if got, want := table.String(&term.Screen{Colour: true}), "\x1b[32m好\x1b[0m  x\nab  y\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestF42_ATerminalObeysNothingFromElsewhere: texts of followers and of
// developers' servers end up on the operator's screen.
func TestF42_ATerminalObeysNothingFromElsewhere(t *testing.T) {
	for in, want := range map[string]string{
		"磁盘\n将满\t91%":       "磁盘 将满 91%",
		"\x1b[2Jgone\a":     "�[2Jgone�",
		"\u009b31mred":      "�31mred",
		"a\u202egnp.exe":    "a�gnp.exe",
		"broken \xff UTF-8": "broken � UTF-8",
		"👩‍🚒":               "👩‍🚒",
	} {
		if got := term.Clean(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
	var table term.Table
	table.Add(term.Text("\x1b]0;title\a"))
	if got := table.String(&term.Screen{}); strings.ContainsAny(got, "\x1b\a") {
		t.Errorf("a table passes on %q", got)
	}
}

func TestCut_CountsColumns(t *testing.T) {
	for in, want := range map[string]string{"磁盘将满": "磁盘将满", "磁盘将满了吗": "磁盘将…", "disk full": "disk fu…"} {
		if got := term.Cut(in, 8); got != want {
			t.Errorf("%q cut to %q, want %q", in, got, want)
		}
	}
}

func TestDraw_GoesOverWhatItDrew(t *testing.T) {
	var out bytes.Buffer
	s := &term.Screen{Writer: &out, Terminal: true}
	s.Draw("one\ntwo\n")
	s.Draw("three\n")
	if got, want := out.String(), "one\ntwo\n\x1b[2A\x1b[Jthree\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	out.Reset()
	s = &term.Screen{Writer: &out}
	s.Draw("one\n")
	s.Draw("two\n")
	if got, want := out.String(), "one\ntwo\n"; got != want {
		t.Errorf("without a terminal %q, want %q", got, want)
	}
}

func TestIsTerminal_NullIsNone(t *testing.T) {
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	if term.IsTerminal(null) {
		t.Error("/dev/null is taken for a person")
	}
}
