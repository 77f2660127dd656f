package store

import (
	"sync/atomic"
	"time"
)

// leaseClock is how far the host's clock is behind the clock all nodes share,
// the PostgreSQL server's.
type leaseClock struct {
	behind atomic.Int64 // nanoseconds
}

// LeaseNow is Now corrected by the distance of this host's clock to the
// server's, so that nodes agree when a lease ends. It is for leases only: what
// is written as history uses Tx.Now. On SQLite it is Now.
func (db *DB) LeaseNow() time.Time {
	return db.Now().Add(time.Duration(db.lease.behind.Load()))
}
