package content

import (
	"html/template"
	"strings"
)

// A <copy data-clipboard-text="…">label</copy> becomes
//
//	<span class="copy" data-clipboard-text="…">label</span><code class="copy-text">…</code>
//
// The script of the page makes a button of the span and hides the code; where
// no script runs, the text stands there to be selected by hand. The code is
// left out where the label already is the text.
const (
	copyOpen = `<span class="copy" data-clipboard-text="`
	copyAttr = "data-clipboard-text"
)

// HasCopy reports whether a page made here holds something to copy, and so
// whether the script that copies is of any use on it.
func HasCopy(page template.HTML) bool {
	return strings.Contains(string(page), copyOpen)
}
