package content

import "golang.org/x/net/html"

// An element is what the allow list says of one element: which attributes it
// may carry beside the common ones, and how it nests.
type element struct {
	attrs []string
	nests nesting
}

// nesting is how an element behaves among the others when a browser builds
// the tree.
type nesting uint8

const (
	phrase    nesting = iota // stands in a line: span
	formatted                // stands in a line and may be closed across blocks: b
	block                    // begins a line and ends an open paragraph
	heading                  // a block that does not hold another of its sort
	structure                // a part of a table
	void                     // has no content
	voidBlock                // a block without content
)

// elements is the allow list. What is not in it is dropped; its text stays,
// except for those in silenced.
var elements = map[string]element{
	"a": {nests: formatted, attrs: []string{"href"}}, "abbr": {}, "b": {nests: formatted},
	"bdi": {}, "bdo": {}, "big": {nests: formatted}, "cite": {}, "code": {nests: formatted},
	"copy": {nests: formatted, attrs: []string{copyAttr}}, "del": {}, "dfn": {}, "em": {nests: formatted},
	"font": {nests: formatted, attrs: []string{"color", "face", "size"}},
	"i":    {nests: formatted}, "ins": {}, "kbd": {}, "mark": {}, "q": {}, "s": {nests: formatted},
	"samp": {}, "small": {nests: formatted}, "span": {}, "strike": {nests: formatted},
	"strong": {nests: formatted}, "sub": {}, "sup": {}, "time": {}, "tt": {nests: formatted},
	"u": {nests: formatted}, "var": {}, "ruby": {}, "rt": {}, "rp": {},

	"br": {nests: void}, "wbr": {nests: void},
	"img":   {nests: void, attrs: []string{"src", "alt", "width", "height"}},
	"input": {nests: void, attrs: []string{"type", "checked"}},
	"hr":    {nests: voidBlock},

	"address": {nests: block}, "article": {nests: block}, "aside": {nests: block},
	"blockquote": {nests: block}, "center": {nests: block},
	"details": {nests: block, attrs: []string{"open"}}, "summary": {nests: block},
	"div": {nests: block, attrs: []string{"align"}}, "p": {nests: block, attrs: []string{"align"}},
	"dl": {nests: block}, "dt": {nests: block}, "dd": {nests: block},
	"figure": {nests: block}, "figcaption": {nests: block}, "footer": {nests: block},
	"header": {nests: block}, "nav": {nests: block}, "pre": {nests: block}, "section": {nests: block},
	"ul": {nests: block}, "ol": {nests: block, attrs: []string{"start", "reversed"}},
	"li": {nests: block, attrs: []string{"value"}},

	"h1": {nests: heading, attrs: []string{"align"}}, "h2": {nests: heading, attrs: []string{"align"}},
	"h3": {nests: heading, attrs: []string{"align"}}, "h4": {nests: heading, attrs: []string{"align"}},
	"h5": {nests: heading, attrs: []string{"align"}}, "h6": {nests: heading, attrs: []string{"align"}},

	"table": {nests: block, attrs: []string{
		"width", "border", "cellpadding", "cellspacing", "bgcolor", "align",
	}},
	"caption": {nests: structure}, "thead": {nests: structure}, "tbody": {nests: structure},
	"tfoot": {nests: structure}, "tr": {nests: structure, attrs: []string{"align", "valign", "bgcolor"}},
	"td": {nests: structure, attrs: cellAttrs}, "th": {nests: structure, attrs: cellAttrs},
}

var cellAttrs = []string{"colspan", "rowspan", "width", "height", "align", "valign", "bgcolor"}

// commonAttrs may stand on every element.
var commonAttrs = []string{"style", "title", "dir", "lang"}

// added are the attributes that we give to an element.
var added = map[string][]html.Attribute{
	"a":   {{Key: "rel", Val: linkRel}, {Key: "target", Val: "_blank"}},
	"img": {{Key: "loading", Val: "lazy"}},
}

// linkRel keeps a page that a link leads to from learning where it stood.
const linkRel = "noopener noreferrer nofollow"

// silenced elements go together with their content: it is not meant to be
// read as text.
var silenced = []string{
	"applet", "audio", "canvas", "frameset", "iframe", "math", "noembed", "noframes", "noscript", "object",
	"script", "select", "style", "svg", "template", "textarea", "title", "video", "xml",
}

func isVoid(e element) bool  { return e.nests == void || e.nests == voidBlock }
func isBlock(e element) bool { return e.nests == block || e.nests == heading || e.nests == voidBlock }
