package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"hongyan/push"
	"hongyan/store"
)

var braces = regexp.MustCompile(`\{[^}]*\}`)

// tenants is a world with a second app, of somebody else, and one without an
// owner any more. The first app has everything there is to name.
type tenants struct {
	*world
	other   string // token of the other tenant
	deleted string // token of a deleted app
	reset   string // a token of the owner's app before the last reset
	record  int64
	message int64
	code    string
	person  int64 // the row of uids[1] in the list of followers
	product int64
}

func newTenants(t testing.TB, db *store.DB) *tenants {
	t.Helper()
	w := &tenants{world: newWorld(t, db)}
	ctx := context.Background()
	create := func(name string) (push.App, string) {
		app, token, err := w.push.CreateApp(ctx, push.NewApp{Name: name})
		if err != nil {
			t.Fatal(err)
		}
		return app, token
	}
	_, w.other = create("别人")
	gone, token := create("已删除")
	w.deleted = token
	exec(t, db, `UPDATE app SET deleted_at = 1 WHERE id = $1`, int64(gone.ID))
	w.reset = w.token
	name := "信天翁"
	var err error
	if w.app, err = w.push.EditApp(ctx, w.app.ID, push.AppEdit{Name: &name}); err != nil {
		t.Fatal(err)
	}
	renamed, err := w.push.RenameTopic(ctx, w.app.ID, w.topic.ID, "海鸥")
	if err != nil {
		t.Fatal(err)
	}
	w.topic = renamed.Topic
	if w.token, err = w.push.ResetToken(ctx, w.app.ID); err != nil {
		t.Fatal(err)
	}
	items := w.ask(t, "POST", "/api/send/message", "", fmt.Sprintf(`{"appToken":%q,"content":"只给小明看","uids":[%q]}`, w.token, w.uids[0])).items(t)
	w.record, w.message = items[0].RecordID, items[0].ContentID
	var made struct{ Code string }
	a := w.ask(t, "POST", "/api/fun/create/qrcode", "", fmt.Sprintf(`{"appToken":%q,"extra":"门店 7"}`, w.token))
	if err := json.Unmarshal(a.Data, &made); err != nil {
		t.Fatal(err)
	}
	w.code = made.Code
	people, _, err := w.push.People(ctx, w.token, push.PeopleQuery{UID: w.uids[1]})
	if err != nil || len(people) == 0 {
		t.Fatal(people, err)
	}
	w.person, w.product = people[0].ID, 12
	if err := w.push.BindProduct(ctx, push.ProductID(w.product), []push.Resource{{Kind: push.OfApp, Target: int64(w.app.ID)}}); err != nil {
		t.Fatal(err)
	}
	return w
}

func exec(t testing.TB, db *store.DB, query string, args ...any) {
	t.Helper()
	err := db.Update(context.Background(), func(tx *store.Tx) error {
		_, err := tx.Exec(query, args...)
		return err
	})
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// names are what the samples of the document stand for.
type names struct {
	token, uid, spt, code  string
	topic, record, message int64
	person, product        int64
}

// nobody is named where something must not be found.
var nobody = names{uid: "UID_00000000000000000000000000000000", spt: "SPT_00000000000000000000000000000000", code: "none", topic: 4242, record: 7, message: 7, person: 1 << 40, product: 4242}

func (w *tenants) owner() names {
	return names{w.token, string(w.uids[1]), string(w.spt), w.code, int64(w.topic.ID), w.record, w.message, w.person, w.product}
}

// replace puts real names in the place of samples, in a body or an address.
func (n names) replace(s string) string {
	return strings.NewReplacer(
		"AT_0123456789ABCDEFGHIJKLMNOPQRSTUV", n.token, "UID_0123456789ABCDEFGHIJKLMNOPQRSTUV", n.uid,
		"SPT_0123456789ABCDEFGHIJKLMNOPQRSTUV", n.spt, "0123456789abcdefghijklmnop", n.code,
		"4503599627370001", strconv.FormatInt(n.record, 10), "4503599627370002", strconv.FormatInt(n.message, 10),
		"4503599627370003", strconv.FormatInt(n.person, 10), "4503599627370004", strconv.FormatInt(n.product, 10),
	).Replace(s)
}

// exampleNames are the examples of the call; one of /api/v1 has one, without a
// name.
func (c *described) exampleNames() []string {
	set := map[string]bool{}
	for _, m := range c.medias() {
		if strings.Contains(m.at, fmt.Sprintf("/responses/%d/", c.goodStatus())) {
			for name := range m.examples() {
				set[name] = true
			}
		}
	}
	params, _ := c.op["parameters"].([]any)
	for _, p := range params {
		for name := range object(object(p)["examples"]) {
			set[name] = true
		}
	}
	if len(set) == 0 {
		return []string{""}
	}
	return slices.Sorted(maps.Keys(set))
}

func (c *described) goodStatus() int {
	for _, status := range slices.Sorted(maps.Keys(object(c.op["responses"]))) {
		n, _ := strconv.Atoi(status)
		return n
	}
	return 0
}

// target is the address of the call with an example's parameters.
func (w *tenants) target(c *described, example string, n names) string {
	path, query := c.path, url.Values{}
	params, _ := c.op["parameters"].([]any)
	for _, one := range params {
		p := object(one)
		value, given := p["example"]
		if all := object(p["examples"]); all != nil {
			var e any
			if e, given = all[example]; given {
				value = object(e)["value"]
			}
		}
		name := p["name"].(string)
		text := n.replace(fmt.Sprint(value))
		if fill := matrix[c.id].params[name]; fill != nil {
			text, given = fill(n), true
		}
		switch {
		case p["in"] == "path" && name == "topic":
			path = strings.Replace(path, "{topic}", strconv.FormatInt(n.topic, 10), 1)
		case p["in"] == "path":
			path = strings.Replace(path, "{"+name+"}", url.PathEscape(text), 1)
		case p["in"] == "query" && given:
			query.Set(name, text)
		}
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return path
}

// bodyOf is the body of an example; empty if the call has none.
func (w *tenants) bodyOf(c *described, example string, n names) string {
	for _, m := range c.medias() {
		if !strings.HasPrefix(m.at, c.at+"/requestBody") {
			continue
		}
		if e, has := m.examples()[example]; has {
			text, _ := json.Marshal(e)
			return n.replace(string(text))
		}
	}
	return ""
}

func (w *tenants) call(t testing.TB, c *described, example string, n names, token string) *httptest.ResponseRecorder {
	t.Helper()
	return w.send(c.method, w.target(c, example, n), w.bodyOf(c, example, n), token)
}

func (w *tenants) send(method, target, body, token string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, r)
	return rec
}

// prepare brings back what an earlier call took away.
func (w *tenants) prepare(t testing.TB, c *described) {
	t.Helper()
	exec(t, w.db, `UPDATE topic SET deleted_at = 0 WHERE id = $1`, int64(w.topic.ID))
	exec(t, w.db, `UPDATE subscription SET rejected = 0, active = 1`)
	if before := matrix[c.id].prepare; before != nil {
		before(t, w)
	}
}
