package api

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"hongyan/server/api/v1"
)

// Document describes both faces in one OpenAPI 3.1 object: the operations of
// /api/v1 as huma knows them, the routes of the contract as document_route.go
// describes them, and the callbacks as webhooks. Each call makes a new one, of
// operations of its own: completing it writes into its schemas, while requests
// are checked by those of the operations that serve.
func (a *API) Document() *huma.OpenAPI {
	doc := v1.New(v1.Options{}).OpenAPI()
	doc.Info.Description = wordsDocument
	doc.Servers = []*huma.Server{{URL: a.o.BaseURL}}
	for _, item := range doc.Paths {
		for _, op := range operationsOf(item) {
			completeV1(doc, op)
		}
	}
	for i := range a.routes {
		rt := &a.routes[i]
		if d, known := described[rt.method+" "+rt.path]; known {
			doc.AddOperation(d.operation(doc.Components.Schemas, rt))
		}
	}
	addWebhooks(doc)
	return doc
}

// operationsOf are the operations of a path in the order people read them.
func operationsOf(item *huma.PathItem) (all []*huma.Operation) {
	for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
		if op != nil {
			all = append(all, op)
		}
	}
	return all
}

// completeV1 gives an operation of /api/v1 examples made of those of its
// fields, and its errors words.
func completeV1(doc *huma.OpenAPI, op *huma.Operation) {
	schemas := doc.Components.Schemas
	delete(op.Responses, "500")
	for _, p := range op.Parameters {
		if p.Example == nil && p.Schema != nil && len(p.Schema.Examples) > 0 {
			p.Example = p.Schema.Examples[0]
		}
	}
	if op.RequestBody != nil {
		for _, m := range op.RequestBody.Content {
			m.Example = exampleOf(schemas, m.Schema)
		}
		for _, status := range []int{http.StatusBadRequest, http.StatusRequestEntityTooLarge} {
			op.Responses[strconv.Itoa(status)] = op.Responses["422"]
		}
	}
	for code, r := range op.Responses {
		status, _ := strconv.Atoi(code)
		if status < 400 {
			r.Description = wordsAnswers[min(status, http.StatusNoContent)]
			for _, m := range r.Content {
				m.Example = exampleOf(schemas, m.Schema)
			}
			continue
		}
		op.Responses[code] = problemResponse(schemas, r, status)
	}
}

func problemResponse(schemas huma.Registry, like *huma.Response, status int) *huma.Response {
	r := &huma.Response{Description: wordsAnswers[status], Content: map[string]*huma.MediaType{}}
	for kind, m := range like.Content {
		r.Content[kind] = &huma.MediaType{Schema: m.Schema, Example: map[string]any{
			"title": http.StatusText(status), "status": status, "detail": wordsAnswers[status],
		}}
	}
	switch status {
	case http.StatusUnauthorized:
		r.Headers = map[string]*huma.Param{"WWW-Authenticate": {Schema: &huma.Schema{Type: "string"}}}
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		r.Headers = map[string]*huma.Param{"Retry-After": {Description: "秒", Schema: &huma.Schema{Type: "integer"}}}
	}
	return r
}

// exampleOf makes a value of the examples of a schema's fields.
func exampleOf(schemas huma.Registry, s *huma.Schema) any {
	for s != nil && s.Ref != "" {
		s = schemas.SchemaFromRef(s.Ref)
	}
	switch {
	case s == nil:
		return nil
	case len(s.Examples) > 0:
		return s.Examples[0]
	case s.Type == "array":
		if one := exampleOf(schemas, s.Items); one != nil {
			return []any{one}
		}
		return []any{}
	case s.Type == "object":
		value := make(map[string]any, len(s.Properties))
		for name, property := range s.Properties {
			value[name] = exampleOf(schemas, property)
		}
		return value
	}
	return nil
}

// jsonOf reads an example written as JSON.
func jsonOf(text string) (v any) {
	d := json.NewDecoder(strings.NewReader(text))
	if err := d.Decode(&v); err != nil {
		panic(err) // a programmer's mistake, found at the first start
	}
	return v
}
