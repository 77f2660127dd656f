package storetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"hongyan/store"
)

// Watch has triggers write down, from now on, every row of these tables that
// is added, changed or deleted. changed returns what was committed since it
// was last called, a row on a line, and nothing when nothing was: as strict as
// a Dump before and after, stricter where one change undoes another, at the
// price of one statement. An UPDATE that leaves a row as it was is no change.
func Watch(t testing.TB, db *store.DB, tables ...string) (changed func() string) {
	t.Helper()
	statements, err := watching(db.Postgres(), tables)
	if err != nil {
		t.Fatal(err)
	}
	update := func(f func(tx *store.Tx) error) {
		t.Helper()
		if err := db.Update(t.Context(), f); err != nil {
			t.Fatalf("watch the tables: %v", err)
		}
	}
	update(func(tx *store.Tx) error {
		for _, statement := range statements {
			if _, err := tx.Exec(statement); err != nil {
				return err
			}
		}
		return nil
	})
	return func() string {
		t.Helper()
		var lines []string
		update(func(tx *store.Tx) (err error) {
			lines, err = store.Collect(tx, func(r *store.Rows) (line string, err error) { return line, r.Scan(&line) },
				`DELETE FROM watched RETURNING line`)
			return err
		})
		slices.Sort(lines)
		return strings.Join(lines, "\n")
	}
}

// watching are the statements that begin to watch the tables.
func watching(postgres bool, tables []string) (statements []string, err error) {
	schema, err := readSchema()
	if err != nil {
		return nil, err
	}
	add := func(format string, args ...any) { statements = append(statements, fmt.Sprintf(format, args...)) }
	add(`CREATE TABLE watched (line TEXT NOT NULL)`)
	if postgres {
		add(`CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS
			'BEGIN INSERT INTO watched VALUES (concat_ws('' '', TG_OP, TG_TABLE_NAME, OLD, ''->'', NEW)); RETURN NULL; END'`)
	}
	for _, table := range tables {
		if len(schema[table]) == 0 {
			return nil, fmt.Errorf("there is no table %q to watch", table)
		}
		if postgres {
			add(`CREATE TRIGGER watch_rows AFTER INSERT OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION watch()`, table)
			add(`CREATE TRIGGER watch_updates AFTER UPDATE ON %s FOR EACH ROW WHEN (OLD IS DISTINCT FROM NEW) EXECUTE FUNCTION watch()`, table)
			add(`CREATE TRIGGER watch_all AFTER TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION watch()`, table)
			continue
		}
		row := func(version string) string {
			return "quote(" + version + "." + strings.Join(schema[table], ") || ' ' || quote("+version+".") + ")"
		}
		for _, c := range []struct{ operation, row string }{
			{"INSERT", "'-> ' || " + row("NEW")}, {"DELETE", row("OLD") + " || ' ->'"},
			{"UPDATE", row("OLD") + " || ' -> ' || " + row("NEW")},
		} {
			when := ""
			if c.operation == "UPDATE" {
				when = "WHEN " + row("OLD") + " <> " + row("NEW")
			}
			add(`CREATE TRIGGER watch_%[1]s_%[2]s AFTER %[2]s ON %[1]s %[3]s
				BEGIN INSERT INTO watched VALUES ('%[2]s %[1]s ' || %[4]s); END`, table, c.operation, when, c.row)
		}
	}
	return statements, nil
}
