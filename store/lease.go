package store

import (
	"context"
	"sync/atomic"
	"time"
)

// leaseClock is how far the host's clock is behind the clock all nodes share,
// the PostgreSQL server's.
type leaseClock struct {
	behind atomic.Int64 // nanoseconds
}

// measureEvery is how long a measured distance is believed.
const measureEvery = time.Minute

// LeaseNow is Now corrected by the distance of this host's clock to the
// server's, so that nodes agree when a lease ends. It is for leases only: what
// is written as history uses Tx.Now. On SQLite it is Now.
func (db *DB) LeaseNow() time.Time {
	return db.Now().Add(time.Duration(db.lease.behind.Load()))
}

// keepClock measures the distance every minute until ctx ends.
func (e *remote) keepClock(ctx context.Context) {
	for pause(ctx, measureEvery) == nil {
		if err := e.measureClock(ctx); err != nil && ctx.Err() == nil {
			e.db.opts.Log.Warn("the server's clock could not be read", "error", err)
		}
	}
}

// measureClock compares the host's own clock, not Options.Now, with the
// server's: a clock moved in the sandbox moves the leases with it. The answer
// is taken to be read in the middle of the round trip.
func (e *remote) measureClock(ctx context.Context) error {
	bounded, cancel := context.WithTimeout(ctx, e.db.opts.Wait)
	defer cancel()
	conn, err := e.pool.Conn(bounded)
	if err != nil {
		return err
	}
	defer conn.Close()
	var micros int64
	asked := time.Now()
	err = conn.QueryRowContext(bounded,
		`SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)`).Scan(&micros)
	if err != nil {
		return err
	}
	middle := asked.Add(time.Since(asked) / 2)
	e.db.lease.behind.Store(int64(time.UnixMicro(micros).Sub(middle)))
	return nil
}
