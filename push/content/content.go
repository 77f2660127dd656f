// Package content turns what a developer sent into what a follower reads: a
// page that is safe to show, a plain summary, a text cut to length. It knows
// no database and no WeChat.
//
// A body passes through a straight line of steps, each of them linear in the
// length of the body whatever stands in it:
//
//	clean    invalid UTF-8 and control characters go
//	render   text is escaped and its links are made; Markdown becomes HTML
//	tame     attributes that cost too much to look at are taken out
//	policy   bluemonday keeps the allowed elements, attributes and styles
//	tidy     tags are nested so that a browser builds exactly the tree we wrote
//
// The result uses these classes, which the page's stylesheet dresses: "text"
// around plain text (white-space counts), "scroll" around a table, "copy" on
// the label of a <copy> and "copy-text" on the text that it copies.
package content

import (
	"errors"
	"fmt"
	"html/template"
)

// Kind says how a body is written. The numbers are those of contentType on
// the wire.
type Kind int

// The kinds of a body.
const (
	Text     Kind = 1
	HTML     Kind = 2
	Markdown Kind = 3
)

// Valid reports whether k is one of the three kinds.
func (k Kind) Valid() bool { return k >= Text && k <= Markdown }

// MaxBytes is the longest body that Page accepts. It is well above the
// platform's limit on characters, and only keeps work bounded for a caller
// that has not checked that limit.
const MaxBytes = 1 << 20

// ErrTooLong is returned by Page for a body of more than MaxBytes.
var ErrTooLong = errors.New("content too long")

// ErrKind is returned by Page for a kind that does not exist.
var ErrKind = errors.New("unknown kind of content")

// Page makes the body safe to stand in a page of ours. Equal bodies give equal
// pages. It may be shown without a further look: nothing in it runs, and every
// element it opens it also closes.
func Page(kind Kind, body string) (template.HTML, error) {
	if !kind.Valid() {
		return "", fmt.Errorf("make page of kind %d: %w", int(kind), ErrKind)
	}
	if len(body) > MaxBytes {
		return "", fmt.Errorf("make page of %d bytes: %w", len(body), ErrTooLong)
	}
	body = clean(body)
	switch kind {
	case HTML:
		return sanitize(body), nil
	case Markdown:
		return sanitize(renderMarkdown(body)), nil
	default:
		return textPage(body), nil
	}
}

// sanitize makes any HTML safe and well nested.
func sanitize(body string) template.HTML {
	return template.HTML(tidy(policy().Sanitize(tame(body))))
}
