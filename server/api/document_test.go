package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"hongyan/push"
	"hongyan/server/api"
	"hongyan/store"
	"hongyan/store/storetest"
)

// TestDocument_TellsOfEveryRouteAndNoOther: what the routes table and the
// operations of /api/v1 have, the document has, and the other way round.
func TestDocument_TellsOfEveryRouteAndNoOther(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	var routes, told []string
	braces := regexp.MustCompile(`\{[^}]*\}`)
	for _, route := range w.Routes() {
		routes = append(routes, braces.ReplaceAllString(route, "{}"))
	}
	api.EachOperation(w.Document(), func(op *huma.Operation) {
		told = append(told, op.Method+" "+braces.ReplaceAllString(op.Path, "{}"))
	})
	slices.Sort(routes)
	slices.Sort(told)
	if strings.Join(routes, "\n") != strings.Join(told, "\n") {
		t.Errorf("served:\n%s\n\nin the document:\n%s", strings.Join(routes, "\n"), strings.Join(told, "\n"))
	}
}

// TestDocument_EveryExampleRuns sends each example of the document, with the
// values of a real world in place of those that are nobody's, and wants the
// answer that the document describes.
func TestDocument_EveryExampleRuns(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		base := newWorld(t, db)
		doc := base.Document()
		ran := 0
		api.EachOperation(doc, func(op *huma.Operation) {
			t.Run(op.OperationID, func(t *testing.T) {
				ran++
				e := api.RequestOf(doc, op)
				values := base.prepare(t)
				target, body := values.Replace(e.Target()), values.Replace(e.Body())
				r := httptest.NewRequest(op.Method, "/", strings.NewReader(body))
				r.RequestURI, r.URL.Path = target, target
				if path, query, ok := strings.Cut(target, "?"); ok {
					r.URL.Path, r.URL.RawQuery = path, query
				}
				for _, h := range e.Headers() {
					r.Header.Set(h[0], values.Replace(h[1]))
				}
				rec := httptest.NewRecorder()
				base.ServeHTTP(rec, r)
				wantDescribed(t, doc, op, rec)
			})
		})
		if ran < 9 {
			t.Errorf("only %d examples", ran)
		}
	})
}

// prepare makes what the examples speak of, and returns how its values are
// called there. Each example has an app of its own, since some delete things.
func (w *world) prepare(t *testing.T) *strings.Replacer {
	t.Helper()
	app, token, err := w.push.CreateApp(t.Context(), push.NewApp{Name: "构建通知"})
	if err != nil {
		t.Fatal(err)
	}
	topic, err := w.push.CreateTopic(t.Context(), app.ID, "发布通知")
	if err != nil {
		t.Fatal(err)
	}
	uid, spt := w.newFollower(t, app.ID, topic.ID)
	scene, err := w.push.NewScene(t.Context(), token, push.NewScene{Extra: "订单 7"})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.push.SceneLink(t.Context(), scene.Handle, "http://weixin.qq.com/q/x"); err != nil {
		t.Fatal(err)
	}
	w.scan(t, scene.Handle)
	receipts, err := w.push.Send(t.Context(), token, push.Draft{Content: "磁盘将满", Kind: 1, UIDs: []push.UID{uid}})
	if err != nil || receipts[0].Failed {
		t.Fatal(receipts, err)
	}
	if err := w.push.BindProduct(t.Context(), push.ProductID(app.ID), []push.Resource{{Kind: push.OfApp, Target: int64(app.ID)}}); err != nil {
		t.Fatal(err)
	}
	people, _, err := w.push.People(t.Context(), token, push.PeopleQuery{UID: uid})
	if err != nil || len(people) == 0 {
		t.Fatal(people, err)
	}
	return strings.NewReplacer(
		api.ExampleToken, token, api.ExampleUID, string(uid), api.ExampleSPT, string(spt), api.ExampleHandle, scene.Handle,
		fmt.Sprint(api.ExampleRecord), fmt.Sprint(receipts[0].Record),
		fmt.Sprint("=", api.ExampleRow), fmt.Sprint("=", people[0].ID), fmt.Sprint("=", api.ExampleProduct), fmt.Sprint("=", app.ID),
		"/topics/1", fmt.Sprintf("/topics/%d", topic.ID),
	)
}

// wantDescribed fails the test unless the answer is one of success as the
// document describes it.
func wantDescribed(t *testing.T, doc *huma.OpenAPI, op *huma.Operation, rec *httptest.ResponseRecorder) {
	t.Helper()
	status := api.GoodStatus(op)
	if rec.Code != status {
		t.Fatalf("HTTP %d, want %d: %s", rec.Code, status, rec.Body)
	}
	media := op.Responses[fmt.Sprint(status)].Content["application/json"]
	if media == nil {
		return
	}
	var body any
	if err := json.Unmarshal(rec.Body.Bytes(), &body); err != nil {
		t.Fatalf("answer is not JSON: %s", rec.Body)
	}
	if envelope, ok := body.(map[string]any); ok && envelope["success"] != nil && envelope["success"] != true {
		t.Fatalf("refused: %s", rec.Body)
	}
	result := &huma.ValidateResult{}
	huma.Validate(doc.Components.Schemas, media.Schema, huma.NewPathBuffer(nil, 0), huma.ModeReadFromServer, body, result)
	for _, err := range result.Errors {
		t.Errorf("the answer is not as described: %v in %s", err, rec.Body)
	}
}

// TestDocument_CurlLinesAreOneCommandEach lets a shell take the lines apart.
func TestDocument_CurlLinesAreOneCommandEach(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	doc := w.Document()
	api.EachOperation(doc, func(op *huma.Operation) {
		line := api.RequestOf(doc, op).Curl("http://push.test")
		out, err := exec.Command("sh", "-c", "set -- "+line+`; printf '%s\n' "$1" "$#"`).CombinedOutput()
		if err != nil || !bytes.HasPrefix(out, []byte("curl\n")) {
			t.Errorf("%s: %v\n%s", line, err, out)
		}
	})
}

func TestDocs_AreServed(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	for path, want := range map[string]string{
		"/docs/": "<main", "/docs/openapi.yaml": "openapi: 3.1.0", "/docs/openapi.json": `"openapi":"3.1.0"`,
	} {
		rec := httptest.NewRecorder()
		w.Docs().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, path, nil))
		if rec.Code != 200 || !strings.Contains(rec.Body.String(), want) {
			t.Errorf("%s: HTTP %d, %.300s", path, rec.Code, rec.Body)
		}
		if most := 200_000; rec.Body.Len() > most {
			t.Errorf("%s has %d bytes, want at most %d", path, rec.Body.Len(), most)
		}
	}
}
