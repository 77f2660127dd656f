package api

import "github.com/danielgtaylor/huma/v2"

// What tests see of the document.
const (
	ExampleToken   = exampleToken
	ExampleUID     = exampleUID
	ExampleSPT     = exampleSPT
	ExampleHandle  = exampleHandle
	ExampleRecord  = exampleRecord
	ExampleRow     = exampleRow
	ExampleProduct = exampleProduct
)

// Document is the document as it is served.
func (a *API) Document() *huma.OpenAPI { return a.v1.OpenAPI() }

// Routes lists what is served under /api, method and path.
func (a *API) Routes() (all []string) {
	for _, rt := range a.routes {
		all = append(all, rt.method+" /api/"+rt.path)
	}
	return append(all, a.v1.Routes()...)
}

// EachOperation visits every operation of the document.
func EachOperation(doc *huma.OpenAPI, f func(*huma.Operation)) { eachOperation(doc, f) }

// GoodStatus is the status of the answer an operation is asked for.
func GoodStatus(op *huma.Operation) int { return goodStatus(op) }

// RequestOf is the example of an operation.
func RequestOf(doc *huma.OpenAPI, op *huma.Operation) example { return exampleOf(doc, op) }

func (e example) Target() string       { return e.target }
func (e example) Headers() [][2]string { return e.headers }
func (e example) Body() string         { return e.body }

// Curl is the command line of the example.
func (e example) Curl(base string) string { return e.curl(base) }
