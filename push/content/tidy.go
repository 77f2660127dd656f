package content

import (
	"strings"

	"golang.org/x/net/html"
)

// maxDepth is how deep elements may nest. Those below it are dropped and
// their text stays; browsers stop at 512.
const maxDepth = 96

// tidy nests the tags of an allowed HTML text so that any browser builds
// exactly the tree that is written: everything opened is closed, in order, no
// tag is implied and no element stands where the parser would move it. It
// looks at each token once and finds what to close without searching.
func tidy(body string) string {
	t := newTidier(len(body))
	z := html.NewTokenizer(strings.NewReader(body))
	for {
		switch z.Next() {
		case html.ErrorToken:
			t.closeTo(0)
			return t.out.String()
		case html.TextToken:
			t.text(clean(z.Token().Data))
		case html.StartTagToken, html.SelfClosingTagToken:
			token := z.Token()
			t.start(token.Data, token.Attr)
		case html.EndTagToken:
			t.end(z.Token().Data)
		}
	}
}

// A tidier writes the text and keeps what is open in it.
type tidier struct {
	out    strings.Builder
	stack  []openTag
	places map[string][]int // of each name, where it is open in stack
	scopes []int            // where tables, cells and captions are open: tags do not close across them
	blocks []int            // where blocks are open
	inPre  bool             // nothing was written since <pre>, so the parser drops a line feed here
}

// An openTag is an element that is not closed yet.
type openTag struct {
	name string
	copy *copying // of a <copy>
}

// copying is a <copy> whose label is being written.
type copying struct {
	text string // to copy, escaped
	from int    // where in the output the label begins
}

func newTidier(size int) *tidier {
	t := &tidier{places: make(map[string][]int)}
	t.out.Grow(size + size/8)
	return t
}

// at returns where name is open last, or -1.
func (t *tidier) at(name string) int { return last(t.places[name]) }

func last(places []int) int {
	if len(places) == 0 {
		return -1
	}
	return places[len(places)-1]
}

// inScope reports whether name is open and can be closed from here.
func (t *tidier) inScope(name string) bool { return t.at(name) > last(t.scopes) }

func (t *tidier) current() string {
	if len(t.stack) == 0 {
		return ""
	}
	return t.stack[len(t.stack)-1].name
}

// text writes text. Directly within a table only cells may hold some, so one
// is made for it there.
func (t *tidier) text(s string) {
	if t.betweenCells() {
		if strings.TrimSpace(s) == "" {
			return
		}
		t.makeCell()
	}
	if s == "" {
		return
	}
	if t.inPre && s[0] == '\n' && !strings.HasPrefix(s, "\n\n") {
		if s = s[1:]; s == "" {
			return // still at the beginning: a tag that was dropped may part two texts
		}
	}
	t.write(html.EscapeString(s))
}

func (t *tidier) write(s string) {
	t.inPre = false
	t.out.WriteString(s)
}

// start opens an element, after closing what cannot hold it.
func (t *tidier) start(name string, attrs []html.Attribute) {
	e, ok := elements[name]
	if !ok || len(t.stack) >= maxDepth && !isVoid(e) {
		return
	}
	if e.nests == structure {
		if !t.enterTable(name) {
			return
		}
	} else {
		if t.betweenCells() {
			t.makeCell()
		}
		if !t.makeRoom(name, e) {
			return
		}
	}
	t.open(name, e, attrs)
}

// makeRoom closes the elements that may not hold name, and reports whether
// name may stand here at all.
func (t *tidier) makeRoom(name string, e element) bool {
	if isBlock(e) {
		t.closeInScope("p")
	}
	switch name {
	case "a", "copy":
		t.closeInScope(name)
	case "li":
		t.closeItem("li", "ul", "ol")
	case "dt", "dd":
		t.closeItem("dt", "dl", "dl")
		t.closeItem("dd", "dl", "dl")
	case "rt", "rp":
		if !t.inScope("ruby") {
			return false
		}
		t.closeTo(t.at("ruby") + 1)
	}
	if e.nests == heading {
		for _, h := range []string{"h1", "h2", "h3", "h4", "h5", "h6"} {
			t.closeInScope(h)
		}
	}
	return true
}

func (t *tidier) closeInScope(name string) {
	if t.inScope(name) {
		t.closeTo(t.at(name))
	}
}

// closeItem closes an open item of the innermost list.
func (t *tidier) closeItem(item, list, other string) {
	if at := t.at(item); at > t.at(list) && at > t.at(other) {
		t.closeInScope(item)
	}
}

// end closes name if it is open here; what stands open within it goes with
// it. A phrase is not closed out of a block that began within it, as browsers
// do.
func (t *tidier) end(name string) {
	e, ok := elements[name]
	if !ok || isVoid(e) {
		return
	}
	at := t.at(name)
	switch {
	case at < 0:
	case name == "table":
		t.closeTo(at)
	case e.nests == structure:
		if at > t.at("table") {
			t.closeTo(at)
		}
	case at < last(t.scopes), e.nests == phrase && at < last(t.blocks):
	default:
		t.closeTo(at)
	}
}

// closeTo closes elements until n are open.
func (t *tidier) closeTo(n int) {
	for len(t.stack) > n {
		top := len(t.stack) - 1
		tag := t.stack[top]
		t.stack = t.stack[:top]
		t.places[tag.name] = t.places[tag.name][:len(t.places[tag.name])-1]
		if last(t.scopes) == top {
			t.scopes = t.scopes[:len(t.scopes)-1]
		}
		if last(t.blocks) == top {
			t.blocks = t.blocks[:len(t.blocks)-1]
		}
		t.writeEnd(tag)
	}
}
