package api_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"hongyan/store"
	"hongyan/store/storetest"
)

// entry says how an operation is called in the matrix. Samples of the document
// are replaced by real ones; prepare brings about what the call names.
type entry struct {
	// open operations know their caller by something else than a token: an id
	// that cannot be guessed. Whoever has it may do this.
	open    bool
	prepare func(*tenants, testing.TB)
}

// matrix has an entry for every operation of the document.
var matrix = map[string]entry{
	"send":                {},
	"send-by-query":       {},
	"simple-push":         {open: true},
	"simple-push-by-path": {open: true},
	"status":              {open: true},
	"status-by-message":   {open: true},
	"create-qrcode":       {},
	"delete-message":      {},
	"list-users":          {},
	"list-users-v2":       {},
	"remove-user":         {},
	"reject-user":         {},
	"pay-end-time":        {open: true},
	"last-scanner":        {open: true},
	"qrcode-image":        {open: true},

	"list-messages":         {prepare: (*tenants).fail},
	"get-message":           {prepare: (*tenants).fail},
	"list-recipients":       {prepare: (*tenants).fail},
	"send-message":          {},
	"cancel-message":        {},
	"webhook-alertmanager":  {},
	"webhook-text":          {},
	"put-scheduled":         {prepare: (*tenants).schedule},
	"list-scheduled":        {prepare: (*tenants).schedule},
	"get-scheduled":         {prepare: (*tenants).schedule},
	"cancel-scheduled":      {prepare: (*tenants).schedule},
	"list-callbacks":        {prepare: (*tenants).failCallback},
	"count-callbacks":       {prepare: (*tenants).failCallback},
	"get-callback":          {prepare: (*tenants).failCallback},
	"replay-callback":       {prepare: (*tenants).failCallback},
	"replay-failed":         {prepare: (*tenants).failCallback},
	"get-endpoint":          {prepare: (*tenants).failCallback},
	"set-endpoint":          {prepare: (*tenants).failCallback},
	"listen":                {prepare: (*tenants).failCallback},
	"claim-callbacks":       {prepare: (*tenants).listen},
	"answer-callback":       {prepare: (*tenants).listen},
	"leave":                 {prepare: (*tenants).listen},
	"stop-listening":        {prepare: (*tenants).listen},
	"get-app":               {},
	"edit-app":              {},
	"list-topics":           {},
	"create-topic":          {},
	"get-topic":             {},
	"rename-topic":          {},
	"delete-topic":          {},
	"list-followers":        {},
	"list-topic-followers":  {},
	"add-topic-follower":    {},
	"remove-topic-follower": {},
	"reject-follower":       {},
	"accept-follower":       {},
	"reject-topic-follower": {},
	"accept-topic-follower": {},
}

// TestF37_NobodyElseReadsOrChangesAnything calls every operation of the
// document with the owner's ids as everybody who is not the owner, and
// compares all tables before and after.
func TestF37_NobodyElseReadsOrChangesAnything(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newTenants(t, db)
		callers := map[string]string{
			"other tenant": w.other, "anonymous": "", "deleted app": w.deleted, "token before the reset": w.reset,
		}
		for _, c := range readDocument(t, w.API).calls {
			e, covered := matrix[c.id]
			if !covered {
				t.Errorf("operation %s has no entry in the matrix: add one to matrix_test.go", c.id)
				continue
			}
			if e.open {
				continue
			}
			t.Run(c.id, func(t *testing.T) {
				w.prepare(t, c)
				before := w.rowsOfOwner(t)
				example, _ := c.goodExample()
				for who, token := range callers {
					n := w.owner()
					n.token = token
					rec := w.call(t, c, example, n, token)
					w.wantNothingRead(t, c, w.target(c, example, n)+w.bodyOf(c, example, n), rec.Body.String())
					if who != "other tenant" && strings.HasPrefix(c.path, "/api/v1/") && rec.Code != 401 {
						t.Errorf("as %s: answered %d %s, want 401", who, rec.Code, rec.Body)
					}
				}
				if after := w.rowsOfOwner(t); after != before {
					t.Errorf("%s %s as somebody else changed\n%s", c.method, c.path, storetest.Difference(before, after))
				}
			})
		}
	})
}

// TestF37_TheOwnerMayDoAll shows that the matrix calls what is there: the
// owner's calls succeed, also about a follower whom the app rejects.
func TestF37_TheOwnerMayDoAll(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newTenants(t, db)
		for _, c := range readDocument(t, w.API).calls {
			for _, rejected := range []bool{false, true} {
				t.Run(fmt.Sprint(c.id, " rejected ", rejected), func(t *testing.T) {
					w.prepare(t, c)
					if rejected {
						exec(t, db, `UPDATE subscription SET rejected = 1 WHERE user_id = (SELECT id FROM users WHERE uid = $1)`, string(w.uids[1]))
					}
					want := c.goodStatus()
					if rejected && c.id == "add-topic-follower" {
						want = 409
					}
					example, succeeds := c.goodExample()
					rec := w.call(t, c, example, w.owner(), w.token)
					if rec.Code != want || succeeds && !strings.Contains(rec.Body.String(), `"success":true`) {
						t.Errorf("answered %d %s, want %d and success", rec.Code, rec.Body, want)
					}
				})
			}
		}
	})
}

// wantNothingRead looks for what only the owner may read. What the call itself
// said may stand in the answer again.
func (w *tenants) wantNothingRead(t *testing.T, c *described, said, answer string) {
	t.Helper()
	secrets := []string{w.app.Name, w.app.Key, w.topic.Name, w.token, string(w.spt), "门店 7", "只给小明看", "十点开会", "dev.example.org"}
	for _, uid := range w.uids {
		secrets = append(secrets, string(uid))
	}
	for _, secret := range secrets {
		if strings.Contains(answer, secret) && !strings.Contains(said, secret) {
			t.Errorf("%s %s tells %q: %s", c.method, c.path, secret, answer)
		}
	}
}

// owned are the tables and which of their rows are the owner's, $1.
var owned = map[string]string{
	"app": "id = $1", "topic": "app_id = $1", "endpoint": "app_id = $1", "message": "app_id = $1",
	"listener": "app_id = $1", "delivery": "app_id = $1", "callback": "app_id = $1", "scheduled": "app_id = $1", "app_member": "app_id = $1",
	"app_logo": "app_id = $1", "audit": "app_id = $1",
	"report": "app_id = $1", "migrant": "app_id = $1", "migration": "app_id = $1", "scene": "app_id = $1",
	"record":       "message_id IN (SELECT id FROM message WHERE app_id = $1)",
	"content":      "message_id IN (SELECT id FROM message WHERE app_id = $1)",
	"subscription": "kind = 0 AND target = $1 OR kind = 1 AND target IN (SELECT id FROM topic WHERE app_id = $1)",
	"growth":       "kind = 0 AND target = $1 OR kind = 1 AND target IN (SELECT id FROM topic WHERE app_id = $1)",
	"stat":         "kind = 0 AND target = $1 OR kind = 1 AND target IN (SELECT id FROM topic WHERE app_id = $1)",
	"headcount":    "kind = 0 AND target = $1 OR kind = 1 AND target IN (SELECT id FROM topic WHERE app_id = $1)",
	"product":      "app_id = $1",
	"scan":         "handle IN (SELECT handle FROM scene WHERE app_id = $1)",
}

// common are the tables without an owner: nobody's call may change them.
var common = []string{"users", "account", "product_resource", "callback_attempt", "setting", "session", "approval",
	"product_cover", "plan", "coupon", "coupon_use", "orders", "attempt", "refund", "ledger", "entitlement", "pay_notice", "difference", "billed", "bill", "rebinding"}

// uncompared tables count calls and remember keys, by caller.
var uncompared = []string{"quota", "idempotency", "inbound_event", "kept_text", "finish_parked", "cron_run"}

// rowsOfOwner is a dump of everything that belongs to the owner or to all.
func (w *tenants) rowsOfOwner(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	err := w.db.View(context.Background(), func(tx *store.Tx) error {
		b.Reset()
		for _, table := range w.tables(t) {
			where, mine := owned[table]
			args := []any{int64(w.app.ID)}
			if !mine {
				where, args = "1 = 1", nil
			}
			if err := storetest.Dump(tx, &b, table, where, args...); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// tables are those to compare. A table that is in none of the lists fails the
// test, so that a new one is thought of.
func (w *tenants) tables(t *testing.T) (all []string) {
	t.Helper()
	for _, table := range storetest.Tables(t) {
		switch {
		case owned[table] != "", contains(common, table):
			all = append(all, table)
		case !contains(uncompared, table):
			t.Errorf("table %s is in no list of the matrix: whose rows are in it?", table)
		}
	}
	return all
}
