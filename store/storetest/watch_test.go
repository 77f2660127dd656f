package storetest_test

import (
	"errors"
	"strings"
	"testing"

	"hongyan/store"
	"hongyan/store/storetest"
)

func TestWatch_TellsEveryChangeOfItsTables(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		changed := storetest.Watch(t, db, "quota")
		for _, c := range []struct {
			name       string
			statements []string
			want       []string // words of each line
		}{
			{"nothing", nil, nil},
			{"a row comes", []string{`INSERT INTO quota (name, starts_at, used) VALUES ('雁', 1, 2)`}, []string{"INSERT quota 雁 2"}},
			{"a row is counted up", []string{`INSERT INTO quota (name, starts_at, used) VALUES ('雁', 1, 2) ON CONFLICT (name, starts_at) DO UPDATE SET used = 3`}, []string{"UPDATE quota 雁 2 -> 3"}},
			{"a row stays as it is", []string{`UPDATE quota SET used = used`}, nil},
			{"and back", []string{`UPDATE quota SET used = 9`, `UPDATE quota SET used = 3`}, []string{"UPDATE quota 雁 3 -> 9", "UPDATE quota 雁 9 -> 3"}},
			{"all go", []string{`DELETE FROM quota`}, []string{"DELETE quota 雁 3"}},
			{"another table", []string{`INSERT INTO setting (name, value) VALUES ('a', 'b')`}, nil},
		} {
			t.Run(c.name, func(t *testing.T) {
				exec(t, db, nil, c.statements...)
				got := changed()
				if n := len(strings.FieldsFunc(got, func(r rune) bool { return r == '\n' })); n != len(c.want) {
					t.Fatalf("%d lines, want %d:\n%s", n, len(c.want), got)
				}
				for _, line := range c.want {
					rest := got
					for word := range strings.FieldsSeq(line) {
						_, after, found := strings.Cut(rest, word)
						if !found {
							t.Errorf("no %q in\n%s", line, got)
							break
						}
						rest = after
					}
				}
			})
		}
		exec(t, db, errors.New("no"), `INSERT INTO quota (name, starts_at, used) VALUES ('c', 1, 2)`)
		if got := changed(); got != "" {
			t.Errorf("a change that was not committed is told: %s", got)
		}
	})
}

// TestWatch_WatchesEveryTable of the schema, by its name and all its columns.
func TestWatch_WatchesEveryTable(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		changed := storetest.Watch(t, db, storetest.Tables(t)...)
		exec(t, db, nil, `INSERT INTO setting (name, value) VALUES ('a', 'b')`)
		if got := changed(); !strings.Contains(got, "INSERT setting") {
			t.Errorf("told %q", got)
		}
	})
}

// exec runs the statements in one transaction that ends with answer.
func exec(t *testing.T, db *store.DB, answer error, statements ...string) {
	t.Helper()
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		for _, s := range statements {
			if _, err := tx.Exec(s); err != nil {
				return err
			}
		}
		return answer
	})
	if !errors.Is(err, answer) {
		t.Fatal(err)
	}
}
