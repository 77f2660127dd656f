package storetest_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"hongyan/store"
	"hongyan/store/storetest"
)

func TestEach_GivesEveryEngineAStoreOfItsOwn(t *testing.T) {
	for range 2 { // a second round finds nothing of the first
		storetest.Each(t, func(t *testing.T, db *store.DB) {
			err := db.Update(t.Context(), func(tx *store.Tx) error {
				_, err := tx.Exec(`INSERT INTO quota (name, starts_at, used) VALUES ('a', 0, 0)`)
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestEachClock_MovesTheStoresTime(t *testing.T) {
	storetest.EachClock(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		began := db.Now()
		clock.Advance(3 * time.Hour)
		if got := db.Now().Sub(began); got != 3*time.Hour {
			t.Errorf("moved by %s", got)
		}
	})
}

func TestURL_TheDatabaseIsDroppedAfterTheTest(t *testing.T) {
	admin := storetest.Require(t, "HONGYAN_TEST_POSTGRES")
	var name string
	t.Run("makes one", func(t *testing.T) {
		at, err := pgx.ParseConfig(storetest.URL(t, storetest.PostgresEngine))
		if err != nil {
			t.Fatal(err)
		}
		name = at.Database
	})
	conn, err := pgx.Connect(t.Context(), admin)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	var left int
	if err := conn.QueryRow(t.Context(), `SELECT count(*) FROM pg_database WHERE datname = $1`, name).Scan(&left); err != nil || left != 0 {
		t.Errorf("%s: %d left, %v", name, left, err)
	}
}
