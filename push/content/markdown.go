package content

import (
	"errors"
	"strings"
	"sync"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/util"
	nethtml "golang.org/x/net/html"
)

// markdown is built once and safe to use from many goroutines afterwards.
var markdown = sync.OnceValue(newMarkdown)

// newMarkdown is GitHub's Markdown with two habits of messages: a line break
// stands as it was typed, and emphasis closes after Chinese punctuation. Raw
// HTML passes, since the result is sanitised like any other HTML.
func newMarkdown() goldmark.Markdown {
	return goldmark.New(
		goldmark.WithParser(newMarkdownParser()),
		goldmark.WithExtensions(tables{}, extension.TaskList, extension.Linkify),
		goldmark.WithRendererOptions(html.WithUnsafe(), html.WithHardWraps(), renderer.WithNodeRenderers(
			util.Prioritized(extension.NewStrikethroughHTMLRenderer(), 500))),
	)
}

// newMarkdownParser is goldmark's own, kept from work that grows faster than
// the text.
func newMarkdownParser() parser.Parser {
	return parser.NewParser(
		parser.WithBlockParsers(blockParsers()...),
		parser.WithInlineParsers(
			util.Prioritized(newCapped(parser.NewCodeSpanParser(), maxMarks), 100),
			util.Prioritized(newCapped(parser.NewLinkParser(), maxBrackets), 200),
			util.Prioritized(parser.NewAutoLinkParser(), 300),
			util.Prioritized(parser.NewRawHTMLParser(), 400),
			util.Prioritized(newCapped(emphasis(), maxMarks), 500),
			util.Prioritized(newCapped(strikethrough(), maxMarks), 500),
		),
		parser.WithParagraphTransformers(paragraphTransformers()...),
	)
}

// errGrown ends a rendering that has become out of proportion.
var errGrown = errors.New("rendered text grew out of proportion")

// renderMarkdown renders a body as HTML that is not safe yet. A body made to
// grow beyond all proportion is shown as it was written.
func renderMarkdown(body string) string {
	w := &boundedWriter{left: 32*len(body) + 4096}
	if err := markdown().Convert([]byte(body), w); err != nil {
		return "<pre>" + nethtml.EscapeString(body) + "</pre>"
	}
	return w.b.String()
}

// A boundedWriter refuses to hold more than it was allowed.
type boundedWriter struct {
	b    strings.Builder
	left int
}

func (w *boundedWriter) Write(p []byte) (int, error) {
	if w.left -= len(p); w.left < 0 {
		return 0, errGrown
	}
	return w.b.Write(p)
}
