//go:build !race

// The race detector changes what takes time, so these tests run without it.

package content

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
	"time"
)

// An attack is a body written to cost more than its length.
type attack struct {
	name string
	kind Kind
	make func(n int) string // a body of about n characters
}

func repeat(kind Kind, unit string) attack {
	return attack{name: fmt.Sprintf("%d %.24s", kind, unit), kind: kind, make: func(n int) string {
		return strings.Repeat(unit, n/len(unit)+1)
	}}
}

func attacks() []attack {
	all := []attack{
		{"one style of blocks", HTML, func(n int) string { return `<p style="` + strings.Repeat("a{", n/2) + `">` }},
		{"one style of values", HTML, func(n int) string { return `<p style="` + strings.Repeat("color:red;", n/10) + `">` }},
		{"one element of attributes", HTML, func(n int) string { return "<a " + strings.Repeat("b=c ", n/4) + ">" }},
		{"attributes without end", HTML, func(n int) string { return "<a " + strings.Repeat("b='", n/3) }},
		{"open formatting around paragraphs", HTML, func(n int) string {
			return strings.Repeat("<b title=a>", n/22) + strings.Repeat("<p>x", n/8)
		}},
		{"deep blocks closed", HTML, func(n int) string {
			return strings.Repeat("<div>", n/11) + strings.Repeat("</div>", n/11)
		}},
		{"deep blocks with foreign ends", HTML, func(n int) string {
			return strings.Repeat("<div>", n/10) + strings.Repeat("</b>", n/8)
		}},
		{"wide table over short rows", Markdown, func(n int) string {
			return strings.Repeat("|a", n/8) + "|\n" + strings.Repeat("|-", n/8) + "|\n" + strings.Repeat("b\n", n/4)
		}},
		{"long reference used often", Markdown, func(n int) string {
			return "[a]: /" + strings.Repeat("b", n/2) + "\n\n" + strings.Repeat("[a]", n/6)
		}},
		{"openers and closers of another sort", Markdown, func(n int) string {
			return strings.Repeat("_a ", n/6) + strings.Repeat("b* ", n/6)
		}},
		{"brackets opened and closed", Markdown, func(n int) string {
			return strings.Repeat("[", n/2) + strings.Repeat("]", n/2)
		}},
		{"nested quotes", Markdown, func(n int) string { return strings.Repeat(">", n) + "a" }},
		{"code spans of rising length", Markdown, func(n int) string {
			var b strings.Builder
			for i := 1; b.Len() < n; i++ {
				b.WriteString(strings.Repeat("`", i) + "a")
			}
			return b.String()
		}},
	}
	for _, unit := range []string{
		"<b>", "<div>", "<a href=https://a.example>", "<table>", "<table>x", "<td>x", "<li>", "<ul><li>", "</p>", "<", "<!--", "<![CDATA[",
		"<script>", "<svg>", "<title>", "&", "&amp", "<p style='color:red'>x</p>", "<p style='margin:calc((((1px'>",
		"<copy data-clipboard-text=a>b", "<select>", "<b><p></b>", "<ruby><rt>", "\x00", "\"",
	} {
		all = append(all, repeat(HTML, unit))
	}
	for _, unit := range []string{
		"*a ", "*a_ ", "a**b ", "**x** ", "[", "![", "[a](", "[a](b)", "[a]: b\n", "<a ", "<!--", "`", "``a`", "~a~ ", "> ", "- ", "1. ", "* a\n ",
		"#", "# a\n", "|", "|a|\n|-|\n", "\\", "www.", "http://a.b/", "a@b.c ", "&#", "<b>", "<div>\n\n", "```\n", "    a\n", "-\n", "- [ ] ", "___",
	} {
		all = append(all, repeat(Markdown, unit))
	}
	for class, unit := range corpus() {
		for _, kind := range []Kind{Text, HTML, Markdown} {
			a := repeat(kind, unit)
			a.name = fmt.Sprintf("%d %s", kind, class)
			all = append(all, a)
		}
	}
	for _, unit := range []string{"://", "http://", "https://a.b(", "http://a.example ", "中", "\""} {
		all = append(all, repeat(Text, unit))
	}
	return all
}

// corpus reads the attacks on the message page, those of a class as one: many
// of them leave something open that the next has to live with.
func corpus() (classes map[string]string) {
	text, err := os.ReadFile("../../server/page/testdata/hostile.txt")
	if err != nil {
		panic(err)
	}
	_, text, _ = bytes.Cut(text, []byte("\n#\n")) // what stands for what
	classes = make(map[string]string)
	class := ""
	for line := range strings.Lines(string(text)) {
		if name, ok := strings.CutPrefix(line, "# "); ok {
			class = strings.TrimSpace(name)
			continue
		}
		classes[class] += lineFeed.Replace(line)
	}
	return classes
}

var lineFeed = strings.NewReplacer("{U+000A}", "\n")

func TestF44_ReadsTheCorpus(t *testing.T) {
	classes := corpus()
	lines := 0
	for class, text := range classes {
		lines += strings.Count(text, "\n")
		if class == "" || len(text) > 20_000 {
			t.Errorf("class %q of %d bytes does not fit twice into a body", class, len(text))
		}
	}
	if len(classes) < 15 || lines < 600 {
		t.Errorf("%d attacks in %d classes", lines, len(classes))
	}
}

// TestF44_WorkGrowsWithLength compares a body with one of twice its length.
// The bodies are the longest that may be sent and half of that; the least of
// several runs counts, and work too short to measure passes.
func TestF44_WorkGrowsWithLength(t *testing.T) {
	const longest, noticeable = 40_000, 40 * time.Millisecond
	for _, a := range attacks() {
		half, whole := a.make(longest/2), a.make(longest)
		if measure(1, a.kind, whole) < noticeable {
			continue
		}
		if ratio := growth(a.kind, half, whole); ratio > 3 {
			t.Errorf("%s: twice the length takes %.1f times the time", a.name, ratio)
		}
	}
}

// growth returns how many times longer the whole takes than its half; a
// busy machine gets three chances to show it.
func growth(kind Kind, half, whole string) (ratio float64) {
	ratio = math.Inf(1)
	for range 3 {
		if ratio > 3 {
			ratio = min(ratio, float64(measure(3, kind, whole))/float64(measure(3, kind, half)))
		}
	}
	return ratio
}

// measure returns the shortest time of several runs.
func measure(runs int, kind Kind, body string) time.Duration {
	least := time.Hour
	for range runs {
		start := time.Now()
		_, _ = Page(kind, body)
		Summary(kind, body, 100)
		least = min(least, time.Since(start))
	}
	return least
}

// TestF44_PageGrowsWithLength holds the size of a page in proportion.
func TestF44_PageGrowsWithLength(t *testing.T) {
	for _, a := range attacks() {
		body := a.make(40_000)
		page, err := Page(a.kind, body)
		if err != nil {
			t.Errorf("%s: %v", a.name, err)
		}
		if len(page) > 40*len(body) {
			t.Errorf("%s: page of %d bytes from %d", a.name, len(page), len(body))
		}
	}
}
