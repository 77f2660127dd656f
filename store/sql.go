package store

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// In returns n placeholders from $first on, "$3,$4,$5", for an IN list. For no
// placeholder it returns NULL, which nothing is equal to.
func In(first, n int) string {
	if n <= 0 {
		return "NULL"
	}
	b := make([]byte, 0, n*5)
	for i := range n {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '$')
		b = strconv.AppendInt(b, int64(first+i), 10)
	}
	return string(b)
}

// ForUpdate is the end of a SELECT that locks its rows: " FOR UPDATE" on
// PostgreSQL, nothing on SQLite, where an update is alone.
func (tx *Tx) ForUpdate() string {
	if tx.db.Postgres() {
		return " FOR UPDATE"
	}
	return ""
}

// KeyShare is the end of a SELECT that keeps others from ForUpdate of its rows
// and from deleting them, and from nothing else.
func (tx *Tx) KeyShare() string {
	if tx.db.Postgres() {
		return " FOR KEY SHARE"
	}
	return ""
}

// SkipLocked is ForUpdate that leaves out rows locked by others.
func (tx *Tx) SkipLocked() string {
	if tx.db.Postgres() {
		return " FOR UPDATE SKIP LOCKED"
	}
	return ""
}

// Lock holds the number key until the end of the transaction, on PostgreSQL by
// an advisory lock; a SQLite update is alone anyway.
func (tx *Tx) Lock(key int64) error {
	if !tx.db.Postgres() {
		return nil
	}
	_, err := tx.Exec(`SELECT pg_advisory_xact_lock($1)`, key)
	return err
}

// Millis is how a time is stored: Unix milliseconds, 0 for the zero time.
func Millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// Time reads what Millis stored.
func Time(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

// checkText refuses text that SQLite would keep and PostgreSQL would not: NUL
// and broken UTF-8.
func checkText(args []any) error {
	for i, arg := range args {
		if s, ok := text(arg); ok && (strings.IndexByte(s, 0) >= 0 || !utf8.ValidString(s)) {
			return fmt.Errorf("$%d: text of %d bytes has a NUL or is not UTF-8", i+1, len(s))
		}
	}
	return nil
}

func text(arg any) (string, bool) {
	switch v := arg.(type) {
	case string:
		return v, true
	case int64, int, []byte, nil, bool:
		return "", false
	case *string:
		if v == nil {
			return "", false
		}
		return *v, true
	}
	if v := reflect.ValueOf(arg); v.Kind() == reflect.String {
		return v.String(), true
	}
	return "", false
}

// brief is the beginning of a statement on one line, for error messages.
func brief(query string) string {
	const most = 60
	short := strings.Join(strings.Fields(query), " ")
	if len(short) > most {
		short = strings.ToValidUTF8(short[:most], "") + "…"
	}
	return short
}
