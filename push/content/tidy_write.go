package content

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// open writes the start tag of an element that may stand here, and keeps it
// on the stack unless it is void.
func (t *tidier) open(name string, e element, attrs []html.Attribute) {
	switch name {
	case "copy":
		t.openCopy(attrs)
		return
	case "input":
		t.writeCheckbox(attrs)
		return
	case "a":
		if attr(attrs, "href") == "" {
			return
		}
	case "img":
		if attr(attrs, "src") == "" {
			return
		}
	case "table":
		t.write(`<div class="scroll">`)
	}
	t.write("<" + name)
	t.writeAttrs(name, e, attrs)
	if isVoid(e) {
		t.write("/>")
		return
	}
	t.write(">")
	t.push(openTag{name: name}, e)
	t.inPre = name == "pre"
}

func (t *tidier) push(tag openTag, e element) {
	n := len(t.stack)
	t.stack = append(t.stack, tag)
	t.places[tag.name] = append(t.places[tag.name], n)
	switch tag.name {
	case "table", "td", "th", "caption":
		t.scopes = append(t.scopes, n)
	}
	if isBlock(e) || e.nests == structure {
		t.blocks = append(t.blocks, n)
	}
}

// writeAttrs writes the allowed attributes, the first of those with the same
// name, and those that we add. They are sorted, as a parser sorts them.
func (t *tidier) writeAttrs(name string, e element, attrs []html.Attribute) {
	kept := slices.Concat(added[name], attrs)
	slices.SortStableFunc(kept, func(a, b html.Attribute) int { return strings.Compare(a.Key, b.Key) })
	for i, a := range kept {
		known := slices.Contains(e.attrs, a.Key) || slices.Contains(commonAttrs, a.Key) || slices.Contains(added[name], a)
		if known && (i == 0 || kept[i-1].Key != a.Key) {
			t.write(" " + a.Key + `="` + html.EscapeString(clean(a.Val)) + `"`)
		}
	}
}

func attr(attrs []html.Attribute, key string) string {
	for _, a := range attrs {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// writeCheckbox writes a checkbox of a task list, which shows a state and
// cannot be changed.
func (t *tidier) writeCheckbox(attrs []html.Attribute) {
	if attr(attrs, "type") == "" {
		return
	}
	t.write(`<input type="checkbox" disabled=""`)
	if slices.ContainsFunc(attrs, func(a html.Attribute) bool { return a.Key == "checked" }) {
		t.write(` checked=""`)
	}
	t.write("/>")
}

// openCopy begins the label of a <copy>. One that copies nothing is only text.
func (t *tidier) openCopy(attrs []html.Attribute) {
	text := html.EscapeString(clean(attr(attrs, copyAttr)))
	if text == "" {
		return
	}
	t.write(copyOpen + text + `">`)
	t.push(openTag{name: "copy", copy: &copying{text: text, from: t.out.Len()}}, elements["copy"])
}

func (t *tidier) writeEnd(tag openTag) {
	switch {
	case tag.copy != nil:
		t.closeCopy(tag.copy)
	case tag.name == "table":
		t.write("</table></div>")
	default:
		t.write("</" + tag.name + ">")
	}
}

func (t *tidier) closeCopy(c *copying) {
	label := t.out.String()[c.from:]
	t.write("</span>")
	if strings.TrimSpace(label) != c.text {
		t.write(`<code class="copy-text">` + c.text + `</code>`)
	}
}
