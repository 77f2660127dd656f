package store_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"hongyan/store"
	"hongyan/store/storetest"
)

// A clock that the sandbox moved moves the leases with it; the host's distance
// to the server's clock is another matter.
func TestLeaseNow_FollowsTheMovedClock(t *testing.T) {
	storetest.EachClock(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		before := db.LeaseNow()
		clock.Advance(48 * time.Hour)
		if got := db.LeaseNow().Sub(before); got != 48*time.Hour {
			t.Errorf("moved by %s", got)
		}
	})
}

// Nodes that start together on an empty database: one migrates, the others wait
// for it.
func TestOpen_NodesStartTogether(t *testing.T) {
	url := storetest.URL(t, storetest.PostgresEngine)
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			db, err := store.Open(t.Context(), url, store.Options{})
			if err != nil {
				t.Error(err)
				return
			}
			if err := errors.Join(db.Check(t.Context()), db.Close()); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
}

func TestOpen_RefusesWhatIsNoAddress(t *testing.T) {
	for _, url := range []string{"", "sqlite:", "mysql://a/b", ":memory:", "file::memory:"} {
		if db, err := store.Open(t.Context(), url, store.Options{}); err == nil {
			db.Close()
			t.Errorf("%q was opened", url)
		}
	}
}
