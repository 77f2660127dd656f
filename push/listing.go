package push

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"hongyan/store"
)

// mostLooked is how many rows one page of a filtered list looks at. A page
// whose rows are rare ends there, perhaps empty, and the next one goes on.
const mostLooked = 20_000

// listing reads an app's rows of one table page by page, newest first, in the
// order of the index (app_id, created_at, id).
type listing struct {
	table   string
	columns string
	app     AppID
	since   time.Time
	below   spot   // rows below it
	index   string // a condition that an index of its own serves
	filters []string
	args    []any
}

// spot is a place in a listing.
type spot struct{ at, id int64 }

// ownArgs is how many placeholders a listing has beside those of its filters.
const ownArgs = 7

// newListing lists what was made from since on and before until; zero times
// set no bound.
func newListing(table, columns string, app AppID, since, until time.Time) *listing {
	l := &listing{table: table, columns: columns, app: app, since: since, below: spot{math.MaxInt64, math.MaxInt64}}
	if !until.IsZero() {
		l.below = spot{store.Millis(until), 0}
	}
	return l
}

// filter narrows the listing by a condition with one %d for the number of
// arg's placeholder.
func (l *listing) filter(condition string, arg any) {
	l.args = append(l.args, arg)
	l.filters = append(l.filters, fmt.Sprintf(condition, ownArgs+len(l.args)))
}

// page reads up to limit rows; spotOf tells where one stands. more tells that
// the list may go on below next.
func page[T any](tx *store.Tx, l *listing, limit int, scan func(*store.Rows) (T, error), spotOf func(T) spot) (rows []T, next spot, more bool, err error) {
	var floor spot
	if len(l.filters) > 0 {
		if floor, more, err = l.floor(tx); err != nil {
			return nil, spot{}, false, err
		}
	}
	args := append([]any{int64(l.app), store.Millis(l.since), l.below.at, l.below.id, floor.at, floor.id, limit + 1}, l.args...)
	where := strings.Join(append([]string{l.within(), `(created_at, id) >= ($5, $6)`}, l.filters...), " AND ")
	rows, err = store.Collect(tx, scan, `SELECT `+l.columns+` FROM `+l.table+` WHERE `+where+`
		ORDER BY created_at DESC, id DESC LIMIT $7`, args...)
	if err != nil {
		return nil, spot{}, false, err
	}
	if len(rows) > limit {
		rows = rows[:limit]
		return rows, spotOf(rows[limit-1]), true, nil
	}
	return rows, floor, more, nil
}

func (l *listing) within() string {
	return `app_id = $1 AND created_at >= $2 AND (created_at, id) < ($3, $4)` + l.index
}

// floor is how far down a filtered page may look, and whether there may be
// rows below it.
func (l *listing) floor(tx *store.Tx) (low spot, more bool, err error) {
	var n int
	err = tx.QueryRow(`SELECT created_at, id, COUNT(*) OVER () FROM (SELECT created_at, id FROM `+l.table+`
			WHERE `+l.within()+` ORDER BY created_at DESC, id DESC LIMIT $5) w
		ORDER BY created_at, id LIMIT 1`,
		int64(l.app), store.Millis(l.since), l.below.at, l.below.id, mostLooked).Scan(&low.at, &low.id, &n)
	if errors.Is(err, store.ErrNotFound) {
		return spot{}, false, nil
	}
	return low, n == mostLooked, err
}

// containing is the pattern of a LIKE … ESCAPE '\' for texts that contain s.
func containing(s string) string { return "%" + literally(s) + "%" }

// literally writes s so that LIKE … ESCAPE '\' finds it as it is.
func literally(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s)
}
