package oa

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/beevik/etree"
)

// numeric are the nodes WeChat writes as numbers: bare in XML, unquoted in
// JSON.
func numeric(name string) bool {
	return name == "CreateTime" || name == "TimeStamp" || name == "ArticleCount"
}

// render writes the tree as a document.
func (n *node) render(asJSON bool) ([]byte, error) {
	if asJSON {
		return encodeJSON(n.plain())
	}
	doc := etree.NewDocument()
	n.element(doc.CreateElement(n.name))
	return doc.WriteToBytes()
}

// element writes texts as CDATA, in which nothing needs escaping; etree splits
// a ]]> within.
func (n *node) element(e *etree.Element) {
	for i := range n.kids {
		kid := &n.kids[i]
		child := e.CreateElement(kid.name)
		switch {
		case len(kid.kids) > 0:
			kid.element(child)
		case numeric(kid.name):
			child.SetText(kid.text)
		default:
			child.SetCData(dropForbiddenText(kid.text))
		}
	}
}

// plain is the tree as encoding/json wants it; entries called item are a list.
func (n *node) plain() map[string]any {
	out := make(map[string]any, len(n.kids))
	for i := range n.kids {
		kid := &n.kids[i]
		var value any = kid.text
		switch {
		case len(kid.kids) > 0:
			value = kid.plain()
		case numeric(kid.name):
			value = json.Number(kid.text)
		}
		if kid.name == "item" {
			list, _ := out["item"].([]any)
			value = append(list, value)
		}
		out[kid.name] = value
	}
	return out
}

// encodeJSON writes v the way WeChat reads it: raw UTF-8, with & < > as they
// are, since \u escapes end up in its menus and links.
func encodeJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// CutText shortens s to the 2048 bytes a text message may have, never within
// a character, and marks the cut.
func CutText(s string) string {
	if len(s) <= maxReplyText {
		return s
	}
	end := maxReplyText - len(ellipsis)
	for end > 0 && s[end]&0xc0 == 0x80 {
		end--
	}
	return strings.TrimRight(s[:end], " \n") + ellipsis
}
