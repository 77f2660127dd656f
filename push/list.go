package push

import (
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"hongyan/store"
)

// list is rows that travel with a statement as the table expression v, so that
// one text for both engines reads or writes them all:
//
//	WITH v (id, failed) AS (VALUES (…), (…)) UPDATE record SET … FROM v WHERE …
//
// Its placeholders follow the statement's own. It is written for the next
// power of two rows, the last one repeated, so that few texts exist; repeated
// rows mean nothing to an UPDATE or an IN and appear twice in a join. A long
// list takes several statements.
type list struct {
	columns []string // "name TYPE"
	args    []any
}

// The most placeholders of one statement. The SQLite driver looks each one up
// among all, so that many cost more than many statements do.
const (
	sqliteArgs   = 200
	postgresArgs = 30000
)

func newList(columns ...string) *list { return &list{columns: columns} }

func (l *list) add(values ...any) { l.args = append(l.args, values...) }

func (l *list) rows() int { return len(l.args) / len(l.columns) }

// collectAll is store.Collect with the rows of l as v.
func collectAll[T any](tx *store.Tx, l *list, scan func(*store.Rows) (T, error), query string, own ...any) (all []T, err error) {
	for part := range l.parts(tx) {
		with, args := part.with(own)
		some, err := store.Collect(tx, scan, with+" "+query, args...)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// execAll is tx.Exec with the rows of l as v.
func execAll(tx *store.Tx, l *list, query string, own ...any) (n int64, err error) {
	for part := range l.parts(tx) {
		with, args := part.with(own)
		some, err := tx.Exec(with+" "+query, args...)
		if err != nil {
			return n, err
		}
		n += some
	}
	return n, nil
}

// parts cuts l into lists of one statement each.
func (l *list) parts(tx *store.Tx) iter.Seq[*list] {
	most := postgresArgs
	if tx.ForUpdate() == "" {
		most = sqliteArgs
	}
	width := len(l.columns)
	size := width
	for size*2 <= most {
		size *= 2
	}
	return func(yield func(*list) bool) {
		for args := range slices.Chunk(l.args, size) {
			if !yield(&list{columns: l.columns, args: args}) {
				return
			}
		}
	}
}

// with returns the WITH clause and all arguments, own being the statement's
// own.
func (l *list) with(own []any) (string, []any) {
	width, n := len(l.columns), l.rows()
	size := 1
	for size < n {
		size *= 2
	}
	args := append(slices.Clip(own), l.args...)
	last := l.args[(n-1)*width:]
	for range size - n {
		args = append(args, last...)
	}
	var b strings.Builder
	b.Grow(64 + size*width*6)
	l.head(&b)
	number := len(own)
	for row := range size {
		if row > 0 {
			b.WriteByte(',')
		}
		for column := range width {
			number++
			l.value(&b, row, column, number)
		}
		b.WriteByte(')')
	}
	b.WriteString(")")
	return b.String(), args
}

func (l *list) head(b *strings.Builder) {
	b.WriteString("WITH v (")
	for i, column := range l.columns {
		if i > 0 {
			b.WriteString(", ")
		}
		name, _, _ := strings.Cut(column, " ")
		b.WriteString(name)
	}
	b.WriteString(") AS (VALUES ")
}

// value writes one placeholder. PostgreSQL learns a column's type from its
// first row.
func (l *list) value(b *strings.Builder, row, column, number int) {
	b.WriteByte("(,"[min(column, 1)])
	if row > 0 {
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(number))
		return
	}
	_, kind, _ := strings.Cut(l.columns[column], " ")
	fmt.Fprintf(b, "CAST($%d AS %s)", number, kind)
}
