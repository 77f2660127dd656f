package content

import (
	"bytes"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// tables is GitHub's table extension without its amplification: each row of a
// table is filled up to the width of its header, so that a wide header over
// many short rows makes millions of cells from a few thousand characters.
type tables struct{}

// Extend implements goldmark.Extender.
func (tables) Extend(m goldmark.Markdown) {
	m.Parser().AddOptions(
		parser.WithParagraphTransformers(
			util.Prioritized(proportionate{extension.NewTableParagraphTransformer()}, 200)),
		parser.WithASTTransformers(util.Prioritized(extension.NewTableASTTransformer(), 0)),
	)
	m.Renderer().AddOptions(renderer.WithNodeRenderers(util.Prioritized(
		extension.NewTableHTMLRenderer(
			extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute)), 500)))
}

// proportionate leaves a paragraph alone whose table would hold many more
// cells than it has characters.
type proportionate struct{ parser.ParagraphTransformer }

// Transform implements parser.ParagraphTransformer.
func (p proportionate) Transform(node *ast.Paragraph, r text.Reader, pc parser.Context) {
	lines, widest, size := node.Lines(), 0, 0
	for i := range lines.Len() {
		line := lines.At(i)
		value := line.Value(r.Source())
		size += len(value)
		widest = max(widest, bytes.Count(value, []byte{'|'})+1)
	}
	if widest*lines.Len() <= 4*size+400 {
		p.ParagraphTransformer.Transform(node, r, pc)
	}
}
