package api

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// The page is the document as a person reads it: groups of operations, each
// with a call to copy.
type (
	docsPage struct {
		Title, About string
		Groups       []docsGroup
		Words        map[string]string
	}
	docsGroup struct {
		Name       string
		Operations []docsOperation
	}
	docsOperation struct {
		ID, Method, Path, Summary, About, Curl string
		Parameters, Body                       []docsField
		Examples                               []docsExample
		Answers                                []docsAnswer
	}
	docsField   struct{ Name, In, Type, About string }
	docsExample struct{ Name, Text string }
	docsAnswer  struct {
		Status, Tone, About string
		Examples            []docsExample
	}
)

func newDocsPage(doc *huma.OpenAPI) docsPage {
	p := docsPage{Title: doc.Info.Title, About: doc.Info.Description, Words: wordsPage}
	groups := map[string][]docsOperation{}
	for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
		for _, op := range operationsOf(doc.Paths[path]) {
			groups[op.Tags[0]] = append(groups[op.Tags[0]], newDocsOperation(doc, op))
		}
	}
	for _, action := range slices.Sorted(maps.Keys(doc.Webhooks)) {
		o := newDocsOperation(doc, doc.Webhooks[action].Post)
		o.Method, o.Path, o.Curl = "POST", action, ""
		groups[tagHook] = append(groups[tagHook], o)
	}
	first := []string{tagSend, tagCode}
	for _, name := range append(first, slices.Sorted(maps.Keys(groups))...) {
		if ops := groups[name]; ops != nil {
			p.Groups = append(p.Groups, docsGroup{name, ops})
			delete(groups, name)
		}
	}
	return p
}

func newDocsOperation(doc *huma.OpenAPI, op *huma.Operation) docsOperation {
	schemas := doc.Components.Schemas
	o := docsOperation{ID: op.OperationID, Method: op.Method, Path: op.Path, Summary: op.Summary, About: op.Description}
	for _, p := range op.Parameters {
		o.Parameters = append(o.Parameters, docsField{p.Name, p.In, typeOf(p.Schema), required(p.Required, p.Description)})
	}
	if op.RequestBody != nil {
		_, m := bodyOf(op)
		o.Body = fieldsOf(schemas, m.Schema)
		o.Examples = examplesOf(m)
	}
	for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
		r := op.Responses[status]
		a := docsAnswer{Status: status, Tone: "bad", About: r.Description}
		if status < "300" {
			a.Tone = "good"
			for _, m := range r.Content {
				a.Examples = examplesOf(m)
			}
		}
		o.Answers = append(o.Answers, a)
	}
	if len(doc.Servers) > 0 && op.Method != "" {
		o.Curl = curl(doc.Servers[0].URL, op)
	}
	return o
}

// bodyOf is the body that an operation is shown with, and its media type.
func bodyOf(op *huma.Operation) (kind string, m *huma.MediaType) {
	for _, kind := range slices.Sorted(maps.Keys(op.RequestBody.Content)) {
		return kind, op.RequestBody.Content[kind]
	}
	return "", &huma.MediaType{Schema: &huma.Schema{}}
}

func required(is bool, about string) string {
	if is {
		return strings.TrimSpace(wordsRequired + " " + about)
	}
	return about
}

// fieldsOf are the fields of an object in the order of their names.
func fieldsOf(schemas huma.Registry, s *huma.Schema) (fields []docsField) {
	for s.Ref != "" {
		s = schemas.SchemaFromRef(s.Ref)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		f := s.Properties[name]
		if f.Ref != "" {
			for _, inner := range fieldsOf(schemas, f) {
				inner.Name = name + "." + inner.Name
				fields = append(fields, inner)
			}
			continue
		}
		fields = append(fields, docsField{Name: name, Type: typeOf(f), About: required(slices.Contains(s.Required, name), f.Description)})
	}
	return fields
}

func typeOf(s *huma.Schema) string {
	switch {
	case s == nil:
		return ""
	case s.Type == "array" && s.Items != nil:
		return typeOf(s.Items) + "[]"
	case len(s.OneOf) > 0:
		var all []string
		for _, one := range s.OneOf {
			all = append(all, typeOf(one))
		}
		return strings.Join(all, " / ")
	}
	return s.Type
}

func examplesOf(m *huma.MediaType) (all []docsExample) {
	if m.Example != nil {
		all = append(all, docsExample{"", indented(m.Example)})
	}
	for _, name := range slices.Sorted(maps.Keys(m.Examples)) {
		all = append(all, docsExample{name, indented(m.Examples[name].Value)})
	}
	return all
}

// indented is a body to read: a text as it is, anything else as JSON.
func indented(v any) string {
	if s, is := v.(string); is {
		return s
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	_ = e.Encode(v) // examples were read from JSON or are plain values
	return strings.TrimSpace(b.String())
}

// curl is a line that works once the sample names in it are replaced.
func curl(base string, op *huma.Operation) string {
	path, query := op.Path, url.Values{}
	for _, p := range op.Parameters {
		value := p.Example
		if len(p.Examples) > 0 {
			e, given := p.Examples[firstSample(op)]
			if !given {
				continue
			}
			value = e.Value
		}
		switch {
		case p.In == "path":
			path = strings.ReplaceAll(path, "{"+p.Name+"}", url.PathEscape(plain(value)))
		case p.In == "query" && value != nil && (p.Required || len(p.Examples) > 0 || op.Method == "POST"):
			query[p.Name] = each(value)
		}
	}
	line := "curl"
	if op.Method != "GET" {
		line += " -X " + op.Method
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	line += " '" + base + path + "'"
	if len(op.Security) > 0 {
		line += " \\\n  -H 'Authorization: Bearer " + sampleToken + "'"
	}
	if op.RequestBody != nil {
		kind, m := bodyOf(op)
		body := m.Example
		if body == nil {
			body = m.Examples[firstSample(op)].Value
		}
		line += " \\\n  -H 'Content-Type: " + kind + "' \\\n  -d '" + strings.ReplaceAll(plain(body), "'", `'\''`) + "'"
	}
	return line
}

// firstSample is the name of the sample to show: the one its route is
// described with first.
func firstSample(op *huma.Operation) string {
	for _, d := range described {
		if d.id == op.OperationID && len(d.samples) > 0 {
			return d.samples[0].name
		}
	}
	return ""
}

func compact(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v)
	return strings.TrimSpace(b.String())
}

// plain is a value as it stands in an address.
func plain(v any) string {
	if s, is := v.(string); is {
		return s
	}
	return compact(v)
}

// each are the values of a parameter that may be repeated, as they stand in an
// address.
func each(v any) (all []string) {
	var list []json.RawMessage
	if json.Unmarshal([]byte(compact(v)), &list) != nil {
		return []string{plain(v)}
	}
	for _, one := range list {
		var s string
		if json.Unmarshal(one, &s) != nil {
			s = string(one)
		}
		all = append(all, s)
	}
	return all
}
