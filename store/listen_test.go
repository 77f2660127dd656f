package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"hongyan/store"
	"hongyan/store/storetest"
)

func rang(wake <-chan struct{}, within time.Duration) bool {
	select {
	case <-wake: // looked at first: with both ready, select picks either
		return true
	default:
	}
	select {
	case <-wake:
		return true
	case <-time.After(within):
		return false
	}
}

func notify(t *testing.T, db *store.DB, channel string, outcome error) {
	t.Helper()
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		tx.Notify(channel)
		return outcome
	})
	if !errors.Is(err, outcome) {
		t.Fatal(err)
	}
}

func TestListen_HearsCommitsOfItsChannelInThisProcess(t *testing.T) {
	// Not on PostgreSQL, where connecting rings every bell once.
	db := storetest.SQLite(t)
	wake, stop := db.Listen("delivery")
	defer stop()
	notify(t, db, "delivery", errMine)
	notify(t, db, "callback", nil)
	if rang(wake, 0) {
		t.Error("rang for a rollback or another channel")
	}
	for range 3 {
		notify(t, db, "delivery", nil)
	}
	if !rang(wake, 0) || rang(wake, 0) {
		t.Error("three commits are one signal while nobody reads")
	}
	stop()
	notify(t, db, "delivery", nil)
	if rang(wake, 0) {
		t.Error("rang after stop")
	}
}

func TestListen_HearsOtherNodesAlsoAfterALostConnection(t *testing.T) {
	url := storetest.URL(t, storetest.PostgresEngine)
	open := func() *store.DB {
		db, err := store.Open(t.Context(), url, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		return db
	}
	here, there := open(), open()
	wake, stop := here.Listen("delivery")
	defer stop()
	if !rang(wake, 5*time.Second) { // connected
		t.Fatal("the listener did not connect")
	}
	notify(t, there, "delivery", nil)
	if !rang(wake, 5*time.Second) {
		t.Error("the other node's commit was not heard")
	}
	killBackends(t, url, `query LIKE 'LISTEN%'`)
	if !rang(wake, 5*time.Second) {
		t.Error("no signal after the connection was lost and made again")
	}
	notify(t, there, "delivery", nil)
	if !rang(wake, 5*time.Second) {
		t.Error("deaf after the connection was made again")
	}
}

// killBackends ends the server's side of connections to the database at url.
func killBackends(t *testing.T, url, which string) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid() AND `+which)
	if err != nil {
		t.Fatal(err)
	}
}
