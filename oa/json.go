package oa

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// parseJSON reads one JSON object into the tree an XML document of the same
// fields would give. Numbers keep their text, so 64-bit ids stay exact.
func parseJSON(body []byte) (node, error) {
	if isBlank(body) {
		return node{}, ErrEmpty
	}
	if !utf8.Valid(body) {
		return node{}, ErrEncoding
	}
	r := jsonReader{dec: json.NewDecoder(bytes.NewReader(body))}
	r.dec.UseNumber()
	token, err := r.token()
	if err != nil {
		return node{}, err
	}
	if token != json.Delim('{') {
		return node{}, fmt.Errorf("%w: not a JSON object", ErrMalformed)
	}
	root := node{name: "xml"}
	if err := r.object(&root, 1); err != nil {
		return node{}, err
	}
	if _, err := r.dec.Token(); !errors.Is(err, io.EOF) {
		return node{}, ErrRoots
	}
	return root, nil
}

// jsonReader turns tokens into nodes and counts them.
type jsonReader struct {
	dec   *json.Decoder
	nodes int
}

func (r *jsonReader) token() (json.Token, error) {
	token, err := r.dec.Token()
	if err != nil {
		return nil, fmt.Errorf("%w: not well-formed JSON", ErrMalformed)
	}
	return token, nil
}

// object reads members into n up to the closing brace.
func (r *jsonReader) object(n *node, depth int) error {
	if depth > maxDepth {
		return ErrTooDeep
	}
	for r.dec.More() {
		key, err := r.token()
		if err != nil {
			return err
		}
		name, _ := key.(string)
		if n.has(name) {
			return ErrDuplicate
		}
		if err := r.value(n, name, depth); err != nil {
			return err
		}
	}
	_, err := r.token()
	return err
}

// value reads one value into n under name; a list becomes several.
func (r *jsonReader) value(n *node, name string, depth int) error {
	if r.nodes++; r.nodes > maxNodes {
		return ErrTooMany
	}
	token, err := r.token()
	if err != nil {
		return err
	}
	kid := node{name: name}
	switch t := token.(type) {
	case json.Delim:
		if t == '[' {
			return r.list(n, name, depth+1)
		}
		if err := r.object(&kid, depth+1); err != nil {
			return err
		}
	case string:
		kid.text = dropForbiddenText(t)
	case json.Number:
		kid.text = t.String()
	case bool:
		kid.text = fmt.Sprint(t)
	}
	n.kids = append(n.kids, kid)
	return nil
}

func (r *jsonReader) list(n *node, name string, depth int) error {
	if depth > maxDepth {
		return ErrTooDeep
	}
	for r.dec.More() {
		if err := r.value(n, name, depth); err != nil {
			return err
		}
	}
	_, err := r.token()
	return err
}

// dropForbiddenText gives a JSON text the alphabet of an XML one, so that
// nothing downstream meets a NUL.
func dropForbiddenText(s string) string {
	if strings.IndexFunc(s, forbidden) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		if forbidden(r) {
			return -1
		}
		return r
	}, s)
}
