package api

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"sort"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"hongyan/server/ui"
)

//go:embed pages
var pages embed.FS

// docs serves the document, as a page for people and as files for programs.
// All of it is made once.
type docs struct {
	page, yaml, json, style []byte
	stylePath               string
}

// DocsPath is where the documentation stands.
const DocsPath = "/docs/"

func newDocs(doc *huma.OpenAPI) (*docs, error) {
	t, err := ui.Parse(pages, "pages/*.html")
	if err != nil {
		return nil, fmt.Errorf("open the documentation page: %w", err)
	}
	own, err := pages.ReadFile("pages/docs.css")
	if err != nil {
		return nil, err
	}
	d := &docs{style: append([]byte(ui.Style()), own...)}
	sum := sha256.Sum256(d.style)
	d.stylePath = DocsPath + "style." + hex.EncodeToString(sum[:6]) + ".css"
	if d.yaml, err = doc.YAML(); err != nil {
		return nil, fmt.Errorf("write the document: %w", err)
	}
	if d.json, err = json.Marshal(doc); err != nil {
		return nil, fmt.Errorf("write the document: %w", err)
	}
	var b bytes.Buffer
	err = t.Write(&b, "docs", ui.View{Title: doc.Info.Title, Class: "docs", Stylesheet: d.stylePath, Data: shown(doc)})
	d.page = b.Bytes()
	return d, err
}

// ServeHTTP answers what is asked for below DocsPath.
func (d *docs) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "public, max-age=300")
	var body []byte
	switch r.URL.Path {
	case DocsPath:
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("Content-Type", "text/html; charset=utf-8")
		body = d.page
	case DocsPath + "openapi.yaml":
		h.Set("Content-Type", "application/yaml; charset=utf-8")
		h.Set("Access-Control-Allow-Origin", "*")
		body = d.yaml
	case DocsPath + "openapi.json":
		h.Set("Content-Type", "application/json")
		h.Set("Access-Control-Allow-Origin", "*")
		body = d.json
	case d.stylePath:
		h.Set("Content-Type", "text/css; charset=utf-8")
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		body = d.style
	default:
		http.NotFound(w, r)
		return
	}
	_, _ = w.Write(body)
}

// chapter is the operations of one tag, as the page shows them.
type chapter struct {
	Name       string
	Operations []shownOperation
}

type shownOperation struct {
	ID, Method, Path, Summary, Text string
	Deprecated                      bool
	Params                          []field
	Body                            []field
	Curl                            string
	Answer                          string // of success, indented
	Fields                          []field
	Others                          []string // further statuses
}

type shownDoc struct {
	Title     string
	About     []string
	Base      string
	Chapters  []chapter
	Callbacks []shownOperation
}

func shown(doc *huma.OpenAPI) shownDoc {
	view := shownDoc{Title: doc.Info.Title, About: strings.Split(doc.Info.Description, "\n\n"), Base: doc.Servers[0].URL}
	byTag := map[string][]shownOperation{}
	eachOperation(doc, func(op *huma.Operation) {
		byTag[op.Tags[0]] = append(byTag[op.Tags[0]], show(doc, op, view.Base))
	})
	for _, tag := range doc.Tags {
		view.Chapters = append(view.Chapters, chapter{tag.Name, inOrder(byTag[tag.Name])})
	}
	for _, item := range doc.Webhooks {
		op := show(doc, item.Post, "")
		op.Curl = indented(item.Post.RequestBody.Content["application/json"].Example)
		view.Callbacks = append(view.Callbacks, op)
	}
	view.Callbacks = inOrder(view.Callbacks)
	return view
}

func inOrder(ops []shownOperation) []shownOperation {
	rank := map[string]int{"GET": 1, "POST": 0, "PUT": 2, "PATCH": 3, "DELETE": 4}
	sort.Slice(ops, func(i, j int) bool {
		if ops[i].Deprecated != ops[j].Deprecated {
			return ops[j].Deprecated
		}
		if ops[i].Path != ops[j].Path {
			return ops[i].Path < ops[j].Path
		}
		return rank[ops[i].Method] < rank[ops[j].Method]
	})
	return ops
}

func show(doc *huma.OpenAPI, op *huma.Operation, base string) shownOperation {
	r := doc.Components.Schemas
	s := shownOperation{
		ID: op.OperationID, Method: op.Method, Path: op.Path, Summary: op.Summary, Text: op.Description,
		Deprecated: op.Deprecated, Curl: exampleOf(doc, op).curl(base),
	}
	for _, p := range op.Parameters {
		s.Params = append(s.Params, field{p.Name, kindOf(r, p.Schema), p.Description, p.Required})
	}
	if op.RequestBody != nil {
		for _, media := range op.RequestBody.Content {
			s.Body = fieldsOf(r, media.Schema, "", 0)
		}
	}
	good := fmt.Sprint(goodStatus(op))
	if answer := op.Responses[good]; answer != nil {
		if media := answer.Content["application/json"]; media != nil {
			value := media.Example
			if value == nil {
				value = valueOf(r, media.Schema)
			}
			s.Answer, s.Fields = indented(value), dataFields(fieldsOf(r, media.Schema, "", 0))
		}
	}
	for status := range op.Responses {
		if status != good && status != "default" {
			s.Others = append(s.Others, status)
		}
	}
	sort.Strings(s.Others)
	return s
}

// dataFields leaves out what the envelope of every answer has.
func dataFields(fields []field) (kept []field) {
	for _, f := range fields {
		switch f.Name {
		case "code", "msg", "success", "data":
		default:
			kept = append(kept, f)
		}
	}
	return kept
}

func indented(v any) string {
	var b bytes.Buffer
	if json.Indent(&b, []byte(compact(v)), "", "  ") != nil {
		return ""
	}
	return b.String()
}
