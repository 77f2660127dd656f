package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// An example is a request the document shows, complete enough to be sent.
type example struct {
	method, target string // path and query
	headers        [][2]string
	body           string // JSON, empty for none
}

// exampleOf makes the example of an operation from its parameters and body.
func exampleOf(doc *huma.OpenAPI, op *huma.Operation) example {
	e := example{method: op.Method, target: op.Path}
	query := url.Values{}
	for _, p := range op.Parameters {
		value := paramExample(p)
		switch {
		case p.In == "path":
			e.target = strings.NewReplacer("{"+p.Name+"}", url.PathEscape(value), "{"+p.Name+"...}", url.PathEscape(value)).Replace(e.target)
		case value == "":
		case p.In == "query":
			query.Set(p.Name, value)
		case p.In == "header":
			e.headers = append(e.headers, [2]string{p.Name, value})
		}
	}
	if len(query) > 0 {
		e.target += "?" + query.Encode()
	}
	if len(op.Security) > 0 {
		e.headers = append(e.headers, [2]string{"Authorization", "Bearer " + exampleToken})
	}
	if op.RequestBody != nil {
		for kind, media := range op.RequestBody.Content {
			e.headers = append(e.headers, [2]string{"Content-Type", kind})
			e.body = bodyExample(doc, media)
		}
	}
	return e
}

// paramExample is the example of a parameter, empty when it has none.
func paramExample(p *huma.Param) string {
	value := p.Example
	if value == nil && p.Schema != nil && len(p.Schema.Examples) > 0 {
		value = p.Schema.Examples[0]
	}
	switch {
	case value != nil:
		return fmt.Sprint(value)
	case p.Required && p.Schema != nil && len(p.Schema.Enum) > 0:
		return fmt.Sprint(p.Schema.Enum[0])
	}
	return ""
}

func bodyExample(doc *huma.OpenAPI, media *huma.MediaType) string {
	value := media.Example
	if value == nil {
		value = valueOf(doc.Components.Schemas, media.Schema)
	}
	if text, ok := value.(string); ok && media.Schema != nil && media.Schema.Type == huma.TypeString {
		return text
	}
	return compact(value)
}

// compact writes JSON with <, > and & as they are.
func compact(v any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return ""
	}
	return strings.TrimSpace(b.String())
}

// valueOf is an example of a schema: its own, or one made of its parts.
func valueOf(r huma.Registry, s *huma.Schema) any {
	if s == nil {
		return nil
	}
	if s.Ref != "" {
		s = r.SchemaFromRef(s.Ref)
	}
	switch {
	case len(s.Examples) > 0:
		return s.Examples[0]
	case s.Default != nil:
		return s.Default
	case len(s.Enum) > 0:
		return s.Enum[0]
	case len(s.AnyOf) > 0:
		return valueOf(r, s.AnyOf[0])
	case len(s.OneOf) > 0:
		return valueOf(r, s.OneOf[0])
	}
	switch s.Type {
	case huma.TypeObject:
		object := make(map[string]any, len(s.Properties))
		for name, property := range s.Properties {
			if name != "$schema" {
				object[name] = valueOf(r, property)
			}
		}
		return object
	case huma.TypeArray:
		return []any{valueOf(r, s.Items)}
	case huma.TypeInteger, huma.TypeNumber:
		if s.Minimum != nil {
			return *s.Minimum
		}
		return 0
	case huma.TypeBoolean:
		return false
	}
	if s.Format == "date-time" {
		return "2026-11-21T09:38:00+08:00"
	}
	return ""
}

// curl is the command line that sends the example to base.
func (e example) curl(base string) string {
	var b strings.Builder
	b.WriteString("curl -s")
	if e.method != "GET" && (e.method != "POST" || e.body == "") {
		b.WriteString(" -X " + e.method)
	}
	b.WriteString(" " + shellQuote(base+e.target))
	for _, h := range e.headers {
		b.WriteString(" \\\n  -H " + shellQuote(h[0]+": "+h[1]))
	}
	if e.body != "" {
		b.WriteString(" \\\n  -d " + shellQuote(e.body))
	}
	return b.String()
}

func shellQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// field is one value of a body, as the page lists it.
type field struct {
	Name, Kind, Text string
	Required         bool
}

// fieldsOf lists the fields of an object, those of inner objects behind their
// names.
func fieldsOf(r huma.Registry, s *huma.Schema, prefix string, depth int) (fields []field) {
	if s == nil || depth > 3 {
		return nil
	}
	if s.Ref != "" {
		s = r.SchemaFromRef(s.Ref)
	}
	if len(s.AnyOf) > 0 {
		return fieldsOf(r, s.AnyOf[0], prefix, depth)
	}
	if s.Type == huma.TypeArray {
		return fieldsOf(r, s.Items, prefix+"[]", depth)
	}
	names := make([]string, 0, len(s.Properties))
	for name := range s.Properties {
		if name != "$schema" {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		ra, rb := slices.Contains(s.Required, a), slices.Contains(s.Required, b)
		if ra != rb {
			if ra {
				return -1
			}
			return 1
		}
		return strings.Compare(a, b)
	})
	for _, name := range names {
		one := s.Properties[name]
		full := strings.TrimPrefix(prefix+"."+name, ".")
		fields = append(fields, field{full, kindOf(r, one), one.Description, slices.Contains(s.Required, name)})
		fields = append(fields, fieldsOf(r, one, full, depth+1)...)
	}
	return fields
}

func kindOf(r huma.Registry, s *huma.Schema) string {
	if s.Ref != "" {
		s = r.SchemaFromRef(s.Ref)
	}
	switch {
	case len(s.AnyOf) > 0:
		return kindOf(r, s.AnyOf[0])
	case s.Type == huma.TypeArray && s.Items != nil:
		return kindOf(r, s.Items) + "[]"
	case len(s.Enum) > 0:
		kinds := make([]string, len(s.Enum))
		for i, v := range s.Enum {
			kinds[i] = fmt.Sprint(v)
		}
		return strings.Join(kinds, " | ")
	case s.Format != "":
		return s.Format
	}
	return s.Type
}
