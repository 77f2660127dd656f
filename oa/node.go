package oa

import (
	"strconv"
	"strings"
	"time"
)

// node is one element of a document, whichever format it was written in: a
// name with either text or children. A JSON list is the same name repeated,
// as in XML.
type node struct {
	name string
	text string
	kids []node
}

// leaf is a node that holds text.
func leaf(name, text string) node { return node{name: name, text: text} }

// branch is a node that holds nodes.
func branch(name string, kids ...node) node { return node{name: name, kids: kids} }

// child is the first child of that name, or an empty node.
func (n *node) child(name string) *node {
	for i := range n.kids {
		if n.kids[i].name == name {
			return &n.kids[i]
		}
	}
	return &node{}
}

// has reports whether there is a child of that name.
func (n *node) has(name string) bool { return n.child(name).name != "" }

// get is the text of the first child of one of the names, without the blanks
// around it. Names differ where WeChat's own pages do.
func (n *node) get(names ...string) string {
	for _, name := range names {
		if kid := n.child(name); kid.name != "" {
			return strings.TrimSpace(kid.text)
		}
	}
	return ""
}

// number is an integer child, 0 when it is missing, empty or no int64: WeChat
// writes an empty CDATA where there is nothing.
func (n *node) number(names ...string) int64 {
	v, err := strconv.ParseInt(n.get(names...), 10, 64)
	if err != nil {
		return 0
	}
	return v
}

// decimal is a fractional child, 0 when it is missing or empty.
func (n *node) decimal(name string) float64 {
	v, err := strconv.ParseFloat(n.get(name), 64)
	if err != nil {
		return 0
	}
	return v
}

// flag is a child that is 1 or true.
func (n *node) flag(name string) bool {
	text := n.get(name)
	return text == "1" || text == "true"
}

// moment is a child of Unix seconds, the zero time when there is none.
func (n *node) moment(name string) time.Time {
	seconds := n.number(name)
	if seconds <= 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0)
}

// list is every entry called item within the child called name. JSON leaves
// the inner name out and repeats the outer one.
func (n *node) list(name, item string) []*node {
	var all []*node
	for i := range n.kids {
		kid := &n.kids[i]
		if kid.name != name {
			continue
		}
		if !kid.has(item) {
			if len(kid.kids) > 0 {
				all = append(all, kid)
			}
			continue
		}
		for j := range kid.kids {
			if kid.kids[j].name == item {
				all = append(all, &kid.kids[j])
			}
		}
	}
	return all
}
