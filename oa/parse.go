package oa

import (
	"errors"
	"fmt"
)

// Bounds of a document. WeChat's are under 4 KiB, four levels and forty
// nodes; compatible mode writes everything twice.
const (
	maxDocument = 64 << 10
	maxDepth    = 16
	maxNodes    = 1024
)

// Why a document is refused.
var (
	ErrEmpty     = errors.New("document is empty")
	ErrTooLarge  = errors.New("document is larger than 64 KiB")
	ErrEncoding  = errors.New("document is not UTF-8")
	ErrDTD       = errors.New("document has a DTD or entity declaration")
	ErrTooDeep   = errors.New("document is nested deeper than 16 levels")
	ErrTooMany   = errors.New("document has too many nodes or attributes")
	ErrDuplicate = errors.New("document has the same node twice")
	ErrMixed     = errors.New("document mixes text with nodes")
	ErrRoots     = errors.New("document has more than one root or text outside it")
	ErrMalformed = errors.New("document is malformed")
	ErrNoHead    = errors.New("document lacks sender, time or type")
)

// Parse reads one clear document, XML or JSON. Unknown nodes are ignored, and
// characters XML forbids are dropped from texts: a follower can type them.
func Parse(body []byte, json bool) (Event, error) {
	root, err := parseDocument(body, json)
	if err != nil {
		return nil, fmt.Errorf("parse event: %w", err)
	}
	h, err := headOf(&root)
	if err != nil {
		return nil, fmt.Errorf("parse event: %w", err)
	}
	h.Raw = body
	return typed(h, &root), nil
}

// parseDocument reads a document of either format into one tree.
func parseDocument(body []byte, json bool) (node, error) {
	if len(body) > maxDocument {
		return node{}, ErrTooLarge
	}
	if json {
		return parseJSON(body)
	}
	return parseXML(body)
}

// headOf reads what all documents share, and demands what everything
// downstream counts on.
func headOf(n *node) (Head, error) {
	h := Head{
		To:        n.get("ToUserName"),
		OpenID:    n.get("FromUserName"),
		At:        n.moment("CreateTime"),
		Type:      n.get("MsgType"),
		Event:     n.get("Event"),
		EventKey:  n.get("EventKey"),
		MsgID:     n.number("MsgId", "MsgID"),
		MsgDataID: n.get("MsgDataId"),
		Idx:       n.get("Idx"),
	}
	if h.OpenID == "" || h.Type == "" || h.At.Unix() <= 0 || h.At.Year() > 9999 {
		return Head{}, ErrNoHead
	}
	return h, nil
}
