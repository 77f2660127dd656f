package store

import (
	"os"
	"testing"
	"time"
)

// The distance to the server's clock is measured anew; here both are one
// machine's, so a wrong one is corrected to nearly nothing.
func TestLease_TheServersClockIsMeasured(t *testing.T) {
	url := os.Getenv("HONGYAN_TEST_POSTGRES")
	if url == "" {
		t.Skip("HONGYAN_TEST_POSTGRES is not set")
	}
	db := &DB{opts: Options{}.withDefaults(), bells: newBells()}
	e, err := connectPostgres(db, url)
	if err != nil {
		t.Fatal(err)
	}
	defer e.pool.Close()
	db.lease.behind.Store(int64(time.Hour))
	if got := db.LeaseNow().Sub(db.Now()); got < 59*time.Minute {
		t.Errorf("corrected by %s", got)
	}
	if err := e.measureClock(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := db.LeaseNow().Sub(db.Now()).Abs(); got > time.Second {
		t.Errorf("%s away on one machine", got)
	}
}
