package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hongyan/store"
	"hongyan/store/storetest"
)

type userID int64
type openID string

func TestSQL_PlaceholdersGoByNumber(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		err := db.View(t.Context(), func(tx *store.Tx) error {
			var first, second string
			err := tx.QueryRow(`SELECT CAST($2 AS TEXT), CAST($1 AS TEXT)`, "one", "two").Scan(&first, &second)
			if first != "two" || second != "one" {
				t.Errorf("got %s %s", first, second)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// What goes in comes out, the same on both engines.
func TestSQL_ValuesComeBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for i, number := range []int64{0, 1, -1, 1 << 53, math.MaxInt64, math.MinInt64} {
			words := fmt.Sprintf("第%d条 😀 'quoted' \"q\" \\ %%", i)
			data := []byte{0, 1, 255, byte(i)}
			err := db.Update(t.Context(), func(tx *store.Tx) error {
				_, err := tx.Exec(`INSERT INTO setting (name, value) VALUES ($1, $2)`, openID(words), data)
				if err == nil {
					_, err = tx.Exec(`INSERT INTO quota (name, starts_at, used) VALUES ($1, $2, $2)`, words, userID(number))
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			err = db.View(t.Context(), func(tx *store.Tx) error {
				var gotName openID
				var gotData []byte
				var gotNumber userID
				if err := tx.QueryRow(`SELECT name, value FROM setting WHERE name = $1`, words).Scan(&gotName, &gotData); err != nil {
					return err
				}
				err := tx.QueryRow(`SELECT used FROM quota WHERE starts_at = $1`, number).Scan(&gotNumber)
				if string(gotName) != words || !bytes.Equal(gotData, data) || int64(gotNumber) != number {
					t.Errorf("got %q %x %d", gotName, gotData, gotNumber)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestSQL_TextPostgresWouldRefuseIsRefusedOnBoth(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		pointed := "a\x00"
		for _, arg := range []any{"a\x00b", "\xff", openID("中\xe4"), &pointed} {
			err := db.Update(t.Context(), func(tx *store.Tx) error {
				_, err := tx.Exec(`INSERT INTO quota (name, starts_at, used) VALUES ($1, 0, 0)`, arg)
				return err
			})
			if err == nil {
				t.Errorf("%#v was taken", arg)
			}
		}
		wantNames(t, db)
	})
}

func TestQueryRow_WithoutARowIsErrNotFound(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			var n int
			if err := tx.QueryRow(`SELECT used FROM quota WHERE name = $1`, "无").Scan(&n); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("err = %v", err)
			}
			return insert(tx, "有", 1) // the closure goes on
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestQuery_OneResultAtATime(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		put(t, db, "甲", 1)
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			result, err := tx.Query(`SELECT name FROM quota`)
			if err != nil {
				return err
			}
			if err := insert(tx, "乙", 1); err == nil {
				t.Error("a statement ran while a result was read")
			}
			result.Close()
			result.Close()
			return insert(tx, "丙", 1)
		})
		if err != nil {
			t.Error(err)
		}
		// A result forgotten is closed with its closure.
		if err := db.View(t.Context(), func(tx *store.Tx) error { _, err := tx.Query(`SELECT name FROM quota`); return err }); err != nil {
			t.Error(err)
		}
		wantNames(t, db, "丙", "甲")
	})
}

func TestSQL_AStatementThatReturnsItsRows(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		var ids []int64
		err := db.Update(t.Context(), func(tx *store.Tx) (err error) {
			ids, err = store.Collect(tx, func(r *store.Rows) (id int64, err error) { return id, r.Scan(&id) },
				`INSERT INTO message (app_id, summary, content_type, created_at) VALUES ($1, $2, 1, $3), ($1, $2, 1, $3) RETURNING id`,
				97, "摘要", store.Millis(tx.Now))
			return err
		})
		if err != nil || len(ids) != 2 || ids[0] <= 0 || ids[1] != ids[0]+1 {
			t.Errorf("ids %v, %v", ids, err)
		}
	})
}

func TestBulk_InsertsAnyNumberOfRows(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		const query = `INSERT INTO quota (used, name, starts_at) VALUES ($3, $1, $2 + abs(-1)) ON CONFLICT (name, starts_at) DO NOTHING`
		total := 0
		for _, n := range []int{0, 1, 2, 3, 511, 512, 513, 1700} {
			rows := make([][]any, n)
			for i := range rows {
				rows[i] = []any{fmt.Sprintf("批量%d", n), i, i * 2}
			}
			if err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.Bulk(query, rows) }); err != nil {
				t.Fatalf("%d rows: %v", n, err)
			}
			total += n
		}
		err := db.View(t.Context(), func(tx *store.Tx) error {
			if got := count(t, tx); got != total {
				t.Errorf("%d rows, want %d", got, total)
			}
			var wrong int
			err := tx.QueryRow(`SELECT count(*) FROM quota WHERE used <> (starts_at - 1) * 2`).Scan(&wrong)
			if wrong != 0 {
				t.Errorf("%d rows have another row's values", wrong)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestBulk_RefusesPlaceholdersElsewhere(t *testing.T) {
	db := storetest.Open(t, storetest.PostgresEngine, store.Options{})
	for _, query := range []string{
		`INSERT INTO quota (name, starts_at, used) VALUES ($1, $2, 0) ON CONFLICT (name, starts_at) DO UPDATE SET used = $3`,
		`UPDATE quota SET used = $1`,
	} {
		if err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.Bulk(query, [][]any{{"a", 1, 2}}) }); err == nil {
			t.Errorf("taken: %s", query)
		}
	}
}

func TestIn_ListsPlaceholders(t *testing.T) {
	for _, c := range []struct {
		first, n int
		want     string
	}{{3, 3, "$3,$4,$5"}, {1, 1, "$1"}, {9, 2, "$9,$10"}, {1, 0, "NULL"}} {
		if got := store.In(c.first, c.n); got != c.want {
			t.Errorf("In(%d, %d) = %s, want %s", c.first, c.n, got, c.want)
		}
	}
}

func TestMillis_AndTimeAreInverse(t *testing.T) {
	if store.Millis(time.Time{}) != 0 || !store.Time(0).IsZero() {
		t.Error("the zero time is not 0")
	}
	rapid.Check(t, func(t *rapid.T) {
		ms := rapid.Int64Range(1, 1<<45).Draw(t, "ms")
		if got := store.Millis(store.Time(ms)); got != ms {
			t.Fatalf("%d became %d", ms, got)
		}
	})
}

func TestSQL_LocksAreUnderstoodByBoth(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		put(t, db, "甲", 1)
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			if err := tx.Lock(42); err != nil {
				return err
			}
			for _, end := range []string{tx.ForUpdate(), tx.SkipLocked()} {
				got, err := store.Collect(tx, scanName, `SELECT name FROM quota WHERE used = $1`+end, 1)
				if err != nil || !slices.Equal(got, []string{"甲"}) {
					t.Errorf("with %q: %q, %v", end, got, err)
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// A counter that every update reads and writes back loses nothing.
func TestUpdate_ReadModifyWriteLosesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		put(t, db, "数", 0)
		const writers, each = 8, 25
		errs := make(chan error, writers)
		for range writers {
			go func() {
				var err error
				for range each {
					err = errors.Join(err, db.Update(t.Context(), addOne))
				}
				errs <- err
			}()
		}
		for range writers {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
		var got int
		if err := db.View(t.Context(), func(tx *store.Tx) error {
			return tx.QueryRow(`SELECT used FROM quota`).Scan(&got)
		}); err != nil || got != writers*each {
			t.Errorf("counted %d, want %d, %v", got, writers*each, err)
		}
	})
}

func addOne(tx *store.Tx) error {
	var n int64
	if err := tx.QueryRow(`SELECT used FROM quota WHERE name = $1`+tx.ForUpdate(), "数").Scan(&n); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE quota SET used = $1 WHERE name = $2`, n+1, "数")
	return err
}
