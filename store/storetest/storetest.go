// Package storetest opens real stores for tests: SQLite in the test's folder,
// and PostgreSQL in a database made for the test and dropped after it. The
// server is named by HONGYAN_TEST_POSTGRES, the URL of a role that may create
// databases. Without it the PostgreSQL half is skipped, or fails when
// HONGYAN_TEST_STRICT is 1.
package storetest

import (
	"path/filepath"
	"testing"
	"time"

	"hongyan/store"
)

// The engines Open knows.
const (
	SQLiteEngine   = "sqlite"
	PostgresEngine = "postgres"
)

// Each runs f as the subtests "sqlite" and "postgres", each with a store of its
// own.
func Each(t *testing.T, f func(t *testing.T, db *store.DB)) {
	t.Helper()
	for _, engine := range []string{SQLiteEngine, PostgresEngine} {
		t.Run(engine, func(t *testing.T) { f(t, Open(t, engine, store.Options{})) })
	}
}

// EachClock is Each with a clock that the test moves. It starts at a Monday
// noon in Shanghai.
func EachClock(t *testing.T, f func(t *testing.T, db *store.DB, clock *Clock)) {
	t.Helper()
	for _, engine := range []string{SQLiteEngine, PostgresEngine} {
		t.Run(engine, func(t *testing.T) {
			clock := NewClock(time.Date(2026, 11, 2, 12, 0, 0, 0, time.FixedZone("CST", 8*3600)))
			f(t, Open(t, engine, store.Options{Now: clock.Now}), clock)
		})
	}
}

// SQLite opens a SQLite store in the test's folder. For simulated time call it
// inside the synctest bubble with the bubble's t.
func SQLite(t testing.TB) *store.DB {
	t.Helper()
	return Open(t, SQLiteEngine, store.Options{})
}

// Open opens a fresh store on engine, closed and removed when the test ends.
func Open(t testing.TB, engine string, o store.Options) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), place(t, engine), o)
	if err != nil {
		t.Fatalf("open %s: %v", engine, err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close %s: %v", engine, err)
		}
	})
	return db
}

// URL makes an empty place for a store and returns its address, for tests that
// open a store more than once.
func URL(t testing.TB, engine string) string {
	t.Helper()
	if engine == PostgresEngine {
		return createDatabase(t, Require(t, "HONGYAN_TEST_POSTGRES"), "")
	}
	return "sqlite:" + filepath.Join(t.TempDir(), "hongyan.db")
}

// place is URL with the current schema there already where that saves time.
func place(t testing.TB, engine string) string {
	t.Helper()
	if engine == PostgresEngine {
		admin := Require(t, "HONGYAN_TEST_POSTGRES")
		return createDatabase(t, admin, template(t, admin))
	}
	return copyTemplate(t)
}
