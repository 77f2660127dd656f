package store

import (
	"fmt"
	"strconv"
	"strings"
)

// bulkRows is the most rows of one statement on PostgreSQL, bulkArgs the most
// placeholders (the wire counts them in 16 bits).
const (
	bulkRows = 512
	bulkArgs = 65535
)

// Bulk inserts many rows by one text, "INSERT INTO t (a, b) VALUES ($1, $2) ON
// CONFLICT …": a prepared loop on SQLite, many rows a statement on PostgreSQL.
// Placeholders stand only inside the parentheses after VALUES, and with DO
// UPDATE no two rows may have the same key.
func (tx *Tx) Bulk(query string, rows [][]any) error {
	if !tx.db.Postgres() {
		for _, row := range rows {
			if _, err := tx.Exec(query, row...); err != nil {
				return err
			}
		}
		return nil
	}
	t, err := splitTuple(query)
	if err != nil {
		return tx.fail(query, err)
	}
	for len(rows) > 0 {
		n := t.chunk(len(rows))
		if err := tx.insertMany(t, rows[:n]); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

func (tx *Tx) insertMany(t tuple, rows [][]any) error {
	args := make([]any, 0, len(rows)*t.width)
	for _, row := range rows {
		if len(row) != t.width {
			return tx.fail(t.head, fmt.Errorf("%d values for %d placeholders", len(row), t.width))
		}
		args = append(args, row...)
	}
	_, err := tx.Exec(t.repeat(len(rows)), args...)
	return err
}

// tuple is an INSERT cut at the tuple after VALUES.
type tuple struct {
	head, tail string
	parts      []string // the tuple's text around its placeholders
	numbers    []int    // the placeholders between the parts
	width      int      // the highest placeholder
}

func splitTuple(query string) (tuple, error) {
	at := strings.Index(strings.ToUpper(query), "VALUES")
	if at < 0 {
		return tuple{}, fmt.Errorf("bulk: no VALUES")
	}
	open := at + strings.IndexByte(query[at:], '(')
	end := closing(query, open)
	if open < at || end < 0 || strings.ContainsRune(query[:open], '$') || strings.ContainsRune(query[end:], '$') {
		return tuple{}, fmt.Errorf("bulk: placeholders must stand in the tuple after VALUES")
	}
	t := tuple{head: query[:open], tail: query[end:]}
	t.cut(query[open:end])
	return t, nil
}

// closing returns the index after the parenthesis that closes the one at open.
func closing(query string, open int) int {
	depth := 0
	for i := max(open, 0); i < len(query); i++ {
		switch query[i] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return -1
}

func (t *tuple) cut(text string) {
	for {
		before, rest, found := strings.Cut(text, "$")
		t.parts = append(t.parts, before)
		if !found {
			return
		}
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		n, _ := strconv.Atoi(rest[:digits])
		t.numbers = append(t.numbers, n)
		t.width = max(t.width, n)
		text = rest[digits:]
	}
}

// chunk is how many of n rows the next statement takes: powers of two, so that
// few different texts are prepared.
func (t *tuple) chunk(n int) int {
	size := bulkRows
	for size > n || size*t.width > bulkArgs {
		size /= 2
	}
	return max(size, 1)
}

func (t *tuple) repeat(n int) string {
	var b strings.Builder
	b.WriteString(t.head)
	for row := range n {
		if row > 0 {
			b.WriteByte(',')
		}
		for i, part := range t.parts {
			b.WriteString(part)
			if i < len(t.numbers) {
				b.WriteByte('$')
				b.WriteString(strconv.Itoa(t.numbers[i] + row*t.width))
			}
		}
	}
	b.WriteString(t.tail)
	return b.String()
}
