package storetest

import (
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"hongyan/store"
	"hongyan/store/migrations"
)

var (
	creates = regexp.MustCompile(`(?ms)^CREATE TABLE (\w+) \((.*?)^\);`)
	adds    = regexp.MustCompile(`(?m)^ALTER TABLE (\w+) ADD COLUMN (\w+)`)
	drops   = regexp.MustCompile(`(?m)^ALTER TABLE (\w+) DROP COLUMN (\w+)`)
	column  = regexp.MustCompile(`(?m)^ +([a-z_]+) +(?:TEXT|BIGINT|\{\{)`)
)

// readSchema reads the migrations, once.
var readSchema = sync.OnceValues(func() (map[string][]string, error) {
	tables := map[string][]string{}
	files, err := fs.Glob(migrations.FS, "*.sql")
	if err != nil {
		return nil, err
	}
	slices.Sort(files)
	for _, file := range files {
		text, err := fs.ReadFile(migrations.FS, file)
		if err != nil {
			return nil, err
		}
		for _, m := range creates.FindAllStringSubmatch(string(text), -1) {
			for _, c := range column.FindAllStringSubmatch(m[2], -1) {
				tables[m[1]] = append(tables[m[1]], c[1])
			}
		}
		for _, m := range adds.FindAllStringSubmatch(string(text), -1) {
			tables[m[1]] = append(tables[m[1]], m[2])
		}
		for _, m := range drops.FindAllStringSubmatch(string(text), -1) {
			tables[m[1]] = slices.DeleteFunc(tables[m[1]], func(c string) bool { return c == m[2] })
		}
	}
	return tables, nil
})

// Tables are the names of all tables of the schema.
func Tables(t testing.TB) (names []string) {
	t.Helper()
	tables, err := readSchema()
	if err != nil {
		t.Fatal(err)
	}
	for name := range tables {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Dump writes the rows of a table that a condition means, each on a line, in
// an order that stays.
func Dump(tx *store.Tx, b *strings.Builder, table, where string, args ...any) error {
	tables, err := readSchema()
	if err != nil {
		return err
	}
	columns := tables[table]
	rows, err := store.Collect(tx, func(r *store.Rows) (string, error) {
		values := make([]any, len(columns))
		into := make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		err := r.Scan(into...)
		for i, v := range values {
			if raw, is := v.([]byte); is {
				values[i] = fmt.Sprintf("%x", raw)
			}
		}
		return fmt.Sprint(values), err
	}, `SELECT `+strings.Join(columns, ", ")+` FROM `+table+` WHERE `+where, args...)
	slices.Sort(rows)
	for _, row := range rows {
		fmt.Fprintln(b, table, row)
	}
	return err
}

// Difference is the lines that are in one dump only.
func Difference(before, after string) string {
	was, is := strings.Split(before, "\n"), strings.Split(after, "\n")
	var b strings.Builder
	for _, line := range was {
		if !slices.Contains(is, line) {
			fmt.Fprintln(&b, "-", line)
		}
	}
	for _, line := range is {
		if !slices.Contains(was, line) {
			fmt.Fprintln(&b, "+", line)
		}
	}
	return b.String()
}
