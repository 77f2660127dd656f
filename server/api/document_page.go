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
		if m := op.RequestBody.Content["application/json"]; m != nil && m.Schema != nil {
			o.Body = fieldsOf(schemas, m.Schema)
			o.Examples = examplesOf(m)
		}
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

func indented(v any) string {
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
		switch text := plain(value); {
		case p.In == "path":
			path = strings.ReplaceAll(path, "{"+p.Name+"}", url.PathEscape(text))
		case p.In == "query" && (p.Required || len(p.Examples) > 0):
			query.Set(p.Name, text)
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
		var body any
		if m := op.RequestBody.Content["application/json"]; m != nil {
			if body = m.Example; body == nil && m.Examples[firstSample(op)] != nil {
				body = m.Examples[firstSample(op)].Value
			}
		}
		line += " \\\n  -H 'Content-Type: application/json' \\\n  -d '" + strings.ReplaceAll(compact(body), "'", `'\''`) + "'"
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
