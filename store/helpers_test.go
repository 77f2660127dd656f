package store_test

import (
	"slices"
	"testing"

	"hongyan/store"
)

// The tests write rows of quota, the plainest table of the schema.

func insert(tx *store.Tx, name string, used int64) error {
	_, err := tx.Exec(`INSERT INTO quota (name, starts_at, used) VALUES ($1, 0, $2)`, name, used)
	return err
}

func put(t *testing.T, db *store.DB, name string, used int64) {
	t.Helper()
	if err := db.Update(t.Context(), func(tx *store.Tx) error { return insert(tx, name, used) }); err != nil {
		t.Fatalf("put %s: %v", name, err)
	}
}

func scanName(r *store.Rows) (name string, err error) { return name, r.Scan(&name) }

func names(t *testing.T, db *store.DB) []string {
	t.Helper()
	var all []string
	err := db.View(t.Context(), func(tx *store.Tx) (err error) {
		all, err = store.Collect(tx, scanName, `SELECT name FROM quota`)
		return err
	})
	if err != nil {
		t.Fatalf("names: %v", err)
	}
	slices.Sort(all)
	return all
}

func wantNames(t *testing.T, db *store.DB, want ...string) {
	t.Helper()
	if got := names(t, db); !slices.Equal(got, want) {
		t.Errorf("names = %q, want %q", got, want)
	}
}

func count(t *testing.T, tx *store.Tx) (n int) {
	t.Helper()
	if err := tx.QueryRow(`SELECT count(*) FROM quota`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
