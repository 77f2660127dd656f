package sandbox

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// A document is what WeChat posts about one follower: nodes in order, written
// as XML or as JSON. Building it costs no reflection, since finish reports
// come as fast as cards are sent.
type document struct {
	nodes []node
}

// A node is one element: text in CDATA, a bare number, or children.
type node struct {
	name     string
	text     string
	number   bool
	children []node
}

// head begins a document as every document begins.
func (s *Sandbox) head(openid, msgType string, at time.Time, more int) *document {
	d := &document{nodes: make([]node, 0, 4+more)}
	d.text("ToUserName", s.o.OriginalID)
	d.text("FromUserName", openid)
	d.number("CreateTime", at.Unix())
	d.text("MsgType", msgType)
	return d
}

// event begins an event's document.
func (s *Sandbox) event(openid, name string, at time.Time) *document {
	d := s.head(openid, "event", at, 4)
	d.text("Event", name)
	return d
}

func (d *document) text(name, text string) {
	d.nodes = append(d.nodes, node{name: name, text: text})
}

func (d *document) number(name string, n int64) {
	d.nodes = append(d.nodes, node{name: name, text: strconv.FormatInt(n, 10), number: true})
}

func (d *document) group(name string, children ...node) {
	d.nodes = append(d.nodes, node{name: name, children: children})
}

// xml writes the document as WeChat does, children of one line.
func (d *document) xml() []byte {
	out := make([]byte, 0, 512)
	out = append(out, "<xml>"...)
	for i := range d.nodes {
		out = d.nodes[i].xml(out)
	}
	return append(out, "</xml>"...)
}

func (n *node) xml(out []byte) []byte {
	out = append(append(append(out, '<'), n.name...), '>')
	switch {
	case n.children != nil:
		for i := range n.children {
			out = n.children[i].xml(out)
		}
	case n.number:
		out = append(out, n.text...)
	default:
		out = appendCDATA(out, n.text)
	}
	return append(append(append(out, "</"...), n.name...), '>')
}

// appendCDATA splits a text that holds the end mark over two sections.
func appendCDATA(out []byte, text string) []byte {
	out = append(out, "<![CDATA["...)
	for {
		i := strings.Index(text, "]]>")
		if i < 0 {
			break
		}
		out = append(out, text[:i+2]...)
		out = append(out, "]]><![CDATA["...)
		text = text[i+2:]
	}
	return append(append(out, text...), "]]>"...)
}

// json writes the document in the other format of the console.
func (d *document) json() []byte {
	return appendObject(make([]byte, 0, 512), d.nodes)
}

func appendObject(out []byte, nodes []node) []byte {
	out = append(out, '{')
	for i := range nodes {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendString(out, nodes[i].name)
		out = append(out, ':')
		switch {
		case nodes[i].children != nil:
			out = appendObject(out, nodes[i].children)
		case nodes[i].number:
			out = append(out, nodes[i].text...)
		default:
			out = appendString(out, nodes[i].text)
		}
	}
	return append(out, '}')
}

// appendString writes a JSON string with <, > and & as they are.
func appendString(out []byte, text string) []byte {
	if isPlain(text) {
		out = append(out, '"')
		out = append(out, text...)
		return append(out, '"')
	}
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	_ = e.Encode(text) // a string always encodes
	return append(out, bytes.TrimSuffix(buf.Bytes(), []byte("\n"))...)
}

func isPlain(text string) bool {
	for i := 0; i < len(text); i++ {
		if c := text[i]; c < 0x20 || c >= 0x7f || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// roughen adds what the tables do not name but parsers have met: a node
// without notice, a number as empty CDATA, a control character, a CDATA end
// within a text.
func (d *document) roughen() {
	d.text("UnknownNode", "\u0002 ]]> 🐦 <nested>")
	d.text("KfAccountId", "")
	d.group("ExtInfo", node{name: "Level", text: "9007199254740993", number: true}, node{name: "Note", text: ""})
}
