package oa

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/beevik/etree"
)

// parseXML reads one XML document into a tree: root first checked as bytes
// (size, encoding, declarations, forbidden characters), then parsed by etree,
// then checked again as tokens, since etree lets a DTD, a second root and text
// outside the root pass.
func parseXML(body []byte) (node, error) {
	body, err := sanitize(body)
	if err != nil {
		return node{}, err
	}
	doc := etree.NewDocument()
	doc.ReadSettings = etree.ReadSettings{MaxDepth: maxDepth, CharsetReader: onlyUTF8}
	if err := doc.ReadFromBytes(body); err != nil {
		return node{}, xmlError(err)
	}
	root, err := onlyRoot(doc)
	if err != nil {
		return node{}, err
	}
	return treeOf(root)
}

// onlyUTF8 refuses every declared encoding but UTF-8, which never asks.
func onlyUTF8(string, io.Reader) (io.Reader, error) { return nil, ErrEncoding }

// xmlError names a parser's complaint without quoting the document.
func xmlError(err error) error {
	switch {
	case errors.Is(err, etree.ErrMaxDepth):
		return ErrTooDeep
	case errors.Is(err, ErrEncoding), strings.Contains(err.Error(), ErrEncoding.Error()):
		return ErrEncoding
	}
	return fmt.Errorf("%w: not well-formed XML", ErrMalformed)
}

// onlyRoot is the one element of the document.
func onlyRoot(doc *etree.Document) (*etree.Element, error) {
	var root *etree.Element
	for _, token := range doc.Child {
		switch t := token.(type) {
		case *etree.Element:
			if root != nil {
				return nil, ErrRoots
			}
			root = t
		case *etree.Directive:
			return nil, ErrDTD
		case *etree.CharData:
			if strings.TrimSpace(t.Data) != "" {
				return nil, ErrRoots
			}
		}
	}
	if root == nil {
		return nil, ErrEmpty
	}
	return root, nil
}

// treeOf copies an element. Elements with a namespace prefix are not WeChat's
// and are left out, as comments are.
func treeOf(e *etree.Element) (node, error) {
	n := node{name: e.Tag}
	var text strings.Builder // of a node's second piece on
	for _, token := range e.Child {
		switch t := token.(type) {
		case *etree.Element:
			if t.Space != "" {
				continue
			}
			kid, err := treeOf(t)
			if err != nil {
				return node{}, err
			}
			if err := n.add(kid); err != nil {
				return node{}, err
			}
		case *etree.CharData:
			if n.text == "" {
				n.text = t.Data
			} else {
				text.WriteString(t.Data)
			}
		case *etree.Directive:
			return node{}, ErrDTD
		case *etree.ProcInst:
			return node{}, fmt.Errorf("%w: processing instruction", ErrMalformed)
		}
	}
	if text.Len() > 0 {
		n.text += text.String()
	}
	if len(n.kids) == 0 {
		return n, nil
	}
	if strings.TrimSpace(n.text) != "" {
		return node{}, ErrMixed
	}
	n.text = ""
	return n, nil
}

// add appends a child. Only the entries of a list may share a name: whoever
// reads the first of two nodes and whoever reads the last must agree.
func (n *node) add(kid node) error {
	if kid.name != "List" && kid.name != "item" && n.has(kid.name) {
		return ErrDuplicate
	}
	if n.kids == nil {
		n.kids = make([]node, 0, 8)
	}
	n.kids = append(n.kids, kid)
	return nil
}

// isBlank reports whether b has nothing but white space.
func isBlank(b []byte) bool { return len(bytes.TrimSpace(b)) == 0 }
