package api

import (
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// described is how the document tells of a route of the contract. The shapes
// come from the types that read and write it.
type described struct {
	path       string // with its parameters named, where it has any
	id         string
	tag        string
	summary    string
	text       string
	params     []*huma.Param
	body       any    // a value of the type that is decoded
	sent       string // an example of it, as JSON
	msg        string // of a good answer; empty is 处理成功
	data       any    // a value of the type of a good answer's data; nil is null
	got        any    // an example of it
	image      bool   // the answer is a picture
	deprecated bool
}

// newDocument completes the document of /api/v1 with the contract, the
// callbacks and what is to be said of both.
func (a *API) newDocument() *huma.OpenAPI {
	doc := a.v1.OpenAPI()
	doc.Info.Description = wordsAbout
	doc.Servers = []*huma.Server{{URL: a.o.BaseURL}}
	for _, rt := range a.routes {
		if d, ok := contract[rt.method+" "+rt.path]; ok {
			doc.AddOperation(d.operation(rt, doc.Components.Schemas))
		}
	}
	doc.Webhooks = callbacks(doc.Components.Schemas)
	doc.Tags = tags(doc)
	return doc
}

func (d *described) operation(rt route, r huma.Registry) *huma.Operation {
	path := d.path
	if path == "" {
		path = rt.path
	}
	op := &huma.Operation{
		Method: rt.method, Path: "/api/" + path, OperationID: d.id, Tags: []string{d.tag},
		Summary: d.summary, Description: d.text, Parameters: d.params, Deprecated: d.deprecated,
		Responses: map[string]*huma.Response{"200": d.response(r)},
	}
	for _, p := range pathParams(path) {
		op.Parameters = append(op.Parameters, p)
	}
	if d.image {
		op.Responses["404"] = &huma.Response{Description: textNoCode}
	}
	if d.body != nil {
		op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"application/json": {Schema: schemaOf(r, d.body), Example: raw(d.sent)},
		}}
	}
	return op
}

func (d *described) response(r huma.Registry) *huma.Response {
	if d.image {
		return &huma.Response{Description: wordsPicture, Content: map[string]*huma.MediaType{
			"image/jpeg": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
		}}
	}
	msg := d.msg
	if msg == "" {
		msg = textDone
	}
	return &huma.Response{Description: wordsEnvelope, Content: map[string]*huma.MediaType{
		"application/json": {
			Schema:  envelopeSchema(schemaOf(r, d.data)),
			Example: envelope{Code: codeOK, Msg: msg, Data: d.got, Success: true},
		},
	}}
}

// envelopeSchema is the schema of an answer whose data is null when it failed.
func envelopeSchema(data *huma.Schema) *huma.Schema {
	if data == nil {
		data = &huma.Schema{}
	}
	return &huma.Schema{
		Type: huma.TypeObject, Required: []string{"code", "msg", "data", "success"}, AdditionalProperties: false,
		Properties: map[string]*huma.Schema{
			"code":    {Type: huma.TypeInteger, Description: wordsCodes},
			"msg":     {Type: huma.TypeString},
			"data":    {AnyOf: []*huma.Schema{data, {Type: "null"}}},
			"success": {Type: huma.TypeBoolean},
		},
	}
}

func schemaOf(r huma.Registry, v any) *huma.Schema {
	if v == nil {
		return nil
	}
	return huma.SchemaFromType(r, reflect.TypeOf(v))
}

// pathParams names what stands in braces.
func pathParams(path string) (params []*huma.Param) {
	for part := range strings.SplitSeq(path, "/") {
		name, ok := strings.CutPrefix(part, "{")
		if !ok {
			continue
		}
		name, _, _ = strings.Cut(name, "}")
		params = append(params, &huma.Param{
			Name: name, In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString},
			Example: pathExamples[name], Description: pathWords[name],
		})
	}
	return params
}

// query describes a parameter of a query. An example is what the page shows
// and the test sends; without one it is left out.
func query(name, kind, text string, example any) *huma.Param {
	return &huma.Param{Name: name, In: "query", Schema: &huma.Schema{Type: kind}, Description: text, Example: example}
}

// tags lists the tags in the order in which they are read.
func tags(doc *huma.OpenAPI) (list []*huma.Tag) {
	used := map[string]bool{}
	eachOperation(doc, func(op *huma.Operation) {
		for _, tag := range op.Tags {
			used[tag] = true
		}
	})
	for _, tag := range tagOrder {
		if used[tag] {
			list = append(list, &huma.Tag{Name: tag})
			delete(used, tag)
		}
	}
	for tag := range used {
		list = append(list, &huma.Tag{Name: tag})
	}
	return list
}

// eachOperation visits every operation of the document's paths.
func eachOperation(doc *huma.OpenAPI, f func(*huma.Operation)) {
	for _, item := range doc.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op != nil {
				f(op)
			}
		}
	}
}

// goodStatus is the status of the answer an operation is asked for.
func goodStatus(op *huma.Operation) int {
	for _, status := range []int{http.StatusOK, http.StatusCreated, http.StatusAccepted, http.StatusNoContent} {
		if op.Responses[strconv.Itoa(status)] != nil {
			return status
		}
	}
	return http.StatusOK
}
