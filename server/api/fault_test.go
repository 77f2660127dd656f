package api_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"hongyan/server/api"
	"hongyan/store"
	"hongyan/store/storetest"
)

// refusedForNow asks for a send that cannot be stored, and checks the answer
// that says so.
func (w *world) refusedForNow(t *testing.T) {
	t.Helper()
	body := fmt.Sprintf(`{"appToken":%q,"content":"好","uids":[%q]}`, w.token, w.uids[0])
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, httptest.NewRequest("POST", "/api/send/message", strings.NewReader(body)))
	want := `{"code":1005,"msg":"系统繁忙，消息没有保存，请 5 秒后重试","data":null,"success":false}`
	if rec.Code != 503 || rec.Header().Get("Retry-After") != "5" || rec.Body.String() != want {
		t.Errorf("answered %d, Retry-After %q, %s", rec.Code, rec.Header().Get("Retry-After"), rec.Body)
	}
}

// accepted asks for a send that must work.
func (w *world) accepted(t *testing.T) {
	t.Helper()
	body := fmt.Sprintf(`{"appToken":%q,"content":"好","uids":[%q]}`, w.token, w.uids[0])
	if a := w.ask(t, "POST", "/api/send/message", "application/json", body); a.Code != 1000 {
		t.Errorf("answered %d %s", a.Code, a.Msg)
	}
}

// TestF8_ALockedDatabaseIsHTTP503InBoundedTime holds what a send writes, by a
// second connection, for longer than the store waits.
func TestF8_ALockedDatabaseIsHTTP503InBoundedTime(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			url := storetest.URL(t, engine)
			db, err := store.Open(t.Context(), url, store.Options{Wait: 300 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			w := newWorld(t, db)
			unlock := lockMessages(t, engine, url)
			began := time.Now()
			w.refusedForNow(t)
			if took := time.Since(began); took > 3*time.Second {
				t.Errorf("answered after %s", took)
			}
			unlock()
			w.accepted(t)
			if n := w.rows(t, "message"); n != 1 {
				t.Errorf("%d messages are stored, want the accepted one alone", n)
			}
		})
	}
}

// lockMessages locks the table of messages, on SQLite the whole file, from
// outside.
func lockMessages(t *testing.T, engine, url string) (unlock func()) {
	t.Helper()
	driver, lock := "pgx", "BEGIN; LOCK TABLE message IN ACCESS EXCLUSIVE MODE"
	if engine == "sqlite" {
		driver, lock, url = "sqlite", "BEGIN IMMEDIATE", strings.TrimPrefix(url, "sqlite:")
	}
	pool, err := sql.Open(driver, url)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pool.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.ExecContext(t.Context(), lock); err != nil {
		t.Fatal(err)
	}
	return func() {
		_, _ = conn.ExecContext(context.Background(), "ROLLBACK")
		_ = conn.Close()
		_ = pool.Close()
	}
}

// TestContract_EvenAPanicIsAnEnvelope: a service that was never made panics at
// the first call.
func TestContract_EvenAPanicIsAnEnvelope(t *testing.T) {
	w := &world{API: api.New(api.Options{})}
	a := w.ask(t, "GET", "/api/send/query/status?sendRecordId=1", "", "")
	if a.Code != 1005 || a.Msg == "" {
		t.Errorf("answered %d %s", a.Code, a.Msg)
	}
}
