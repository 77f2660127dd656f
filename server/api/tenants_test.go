package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"hongyan/push"
	"hongyan/push/content"
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

	callback string // of the owner's app, once failCallback made it
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
	items := w.ask(t, "POST", "/api/send/message", "", fmt.Sprintf(`{"appToken":%q,"content":"只给小明看：磁盘将满","uids":[%q,%q],"topicIds":[%d]}`, w.token, w.uids[0], w.uids[1], w.topic.ID)).items(t)
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
	exec(t, w.db, `INSERT INTO product_resource (product_id, kind, target) VALUES ($1, 0, $2)`, int64(w.product), int64(w.app.ID))
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
	callback, scheduled    string
	topic, record, message int64
	person, product        int64
}

// sampleScheduled is the key of the scheduled send in the samples.
const sampleScheduled = "会议提醒-42"

// nobody is named where something must not be found.
var nobody = names{uid: "UID_00000000000000000000000000000000", spt: "SPT_00000000000000000000000000000000", code: "none", callback: "msg_none", scheduled: "none", topic: 4242, record: 7, message: 7, person: 1 << 40, product: 4242}

func (w *tenants) owner() names {
	return names{
		token: w.token, uid: string(w.uids[1]), spt: string(w.spt), code: w.code, callback: w.callback, scheduled: sampleScheduled,
		topic: int64(w.topic.ID), record: w.record, message: w.message, person: w.person, product: w.product,
	}
}

// replace puts real names in the place of samples, in a body or an address.
func (n names) replace(s string) string {
	return strings.NewReplacer(
		"AT_0123456789ABCDEFGHIJKLMNOPQRSTUV", n.token, "UID_0123456789ABCDEFGHIJKLMNOPQRSTUV", n.uid,
		"SPT_0123456789ABCDEFGHIJKLMNOPQRSTUV", n.spt,
		"msg_0123456789abcdefghijklmnop", n.callback, "0123456789abcdefghijklmnop", n.code, sampleScheduled, n.scheduled,
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

// goodExample is the first example that the document answers with success.
func (c *described) goodExample() (name string, succeeds bool) {
	for _, name := range c.exampleNames() {
		for _, m := range c.medias() {
			if !strings.Contains(m.at, fmt.Sprintf("/responses/%d/", c.goodStatus())) {
				continue
			}
			if object(m.examples()[name])["success"] == true {
				return name, true
			}
		}
	}
	return c.exampleNames()[0], false
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
		list, repeated := value.([]any)
		switch {
		case repeated:
			for _, one := range list {
				query.Add(name, n.replace(fmt.Sprint(one)))
			}
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

// kind is the media type of the call's body.
func (c *described) kind() string {
	for kind := range object(object(c.op["requestBody"])["content"]) {
		return kind
	}
	return ""
}

// bodyOf is the body of an example; empty if the call has none.
func (w *tenants) bodyOf(c *described, example string, n names) string {
	for _, m := range c.medias() {
		if !strings.HasPrefix(m.at, c.at+"/requestBody") {
			continue
		}
		if e, has := m.examples()[example]; has {
			if text, plain := e.(string); plain {
				return n.replace(text)
			}
			text, _ := json.Marshal(e)
			return n.replace(string(text))
		}
	}
	return ""
}

// call makes the call of an example. The document knows whatever is answered.
func (w *tenants) call(t testing.TB, c *described, example string, n names, token string) *httptest.ResponseRecorder {
	t.Helper()
	r := request(c.method, w.target(c, example, n), c.kind(), w.bodyOf(c, example, n), token)
	params, _ := c.op["parameters"].([]any)
	for _, one := range params {
		if p := object(one); p["in"] == "header" {
			r.Header.Set(p["name"].(string), fmt.Sprint(p["example"])+" "+c.id) // a key is used for one body
		}
	}
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, r)
	if object(c.op["responses"])[strconv.Itoa(rec.Code)] == nil {
		t.Errorf("%s answers %d, which the document does not know: %s", c.id, rec.Code, rec.Body)
	}
	return rec
}

func (w *tenants) send(method, target, body, token string) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, request(method, target, "application/json", body, token))
	return rec
}

func request(method, target, kind, body, token string) *http.Request {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", kind)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return r
}

// prepare brings back what an earlier call took away.
func (w *tenants) prepare(t testing.TB, c *described) {
	t.Helper()
	for _, reset := range []string{
		`UPDATE topic SET deleted_at = 0`,
		`UPDATE subscription SET rejected = 0, active = 1`,
		`UPDATE message SET deleted_at = 0, cancelled_at = 0`,
		`UPDATE delivery SET state = 0, done_at = 0, reason = ''`,
		`UPDATE record SET confirmed = 0, failed = 0`,
		`DELETE FROM scheduled`,
		`DELETE FROM listener`,
		`DELETE FROM endpoint WHERE url = ''`,
		`UPDATE callback SET lane = 0`,
		`UPDATE endpoint SET listening = 0`,
	} {
		exec(t, w.db, reset)
	}
	if before := matrix[c.id].prepare; before != nil {
		before(w, t)
	}
}

// fail lets uids[1]'s card of the owner's message fail.
func (w *tenants) fail(t testing.TB) {
	t.Helper()
	exec(t, w.db, `UPDATE delivery SET state = 4, attempts = 1, done_at = 2, reason = '43004'
		WHERE user_id = (SELECT id FROM users WHERE uid = $1)`, string(w.uids[1]))
	exec(t, w.db, `UPDATE record SET failed = 1 WHERE user_id = (SELECT id FROM users WHERE uid = $1)`, string(w.uids[1]))
}

// listen has somebody listen to the owner's app, for whom a callback is due.
func (w *tenants) listen(t testing.TB) {
	t.Helper()
	w.failCallback(t)
	if _, err := w.push.Listen(context.Background(), w.app.ID, "laptop-1", true); err != nil {
		t.Fatal(err)
	}
	if _, err := w.push.ReplayCallback(context.Background(), w.app.ID, w.callback); err != nil {
		t.Fatal(err)
	}
}

// schedule lets a send of the owner wait for tomorrow.
func (w *tenants) schedule(t testing.TB) {
	t.Helper()
	_, _, err := w.push.Schedule(context.Background(), w.app.ID, sampleScheduled, w.db.Now().AddDate(0, 0, 1),
		push.Draft{Content: "十点开会", Kind: content.Text, UIDs: w.uids[:1]})
	if err != nil {
		t.Fatal(err)
	}
}

// failCallback lets the owner's server miss a callback about uids[1]. It makes
// it once, with one more follower.
func (w *tenants) failCallback(t testing.TB) {
	t.Helper()
	if _, err := w.push.SetEndpoint(context.Background(), w.app.ID, "https://dev.example.org/callback?key=k"); err != nil {
		t.Fatal(err)
	}
	if w.callback == "" {
		w.follow(t, "o_callback")
		exec(t, w.db, `INSERT INTO callback_attempt (callback_id, attempt, at, url, request, status, answer, latency_ms, failure)
			SELECT id, 8, 1, 'https://dev.example.org/callback?key=k', 'webhook-id: ' || webhook_id, 502, 'Bad Gateway', 12, '502' FROM callback`)
		err := w.db.View(context.Background(), func(tx *store.Tx) error {
			return tx.QueryRow(`SELECT webhook_id FROM callback`).Scan(&w.callback)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	exec(t, w.db, `UPDATE callback SET state = 4, attempts = 8, done_at = 2, replayed_at = 0, reason = '502',
		user_id = (SELECT id FROM users WHERE uid = $1)`, string(w.uids[1]))
}
