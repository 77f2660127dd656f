package content

import (
	"math"
	"strings"
	"unicode"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// How many marks of one sort a paragraph may hold before the rest of them are
// taken as text: goldmark searches all that are open for each one that
// closes, and reads to the end of the paragraph after a bracket or a backtick.
const (
	maxMarks    = 1000
	maxBrackets = 400
)

// capped is an inline parser that gives up after most marks in one block.
type capped struct {
	parser.InlineParser
	most int
	key  parser.ContextKey
}

// marks counts what a capped parser met in a block.
type marks struct {
	block ast.Node
	n     int
}

func newCapped(p parser.InlineParser, most int) capped {
	return capped{InlineParser: p, most: most, key: parser.NewContextKey()}
}

// Parse implements parser.InlineParser.
func (c capped) Parse(block ast.Node, r text.Reader, pc parser.Context) ast.Node {
	seen, _ := pc.Get(c.key).(*marks)
	if seen == nil || seen.block != block {
		seen = &marks{block: block}
		pc.Set(c.key, seen)
	}
	if seen.n++; seen.n > c.most {
		return nil
	}
	return c.InlineParser.Parse(block, r, pc)
}

// CloseBlock implements parser.CloseBlocker.
func (c capped) CloseBlock(block ast.Node, r text.Reader, pc parser.Context) {
	if closer, ok := c.InlineParser.(parser.CloseBlocker); ok {
		closer.CloseBlock(block, r, pc)
	}
}

// paired parses runs of marks that stand on both sides of a text. It is
// CommonMark's rule, except that Chinese, Japanese and Korean punctuation
// counts as letters and a CJK letter counts as a boundary. CommonMark's own,
// made for words with spaces between them, leaves the stars of
// **注意：**请重启 standing.
type paired struct {
	marks   string             // any of these
	longest int                // run; a longer one is text
	made    func(int) ast.Node // of so many marks on each side
}

func emphasis() parser.InlineParser {
	return paired{"*_", math.MaxInt, func(n int) ast.Node { return ast.NewEmphasis(n) }}
}

func strikethrough() parser.InlineParser {
	return paired{"~", 2, func(int) ast.Node { return extast.NewStrikethrough() }}
}

// Trigger implements parser.InlineParser.
func (p paired) Trigger() []byte { return []byte(p.marks) }

// Parse implements parser.InlineParser.
func (p paired) Parse(_ ast.Node, block text.Reader, pc parser.Context) ast.Node {
	before := block.PrecendingCharacter()
	line, segment := block.PeekLine()
	n := 1
	for n < len(line) && line[n] == line[0] {
		n++
	}
	if n > p.longest {
		block.Advance(n)
		return ast.NewTextSegment(segment.WithStop(segment.Start + n))
	}
	after := ' '
	if n < len(line) {
		after = util.ToRune(line, n)
	}
	canOpen, canClose := flanks(line[0], before, after)
	node := parser.NewDelimiter(canOpen, canClose, n, line[0], p)
	node.Segment = segment.WithStop(segment.Start + n)
	block.Advance(n)
	pc.PushDelimiter(node)
	return node
}

// IsDelimiter implements parser.DelimiterProcessor.
func (p paired) IsDelimiter(b byte) bool { return strings.IndexByte(p.marks, b) >= 0 }

// CanOpenCloser implements parser.DelimiterProcessor.
func (p paired) CanOpenCloser(opener, closer *parser.Delimiter) bool {
	return opener.Char == closer.Char
}

// OnMatch implements parser.DelimiterProcessor.
func (p paired) OnMatch(n int) ast.Node { return p.made(n) }

// flanks decides whether a run of marks between two characters may open and
// close emphasis.
func flanks(mark byte, before, after rune) (canOpen, canClose bool) {
	beforeMark, afterMark := punctuation(before), punctuation(after)
	left := !util.IsSpaceRune(after) && (!afterMark || util.IsSpaceRune(before) || beforeMark || cjk(before))
	right := !util.IsSpaceRune(before) && (!beforeMark || util.IsSpaceRune(after) || afterMark || cjk(after))
	if mark == '_' {
		return left && (!right || beforeMark), right && (!left || afterMark)
	}
	return left, right
}

func punctuation(r rune) bool { return util.IsPunctRune(r) && !cjk(r) }

// cjk reports letters and punctuation of the scripts that write without
// spaces between words.
func cjk(r rune) bool {
	if r < 0x1100 {
		return false
	}
	return r >= 0x3000 && r <= 0x303f || r >= 0xff01 && r <= 0xffef ||
		unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo)
}
