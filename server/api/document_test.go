package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"hongyan/server/api"
	"hongyan/store"
	"hongyan/store/storetest"
)

// document is the OpenAPI document as a program reads it.
type document struct {
	raw     any
	schemas *jsonschema.Compiler
	calls   []*described
}

// described is one operation.
type described struct {
	id, method, path string
	op               map[string]any
	at               string // JSON pointer of the operation
}

func readDocument(t testing.TB, a *api.API) *document {
	t.Helper()
	text, err := a.Document().MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	d := &document{raw: raw, schemas: jsonschema.NewCompiler()}
	d.schemas.DefaultDraft(jsonschema.Draft2020)
	if err := d.schemas.AddResource("doc.json", raw); err != nil {
		t.Fatal(err)
	}
	paths := object(object(raw)["paths"])
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		for method, op := range object(paths[path]) {
			o := object(op)
			d.calls = append(d.calls, &described{
				id: o["operationId"].(string), method: strings.ToUpper(method), path: path, op: o,
				at: "/paths/" + escape(path) + "/" + method,
			})
		}
	}
	slices.SortFunc(d.calls, func(a, b *described) int { return strings.Compare(a.id, b.id) })
	return d
}

func object(v any) map[string]any { o, _ := v.(map[string]any); return o }

// escape writes a key in a JSON pointer that stands behind #.
func escape(s string) string {
	return url.PathEscape(strings.NewReplacer("~", "~0", "/", "~1").Replace(s))
}

// check validates a value against the schema at a JSON pointer.
func (d *document) check(t testing.TB, pointer string, value any) {
	t.Helper()
	schema, err := d.schemas.Compile("doc.json#" + pointer)
	if err != nil {
		t.Errorf("the schema at %s is none: %v", pointer, err)
		return
	}
	if err := schema.Validate(value); err != nil {
		t.Errorf("%v does not fit: %v", value, err)
	}
}

// media is a body the document describes, by its pointer.
type media struct {
	at string
	m  map[string]any
}

func (c *described) medias() (all []media) {
	add := func(at string, content any) {
		for kind, m := range object(content) {
			if object(m)["schema"] != nil {
				all = append(all, media{at + "/content/" + escape(kind), object(m)})
			}
		}
	}
	if body := object(c.op["requestBody"]); body != nil {
		add(c.at+"/requestBody", body["content"])
	}
	for status, r := range object(c.op["responses"]) {
		add(c.at+"/responses/"+status, object(r)["content"])
	}
	return all
}

func (m media) examples() map[string]any {
	all := map[string]any{}
	if one, has := m.m["example"]; has {
		all[""] = one
	}
	for name, e := range object(m.m["examples"]) {
		all[name] = object(e)["value"]
	}
	return all
}

// TestDocument_IsOpenAPI31 checks the structure that tools rely on, that every
// schema compiles as JSON Schema 2020-12, and that every example fits its own.
func TestDocument_IsOpenAPI31(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	d := readDocument(t, w.API)
	top := object(d.raw)
	if v, _ := top["openapi"].(string); !strings.HasPrefix(v, "3.1.") {
		t.Errorf("openapi is %q", v)
	}
	for _, key := range []string{"title", "version", "description"} {
		if object(top["info"])[key] == nil {
			t.Errorf("info has no %s", key)
		}
	}
	for name := range object(object(top["components"])["schemas"]) {
		if _, err := d.schemas.Compile("doc.json#/components/schemas/" + escape(name)); err != nil {
			t.Errorf("schema %s: %v", name, err)
		}
	}
	all := slices.Clone(d.calls)
	for action, item := range object(top["webhooks"]) {
		all = append(all, &described{id: action, path: action, op: object(object(item)["post"]), at: "/webhooks/" + action + "/post"})
	}
	seen := map[string]bool{}
	for _, c := range all {
		t.Run(c.id, func(t *testing.T) {
			if seen[c.id] {
				t.Error("two operations have this id")
			}
			seen[c.id] = true
			if c.op["summary"] == nil || c.op["tags"] == nil || len(object(c.op["responses"])) == 0 {
				t.Error("no summary, no tag or no answers")
			}
			inPath := map[string]bool{}
			params, _ := c.op["parameters"].([]any)
			for _, p := range params {
				if object(p)["in"] == "path" {
					inPath["{"+object(p)["name"].(string)+"}"] = true
				}
			}
			for _, part := range strings.Split(c.path, "/") {
				if strings.HasPrefix(part, "{") && !inPath[part] {
					t.Errorf("%s is no parameter", part)
				}
				delete(inPath, part)
			}
			if len(inPath) > 0 {
				t.Errorf("parameters %v are not in the path", inPath)
			}
			for _, m := range c.medias() {
				examples := m.examples()
				if len(examples) == 0 {
					t.Errorf("%s has no example: give every field an example tag", m.at)
				}
				for _, e := range examples {
					d.check(t, m.at+"/schema", e)
				}
			}
		})
	}
}

// TestDocument_HoldsEveryRouteAndNoOther, in both directions.
func TestDocument_HoldsEveryRouteAndNoOther(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	var got []string
	for _, c := range readDocument(t, w.API).calls {
		if !strings.HasPrefix(c.path, "/api/v1/") {
			got = append(got, c.method+" "+braces.ReplaceAllString(c.path, "{}"))
		}
	}
	want := w.Routes()
	for i := range want {
		want[i] = braces.ReplaceAllString(want[i], "{}")
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("document has\n%s\nroutes are\n%s\ndescribe a route in document_route.go", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if left := w.Undescribed(); len(left) > 0 {
		t.Errorf("described, but no routes: %q", left)
	}
	// What huma serves and what it documents come from one registration, so an
	// operation outside of the document can only be one that hides itself.
	for _, c := range readDocument(t, w.API).calls {
		r := httptest.NewRequest(c.method, braces.ReplaceAllString(c.path, "1"), nil)
		rec := httptest.NewRecorder()
		w.ServeHTTP(rec, r)
		if strings.Contains(rec.Body.String(), "没有这个接口") {
			t.Errorf("%s %s is documented and not served", c.method, c.path)
		}
	}
}

// TestDocument_EveryExampleWorks calls each operation as its examples do, on
// both engines: the answer has the status and the shape the document says, and
// the same code and text where the contract has them.
func TestDocument_EveryExampleWorks(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newTenants(t, db)
		d := readDocument(t, w.API)
		for _, c := range d.calls {
			t.Run(c.id, func(t *testing.T) {
				for _, name := range c.exampleNames() {
					w.prepare(t, c)
					rec := w.call(t, c, name, w.owner(), w.token)
					status := c.goodStatus()
					if rec.Code != status {
						t.Fatalf("%q answered %d %s, want %d", name, rec.Code, rec.Body, status)
					}
					w.checkAnswer(t, d, c, name, rec)
				}
			})
		}
	})
}

func (w *tenants) checkAnswer(t *testing.T, d *document, c *described, name string, rec *httptest.ResponseRecorder) {
	t.Helper()
	for _, m := range c.medias() {
		if !strings.HasPrefix(m.at, fmt.Sprintf("%s/responses/%d/", c.at, rec.Code)) {
			continue
		}
		got, err := jsonschema.UnmarshalJSON(rec.Body)
		if err != nil {
			t.Fatal(err)
		}
		d.check(t, m.at+"/schema", got)
		if items, is := object(got)["items"].([]any); is && len(items) == 0 {
			t.Errorf("%q lists nothing: an example finds what there is", name)
		}
		if want := object(m.examples()[name]); want["code"] != nil {
			if object(got)["code"] != want["code"] || object(got)["msg"] != want["msg"] {
				t.Errorf("%q answered %v, documented is %v", name, got, want)
			}
		}
	}
}

// TestDocument_EveryErrorIsAnsweredAsDocumented: an operation of /api/v1 that
// says it answers 401, 404, 400, 413 or 422 does.
func TestDocument_EveryErrorIsAnsweredAsDocumented(t *testing.T) {
	w := newTenants(t, storetest.SQLite(t))
	d := readDocument(t, w.API)
	for _, c := range d.calls {
		if !strings.HasPrefix(c.path, "/api/v1/") {
			continue
		}
		t.Run(c.id, func(t *testing.T) {
			w.prepare(t, c)
			for status := range object(c.op["responses"]) {
				var rec *httptest.ResponseRecorder
				target, body := w.target(c, "", w.owner()), w.bodyOf(c, "", w.owner())
				send := func(target, body string) *httptest.ResponseRecorder {
					rec := httptest.NewRecorder()
					w.ServeHTTP(rec, request(c.method, target, c.kind(), body, w.token))
					return rec
				}
				switch status {
				case "401":
					rec = w.call(t, c, "", w.owner(), "AT_wrong")
				case "404": // the other tenant has no endpoint either
					rec = w.call(t, c, "", nobody, w.other)
				case "400":
					if c.kind() != "application/json" { // any other text is taken, but none is not
						body = ""
					}
					rec = send(target, body[:len(body)/2])
				case "413":
					rec = send(target, `{"a":"`+strings.Repeat("a", 1<<20)+`"}`)
				case "422":
					if c.kind() == "application/json" {
						rec = send(target, `{"nope":1}`)
					} else {
						rec = send(target+map[bool]string{true: "&", false: "?"}[strings.Contains(target, "?")]+"nope=1", body)
					}
				default:
					continue
				}
				if fmt.Sprint(rec.Code) != status {
					t.Errorf("answered %d %s, want %s", rec.Code, rec.Body, status)
					continue
				}
				if status == "401" && rec.Header().Get("WWW-Authenticate") == "" {
					t.Error("401 without WWW-Authenticate")
				}
				var problem struct{ Detail string }
				if json.Unmarshal(rec.Body.Bytes(), &problem) != nil || !strings.ContainsAny(problem.Detail, "的没请应不") {
					t.Errorf("%s says %q", status, problem.Detail)
				}
				d.check(t, c.at+"/responses/"+status+"/content/application~1problem+json/schema", jsonValue(t, rec.Body.Bytes()))
			}
		})
	}
}

func jsonValue(t testing.TB, text []byte) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestDocument_CallbacksAreAsTheyAreSent: a real body fits its webhook.
func TestDocument_CallbacksAreAsTheyAreSent(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	if _, err := w.push.SetEndpoint(t.Context(), w.app.ID, "https://dev.example/callback"); err != nil {
		t.Fatal(err)
	}
	w.follow(t, "o_gang")
	var body string
	err := w.db.View(t.Context(), func(tx *store.Tx) error { return tx.QueryRow(`SELECT body FROM callback`).Scan(&body) })
	if err != nil {
		t.Fatal(err)
	}
	readDocument(t, w.API).check(t, "/webhooks/app_subscribe/post/requestBody/content/application~1json/schema", jsonValue(t, []byte(body)))
}

// TestDocs_ServesTheDocument as YAML, as JSON and as a page.
func TestDocs_ServesTheDocument(t *testing.T) {
	docs := newWorld(t, storetest.SQLite(t)).Docs()
	for path, want := range map[string]struct {
		status     int
		kind, says string
	}{
		"/docs":              {http.StatusMovedPermanently, "", ""},
		"/docs/":             {http.StatusOK, "text/html; charset=utf-8", "curl -X POST"},
		"/docs/openapi.yaml": {http.StatusOK, "application/yaml", "openapi: 3.1"},
		"/docs/openapi.json": {http.StatusOK, "application/json", `"openapi":"3.1`},
		"/docs/nothing":      {http.StatusNotFound, "", ""},
	} {
		rec := httptest.NewRecorder()
		docs.ServeHTTP(rec, httptest.NewRequest("GET", path, nil))
		if rec.Code != want.status || !strings.Contains(rec.Body.String(), want.says) {
			t.Errorf("%s answered %d %.80s", path, rec.Code, rec.Body)
		}
		if want.kind != "" && rec.Header().Get("Content-Type") != want.kind {
			t.Errorf("%s is %q, want %q", path, rec.Header().Get("Content-Type"), want.kind)
		}
	}
}

// TestDocument_SharesNoSchemaWithTheServing ones: it is completed at a visit's
// time, while requests are checked by theirs, and a map bears no writer beside
// readers.
func TestDocument_SharesNoSchemaWithTheServing(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	first, second := w.Document(), w.Document()
	if first.Components.Schemas == second.Components.Schemas {
		t.Error("two documents write into the same schemas, which are then those of the operations that serve")
	}
	if got, want := jsonOf(t, second), jsonOf(t, first); !bytes.Equal(got, want) {
		t.Errorf("the second document differs: %d bytes, want %d", len(got), len(want))
	}
}

func jsonOf(t *testing.T, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
